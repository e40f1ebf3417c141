import type { ListedObject, Verification } from '#shared/model/archive.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { JsonObject } from '#shared/model/job.ts';
import type { Bytes, EpochSeconds } from '#shared/model/units.ts';
import { sha256Hex } from '../record/canonical.ts';
import { MAX_RESULT_BYTES, type ReadRecord, readRecord } from '../record/read-record.ts';
import type { ArchiveTarget, ObjectHead } from '../targets/target.ts';
import {
  checksumCheck,
  etagCheck,
  type Finding,
  failed,
  hashCheck,
  keyCheck,
  listingCheck,
  localCheck,
  lockCheck,
  passed,
  schemaCheck,
  timesCheck,
  unchecked,
  versionsCheck,
} from './checks.ts';

export interface VerifyRequest {
  readonly target: Pick<ArchiveTarget, 'get' | 'versions' | 'prefix'>;
  readonly key: string;
  readonly now: EpochSeconds;
  /** As a listing had it. */
  readonly listed?: ListedObject | null | undefined;
  /** This computer's own record of a job; undefined: not asked for. */
  readonly local?: ((view: ReadRecord['view']) => JsonObject | null) | undefined;
  readonly maxBytes?: Bytes | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Verified {
  readonly verification: Verification;
  /** Of what is no failure, what a report names. */
  readonly remarks: readonly string[];
  readonly head: ObjectHead | null;
  readonly bytes: Uint8Array | null;
  /** Null when the bytes could not be read, or are no result. */
  readonly record: ReadRecord | null;
  /** Why there is no record. */
  readonly failure: CodedError | null;
}

/**
 * Reads an object and holds everything that can speak for it against it. Never writes. What is wrong with the object
 * is in the verification; only stopping it throws.
 */
export async function verifyObject(request: VerifyRequest): Promise<Verified> {
  const { target, key, now, listed, local, maxBytes = MAX_RESULT_BYTES, signal } = request;
  const found = await coded(() => target.get(key, { maxBytes, signal }), signal);
  if (found instanceof CodedError) {
    const check = failed('read', found.code, found.message);
    return {
      ...conclude(key, now, null, null, [check]),
      head: null,
      bytes: null,
      record: null,
      failure: found,
    };
  }
  const { head, bytes } = found;
  const findings: Finding[] = [
    passed('read', `${bytes.length.toLocaleString('en')} bytes were read.`),
    listingCheck(listed ?? null, head),
  ];
  const checksum = checksumCheck(bytes, head);
  findings.push(checksum, etagCheck(bytes, head, checksum.check.ok === true));
  const read = await coded(async () => readRecord(bytes), undefined);
  const record = read instanceof CodedError ? null : read;
  if (read instanceof CodedError) {
    findings.push(failed('json', read.code, read.message));
  } else {
    findings.push(
      passed('json', 'It is a JSON object.'),
      schemaCheck(read),
      hashCheck(bytes, read),
      keyCheck(target.prefix, key, read.view),
      timesCheck(head.last_modified, read.view),
    );
    if (local !== undefined) findings.push(localCheck(read.record, local(read.view)));
  }
  findings.push(await checkVersions(request), lockCheck(head));
  return {
    ...conclude(key, now, bytes, record, findings),
    head,
    bytes,
    record,
    failure: read instanceof CodedError ? read : null,
  };
}

async function checkVersions({ target, key, signal }: VerifyRequest): Promise<Finding> {
  const { versions } = target;
  if (versions === null) return unchecked('versions', 'The target keeps no versions.');
  const found = await coded(() => versions(key, signal), signal);
  return found instanceof CodedError
    ? unchecked('versions', `Versions could not be asked for: ${found.message}`)
    : versionsCheck(found);
}

/** An expected failure as a value; a stop, and what is not expected, are thrown. */
async function coded<T>(run: () => Promise<T>, signal: AbortSignal | undefined): Promise<T | CodedError> {
  try {
    return await run();
  } catch (thrown) {
    if (signal?.aborted !== true && thrown instanceof CodedError) return thrown;
    throw thrown;
  }
}

function conclude(
  key: string,
  now: EpochSeconds,
  bytes: Uint8Array | null,
  record: ReadRecord | null,
  findings: readonly Finding[],
): Pick<Verified, 'verification' | 'remarks'> {
  const checks = findings.map(({ check }) => check);
  const isSealed = checks.some(({ name, ok }) => name === 'hash' && ok === true);
  return {
    verification: {
      key,
      verdict: checks.some(({ ok }) => ok === false) ? 'failed' : isSealed ? 'unchanged' : 'unsealed',
      checked_at: now,
      size_bytes: bytes?.length ?? null,
      bytes_sha256: bytes === null ? null : sha256Hex(bytes),
      recorded_sha256: record?.sha256 ?? null,
      checks,
    },
    remarks: findings.filter(({ remark }) => remark).map(({ check }) => check.message),
  };
}
