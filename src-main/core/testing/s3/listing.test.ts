import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it } from 'vitest';
import { type S3Server, startS3Server } from './s3-server.ts';
import { sdkClient } from './sdk-client.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const Bucket = 'results';

async function serve(): Promise<{ server: S3Server; client: S3Client }> {
  const server = await startS3Server();
  const client = sdkClient(server.url);
  closers.push(
    () => server.close(),
    () => client.destroy(),
  );
  return { server, client };
}

const list = (client: S3Client, more = {}) => client.send(new ListObjectsV2Command({ Bucket, ...more }));

async function walk(
  client: S3Client,
  more = {},
): Promise<{ keys: string[]; prefixes: string[]; pages: number }> {
  const keys: string[] = [];
  const prefixes: string[] = [];
  let pages = 0;
  for await (const page of paginateListObjectsV2({ client }, { Bucket, ...more })) {
    pages++;
    for (const { Key = '' } of page.Contents ?? []) keys.push(Key);
    for (const { Prefix = '' } of page.CommonPrefixes ?? []) prefixes.push(Prefix);
    expect(page.KeyCount).toBe((page.Contents?.length ?? 0) + (page.CommonPrefixes?.length ?? 0));
  }
  return { keys, prefixes, pages };
}

describe('listing', () => {
  const seeded = async (count: number) => {
    const { server, client } = await serve();
    const keys = Array.from({ length: count }, (_, i) => `results/${i % 3}/${String(i).padStart(6, '0')}`);
    server.objects.seed(
      Bucket,
      keys.map((key) => ({ key, body: () => Buffer.from(key), size: key.length })),
    );
    return { server, client, keys: keys.toSorted() };
  };

  it('pages through 2,500 keys in order, from any of them', async () => {
    const { client, keys, server } = await seeded(2500);
    expect(await walk(client)).toEqual({ keys, prefixes: [], pages: 3 });
    expect(await walk(client, { MaxKeys: 999, Prefix: 'results/1/' })).toEqual({
      keys: keys.filter((key) => key.startsWith('results/1/')),
      prefixes: [],
      pages: 1,
    });
    const StartAfter = keys[1234];
    expect((await walk(client, { StartAfter })).keys).toEqual(keys.slice(1235));
    expect((await walk(client, { StartAfter: `${StartAfter}x`, MaxKeys: 7 })).keys).toEqual(keys.slice(1235));
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: keys[7] }));
    expect(await Body?.transformToString()).toBe(keys[7]);
    const { ETag = '' } = (await list(client, { MaxKeys: 1 })).Contents?.[0] ?? {};
    expect((await client.send(new HeadObjectCommand({ Bucket, Key: keys[0] }))).ETag).toBe(ETag);
    expect(server.requests['list-versions']).toBe(0);
  });

  it('rolls up at the delimiter, also across pages', async () => {
    const { server, client } = await seeded(2500);
    server.objects.put(Bucket, 'results/1.json', Buffer.from('{}'));
    expect(await walk(client, { Prefix: 'results/', Delimiter: '/', MaxKeys: 1 })).toEqual({
      keys: ['results/1.json'],
      prefixes: ['results/0/', 'results/1/', 'results/2/'],
      pages: 4,
    });
    expect(await list(client, { Delimiter: '/' })).toMatchObject({
      KeyCount: 1,
      IsTruncated: false,
      CommonPrefixes: [{ Prefix: 'results/' }],
    });
    const { NextContinuationToken } = await list(client, { Prefix: 'results/', MaxKeys: 1 });
    await expect(
      list(client, { Prefix: 'other/', ContinuationToken: NextContinuationToken }),
    ).rejects.toMatchObject({ name: 'InvalidArgument' });
  });

  it('sorts by UTF-8 bytes and writes any character', async () => {
    const { server, client } = await serve();
    const keys = ['a & <b>', 'a+b', 'ü', '\uff5e', '😀'];
    for (const key of keys.toReversed()) server.objects.put(Bucket, key, Buffer.from(key));
    expect((await walk(client)).keys).toEqual(keys);
    expect((await walk(client, { MaxKeys: 1 })).keys).toEqual(keys);
    const { Contents = [], EncodingType } = await list(client, { EncodingType: 'url' });
    expect(EncodingType).toBe('url');
    expect(Contents.map(({ Key = '' }) => Key)).toEqual(keys.map(encodeURIComponent));
  });

  it('misbehaves on demand', async () => {
    const { server, client } = await seeded(2500);
    server.configure({ listing: 'repeats-token' });
    const first = await list(client);
    const second = await list(client, { ContinuationToken: first.NextContinuationToken });
    expect(second.NextContinuationToken).toBe(first.NextContinuationToken);
    server.configure({ listing: 'loops' });
    const last = await list(client, { StartAfter: 'results/2/002490' });
    expect(last.IsTruncated).toBe(true);
    const again = await list(client, { ContinuationToken: last.NextContinuationToken });
    expect(again.Contents?.[0]?.Key).toBe('results/0/000000');
  });

  it('takes 100,000 keys in under a second and makes a page of 1,000 in milliseconds', async () => {
    const { server, client } = await serve();
    // Of this process's own time: the machine may be busy with others.
    const started = process.cpuUsage();
    server.objects.seed(
      Bucket,
      Array.from({ length: 100_000 }, (_, i) => ({
        key: `results/t${i % 7}/agentic-agent/2026-01-${(i % 28) + 10}/${i}.json`,
        body: () => Buffer.from('x'),
        size: 1,
      })),
    );
    expect(server.objects.keys(Bucket)).toHaveLength(100_000);
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(1000);
    expect((await list(client, { StartAfter: 'results/t6' })).KeyCount).toBe(1000);
  });
});
