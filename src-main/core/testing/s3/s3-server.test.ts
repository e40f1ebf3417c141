import { Readable } from 'node:stream';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterEach, describe, expect, it } from 'vitest';
import { TEST_CREDENTIAL } from './behaviour.ts';
import { type S3Server, type S3ServerOptions, startS3Server } from './s3-server.ts';
import { sdkClient } from './sdk-client.ts';
import { NodeSha256 } from './signature.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function serve(options: S3ServerOptions = {}): Promise<S3Server> {
  const server = await startS3Server(options);
  closers.push(() => server.close());
  return server;
}

function clientOf({ url }: S3Server, config: S3ClientConfig = {}): S3Client {
  const client = sdkClient(url, config);
  closers.push(() => client.destroy());
  return client;
}

const Bucket = 'results';

/** Name and status of the error a call must end with. */
async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (thrown) {
    const { name, $metadata } = thrown as { name: string; $metadata?: { httpStatusCode?: number } };
    return `${$metadata?.httpStatusCode} ${name}`;
  }
  throw new Error('the call was not refused');
}

const put = (client: S3Client, Key: string, Body: string | Uint8Array = 'body', more = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const list = (client: S3Client, more = {}) => client.send(new ListObjectsV2Command({ Bucket, ...more }));
const text = async (client: S3Client, Key: string, more = {}) =>
  (await client.send(new GetObjectCommand({ Bucket, Key, ...more }))).Body?.transformToString();

describe('who may', () => {
  it('refuses a wrong secret, an unknown key and a clock that is 16 minutes off', async () => {
    const server = await serve();
    const wrong = clientOf(server, { credentials: { ...TEST_CREDENTIAL, secretAccessKey: 'wrong' } });
    expect(await refusal(put(wrong, 'a'))).toBe('403 SignatureDoesNotMatch');
    expect(await refusal(list(wrong))).toBe('403 SignatureDoesNotMatch');
    const unknown = clientOf(server, { credentials: { accessKeyId: 'NOBODY', secretAccessKey: 'x' } });
    expect(await refusal(list(unknown))).toBe('403 InvalidAccessKeyId');
    expect((await fetch(`${server.url}/results/a`)).status).toBe(403);
    server.configure({ clockOffsetMs: 16 * 60_000 });
    expect(await refusal(list(clientOf(server)))).toBe('403 RequestTimeTooSkewed');
    server.configure({ clockOffsetMs: 14 * 60_000 });
    await list(clientOf(server));
    expect(server.puts).toEqual([]);
  });

  it('tells its time, so that the SDK corrects its own clock and tries again', async () => {
    const server = await serve({ clockOffsetMs: 60 * 60_000 });
    const client = clientOf(server, { maxAttempts: 3 });
    await put(client, 'a');
    expect(server.puts).toHaveLength(1);
  });

  it('keeps permissions apart', async () => {
    const reader = { ...TEST_CREDENTIAL, permissions: ['get'] as const };
    const server = await serve({ credentials: [reader] });
    server.objects.put(Bucket, 'a', Buffer.from('seen'));
    const client = clientOf(server);
    expect(await text(client, 'a')).toBe('seen');
    expect(await refusal(list(client))).toBe('403 AccessDenied');
    expect(await refusal(put(client, 'b'))).toBe('403 AccessDenied');
    expect(await refusal(client.send(new DeleteObjectCommand({ Bucket, Key: 'a' })))).toBe(
      '403 AccessDenied',
    );
    // What is missing is not told to who may not list.
    expect(await refusal(text(client, 'missing'))).toBe('403 AccessDenied');
    server.configure({ credentials: [{ ...reader, permissions: ['get', 'list'] }] });
    expect(await refusal(text(client, 'missing'))).toBe('404 NoSuchKey');
  });

  it('wants the session token that belongs to the key, while it lasts', async () => {
    const session = { ...TEST_CREDENTIAL, sessionToken: 'token', expiresAt: Date.now() + 60_000 };
    const server = await serve({ credentials: [session] });
    await list(clientOf(server, { credentials: session }));
    expect(await refusal(list(clientOf(server)))).toBe('400 InvalidToken');
    server.configure({ clockOffsetMs: 61_000 });
    expect(await refusal(list(clientOf(server, { credentials: session })))).toBe('400 ExpiredToken');
  });

  it('insists on its region and names it', async () => {
    const server = await serve({ region: 'eu-west-1' });
    const error = await list(clientOf(server)).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ name: 'AuthorizationHeaderMalformed', Region: 'eu-west-1' });
    await list(clientOf(server, { region: 'eu-west-1' }));
  });

  it.each([
    ['as signed', (url: URL) => url, 200],
    ['for another key', (url: URL) => new URL(url.href.replace('/a?', '/b?')), 403],
    ['with a longer life', (url: URL) => new URL(url.href.replace('Expires=60', 'Expires=600')), 403],
  ])('answers a presigned link %s', async (_name, change, status) => {
    const server = await serve();
    server.objects.put(Bucket, 'a', Buffer.from('linked'));
    server.objects.put(Bucket, 'b', Buffer.from('other'));
    const signer = new SignatureV4({
      service: 's3',
      region: 'us-east-1',
      credentials: TEST_CREDENTIAL,
      sha256: NodeSha256,
      uriEscapePath: false,
    });
    const { host, hostname } = new URL(server.url);
    const { query = {} } = await signer.presign(
      {
        method: 'GET',
        protocol: 'http:',
        hostname,
        path: '/results/a',
        query: { 'response-content-type': 'text/plain' },
        headers: { host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
      },
      { expiresIn: 60 },
    );
    const search = new URLSearchParams(query as Record<string, string>).toString();
    const link = change(new URL(`${server.url}/results/a?${search}`));
    expect((await fetch(link)).status).toBe(status);
    server.configure({ clockOffsetMs: 61_000 });
    expect((await fetch(link)).status).toBe(403);
  });

  it('answers a link that the SDK presigned, under the name the link gives it', async () => {
    const server = await serve();
    const Key = 'results/a b/ü.json';
    server.objects.put(Bucket, Key, Buffer.from('linked'));
    const ask = new GetObjectCommand({ Bucket, Key, ResponseContentDisposition: 'attachment' });
    const answer = await fetch(await getSignedUrl(clientOf(server), ask, { expiresIn: 60 }));
    expect([answer.status, await answer.text()]).toEqual([200, 'linked']);
    expect(answer.headers.get('content-disposition')).toBe('attachment');
  });
});

describe('objects', () => {
  it('gives back what was put, whole and by range, and counts it', async () => {
    const server = await serve({ objectLock: { mode: 'COMPLIANCE', retainUntil: '2036-01-01T00:00:00Z' } });
    const client = clientOf(server);
    const Key = 'results/a b/ü+%/😀.json';
    await put(client, Key, 'hello world', { ContentType: 'application/json', Metadata: { job: '7' } });
    expect(await text(client, Key)).toBe('hello world');
    expect(await text(client, Key, { Range: 'bytes=6-8' })).toBe('wor');
    expect(await text(client, Key, { Range: 'bytes=6-' })).toBe('world');
    expect(await text(client, Key, { Range: 'bytes=-3' })).toBe('rld');
    expect(await refusal(text(client, Key, { Range: 'bytes=11-' }))).toBe('416 InvalidRange');
    const head = await client.send(new HeadObjectCommand({ Bucket, Key }));
    expect(head).toMatchObject({
      ContentLength: 11,
      ContentType: 'application/json',
      ETag: '"5eb63bbbe01eeed093cb22bb8f5acdc3"',
      Metadata: { job: '7' },
      ObjectLockMode: 'COMPLIANCE',
    });
    expect(server.puts).toEqual([
      {
        bucket: Bucket,
        key: Key,
        sha256: 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9',
        size: 11,
        at: expect.any(Number),
      },
    ]);
    expect(server.requests).toMatchObject({ put: 1, get: 5, head: 1 });
    await client.send(new DeleteObjectCommand({ Bucket, Key }));
    await client.send(new DeleteObjectCommand({ Bucket, Key }));
    expect(await refusal(client.send(new HeadObjectCommand({ Bucket, Key })))).toBe('404 NotFound');
    expect(await refusal(text(client, Key))).toBe('404 NoSuchKey');
  });

  it('makes and finds buckets', async () => {
    const server = await serve({ buckets: [] });
    const client = clientOf(server);
    expect(await refusal(put(client, 'a'))).toBe('404 NoSuchBucket');
    expect(await refusal(client.send(new HeadBucketCommand({ Bucket })))).toBe('404 NotFound');
    await client.send(new CreateBucketCommand({ Bucket }));
    await client.send(new HeadBucketCommand({ Bucket }));
    expect(await refusal(client.send(new CreateBucketCommand({ Bucket })))).toBe(
      '409 BucketAlreadyOwnedByYou',
    );
  });

  it('keeps versions only when told to', async () => {
    const server = await serve();
    const client = clientOf(server);
    const versions = () => client.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'a' }));
    expect(await refusal(versions())).toBe('501 NotImplemented');
    server.configure({ versioning: true });
    await put(client, 'a', 'one');
    await put(client, 'a', 'two');
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    const { Versions = [], DeleteMarkers = [] } = await versions();
    expect(Versions.map(({ Size, IsLatest }) => [Size, IsLatest])).toEqual([
      [3, false],
      [3, false],
    ]);
    expect(DeleteMarkers).toMatchObject([{ IsLatest: true }]);
    expect(await refusal(text(client, 'a'))).toBe('404 NoSuchKey');
    expect(await text(client, 'a', { VersionId: Versions[1]?.VersionId })).toBe('one');
  });
});

describe('conditional writes', () => {
  it('are honoured, refused, ignored or in conflict', async () => {
    const server = await serve();
    const client = clientOf(server);
    const once = (body: string) => put(client, 'a', body, { IfNoneMatch: '*' });
    const { ETag } = await once('one');
    expect(await refusal(once('two'))).toBe('412 PreconditionFailed');
    expect(await refusal(put(client, 'a', 'two', { IfMatch: '"0"' }))).toBe('412 PreconditionFailed');
    await put(client, 'a', 'two', { IfMatch: ETag });
    expect(await refusal(text(client, 'a', { IfMatch: ETag }))).toBe('412 PreconditionFailed');
    server.configure({ conflicts: 1 });
    expect(await refusal(put(client, 'b', 'x', { IfNoneMatch: '*' }))).toBe('409 ConditionalRequestConflict');
    await put(client, 'b', 'x', { IfNoneMatch: '*' });
    server.configure({ conditionalWrites: 'refused' });
    expect(await refusal(once('three'))).toBe('501 NotImplemented');
    expect(server.puts.map(({ key, size }) => `${key} ${size}`)).toEqual(['a 3', 'a 3', 'b 1']);
    server.configure({ conditionalWrites: 'ignored' });
    await once('three');
    expect(await text(client, 'a')).toBe('three');
  });

  it('let exactly one of many at once through', async () => {
    const server = await serve();
    const client = clientOf(server);
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => put(client, 'a', `body ${i}`, { IfNoneMatch: '*' })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(server.puts).toHaveLength(1);
  });
});

describe('checksums', () => {
  const stream = (client: S3Client) =>
    put(client, 'streamed', Readable.from([Buffer.from('a'.repeat(70_000)), Buffer.from('b')]) as never, {
      ContentLength: 70_001,
    });

  it('are verified and returned by a current server, in both modes of the SDK', async () => {
    const server = await serve();
    const supported = clientOf(server);
    const required = clientOf(server, {
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
    await put(supported, 'a');
    await put(required, 'b');
    await stream(supported);
    expect(server.objects.get(Bucket, 'streamed')?.toString()).toBe(`${'a'.repeat(70_000)}b`);
    await stream(required);
    const answer = await supported.send(new GetObjectCommand({ Bucket, Key: 'a' }));
    expect(answer.ChecksumCRC32).toBe('26gLsg==');
    expect(await answer.Body?.transformToString()).toBe('body');
    expect((await required.send(new GetObjectCommand({ Bucket, Key: 'a' }))).ChecksumCRC32).toBeUndefined();
    expect(await refusal(put(supported, 'c', 'body', { ChecksumCRC32: 'AAAAAA==' }))).toBe('400 BadDigest');
    expect(await refusal(put(required, 'c', 'body', { ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' }))).toBe(
      '400 BadDigest',
    );
    expect(server.objects.keys(Bucket)).toEqual(['a', 'b', 'streamed']);
  });

  it('are refused by an old server, unless the SDK sends only what is required', async () => {
    const server = await serve({ checksums: 'old' });
    const supported = clientOf(server);
    expect(await refusal(put(supported, 'a'))).toBe('501 NotImplemented');
    expect(await refusal(stream(supported))).toBe('400 InvalidRequest');
    const required = clientOf(server, { requestChecksumCalculation: 'WHEN_REQUIRED' });
    await put(required, 'a');
    expect(await text(supported, 'a')).toBe('body');
  });
});
