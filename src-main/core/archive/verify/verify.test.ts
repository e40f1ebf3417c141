import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type MemoryTarget, memoryTarget } from '#core/testing/memory-target.ts';
import { madeObject, madeRecord } from '#core/testing/result-records.ts';
import type { Check, CheckName } from '#shared/model/archive.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { JsonObject } from '#shared/model/job.ts';
import { canonicalJson } from '../record/canonical.ts';
import { recordSha256 } from '../record/result-record.ts';
import type { ObjectHead } from '../targets/target.ts';
import { checkSeal } from './seal.ts';
import { type VerifyRequest, verifyObject } from './verify.ts';

const { key, body } = madeObject();
const md5 = (bytes: Uint8Array | string): string => createHash('md5').update(bytes).digest('hex');

async function verify(
  bytes: Uint8Array | string = body,
  about: Partial<ObjectHead> = {},
  more: Partial<VerifyRequest> = {},
  target: MemoryTarget = memoryTarget(),
) {
  const at = more.key ?? key;
  target.add(at, bytes, about);
  return verifyObject({ target, key: at, now: 5, ...more });
}
const check = (checks: readonly Check[], name: CheckName): Check | undefined =>
  checks.find((one) => one.name === name);
const failedCodes = (checks: readonly Check[]) =>
  checks.filter(({ ok }) => ok === false).map(({ name, code }) => `${name} ${code}`);

/** The record with another member, sealed again, in canonical form. */
function resealed(change: JsonObject): Buffer {
  const { sha256: _, ...rest } = { ...(madeRecord() as JsonObject), ...change };
  return Buffer.from(canonicalJson({ ...rest, sha256: recordSha256(rest) }));
}

describe('verifying a result', () => {
  it('finds one unchanged that was not touched', async () => {
    const { verification, remarks } = await verify();
    expect(verification).toMatchObject({
      verdict: 'unchanged',
      checked_at: 5,
      size_bytes: body.length,
      bytes_sha256: createHash('sha256').update(body).digest('hex'),
      recorded_sha256: madeRecord().sha256,
    });
    expect(remarks).toEqual([]);
    expect(verification.checks.filter(({ ok }) => ok === true).map(({ name }) => name)).toEqual([
      'read',
      'etag',
      'json',
      'schema',
      'hash',
      'key',
      'times',
    ]);
    expect(verification.checks.every(({ message }) => /^[A-Z0-9].*\.$/.test(message))).toBe(true);
  });

  it('finds every single byte that was changed', async () => {
    for (let at = 0; at < body.length; at += 37) {
      const tampered = Buffer.from(body);
      // Another character of the same kind, so that it stays JSON as often as it can.
      tampered[at] = tampered[at] === 0x31 ? 0x32 : 0x31;
      const { verification } = await verify(tampered, { etag: null });
      expect({ at, verdict: verification.verdict }).toEqual({ at, verdict: 'failed' });
    }
  });

  it('finds a member that was changed and sealed again by the ETag of what was stored', async () => {
    const forged = resealed({ actual_cost: 0 });
    expect((await verify(forged)).verification.verdict).toBe('unchanged');
    const { verification } = await verify(forged, { etag: md5(body) });
    expect(failedCodes(verification.checks)).toEqual(['etag archive.checksum_mismatch']);
    const four = Buffer.alloc(4);
    four.writeUInt32BE(crc32(body));
    const stored = { algorithm: 'crc32', value: four.toString('base64') } as const;
    expect(failedCodes((await verify(forged, { checksum: stored })).verification.checks)).toEqual([
      'checksum archive.checksum_mismatch',
    ]);
  });

  it.each(['crc32', 'sha1', 'sha256'] as const)('computes %s checksums', async (algorithm) => {
    const four = Buffer.alloc(4);
    four.writeUInt32BE(crc32(body));
    const value =
      algorithm === 'crc32' ? four.toString('base64') : createHash(algorithm).update(body).digest('base64');
    const good = await verify(body, { checksum: { algorithm, value } });
    expect(check(good.verification.checks, 'checksum')?.ok).toBe(true);
    const bad = await verify(body, {
      checksum: { algorithm, value: value.startsWith('A') ? `B${value.slice(1)}` : `A${value.slice(1)}` },
    });
    expect(failedCodes(bad.verification.checks)).toEqual(['checksum archive.checksum_mismatch']);
  });

  it('takes an ETag that is no MD5 for what it is, and leaves checksums it cannot compute', async () => {
    const { verification } = await verify(body, {
      etag: `${md5(body)}-2`,
      checksum: { algorithm: 'crc64nvme', value: 'AAAAAAAAAAA=' },
    });
    expect(verification.verdict).toBe('unchanged');
    expect([check(verification.checks, 'etag')?.ok, check(verification.checks, 'checksum')?.ok]).toEqual([
      null,
      null,
    ]);
    // With keys of a KMS the ETag looks like an MD5 and is none; the checksum then decides.
    const sha256 = {
      algorithm: 'sha256',
      value: createHash('sha256').update(body).digest('base64'),
    } as const;
    const kms = await verify(body, { etag: 'a'.repeat(32), checksum: sha256 });
    expect(kms.verification.verdict).toBe('unchanged');
    expect(kms.remarks.join()).toContain('ETag');
  });

  it.each([
    ['tenant', key.replace('acme', 'other')],
    ['kind', key.replace('agentic-agent', 'benchmark')],
    ['job id', key.replace('3f0c', '4f0c')],
  ])('finds a %s that is not that of the key', async (name, other) => {
    const { verification } = await verify(body, {}, { key: other });
    expect(failedCodes(verification.checks)).toEqual(['key archive.key_mismatch']);
    expect(check(verification.checks, 'key')?.message).toContain(`${name} "`);
  });

  it('does not repeat megabytes of a name in what it finds', async () => {
    const endless = Buffer.from(JSON.stringify({ id: 'x', tenant: 'y'.repeat(1e6), kind: 'z' }));
    const { verification } = await verify(endless);
    expect(failedCodes(verification.checks)).toContain('key archive.key_mismatch');
    expect(JSON.stringify(verification).length).toBeLessThan(10_000);
  });

  it('only remarks on another date, and on a key of another form', async () => {
    const date = await verify(body, {}, { key: key.replace('2026-11-22', '2026-11-21') });
    expect(date.verification.verdict).toBe('unchanged');
    expect(date.remarks).toEqual(["The key's date is 2026-11-21; the run ended on 2026-11-22 (UTC)."]);
    const other = await verify(body, {}, { key: 'results/x.json' });
    expect(other.verification.verdict).toBe('unchanged');
    expect(other.remarks).toHaveLength(1);
  });

  it('finds an object that was stored before its run ended, beyond what clocks may differ', async () => {
    const ended = 1_795_362_003;
    expect((await verify(body, { last_modified: ended - 600 })).verification.verdict).toBe('unchanged');
    const { verification } = await verify(body, { last_modified: ended - 3600 });
    expect(failedCodes(verification.checks)).toEqual(['times archive.time_mismatch']);
  });

  it('finds an object that was replaced between listing and reading', async () => {
    const listed = memoryTarget().add(key, 'x'.repeat(body.length), { last_modified: 1_795_362_010 });
    const { verification } = await verify(body, {}, { listed });
    expect(failedCodes(verification.checks)).toEqual(['listing archive.object_changed']);
    const same = await verify(body, {}, { listed: { ...listed, etag: md5(body) } });
    expect(check(same.verification.checks, 'listing')?.ok).toBe(true);
    // A folder has no ETags: size and time speak.
    const folder = { ...listed, etag: null };
    const later = await verify(body, { etag: null, last_modified: 1_795_362_050 }, { listed: folder });
    expect(failedCodes(later.verification.checks)).toEqual(['listing archive.object_changed']);
    const again = await verify(
      body,
      { last_modified: 1_795_362_050 },
      { listed: { ...listed, etag: md5(body) } },
    );
    expect(again.verification.verdict).toBe('unchanged');
    expect(again.remarks).toEqual(['The same bytes were stored again since it was listed.']);
  });

  it("calls upstream's bare record unsealed, not unchanged", async () => {
    const bare = JSON.stringify({
      id: '3f0c1a52-7b11-4c7e-9d0e-0a4f6b2c8d11',
      tenant: 'acme',
      kind: 'agentic-agent',
      status: 'succeeded',
      result: { answer: 'a' },
      created_at: 1_795_362_000,
      updated_at: 1_795_362_003,
    });
    const { verification, remarks } = await verify(bare);
    expect(verification).toMatchObject({ verdict: 'unsealed', recorded_sha256: null });
    expect(remarks.join('\n')).toContain('carries no hash');
  });

  it('does not call a record unchanged whose hash was taken out, or moved', async () => {
    const record = madeRecord() as JsonObject;
    const { sha256, ...without } = record;
    const removed = await verify(canonicalJson(without), { etag: null });
    expect(removed.verification.verdict).toBe('failed');
    const nested = {
      ...without,
      environment: { ...(without.environment as JsonObject), sha256: sha256 ?? null },
    };
    expect((await verify(canonicalJson(nested), { etag: null })).verification.verdict).toBe('failed');
    expect(
      checkSeal(
        Buffer.from(canonicalJson({ ...nested, sha256: sha256 ?? null })),
        { ...nested, sha256: sha256 ?? null },
        String(sha256),
      ),
    ).toBe('broken');
  });

  it('knows the content again in another form, and only the content', async () => {
    const pretty = await verify(JSON.stringify(madeRecord(), null, 2));
    expect(pretty.verification.verdict).toBe('unchanged');
    expect(check(pretty.verification.checks, 'hash')?.message).toContain('another form');
    const half = body.toString().replace('Because.', '\\ud800');
    const good = resealed({ result: { answer: '\ufffd', telemetry: { tokens: { total: 12 } } } });
    const forged = good.toString().replace('\ufffd', '\\ud800');
    expect((await verify(half)).verification.verdict).toBe('failed');
    expect((await verify(forged)).verification.verdict).toBe('failed');
  });

  it('finds what says it is ours and is not', async () => {
    const { verification } = await verify(resealed({ spans: [{ name: 'x' }] }));
    expect(failedCodes(verification.checks)).toEqual(['schema archive.not_a_result']);
    expect(check(verification.checks, 'schema')?.message).toContain('spans.0.trace_id');
  });

  it('says of what cannot be read why, and never that it is whole', async () => {
    const big = await verify(body, { size_bytes: 1024 ** 3 });
    expect(big.failure?.code).toBe('archive.too_large');
    expect(big.verification).toMatchObject({ verdict: 'failed', size_bytes: null, bytes_sha256: null });
    const gone = await verifyObject({ target: memoryTarget(), key, now: 5 });
    expect(failedCodes(gone.verification.checks)).toEqual(['read archive.not_found']);
    const text = await verify('not a result');
    expect(failedCodes(text.verification.checks)).toEqual(['json archive.not_json']);
    expect(text.verification.bytes_sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('remarks on versions and delete markers, and names the lock', async () => {
    const target = memoryTarget();
    const version = {
      version_id: 'v',
      last_modified: 1,
      size_bytes: 1,
      etag: null,
      latest: true,
      deleted: false,
    };
    const withVersions = (list: readonly (typeof version)[]) => ({ ...target, versions: async () => list });
    target.add(key, body, {
      lock: { mode: 'COMPLIANCE', retain_until: 1_900_000_000, legal_hold: true },
    });
    const of = (list: readonly (typeof version)[]) =>
      verifyObject({ target: withVersions(list), key, now: 5 });
    const two = await of([version, { ...version, latest: false }]);
    expect(two.verification.verdict).toBe('unchanged');
    expect(two.remarks).toEqual(['It was stored 2 times: there are older versions.']);
    expect(check(two.verification.checks, 'lock')?.message).toContain('compliance) until 2030-03-17');
    const back = await of([version, { ...version, deleted: true }]);
    expect(back.remarks).toEqual(['It was deleted once and stored once.']);
    const denied = await verifyObject({
      target: {
        ...target,
        versions: () => Promise.reject(new CodedError('archive.access_denied', 'No permission.')),
      },
      key,
      now: 5,
    });
    expect(check(denied.verification.checks, 'versions')).toMatchObject({ ok: null });
  });

  it("says whether this computer's own record is the same", async () => {
    const local = madeRecord() as JsonObject;
    const same = await verify(body, {}, { local: () => local });
    expect(check(same.verification.checks, 'local')?.ok).toBe(true);
    const other = await verify(body, {}, { local: () => ({ ...local, message: 'other', actual_cost: 1 }) });
    expect(other.remarks).toEqual(["It differs from this computer's record of the job in 2 members."]);
    const newer = { ...local, environment: { app_version: '9' }, sha256: 'a' };
    expect(check((await verify(body, {}, { local: () => newer })).verification.checks, 'local')?.ok).toBe(
      true,
    );
  });

  it('stops when it is stopped', async () => {
    const target = memoryTarget();
    const stop = new AbortController();
    target.onGet = () => {
      stop.abort();
      throw new CodedError('job.cancelled', 'The call was cancelled.');
    };
    await expect(verify(body, {}, { signal: stop.signal }, target)).rejects.toMatchObject({
      code: 'job.cancelled',
    });
  });
});
