import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FAULTS, type FaultProxy, startFaultProxy } from '#core/testing/s3/fault-proxy.ts';
import { type S3Server, startS3Server } from '#core/testing/s3/s3-server.ts';
import { testS3Target } from '#core/testing/s3/test-target.ts';
import { sha256Hex } from '../record/canonical.ts';

const KEY = 'results/acme/benchmark/2026-11-22/j1.json';
const ONE = Buffer.from('{"a":1}');
const TWO = Buffer.from('{"a":2}');
let server: S3Server;
let proxy: FaultProxy;
beforeEach(async () => {
  server = await startS3Server();
  proxy = await startFaultProxy({ target: server.url, seed: 1 });
});
afterEach(async () => {
  await proxy.close();
  await server.close();
});
const bodies = () => new Set(server.puts.map(({ key, sha256 }) => `${key} ${sha256}`));

describe('a delivery to a bucket', () => {
  it('is one request once the server is known to honour conditional writes', async () => {
    const { target, facts } = testS3Target(server.url);
    await target.put(KEY, ONE);
    expect([...facts.values()]).toEqual(['honoured']);
    const before = target.requests();
    for (let i = 0; i < 10; i++) await target.put(`${KEY}.${i}`, ONE);
    expect(target.requests() - before).toBe(10);
    expect(server.objects.get('results', KEY)).toEqual(ONE);
  });

  it.each(['honoured', 'ignored', 'refused'] as const)(
    'never replaces other bytes and takes the same again, where conditional writes are %s',
    async (conditionalWrites) => {
      server.configure({ conditionalWrites });
      const { target, facts } = testS3Target(server.url);
      server.objects.put('results', KEY, ONE);
      await expect(target.put(KEY, TWO)).rejects.toMatchObject({ code: 'archive.conflict' });
      await target.put(KEY, ONE);
      await target.put('results/other.json', ONE);
      expect([...facts.values()]).toEqual([conditionalWrites]);
      await expect(target.put(KEY, TWO)).rejects.toMatchObject({
        code: 'archive.conflict',
        retryable: undefined,
      });
      await target.put(KEY, ONE);
      expect(server.objects.get('results', KEY)).toEqual(ONE);
      expect(bodies()).toEqual(new Set([`results/other.json ${sha256Hex(ONE)}`]));
    },
  );

  it('learns once, however many begin together, and without further objects', async () => {
    const { target, facts } = testS3Target(server.url);
    await Promise.all(Array.from({ length: 20 }, (_, i) => target.put(`results/${i}`, ONE)));
    expect(facts.size).toBe(1);
    expect(server.requests).toMatchObject({ head: 1, put: 21 });
    expect(server.objects.keys('results')).toHaveLength(20);
  });

  it.each(['reset-after', 'reset-mid-answer', 'reset-mid-request', 'internal-error'] as const)(
    'ends well after %s, whatever the server did before',
    async (fault) => {
      const { target } = testS3Target(proxy.url);
      await target.put('results/learned', ONE);
      proxy.inject(fault, fault);
      await target.put(KEY, ONE);
      proxy.configure({ rates: { [fault]: 1 } });
      await expect(target.put(`${KEY}2`, ONE)).rejects.toMatchObject({ retryable: true });
      proxy.quiet();
      await target.put(`${KEY}2`, ONE);
      expect(server.objects.get('results', KEY)).toEqual(ONE);
      expect(server.objects.get('results', `${KEY}2`)).toEqual(ONE);
      expect(bodies().size).toBe(3);
    },
  );

  it('does not wait for a server that never answers', async () => {
    const { target } = testS3Target(proxy.url, { idleMs: 150 });
    proxy.inject('hang', 'hang', 'hang', 'hang');
    await expect(target.put(KEY, ONE)).rejects.toMatchObject({
      code: 'archive.unreachable',
      retryable: true,
    });
  });

  it('gets through writes that race', async () => {
    const { target } = testS3Target(server.url);
    await target.put('results/learned', ONE);
    server.configure({ conflicts: 2 });
    await target.put(KEY, ONE);
    expect(server.objects.get('results', KEY)).toEqual(ONE);
    server.configure({ conflicts: 100 });
    await expect(target.put(`${KEY}2`, ONE)).rejects.toMatchObject({
      code: 'archive.server_error',
      retryable: true,
    });
  });

  it('works for who may only write, and says what is missing when it has to look', async () => {
    const [{ accessKeyId, secretAccessKey }] = server.behaviour.credentials as [
      { accessKeyId: string; secretAccessKey: string },
    ];
    server.configure({ credentials: [{ accessKeyId, secretAccessKey, permissions: ['put'] }] });
    const { target, facts } = testS3Target(server.url);
    await target.put(KEY, ONE);
    expect([...facts.values()]).toEqual(['honoured']);
    await expect(target.put(KEY, ONE)).rejects.toMatchObject({
      code: 'archive.access_denied',
      retryable: true,
      message: expect.stringContaining('s3:GetObject'),
    });
  });

  it('compares bytes where the etag is no MD5', async () => {
    const { target } = testS3Target(server.url);
    server.objects.seed('results', [{ key: KEY, body: ONE, etag: 'f'.repeat(32) }]);
    await target.put(KEY, ONE);
    await expect(target.put(KEY, TWO)).rejects.toMatchObject({ code: 'archive.conflict' });
  });

  it('says that checksums are refused, and delivers without them', async () => {
    server.configure({ checksums: 'old' });
    await expect(
      testS3Target(server.url, { checksums: 'when_supported' }).target.put(KEY, ONE),
    ).rejects.toMatchObject({
      code: 'archive.checksum_refused',
      retryable: true,
      message: expect.stringContaining('when_required'),
    });
    const { target, facts } = testS3Target(server.url);
    await target.put(KEY, ONE);
    expect([...facts.values()]).toEqual(['honoured']);
  });

  it('sends checksums where it is told to, beside a condition that is refused', async () => {
    server.configure({ conditionalWrites: 'refused' });
    const { target, facts } = testS3Target(server.url, { checksums: 'when_supported' });
    await target.put(KEY, ONE);
    expect([...facts.values()]).toEqual(['refused']);
    expect((await target.head(KEY)).checksum?.algorithm).toBe('crc32');
  });

  it.each([
    ['an empty key', ''],
    ['a key of 1,025 bytes', `${'é'.repeat(512)}x`],
    ['a NUL', 'a\0b'],
  ])('refuses %s without a request', async (_, key) => {
    const { target } = testS3Target(server.url);
    await expect(target.put(key, ONE)).rejects.toMatchObject({
      code: 'archive.bad_key',
      retryable: undefined,
    });
    expect(target.requests()).toBe(0);
  });

  it.each(['honoured', 'ignored', 'refused'] as const)(
    'brings every result in under its key once, through all faults together, where conditions are %s',
    async (conditionalWrites) => {
      server.configure({ conditionalWrites });
      const { target } = testS3Target(proxy.url, { idleMs: 500 });
      const faults = FAULTS.filter((fault) => fault !== 'hang');
      proxy.configure({ rates: Object.fromEntries(faults.map((fault) => [fault, 0.05])) });
      const deliver = async (key: string, bytes: Buffer): Promise<void> => {
        for (let tries = 0; tries < 30; tries++) {
          const failure = await target.put(key, bytes).catch((thrown: unknown) => thrown);
          if (failure === undefined) return;
          expect(failure).toMatchObject({ retryable: true });
        }
        throw new Error(`${key} was not delivered`);
      };
      const jobs = Array.from(
        { length: 40 },
        (_, i) => [`results/${i}.json`, Buffer.from(`{"job":${i}}`)] as const,
      );
      await Promise.all(jobs.map(([key, bytes]) => deliver(key, bytes)));
      for (const [key, bytes] of jobs) expect(server.objects.get('results', key)).toEqual(bytes);
      expect(bodies().size).toBe(jobs.length);
      expect(server.objects.keys('results')).toHaveLength(jobs.length);
      expect(proxy.counts['reset-after']).toBeGreaterThan(0);
    },
    20_000,
  );

  it('stops when it is told to', async () => {
    const { target } = testS3Target(server.url);
    server.configure({ latencyMs: 2000 });
    const controller = new AbortController();
    const put = target.put(KEY, ONE, controller.signal);
    setTimeout(() => controller.abort(), 50);
    await expect(put).rejects.toMatchObject({ code: 'job.cancelled' });
  });
});
