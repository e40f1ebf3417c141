import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TEST_CREDENTIAL } from '#core/testing/s3/behaviour.ts';
import { startFaultProxy } from '#core/testing/s3/fault-proxy.ts';
import { type S3Server, startS3Server } from '#core/testing/s3/s3-server.ts';
import { testS3Target } from '#core/testing/s3/test-target.ts';
import type { ListedObject } from '#shared/model/archive.ts';
import type { ArchiveTarget } from './target.ts';
import { compareUtf8 } from './utf8-order.ts';

const KEY = 'results/acme/benchmark/2026-11-22/j1.json';
const BODY = Buffer.from('{"a":1}');
let server: S3Server;
let target: ArchiveTarget;
const others: Server[] = [];
beforeEach(async () => {
  server = await startS3Server();
  ({ target } = testS3Target(server.url));
});
afterEach(async () => {
  target.close();
  for (const other of others.splice(0)) {
    other.closeAllConnections();
    other.close();
  }
  await server.close();
});
async function serverThat(listener: RequestListener): Promise<string> {
  const other = createServer(listener);
  others.push(other);
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
}
async function walk(prefix: string, delimiter: '/' | null = null, after?: string) {
  const objects: ListedObject[] = [];
  const prefixes: string[] = [];
  let token: string | undefined;
  do {
    const page = await target.list({ prefix, delimiter, after, token });
    objects.push(...page.objects);
    prefixes.push(...page.prefixes);
    token = page.next ?? undefined;
  } while (token !== undefined);
  return { keys: objects.map(({ key }) => key), prefixes, objects };
}

describe('listing a bucket', () => {
  it('gives every key once, in order, over pages, with sizes, times and etags', async () => {
    const keys = Array.from(
      { length: 2500 },
      (_, i) => `results/t/k/2026-11-22/${String(i).padStart(5, '0')}.json`,
    );
    server.objects.seed(
      'results',
      keys.map((key) => ({ key, body: BODY, lastModified: 1_700_000_000_000 })),
    );
    const { keys: found, objects } = await walk('results/');
    expect(found).toEqual(keys);
    expect(objects[0]).toEqual({
      key: keys[0],
      size_bytes: 7,
      last_modified: 1_700_000_000,
      etag: 'bb6cb5c68df4652941caf652a366f2d8',
    });
    expect(target.requests()).toBe(3);
    expect((await walk('results/', null, keys[2497])).keys).toEqual(keys.slice(2498));
  });

  it('groups at the delimiter', async () => {
    for (const key of ['results/a/1', 'results/a/2', 'results/b', 'results/c/d/e'])
      server.objects.put('results', key, BODY);
    expect(await walk('results/', '/')).toMatchObject({
      keys: ['results/b'],
      prefixes: ['results/a/', 'results/c/'],
    });
    expect(await walk('nothing/', '/')).toMatchObject({ keys: [], prefixes: [] });
  });

  it('survives keys that XML or URLs would not', async () => {
    const keys = [
      'a b',
      'a+b',
      'a%20b',
      'a&<>"\'b',
      'é',
      '\u{1f600}',
      '\uffee',
      'line\nfeed',
      'bell\u0007',
      '?#',
    ].map((k) => `results/${k}`);
    for (const key of keys) server.objects.put('results', key, BODY);
    expect((await walk('results/')).keys).toEqual(keys.toSorted(compareUtf8));
    for (const key of keys) expect((await target.head(key)).key).toBe(key);
  });

  it.each(['repeats-token', 'loops'] as const)('ends with an error when the server %s', async (listing) => {
    server.objects.seed(
      'results',
      Array.from({ length: 2500 }, (_, i) => ({ key: `results/${i}`, body: BODY })),
    );
    server.configure({ listing });
    await expect(walk('results/')).rejects.toMatchObject({ code: 'archive.bad_listing' });
    expect(target.requests()).toBeLessThan(10);
  });

  const page = (keys: readonly string[], next?: string) =>
    `<ListBucketResult><Name>results</Name><IsTruncated>${next !== undefined}</IsTruncated>${next === undefined ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`}${keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size><LastModified>2026-11-22T00:00:00.000Z</LastModified></Contents>`).join('')}</ListBucketResult>`;
  const pages = (all: Readonly<Record<string, string>>) =>
    serverThat((request, response) => {
      const token = new URL(request.url ?? '', 'http://x').searchParams.get('continuation-token') ?? '';
      response.setHeader('content-type', 'application/xml').end(all[token]);
    });

  it('goes along with a server that sorts folder by folder, and still finds its loop', async () => {
    const url = await pages({
      '': page(['results/a/1', 'results/a/2'], 'x'),
      x: page(['results/a-b/1'], 'y'),
      y: page(['results/b/1']),
    });
    ({ target } = testS3Target(url));
    expect((await walk('results/')).keys).toHaveLength(4);
    const looping = await pages({
      '': page(['results/a/1', 'results/a/2'], 'x'),
      x: page(['results/a-b/1'], 'y'),
      y: page(['results/a/1'], 'x'),
    });
    ({ target } = testS3Target(looping));
    await expect(walk('results/')).rejects.toMatchObject({ code: 'archive.bad_listing' });
  });

  it.each([
    ['a key outside the prefix', page(['other/a'])],
    ['more to come and no token', page(['results/a']).replace('false', 'true')],
  ])('refuses %s', async (_, text) => {
    ({ target } = testS3Target(await pages({ '': text })));
    await expect(walk('results/')).rejects.toMatchObject({ code: 'archive.bad_listing' });
  });

  it('does not take a web page for an empty listing', async () => {
    const url = await serverThat((_, response) =>
      response.setHeader('content-type', 'text/html').end('<html><body>Sign in</body></html>'),
    );
    ({ target } = testS3Target(url));
    await expect(walk('results/')).rejects.toMatchObject({
      message: expect.stringContaining('Check the endpoint'),
    });
    await expect(target.put(KEY, BODY)).rejects.toMatchObject({ retryable: true });
  });

  it('is denied by name to who may only get, and gets all the same', async () => {
    server.objects.put('results', KEY, BODY);
    server.configure({ credentials: [{ ...TEST_CREDENTIAL, permissions: ['get'] }] });
    await expect(walk('results/')).rejects.toMatchObject({
      code: 'archive.access_denied',
      message: expect.stringContaining('s3:ListBucket'),
    });
    expect(Buffer.from((await target.get(KEY, { maxBytes: 100 })).bytes)).toEqual(BODY);
    await expect(target.head('results/none')).rejects.toMatchObject({ code: 'archive.access_denied' });
  });
});

describe('reading an object', () => {
  it('gives bytes, head, checksum, lock and version', async () => {
    server.configure({
      versioning: true,
      objectLock: { mode: 'COMPLIANCE', retainUntil: '2030-01-01T00:00:00.000Z', legalHold: true },
    });
    server.objects.put('results', KEY, BODY);
    const { head, bytes } = await target.get(KEY, { maxBytes: 100 });
    expect(Buffer.from(bytes)).toEqual(BODY);
    expect(head).toEqual(await target.head(KEY));
    expect(head).toMatchObject({
      size_bytes: 7,
      checksum: { algorithm: 'crc32' },
      lock: { mode: 'COMPLIANCE', retain_until: Date.UTC(2030, 0, 1) / 1000, legal_hold: true },
    });
    expect(head.version_id).toMatch(/^[0-9a-f]{32}$/);
  });

  it('reads a part, and says how large the whole is', async () => {
    server.objects.put('results', KEY, BODY);
    const { head, bytes } = await target.get(KEY, { maxBytes: 3, range: { start: 1, end: 4 } });
    expect(Buffer.from(bytes).toString()).toBe('"a"');
    expect(head.size_bytes).toBe(7);
    const past = await target.get(KEY, { maxBytes: 100, range: { start: 5, end: 100 } });
    expect(Buffer.from(past.bytes).toString()).toBe('1}');
    server.objects.put('results', 'results/empty', Buffer.alloc(0));
    for (const [key, start] of [
      [KEY, 50],
      ['results/empty', 0],
    ] as const) {
      const { head: whole, bytes: none } = await target.get(key, {
        maxBytes: 100,
        range: { start, end: 100 },
      });
      expect(none).toHaveLength(0);
      expect(whole.key).toBe(key);
    }
  });

  it('refuses a gigabyte before reading it, and one that lies about its length while reading', async () => {
    let sent = 0;
    const lying = await serverThat((_, response) => {
      response.setHeader('etag', '"x"');
      const more = (): void => {
        while (sent < 1e9 && response.write(Buffer.alloc(65_536))) sent += 65_536;
      };
      response.on('drain', more);
      more();
    });
    ({ target } = testS3Target(lying));
    await expect(target.get(KEY, { maxBytes: 1e6 })).rejects.toMatchObject({ code: 'archive.too_large' });
    expect(sent).toBeLessThan(2e7);
    const large = await serverThat((_, response) => {
      response.writeHead(200, { etag: '"x"', 'content-length': 1e9 });
      response.write('{');
    });
    ({ target } = testS3Target(large));
    await expect(target.get(KEY, { maxBytes: 1e6 })).rejects.toMatchObject({
      code: 'archive.too_large',
      message: expect.stringContaining('1,000,000,000'),
    });
  });

  it('notices an object that was replaced since it was listed', async () => {
    server.objects.put('results', KEY, BODY);
    const { etag } = await target.head(KEY);
    server.objects.put('results', KEY, Buffer.from('{"a":2}'));
    await expect(target.get(KEY, { maxBytes: 100, etag })).rejects.toMatchObject({
      code: 'archive.object_changed',
    });
    const ignoring = await serverThat((_, response) => response.setHeader('etag', '"other"').end('{}'));
    ({ target } = testS3Target(ignoring));
    await expect(target.get(KEY, { maxBytes: 100, etag })).rejects.toMatchObject({
      code: 'archive.object_changed',
    });
  });

  it('heads an object whose HEAD alone fails', async () => {
    const proxy = await startFaultProxy({ target: server.url, seed: 3 });
    server.objects.put('results', KEY, BODY);
    ({ target } = testS3Target(proxy.url));
    proxy.inject('expired-token');
    expect(await target.head(KEY)).toMatchObject({ size_bytes: 7, etag: 'bb6cb5c68df4652941caf652a366f2d8' });
    proxy.inject('expired-token', 'expired-token', 'expired-token');
    await expect(target.head(KEY)).rejects.toMatchObject({ code: 'archive.bad_credentials' });
    await proxy.close();
  });

  it('says what is not there', async () => {
    await expect(target.head(KEY)).rejects.toMatchObject({ code: 'archive.not_found', retryable: false });
    await expect(target.get(KEY, { maxBytes: 1 })).rejects.toMatchObject({ code: 'archive.not_found' });
  });

  it.each(['reset-mid-answer', 'truncate', 'flip-byte'] as const)('asks again after %s', async (fault) => {
    const proxy = await startFaultProxy({ target: server.url, seed: 3 });
    server.objects.put('results', KEY, BODY);
    ({ target } = testS3Target(proxy.url));
    proxy.inject(fault, fault);
    expect(Buffer.from((await target.get(KEY, { maxBytes: 100 })).bytes)).toEqual(BODY);
    expect(target.requests()).toBe(3);
    proxy.inject(fault, fault, fault);
    await expect(target.get(KEY, { maxBytes: 100 })).rejects.toMatchObject({
      code: fault === 'reset-mid-answer' ? 'archive.unreachable' : 'archive.checksum_mismatch',
    });
    await proxy.close();
  });

  it('lists versions newest first, with deletions, of this key alone', async () => {
    server.configure({ versioning: true });
    for (const text of ['1', '22', '333']) server.objects.put('results', KEY, Buffer.from(text));
    server.objects.put('results', `${KEY}.bak`, BODY);
    server.objects.remove('results', KEY);
    const versions = await target.versions?.(KEY);
    expect(versions?.map(({ deleted, size_bytes, latest }) => [deleted, size_bytes, latest])).toEqual([
      [true, 0, true],
      [false, 3, false],
      [false, 2, false],
      [false, 1, false],
    ]);
  });

  it('says where there are no versions', async () => {
    await expect(target.versions?.(KEY)).rejects.toMatchObject({ code: 'archive.unsupported' });
  });

  it('makes a link that works without credentials', async () => {
    server.objects.put('results', KEY, BODY);
    const url = await target.presign?.(KEY, 60);
    const answer = await fetch(url ?? '');
    expect(await answer.text()).toBe('{"a":1}');
    expect(target.requests()).toBe(0);
  });
});

describe('a server that means no good', () => {
  /** Sends for ever what it began with. */
  const endless = (status: number, begin: string) =>
    serverThat((_, response) => {
      response.writeHead(status, { 'content-type': 'application/xml' });
      response.write(begin);
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });

  it('cannot fill the memory with an answer that never ends', async () => {
    const listing = testS3Target(await endless(200, '<ListBucketResult><Name>')).target;
    await expect(listing.list({ prefix: 'results/', delimiter: null })).rejects.toMatchObject({
      code: 'archive.server_error',
    });
    const refusing = testS3Target(await endless(403, '<Error><Message>')).target;
    await expect(refusing.get(KEY, { maxBytes: 100 })).rejects.toMatchObject({
      code: expect.stringMatching(/^archive\./),
    });
    listing.close();
    refusing.close();
  });

  it('cannot have the session token repeated in what a failure says', async () => {
    const sessionToken = 'planted+token/of=a session';
    const echo = await serverThat((request, response) => {
      request.resume();
      const { 'x-amz-security-token': token, authorization } = request.headers;
      if (request.method === 'PUT')
        response.writeHead(307, { location: `http://elsewhere/${encodeURIComponent(String(token))}` }).end();
      else
        response
          .writeHead(403, { 'content-type': 'application/xml' })
          .end(`<Error><Code>InvalidToken</Code><Message>${token}: ${authorization}</Message></Error>`);
    });
    const { target: hostile } = testS3Target(echo, {
      credentials: async () => ({ ...TEST_CREDENTIAL, sessionToken }),
    });
    for (const call of [hostile.get(KEY, { maxBytes: 1 }), hostile.put(KEY, BODY)]) {
      const said = await call.then(String, ({ message, detail }) => `${message} ${detail}`);
      expect(said).toMatch(/credentials|token|redirect/i);
      expect(said).not.toMatch(/planted|Signature=[0-9a-f]/);
    }
    hostile.close();
  });
});
