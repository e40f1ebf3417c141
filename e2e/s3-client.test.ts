import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { TEST_CREDENTIAL } from '#core/testing/s3/behaviour.ts';
import { type S3Server, startS3Server } from '#core/testing/s3/s3-server.ts';
import { resultItems } from '#core/testing/s3/seed-results.ts';
import { type IndependentS3, independentS3, presentS3, type S3Place } from './support/independent-s3.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function serve(): Promise<{ server: S3Server; place: S3Place }> {
  const server = await startS3Server({ buckets: ['results'] });
  closers.push(() => server.close());
  const { accessKeyId, secretAccessKey } = TEST_CREDENTIAL;
  return { server, place: { endpoint: server.url, bucket: 'results', accessKeyId, secretAccessKey } };
}

/** What any S3 client expects of any S3 server. */
async function exercise(client: IndependentS3, server: S3Server): Promise<void> {
  closers.push(() => client.close());
  server.objects.seed('results', resultItems({ count: 2100 }));
  const pages = server.requests.list;
  const keys = server.objects.keys('results');
  expect(await client.list('')).toEqual(keys);
  expect(server.requests.list - pages).toBe(3);
  expect(await client.list('results/acme/')).toEqual(keys.filter((key) => key.startsWith('results/acme/')));

  const key = 'results/ten ant/ü + & 😀/1.json';
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 31) % 256));
  await client.put(key, bytes);
  expect(server.puts).toMatchObject([
    { key, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') },
  ]);
  expect(await client.get(key)).toEqual(bytes);
  const etag = createHash('md5').update(bytes).digest('hex');
  expect(await client.head(key)).toEqual({ size: bytes.length, etag });
  expect(await client.list('results/ten ant/')).toEqual([key]);
  expect(await client.get(keys[0] ?? '')).toEqual(server.objects.get('results', keys[0] ?? ''));
  await expect(client.get('missing')).rejects.toThrow('NoSuchKey');
}

describe('the S3 server, to a client that shares no code with it', () => {
  it('is S3', { timeout: 300_000 }, async ({ skip, annotate }) => {
    const { server, place } = await serve();
    const client = await independentS3(place);
    if ('reason' in client) return skip(client.reason);
    await annotate(client.name);
    await exercise(client, server);
  });

  it('is S3 to the AWS CLI', async ({ skip }) => {
    const { server, place } = await serve();
    const client = await presentS3('aws', place);
    if (client === null) return skip('the AWS CLI is not installed');
    await exercise(client, server);
  });

  it('refuses a wrong secret', async ({ skip }) => {
    const { server, place } = await serve();
    const client = await independentS3({ ...place, secretAccessKey: 'wrong' });
    if ('reason' in client) return skip(client.reason);
    closers.push(() => client.close());
    await expect(client.put('a', Buffer.from('x'))).rejects.toThrow('SignatureDoesNotMatch');
    await expect(client.list('')).rejects.toThrow('SignatureDoesNotMatch');
    expect(server.puts).toEqual([]);
  });
});
