import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TEST_CREDENTIAL } from '#core/testing/s3/behaviour.ts';
import { resultItems } from '#core/testing/s3/seed-results.ts';
import { type S3Process, spawnS3Process } from '#core/testing/s3/spawn-s3.ts';
import { BUCKET, bucketEnv, sealedResult, sealedResults } from './support/archived-results.ts';
import { type CliOptions, oneDocument, type Ran, runCli } from './support/cli.ts';

const RESULTS = new URL('./support/archived-results.ts', import.meta.url).href;
const SEEDS = new URL('../src-main/core/testing/s3/seed-results.ts', import.meta.url).href;
const DEMO = ['run', 'agentic-agent', '--backend-type', 'demo', '--agent', 'prompt', '--question', 'Why?'];
const SEEDED = 60;
/** The end of the seeded results; the newest ends then. */
const UNTIL = 1_795_000_000;
const DENIED = { accessKeyId: 'ONLYREADS', secretAccessKey: 'may-not-put' };

let server: S3Process;
let dir: string;
beforeAll(async () => {
  server = await spawnS3Process({
    buckets: [BUCKET],
    credentials: [TEST_CREDENTIAL, { ...DENIED, permissions: ['get', 'list'] }],
  });
  const args = { count: SEEDED, until: UNTIL };
  await server.seed({ bucket: BUCKET, module: RESULTS, name: sealedResults.name, args });
});
afterAll(() => server.close());
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rs-cli-archive-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const cli = (args: readonly string[], options: CliOptions = {}): Promise<Ran> =>
  runCli([...args, '--data', join(dir, 'data')], { env: bucketEnv(server.url), ...options });
const archive = (args: readonly string[], options?: CliOptions): Promise<Ran> =>
  cli(['archive', ...args], options);
const json = async (args: readonly string[], options?: CliOptions) => {
  const ran = await archive([...args, '--json'], options);
  return { code: ran.code, stderr: ran.stderr, doc: oneDocument(ran) as Record<string, unknown> };
};
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const stored = async (key: string): Promise<Buffer> => {
  const body = await server.get(BUCKET, key);
  if (body === undefined) throw new Error(`${key} is not there`);
  return body;
};
const sealed = (n: number, tenant = 'tampered') =>
  sealedResult(
    {
      job_id: `7a3e0000-0000-4000-8000-${String(n).padStart(12, '0')}`,
      tenant_id: tenant,
      kind: 'benchmark',
    },
    UNTIL,
  );

describe('archive ls', () => {
  it('prints every key with size, time and etag, and that it is complete', async () => {
    const prefix = 'results/acme/';
    const keys = (await server.keys(BUCKET)).filter((key) => key.startsWith(prefix));
    const { code, doc } = await json(['ls', prefix]);
    expect(code).toBe(0);
    const rows = await Promise.all(
      keys.map(async (key) => {
        const body = await stored(key);
        return {
          key,
          size: body.length,
          last_modified: expect.any(Number),
          etag: expect.stringContaining(md5(body)),
        };
      }),
    );
    expect(doc).toEqual({ keys: rows, complete: true });
    expect((doc.keys as { last_modified: number }[])[0]?.last_modified).toBeGreaterThan(UNTIL - 41 * 86_400);
    expect(Object.keys((doc.keys as object[])[0] ?? {})).toEqual(['key', 'size', 'last_modified', 'etag']);
  });

  it('reads well without --json, and says so where nothing is', async () => {
    const whole = await archive(['ls']);
    expect(whole.code).toBe(0);
    for (const key of await server.keys(BUCKET)) expect(whole.stdout).toContain(key);
    expect(whole.stdout).toMatch(/\n60 keys, complete: yes\n$/);
    const none = await archive(['ls', 'results/nobody/']);
    expect(none).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing below results/nobody/') });
    expect((await json(['ls', 'results/nobody/'])).doc).toEqual({ keys: [], complete: true });
  });

  it.each([
    ['S3_*', 'S3'],
    ['AWS_*', 'AWS'],
  ])('is configured by %s alone', async (_, family) => {
    const env = {
      [family === 'S3' ? 'S3_ENDPOINT' : 'AWS_ENDPOINT_URL']: server.url,
      S3_BUCKET: BUCKET,
      [`${family}_ACCESS_KEY_ID`]: TEST_CREDENTIAL.accessKeyId,
      [`${family}_SECRET_ACCESS_KEY`]: TEST_CREDENTIAL.secretAccessKey,
    };
    const { code, doc } = await json(['ls'], { env });
    expect({ code, complete: doc.complete, keys: (doc.keys as []).length }).toEqual({
      code: 0,
      complete: true,
      keys: SEEDED,
    });
  });

  it('takes the folder of this computer with --target folder, and without an environment', async () => {
    expect((await json(['ls', '--target', 'folder'])).doc).toEqual({ keys: [], complete: true });
    expect((await json(['ls'], { env: {} })).doc).toEqual({ keys: [], complete: true });
  });

  it('that is interrupted prints what it has, incomplete, and ends with 130', async () => {
    const many = await spawnS3Process({ buckets: [BUCKET] });
    try {
      await many.seed({ bucket: BUCKET, module: SEEDS, name: resultItems.name, args: { count: 5000 } });
      await many.configure({ latencyMs: 700 });
      const { code, doc } = await json(['ls'], {
        env: bucketEnv(many.url),
        onStderr: (child) => void child.kill('SIGINT'),
      });
      expect(code).toBe(130);
      expect(doc).toEqual({ keys: expect.any(Array), complete: false });
      const found = (doc.keys as unknown[]).length;
      expect(found).toBeGreaterThanOrEqual(1000);
      expect(found).toBeLessThan(5000);
    } finally {
      await many.close();
    }
  });

  it.each<[what: string, args: string[], change: Readonly<Record<string, string>>, code: string]>([
    ['an unknown target', ['ls', '--target', 'nope'], {}, 'archive.target_unknown'],
    ['a wrong secret', ['ls'], { RUNE_S3_SECRET_ACCESS_KEY: 'wrong' }, 'archive.bad_credentials'],
    ['a bucket that is not there', ['ls'], { RUNE_S3_BUCKET: 'no-such-bucket' }, 'archive.no_bucket'],
    ['a bucket that is no bucket', ['ls'], { RUNE_S3_BUCKET: 'a/b' }, 'settings.invalid'],
    ['nobody there', ['ls'], { RUNE_S3_ENDPOINT: 'http://127.0.0.1:9' }, 'archive.unreachable'],
    ['a store', ['ls', '--store', 'x.db'], {}, 'request.invalid'],
    ['an unknown key', ['get', 'results/acme/no/such.json'], {}, 'archive.not_found'],
    ['an unknown job id', ['get', 'no-such-job'], {}, 'archive.not_found'],
    ['an unknown job', ['push', '--job', 'nope'], {}, 'job.not_found'],
    ['two ways to push', ['push', '--job', 'a', '--all-pending'], {}, 'request.invalid'],
  ])('refuses %s with 2 and its code', async (_, args, change, failure) => {
    const { code, doc } = await json(args, { env: { ...bucketEnv(server.url), ...change } });
    expect(doc).toEqual({ error: expect.objectContaining({ code: failure, message: expect.any(String) }) });
    expect(code).toBe(2);
  });
});

describe('archive get', () => {
  it('prints the exact bytes of a key or job id, and to stderr what verifying found', async () => {
    const [key = ''] = await server.keys(BUCKET);
    const body = await stored(key);
    for (const flags of [[], ['--json']]) {
      const ran = await archive(['get', key, ...flags]);
      expect(ran).toMatchObject({ code: 0, stdout: String(body) });
      expect(ran.stderr).toContain('unchanged');
    }
    // Nothing was listed before: the days are asked one by one.
    const today = sealedResult(
      { job_id: 'of-today', tenant_id: 'default', kind: 'benchmark' },
      Math.floor(Date.now() / 1000) - 5,
    );
    await server.put(BUCKET, today.key, today.body);
    const found = await archive(['get', 'of-today']);
    await server.remove(BUCKET, today.key);
    expect(found).toMatchObject({ code: 0, stdout: String(today.body) });
  });

  it('writes a new file and never over another', async () => {
    const [key = ''] = await server.keys(BUCKET);
    const file = join(dir, 'result.json');
    const { code, doc } = await json(['get', key, '--output', file]);
    const body = await stored(key);
    expect(code).toBe(0);
    expect(readFileSync(file).equals(body)).toBe(true);
    expect(doc).toMatchObject({
      target: 'env',
      key,
      file,
      size: body.length,
      bytes_sha256: sha256(body),
      recorded_sha256: JSON.parse(String(body)).sha256,
      verdict: 'unchanged',
    });
    const again = await json(['get', key, '--output', file]);
    expect(again).toMatchObject({ code: 2, doc: { error: { code: 'request.invalid' } } });
    expect(readFileSync(file).equals(body)).toBe(true);
  });

  it('gives what was tampered with, and says so with 1', async () => {
    const { key, body } = sealed(1);
    const tampered = Buffer.from(String(body).replace('"Because."', '"Becauze."'));
    await server.put(BUCKET, key, tampered);
    const ran = await archive(['get', key]);
    await server.remove(BUCKET, key);
    expect(ran).toMatchObject({ code: 1, stdout: String(tampered) });
    expect(ran.stderr).toContain('archive.hash_mismatch');
  });

  it('gives bytes that are no result and no text', async () => {
    const bytes = Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * 37) % 256));
    await server.put(BUCKET, 'results/notes/photo.bin', bytes);
    const file = join(dir, 'photo.bin');
    const { code, doc } = await json(['get', 'results/notes/photo.bin', '--output', file]);
    await server.remove(BUCKET, 'results/notes/photo.bin');
    expect(code).toBe(1);
    expect(doc).toMatchObject({ verdict: 'failed', bytes_sha256: sha256(bytes) });
    expect(readFileSync(file).equals(bytes)).toBe(true);
  });
});

describe('archive verify', () => {
  it('finds nothing wrong below a prefix that was not touched', async () => {
    const { code, doc } = await json(['verify', 'results/blue-team/']);
    expect(code).toBe(0);
    expect(doc).toMatchObject({ verified: 20, unsealed: 0, failed: [], complete: true });
  });

  it('names each that fails with its code, and ends with 1', async () => {
    const [good, changed, moved] = [sealed(1), sealed(2), sealed(3)];
    const wrongKey = moved.key.replace('/benchmark/', '/cost-estimate/');
    await server.put(BUCKET, good.key, good.body);
    await server.put(BUCKET, changed.key, Buffer.from(String(changed.body).replace('Because.', 'Becauze.')));
    await server.put(BUCKET, wrongKey, moved.body);
    const { code, doc } = await json(['verify', 'results/tampered/']);
    const text = await archive(['verify', 'results/tampered/']);
    for (const key of [good.key, changed.key, wrongKey]) await server.remove(BUCKET, key);
    expect(code).toBe(1);
    expect(doc).toMatchObject({ verified: 1, complete: true });
    expect(doc.failed).toEqual([
      { key: changed.key, code: 'archive.hash_mismatch', message: expect.any(String) },
      { key: wrongKey, code: 'archive.key_mismatch', message: expect.any(String) },
    ]);
    expect(text.code).toBe(1);
    expect(text.stdout).toContain(`${changed.key}\n  archive.hash_mismatch: `);
    expect(text.stdout).toMatch(/1 verified, 2 failed, 0 without a hash; complete: yes; report \S+\n$/);
  });

  it('that is interrupted prints its incomplete report and ends with 130', async () => {
    const slow = await spawnS3Process({ buckets: [BUCKET] });
    try {
      const args = { count: 200, until: UNTIL };
      await slow.seed({ bucket: BUCKET, module: RESULTS, name: sealedResults.name, args });
      await slow.configure({ latencyMs: 250 });
      const { code, doc } = await json(['verify', 'results/'], {
        env: bucketEnv(slow.url),
        onStderr: (child) => void child.kill('SIGINT'),
      });
      expect(code).toBe(130);
      expect(doc).toMatchObject({ failed: [], complete: false });
      expect(doc.verified).toBeLessThan(200);
    } finally {
      await slow.close();
    }
  });
});

describe('archive push', () => {
  it('delivers what waited for permission, once, byte for byte', async () => {
    const denied = { env: bucketEnv(server.url, DENIED) };
    const ran = await cli([...DEMO, '--json'], denied);
    const { job_id } = oneDocument(ran).job as unknown as { readonly job_id: string };
    const waits = await json(['push', '--all-pending'], denied);
    expect(waits.code).toBe(1);
    expect(waits.doc).toMatchObject({
      delivered: 0,
      pending: 1,
      failed: [{ job_id, target: 'env', code: 'archive.access_denied', message: expect.any(String) }],
    });
    const puts = (await server.puts()).length;
    const pushed = await json(['push', '--job', job_id]);
    expect(pushed).toMatchObject({ code: 0, doc: { delivered: 1, pending: 0, failed: [] } });
    expect(Object.keys(pushed.doc)).toEqual(['delivered', 'pending', 'failed']);
    const [put, ...more] = (await server.puts()).slice(puts);
    expect(more).toEqual([]);
    expect(put?.key).toContain(job_id);
    expect(await archive(['get', put?.key ?? ''])).toMatchObject({
      code: 0,
      stdout: String(await stored(put?.key ?? '')),
    });
    const text = await archive(['push']);
    await server.remove(BUCKET, put?.key ?? '');
    expect(text).toMatchObject({ code: 0, stdout: '0 delivered, 0 pending, 0 failed\n' });
  });
});

describe('archive index', () => {
  it('lists everything into the index, then says what is new', async () => {
    const place = {
      target: 'env',
      place: expect.stringContaining(`s3://${BUCKET}/results/`),
      complete: true,
    };
    expect(await json(['index'])).toMatchObject({
      code: 0,
      doc: { ...place, keys: SEEDED, requests: expect.any(Number) },
    });
    const { key, body } = sealed(9);
    await server.put(BUCKET, key, body);
    const second = await json(['index']);
    expect(second.doc).toMatchObject({ ...place, keys: SEEDED + 1, new: 1 });
    // The index knows where a job is that no search outward from today would reach.
    const heads = (await server.requests()).head;
    expect(await archive(['get', '7a3e0000-0000-4000-8000-000000000009'])).toMatchObject({
      code: 0,
      stdout: String(body),
    });
    expect((await server.requests()).head - heads).toBeLessThan(3);
    await server.remove(BUCKET, key);
    const text = await archive(['index']);
    expect(text).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^60 keys, 0 new, complete: yes; \d+ requests\n$/),
    });
  });

  it('that is interrupted keeps what it has, says so with 130, and is completed by the next', async () => {
    const many = await spawnS3Process({ buckets: [BUCKET] });
    try {
      await many.seed({ bucket: BUCKET, module: SEEDS, name: resultItems.name, args: { count: 3000 } });
      await many.configure({ latencyMs: 400 });
      const env = bucketEnv(many.url);
      const stopped = await json(['index'], { env, onStderr: (child) => void child.kill('SIGINT') });
      expect(stopped).toMatchObject({ code: 130, doc: { target: 'env', complete: false } });
      expect(stopped.doc.keys).toBeLessThan(3000);
      await many.configure({ latencyMs: 0 });
      expect((await json(['index'], { env })).doc).toMatchObject({ keys: 3000, complete: true });
    } finally {
      await many.close();
    }
  });
});
