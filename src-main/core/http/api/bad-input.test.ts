import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench, SECRET_A } from '#core/testing/api-bench.ts';

let bench: ApiBench;
beforeAll(async () => {
  bench = await openApiBench();
});
afterAll(() => bench.close());

const JOB = '/v1/jobs/agentic-agent';
const TOO_LARGE = 'request too large (exceeds maximum size of 10 MiB)';

/** What the server says to bytes as they are, until it closes. */
async function raw(text: string | readonly string[], everyMs = 0): Promise<string> {
  const socket = connect(bench.port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    answer += chunk;
  });
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  for (const part of typeof text === 'string' ? [text] : text) {
    if (!socket.writable) break;
    socket.write(part);
    if (everyMs > 0) await sleep(everyMs);
  }
  await closed;
  return answer;
}

describe('a body', () => {
  it.each([
    ['broken JSON', '{"question": ', 400, 'invalid JSON'],
    ['bytes that are no text', '{"question": "\udc00"}'.replace('\udc00', '\u0000'), 400, 'invalid JSON'],
    ['a list', '[]', 400, 'request body must be a JSON object'],
    ['a number', '7', 400, 'request body must be a JSON object'],
    ['null', 'null', 400, 'request body must be a JSON object'],
    ['brackets without end', '['.repeat(200_000), 400, 'invalid JSON'],
    ['deep nesting', `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`, 400, 'invalid JSON'],
  ])('of %s', async (_what, body, status, error) => {
    expect(await bench.call('POST', JOB, { body })).toMatchObject({ status, json: { error } });
  });

  it('over the limit is refused, said before or not, and the next request is answered', async () => {
    const body = `{"question": "${'x'.repeat(10 * 1024 * 1024)}"}`;
    expect(await bench.call('POST', JOB, { body })).toMatchObject({
      status: 413,
      json: { error: TOO_LARGE },
    });
    const chunked = await bench
      .call('POST', JOB, {
        body,
        headers: { 'transfer-encoding': 'chunked', 'content-length': '' },
      })
      .catch(() => null);
    if (chunked !== null) expect(chunked.status).toBeGreaterThanOrEqual(400);
    const part = `${(64 * 1024).toString(16)}\r\n${'x'.repeat(64 * 1024)}\r\n`;
    const answer = await raw([
      `POST ${JOB} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${SECRET_A}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n`,
      ...Array.from({ length: 170 }, () => part),
      '0\r\n\r\n',
    ]);
    expect(answer).toContain('413');
    expect(answer).toContain(TOO_LARGE);
    expect((await bench.call('GET', '/v1/jobs')).status).toBe(200);
  });

  it('far over the limit is answered to whoever asked for the connection to be closed, too', async () => {
    const head = `POST ${JOB} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${SECRET_A}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n`;
    const size = 1024 * 1024;
    const part = `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`;
    // As Python's client: it reads when it has sent everything.
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => raw([head, ...Array.from({ length: 30 }, () => part), '0\r\n\r\n'], 5)),
    );
    for (const answer of answers) {
      expect(answer).toContain(TOO_LARGE);
      expect(answer).toMatch(/^HTTP\/1\.1 413 .*connection: close/is);
    }
  });

  it('that is announced and never comes holds nobody up', async () => {
    const socket = connect(bench.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(
      `POST ${JOB} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${SECRET_A}\r\nContent-Length: 100\r\n\r\n{"que`,
    );
    await sleep(50);
    expect((await bench.call('GET', '/v1/jobs')).status).toBe(200);
    socket.destroy();
    await sleep(50);
    expect((await bench.call('GET', '/v1/jobs')).status).toBe(200);
  });

  it.each([
    ['multipart/form-data; boundary=x', 415],
    ['application/xml', 415],
    ['application/x-protobuf', 415],
    // What Python's urllib and curl send where nobody says: the body is JSON all the same.
    ['application/x-www-form-urlencoded', 400],
    ['application/vnd.rune+json', 400],
  ])('of type %s is %i', async (type, status) => {
    const answer = await bench.call('POST', JOB, { body: '{', headers: { 'content-type': type } });
    expect(answer.status).toBe(status);
    expect((answer.json as { error: string }).error).toBeTypeOf('string');
  });

  it('that is compressed is not taken', async () => {
    const answer = await bench.call('POST', JOB, { body: '{}', headers: { 'content-encoding': 'gzip' } });
    expect(answer.status).toBe(415);
  });

  it.each([
    ['__proto__', '{"question": "q", "__proto__": {"agent": "holmes"}}'],
    ['constructor', '{"question": "q", "constructor": {"prototype": {}}}'],
  ])('with the key %s is a typo like another', async (key, body) => {
    const answer = await bench.call('POST', JOB, { body });
    expect(answer.status).toBe(400);
    expect((answer.json as { error: string }).error).toContain(key);
  });

  it.each([
    [{ question: 'x'.repeat(100_001) }],
    [{ question: 'q', model: 'x'.repeat(129) }],
    [{ question: 'q', backend_url: 'http://user:secret@host/' }],
    [{ question: 7 }],
    [{ question: '' }],
  ])('with a field that cannot be is 400 in words', async (body) => {
    const answer = await bench.call('POST', JOB, { body });
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain('secret@');
  });
});

describe('an address', () => {
  it.each([
    ['/v1/jobs/..', 404],
    ['/v1/jobs/%2e%2e', 404],
    ['/v1/jobs/..%2f..%2fetc%2fpasswd', 404],
    ['/v1/jobs/%00', 404],
    ['/v1/jobs/%', 400],
    ['/v1/jobs/%ff', 400],
    [`/v1/jobs/${'x'.repeat(300)}`, 404],
    ["/v1/jobs/'%20OR%201=1", 404],
    ['/v1/jobs/', 404],
    ['/v1//jobs', 404],
    ['/v1/runs/..%2f..%2f/artifacts', 404],
    ['/v1/settings/profiles/__proto__', 404],
    ['/v1/settings/profiles/..%2f', 404],
  ])('%s is %i', async (path, status) => {
    const answer = await bench.call('GET', path);
    expect(answer.status).toBe(status);
    expect(answer.json).toHaveProperty('error');
  });

  it('of an artifact climbs nowhere', async () => {
    const made = await bench.call('POST', JOB, {
      body: { question: 'q', backend_type: 'demo', agent: 'prompt' },
    });
    const { job_id } = made.json as { job_id: string };
    for (const id of ['..', '%2e%2e%2f%2e%2e%2fetc%2fpasswd', '..%5c..', 'x%00y', 'nope']) {
      const answer = await bench.call('GET', `/v1/runs/${job_id}/artifacts/${id}`);
      expect(answer, id).toMatchObject({ status: 404, json: { error: 'artifact not found' } });
    }
  });

  it.each([
    ['GET', '/v1/jobs?limit=0'],
    ['GET', '/v1/jobs?limit=100000'],
    ['GET', '/v1/jobs?offset=-1'],
    ['GET', '/v1/jobs?status=lost'],
    ['GET', '/v1/jobs?limit=abc'],
  ])('%s %s asks for what there is not', async (method, path) => {
    expect((await bench.call(method, path)).status).toBe(400);
  });
});

describe('a method', () => {
  it.each([
    ['PUT', '/v1/jobs', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/v1/estimates', 'POST, PUT, PATCH, OPTIONS'],
    ['POST', '/v1/runs/x/trace', 'GET, HEAD, OPTIONS'],
    ['BREW', '/v1/jobs', null],
  ])('%s of %s is not there', async (method, path, allow) => {
    if (allow === null) {
      expect(await raw(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)).toContain('400');
      return;
    }
    const answer = await bench.call(method, path);
    expect(answer).toMatchObject({ status: 405, json: { error: 'method not allowed' } });
    expect(answer.headers.allow).toBe(allow);
  });

  it('PUT and PATCH submit as POST does; HEAD and OPTIONS have no body', async () => {
    for (const method of ['PUT', 'PATCH'])
      expect((await bench.call(method, '/v1/estimates', { body: {} })).status).toBe(200);
    const head = await bench.call('HEAD', '/v1/jobs');
    expect([head.status, head.text]).toEqual([200, '']);
    expect(Number(head.headers['content-length'])).toBeGreaterThan(0);
    const options = await bench.call('OPTIONS', '/v1/jobs');
    expect([options.status, options.headers.allow]).toEqual([204, 'GET, HEAD, OPTIONS']);
    expect(options.headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('a connection', () => {
  it('with too many or too large headers is refused, and ends', async () => {
    const flood = Array.from({ length: 2000 }, (_, i) => `X-${i}: ${'y'.repeat(20)}\r\n`).join('');
    expect(await raw(`GET /v1/jobs HTTP/1.1\r\nHost: localhost\r\n${flood}\r\n`)).toContain('431');
  });

  it('that speaks no HTTP, or two lengths at once, is refused', async () => {
    expect(await raw('hello there\r\n\r\n')).toContain('400');
    const smuggled = `POST ${JOB} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`;
    expect(await raw(smuggled)).toContain('400');
    expect(
      await raw(`GET /v1/jobs HTTP/1.1\r\nHost: a\r\nHost: localhost\r\nConnection: close\r\n\r\n`),
    ).toMatch(/ 40[03] /);
  });

  it('that sends its headers drop by drop is ended', { timeout: 30_000 }, async () => {
    const begun = Date.now();
    const drops = ['GET /v1/jobs HTTP/1.1\r\n', ...Array.from({ length: 60 }, (_, i) => `X-${i}: y\r\n`)];
    expect(await raw(drops, 300)).toContain('408');
    expect(Date.now() - begun).toBeLessThan(20_000);
  });

  it('is kept for those who poll every 5 s and longer', async () => {
    const { headers } = await bench.call('GET', '/v1/jobs', { headers: { connection: 'keep-alive' } });
    expect(Number(/timeout=(\d+)/.exec(String(headers['keep-alive']))?.[1])).toBeGreaterThan(30);
  });
});
