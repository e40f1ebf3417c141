import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Check, CheckName, ListedObject } from '#shared/model/archive.ts';
import type { FailureCode } from '#shared/model/failure.ts';
import type { JsonObject } from '#shared/model/job.ts';
import type { EpochSeconds, Seconds } from '#shared/model/units.ts';
import { parseKey } from '../record/key.ts';
import type { ReadRecord, RecordView } from '../record/read-record.ts';
import { RESULT_SCHEMA, resultRecord } from '../record/result-record.ts';
import type { ObjectHead, ObjectVersion } from '../targets/target.ts';
import { diffRecords } from './diff.ts';
import { checkSeal } from './seal.ts';

/** A check, and whether a report names it although it is no failure. */
export interface Finding {
  readonly check: Check;
  readonly remark: boolean;
}

export const passed = (name: CheckName, message: string): Finding => ({
  check: { name, ok: true, code: null, message },
  remark: false,
});
export const failed = (name: CheckName, code: FailureCode, message: string): Finding => ({
  check: { name, ok: false, code, message },
  remark: false,
});
/** There is nothing to check with. */
export const unchecked = (name: CheckName, message: string): Finding => ({
  check: { name, ok: null, code: null, message },
  remark: false,
});
/** No failure, but an auditor would want to know. */
export const remark = (name: CheckName, message: string): Finding => ({
  check: { name, ok: null, code: null, message },
  remark: true,
});

export function schemaCheck({ is_ours, record, notes }: ReadRecord): Finding {
  if (!is_ours)
    return remark('schema', `The record is not ${RESULT_SCHEMA}. ${notes.slice(0, 5).join(' ')}`.trim());
  const parsed = resultRecord.safeParse(record);
  if (parsed.success) return passed('schema', `Every member is as ${RESULT_SCHEMA} says.`);
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? 'the record' : issue.path.join('.');
  return failed(
    'schema',
    'archive.not_a_result',
    `The record says it is ${RESULT_SCHEMA} and is not: ${where}: ${issue?.message ?? 'not valid'}.`,
  );
}

export function hashCheck(bytes: Uint8Array, { record, sha256 }: ReadRecord): Finding {
  if (sha256 === null)
    return remark('hash', 'The record carries no hash, so nothing in it can say whether it was changed.');
  switch (checkSeal(bytes, record, sha256)) {
    case 'canonical':
      return passed('hash', 'The bytes are those that the recorded hash was computed over.');
    case 'rewritten':
      return passed(
        'hash',
        'The content is what the recorded hash was computed over; another program has since written it in another form.',
      );
    case 'broken':
      return failed(
        'hash',
        'archive.hash_mismatch',
        'The content was changed after it was written: the recorded hash is that of another record.',
      );
  }
}

/** The server's own checksum, computed again; null where this computer cannot. */
function digestOf(algorithm: string, bytes: Uint8Array): string | null {
  switch (algorithm) {
    case 'crc32': {
      const four = Buffer.alloc(4);
      four.writeUInt32BE(crc32(bytes));
      return four.toString('base64');
    }
    case 'sha1':
    case 'sha256':
      return hash(algorithm, bytes, 'base64');
    default:
      return null;
  }
}

export function checksumCheck(bytes: Uint8Array, { checksum }: ObjectHead): Finding {
  if (checksum === null) return unchecked('checksum', 'The target keeps no checksum of this object.');
  const { algorithm, value } = checksum;
  const computed = digestOf(algorithm, bytes);
  if (computed === null)
    return unchecked('checksum', `A ${algorithm} checksum is kept, which is not computed here.`);
  return computed === value
    ? passed(
        'checksum',
        `The bytes match the ${algorithm} checksum that was taken when the object was stored.`,
      )
    : failed(
        'checksum',
        'archive.checksum_mismatch',
        `The bytes do not match the ${algorithm} checksum that was taken when the object was stored.`,
      );
}

/** `proven`: the object's own checksum has already spoken for the bytes. */
export function etagCheck(bytes: Uint8Array, { etag }: ObjectHead, proven: boolean): Finding {
  if (etag === null) return unchecked('etag', 'The target gives its objects no ETag.');
  if (!/^[0-9a-f]{32}$/i.test(etag))
    return unchecked('etag', 'The ETag is no MD5 of the bytes (stored in parts, or encrypted).');
  if (hash('md5', bytes) === etag.toLowerCase())
    return passed('etag', 'The bytes match the ETag, their MD5.');
  return proven
    ? remark('etag', 'The ETag is not the MD5 of the bytes, as with keys of a KMS; the checksum matches.')
    : failed(
        'etag',
        'archive.checksum_mismatch',
        'The bytes do not match the ETag, which is the MD5 of what was stored, unless the bucket encrypts with keys of a KMS.',
      );
}

/** A record may name itself with megabytes; a report need not. */
const shown = (name: string): string => (name.length > 200 ? `${name.slice(0, 200)}…` : name);

export function keyCheck(prefix: string, key: string, view: RecordView): Finding {
  const parts = parseKey(prefix, key);
  if (parts === null)
    return remark('key', 'The key does not have the form {tenant}/{kind}/{date}/{job id}.json.');
  const other = (
    [
      ['tenant', parts.tenant, view.tenant_id],
      ['kind', parts.kind, view.kind],
      ['job id', parts.job_id, view.job_id],
    ] as const
  ).filter(([, said, is]) => said !== is);
  if (other.length > 0)
    return failed(
      'key',
      'archive.key_mismatch',
      `The key belongs to another result: ${other.map(([name, said, is]) => `${name} "${shown(said)}" in the key, "${shown(is)}" in the record`).join('; ')}.`,
    );
  const date = new Date(view.updated_at * 1000).toISOString().slice(0, 10);
  return parts.date === date
    ? passed('key', 'Tenant, kind, date and job id of the key are those of the record.')
    : remark('key', `The key's date is ${parts.date}; the run ended on ${date} (UTC).`);
}

/** S3 refuses writers whose clock is off by more. */
const CLOCK_TOLERANCE: Seconds = 900;

export function timesCheck(lastModified: EpochSeconds, { created_at, updated_at }: RecordView): Finding {
  if (updated_at <= 0 || lastModified <= 0) return unchecked('times', 'There are no times to compare.');
  const iso = (at: EpochSeconds): string => new Date(at * 1000).toISOString();
  if (updated_at < created_at)
    return failed(
      'times',
      'archive.time_mismatch',
      `The record says that the run ended (${iso(updated_at)}) before it was asked for (${iso(created_at)}).`,
    );
  if (lastModified < updated_at - CLOCK_TOLERANCE)
    return failed(
      'times',
      'archive.time_mismatch',
      `The object was stored (${iso(lastModified)}) before the run that it records had ended (${iso(updated_at)}).`,
    );
  return passed('times', `It was stored after the run had ended, on ${iso(lastModified)}.`);
}

/** HTTP's Last-Modified has whole seconds, a listing's may have milliseconds. */
const SAME_TIME: Seconds = 1;

export function listingCheck(listed: ListedObject | null, head: ObjectHead): Finding {
  if (listed === null) return unchecked('listing', 'It was not listed before.');
  const sameTime = Math.abs(listed.last_modified - head.last_modified) < SAME_TIME;
  const bothTagged = listed.etag !== null && head.etag !== null;
  const same = listed.size_bytes === head.size_bytes && (bothTagged ? listed.etag === head.etag : sameTime);
  if (!same)
    return failed(
      'listing',
      'archive.object_changed',
      'The object was replaced since it was listed: results are written once and never changed.',
    );
  return sameTime
    ? passed('listing', 'It is the object that was listed.')
    : remark('listing', 'The same bytes were stored again since it was listed.');
}

export function versionsCheck(versions: readonly ObjectVersion[]): Finding {
  const deleted = versions.filter((version) => version.deleted).length;
  const stored = versions.length - deleted;
  if (deleted > 0) return remark('versions', `It was deleted ${times(deleted)} and stored ${times(stored)}.`);
  if (stored > 1) return remark('versions', `It was stored ${stored} times: there are older versions.`);
  return stored === 1
    ? passed('versions', 'There is one version of it.')
    : unchecked('versions', 'The target names no versions of it.');
}
const times = (n: number): string => (n === 1 ? 'once' : `${n} times`);

export function lockCheck({ lock }: ObjectHead): Finding {
  if (lock === null)
    return unchecked('lock', 'No lock keeps it from being replaced or deleted, as far as is shown.');
  const until = lock.retain_until === null ? null : new Date(lock.retain_until * 1000).toISOString();
  const held = lock.legal_hold ? ' A legal hold is on it.' : '';
  return unchecked(
    'lock',
    `${until === null ? 'It is locked' : `It is locked (${lock.mode.toLowerCase()}) until ${until}`}.${held}`,
  );
}

export function localCheck(record: JsonObject, local: JsonObject | null): Finding {
  const { has_local, differences, total } = diffRecords(record, local);
  if (!has_local) return unchecked('local', 'This computer does not know the job.');
  const said = differences.filter(({ pointer }) => !/^\/(environment|sha256)(\/|$)/.test(pointer)).length;
  if (said === 0) return passed('local', "It is the same as this computer's record of the job.");
  return remark(
    'local',
    `It differs from this computer's record of the job in ${total > differences.length ? total : said} members.`,
  );
}
