import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it } from 'vitest';
import { FAULTS, type FaultProxy, type FaultRates, startFaultProxy } from './fault-proxy.ts';
import { startS3Server } from './s3-server.ts';
import { sdkClient } from './sdk-client.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const Bucket = 'results';

async function serve(faults: FaultRates = {}, seed = 1) {
  const server = await startS3Server();
  closers.push(() => server.close());
  const proxy = await startFaultProxy({ target: server.url, seed, faults });
  closers.push(() => proxy.close());
  return { server, proxy, client: clientOf(proxy) };
}

function clientOf({ url }: FaultProxy, config: S3ClientConfig = {}): S3Client {
  const client = sdkClient(url, config);
  closers.push(() => client.destroy());
  return client;
}

const put = (client: S3Client, Key: string, Body = 'body') =>
  client.send(new PutObjectCommand({ Bucket, Key, Body }));
const get = async (client: S3Client, Key: string) =>
  (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
const failure = async (call: Promise<unknown>): Promise<string> => {
  const thrown = await call.then(
    () => null,
    (error: unknown) => error,
  );
  const { name, code } = thrown as { name: string; code?: string };
  return code ?? name;
};

describe('the fault proxy', () => {
  it('passes requests on with their signatures, whatever the verb', async () => {
    const { server, client } = await serve();
    await put(client, 'a', 'x'.repeat(3_000_000));
    expect(await get(client, 'a')).toHaveLength(3_000_000);
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'a' }));
    expect(head.ContentLength).toBe(3_000_000);
    expect((await client.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(1);
    expect(server.requests).toMatchObject({ put: 1, get: 1, head: 1, list: 1 });
  });

  it.each([
    ['reset-before', 'ECONNRESET', 0],
    ['reset-mid-request', 'ECONNRESET', 0],
    ['reset-after', 'ECONNRESET', 1],
    ['reset-mid-answer', 'ECONNRESET', 1],
    ['internal-error', 'InternalError', 0],
    ['slow-down', 'SlowDown', 0],
    ['expired-token', 'ExpiredToken', 0],
    ['clock-skew', 'RequestTimeTooSkewed', 0],
    ['hang', 'ECONNRESET', 1],
  ] as const)('%s: the client of a put sees %s and the server stored %d', async (fault, seen, stored) => {
    const { server, proxy, client } = await serve({ hangMs: 50 });
    proxy.inject(fault);
    expect(await failure(put(client, 'a', 'x'.repeat(1_000_000)))).toBe(seen);
    expect(server.puts).toHaveLength(stored);
    expect(server.objects.keys(Bucket)).toHaveLength(stored);
    expect(proxy.counts).toMatchObject({ [fault]: 1, clean: 0 });
    await put(client, 'a');
    expect(proxy.counts.clean).toBe(1);
  });

  it('spoils what is read: cut, altered, reset half-way', async () => {
    const { server, proxy, client } = await serve();
    server.objects.put(Bucket, 'a', Buffer.from('0123456789'));
    const trusting = clientOf(proxy, { responseChecksumValidation: 'WHEN_REQUIRED' });
    proxy.inject('truncate', 'flip-byte', 'reset-mid-answer', 'truncate', 'flip-byte');
    expect(await get(trusting, 'a')).toBe('01234');
    const altered = (await get(trusting, 'a')) ?? '';
    expect(altered).toHaveLength(10);
    expect(altered).not.toBe('0123456789');
    expect(await failure(get(trusting, 'a'))).toBe('ECONNRESET');
    // With its checksum the SDK sees both by itself.
    await expect(get(client, 'a')).rejects.toThrow(/checksum/i);
    await expect(get(client, 'a')).rejects.toThrow(/checksum/i);
    expect(await get(client, 'a')).toBe('0123456789');
  });

  it('meets the same faults with the same seed, at the rates asked for', async () => {
    const rates = Object.fromEntries(FAULTS.filter((name) => name !== 'hang').map((name) => [name, 0.04]));
    const run = async (seed: number) => {
      const { server, proxy, client } = await serve({ rates }, seed);
      server.objects.put(Bucket, 'a', Buffer.from('0123456789'));
      const outcomes: string[] = [];
      for (let i = 0; i < 200; i++)
        outcomes.push(
          await get(client, 'a').then(
            () => 'ok',
            () => 'failed',
          ),
        );
      return { outcomes, counts: { ...proxy.counts } };
    };
    const first = await run(7);
    expect(await run(7)).toEqual(first);
    expect(await run(8)).not.toEqual(first);
    expect(first.counts.clean).toBeGreaterThan(90);
    expect(first.counts.clean).toBeLessThan(150);
    for (const name of FAULTS) expect(first.counts[name]).toBeGreaterThan(name === 'hang' ? -1 : 0);
  });

  it('slows requests down, only the methods it was told, until it is quiet', async () => {
    const { proxy, client } = await serve({
      rates: { 'slow-down': 1 },
      latency: { rate: 1, minMs: 40, maxMs: 60 },
      methods: ['PUT'],
    });
    expect(await failure(get(client, 'a'))).toBe('NoSuchKey');
    const started = performance.now();
    expect(await failure(put(client, 'a'))).toBe('SlowDown');
    expect(performance.now() - started).toBeGreaterThan(38);
    expect(proxy.counts).toMatchObject({ latency: 1, 'slow-down': 1, clean: 1 });
    proxy.quiet();
    await put(client, 'a');
    expect(proxy.counts).toMatchObject({ latency: 1, 'slow-down': 1, clean: 2 });
  });
});
