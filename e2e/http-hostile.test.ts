import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  as,
  DEMO,
  type Headers,
  type HostileBench,
  JOB,
  OURS,
  openHostileBench,
  portOf,
  THEIRS,
} from './support/hostile-bench.ts';
import { parseAnswer, type RawRequest, requestBytes, sendRaw } from './support/raw-http.ts';
import { startWebProcess, type WebProcess } from './support/web-process.ts';

const MIB = 1024 * 1024;

let bench: HostileBench;
/** A server that asks for no token. */
let openServer: WebProcess;
beforeAll(async () => {
  bench = await openHostileBench();
  openServer = await startWebProcess({ RUNE_API_AUTH_DISABLED: '1', RUNESCOPE_RATE_LIMIT: '30' });
});
afterAll(async () => {
  await bench.stop();
  await openServer.stop();
});
afterEach(() => bench.expectWell());

const sendOpen = async (request: RawRequest) =>
  parseAnswer(await sendRaw(portOf(openServer), requestBytes(request)));

describe('a body', () => {
  const BODIES: readonly (readonly [what: string, body: string | Buffer, type?: string])[] = [
    ['broken JSON', '{"question": '],
    ['a list', '[1]'],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ['brackets without end', '['.repeat(300_000)],
    ['objects without end', '{"a":'.repeat(100_000)],
    ['a number beyond all', `{"question": 1e${'9'.repeat(400)}}`],
    ['another type', '{}', 'multipart/form-data; boundary=x'],
    ['a type of nothing', '{}', '\u00ff\u00fe'],
  ];

  it('of anything but a fitting object is refused in words by every endpoint that takes one', async () => {
    const before = await bench.total();
    const taking = bench.endpoints.filter(({ method }) => method !== 'GET' && method !== 'DELETE');
    expect(taking.length).toBeGreaterThan(3);
    for (const { method, path } of taking) {
      for (const [what, body, type = 'application/json'] of BODIES) {
        const filled = path.replace('{kind}', 'benchmark').replace(/\{\w+\}/g, 'x');
        const answer = await bench.send({
          method,
          path: filled,
          headers: as(OURS, { 'Content-Type': type }),
          body,
        });
        const about = `${method} ${path}, ${what}: ${answer.status} ${answer.body}`;
        expect([400, 413, 415], about).toContain(answer.status);
        expect(JSON.parse(answer.body), about).toMatchObject({ error: expect.stringMatching(/\S/) });
      }
    }
    expect(await bench.total()).toBe(before);
  });

  it('that is announced as too large is refused before it comes, and a length that is none at once', async () => {
    const headers = as(OURS, { 'Content-Length': String(4096 * MIB) });
    expect(await bench.send({ method: 'POST', path: JOB, headers }, 2000)).toMatchObject({ status: 413 });
    expect(
      await bench.send({ method: 'POST', path: JOB, headers: { ...headers, Expect: '100-continue' } }, 2000),
    ).toMatchObject({ status: 413 });
    for (const length of ['-1', '1e9', '0x10', '99999999999999999999', '5, 5']) {
      const answer = await bench.send({
        method: 'POST',
        path: JOB,
        headers: as(OURS, { 'Content-Length': length }),
        body: '{}',
      });
      expect(answer.status, length).toBe(400);
    }
  });
});

describe('an address', () => {
  it.each([
    '/../../../../etc/passwd',
    '//etc/passwd',
    '/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
    '/assets/..%2f..%2f..%2f..%2f..%2fetc%2fpasswd',
    '/assets/..\\..\\..\\..\\etc\\passwd',
    '/v1/../../../etc/passwd',
    '/v1/jobs/../../../../etc/passwd',
    '/v1/runs/{id}/artifacts/../../../../../../etc/passwd',
    '/v1/runs/{id}/artifacts/..%2f..%2f..%2f..%2f..%2fetc%2fpasswd',
    '/v1/runs/{id}/artifacts/%2fetc%2fpasswd',
    '/v1/runs/{id}/artifacts/{artifact}%2f..%2f..',
    '/v1/runs/{id}/artifacts/{artifact}%00.png',
    '/v1/settings/export?profile=../../../../etc/passwd',
    '/v1/settings/profiles/..%2f..%2fetc%2fpasswd',
    'file:///etc/passwd',
    'http://127.0.0.1/v1/jobs/..%2f..%2fetc%2fpasswd',
    '*',
    '/v1/jobs/\u0001',
    '/v1/jobs/%c0%ae%c0%ae',
  ])('%s leads to no file', async (template) => {
    const path = template.replace('{id}', bench.kept.id).replace('{artifact}', bench.kept.artifact);
    const { status, body } = await bench.send({ path, headers: as(OURS) });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(body).not.toMatch(/root:|SQLite format|"scripts"/);
  });

  it('in full is read by its path, and changes neither who asks nor whom', async () => {
    const foreign = 'http://evil.example/v1/jobs';
    expect((await bench.send({ path: foreign })).status).toBeGreaterThanOrEqual(400);
    expect((await bench.send({ path: foreign, headers: { Host: 'evil.example' } })).status).toBe(403);
  });

  it('of kinds and endpoints that are not there are 404 or 405, with any method', async () => {
    const before = await bench.total();
    for (const kind of ['mining', '__proto__', 'constructor', 'toString', 'chain%2f..', 'x'.repeat(5000)]) {
      const answer = await bench.send({
        method: 'POST',
        path: `/v1/jobs/${kind}`,
        headers: as(OURS),
        body: '{}',
      });
      expect([kind, answer.status]).toEqual([kind, 404]);
      expect(answer.body.length).toBeLessThan(200);
    }
    for (const path of ['/v1', '/v1/', '/v1/admin', '/v1/jobs/a/b/c/d', '/v2/jobs', '/metrics', '/v1/traces'])
      for (const method of ['GET', 'POST', 'DELETE', 'TRACE', 'PROPFIND'])
        expect([401, 403, 404, 405], `${method} ${path}`).toContain(
          (await bench.send({ method, path, headers: as(OURS) })).status,
        );
    expect(await bench.total()).toBe(before);
  });
});

describe("another tenant's token", () => {
  it('finds at every endpoint of the document what it finds for an id of nobody', async () => {
    const nobodys = '00000000-0000-4000-8000-000000000000';
    const rows = bench.endpoints.filter(({ path }) => path.includes('{id}'));
    expect(rows.length).toBeGreaterThan(7);
    for (const { method, path } of rows) {
      const filled = path.replace('{artifact}', bench.kept.artifact);
      expect(filled.replace('{id}', '')).not.toContain('{');
      const read = async (id: string) => {
        const { status, body } = await bench.send({
          method,
          path: filled.replace('{id}', id),
          headers: as(THEIRS),
        });
        return [status, body.replaceAll(id, 'ID')];
      };
      const theirs = await read(bench.kept.id);
      expect(theirs, `${method} ${path}`).toEqual(await read(nobodys));
      expect(theirs[0], `${method} ${path}`).toBe(404);
    }
    const summary = await bench.ask({ path: `/v1/metrics/summary?job_id=${bench.kept.id}` }, THEIRS);
    expect(summary).toEqual({ events: [] });
    expect(await bench.total(THEIRS)).toBe(0);
  });

  it('is refused under our name, and its idempotency keys are its own', async () => {
    for (const tenant of ['ours', 'default', '*', 'ours, theirs']) {
      const answer = await bench.send({ path: '/v1/jobs', headers: as(THEIRS, { 'X-Tenant-ID': tenant }) });
      // So many were refused from here that the last may have to wait.
      expect([401, 429], tenant).toContain(answer.status);
    }
    const key = { 'Idempotency-Key': 'the-same-key' };
    const mine = await bench.submit(key);
    const theirs = await bench.ask(
      { method: 'POST', path: JOB, headers: key, body: JSON.stringify({ ...DEMO, tenant_id: undefined }) },
      THEIRS,
    );
    expect(theirs.job_id).not.toBe(mine);
    expect(await bench.submit(key)).toBe(mine);
    const posing = JSON.stringify({ ...DEMO, tenant_id: 'ours' });
    expect((await bench.send({ method: 'POST', path: JOB, headers: as(THEIRS), body: posing })).status).toBe(
      400,
    );
    // As RUNE: a key stands for its job, whatever comes with it, and starts nothing more.
    const before = await bench.total();
    const another = JSON.stringify({ ...DEMO, question: 'Another one?' });
    expect(await bench.ask({ method: 'POST', path: JOB, headers: key, body: another })).toMatchObject({
      job_id: mine,
    });
    expect(await bench.total()).toBe(before);
  });
});

describe('a page of another site', () => {
  const FOREIGN: readonly (readonly [string, Headers])[] = [
    ['a name that was pointed at us', { Host: 'evil.example' }],
    ['a name that begins like ours', { Host: '127.0.0.1.evil.example' }],
    ['a name with our port', { Host: 'evil.example:80' }],
    ['a user before our name', { Host: 'evil.example@127.0.0.1' }],
    ['its origin, with a form', { Origin: 'https://evil.example', 'Content-Type': 'text/plain' }],
    ['a frame without origin', { Origin: 'null', 'Content-Type': 'application/x-www-form-urlencoded' }],
    ['its mark', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' }],
  ];

  it.each(FOREIGN)(
    'reaches nothing on a server that asks nobody who they are, by %s',
    async (_how, headers) => {
      const before = await sendOpen({ path: '/v1/jobs' });
      expect(before.status).toBe(200);
      const opened = [
        ...bench.endpoints.map(({ method, path }) => ({
          method,
          path: path
            .replace('{kind}', 'agentic-agent')
            .replace('{id}', bench.kept.id)
            .replace(/\{\w+\}/, 'x'),
        })),
        { method: 'GET', path: '/' },
        { method: 'GET', path: '/rpc' },
        { method: 'OPTIONS', path: JOB },
      ];
      for (const { method, path } of opened) {
        const body =
          method === 'GET' || method === 'DELETE' ? '' : JSON.stringify({ ...DEMO, agent: 'prompt' });
        const { status, head } = await sendOpen({ method, path, headers, body });
        expect([401, 403], `${method} ${path}`).toContain(status);
        expect(head).not.toMatch(/access-control-allow/i);
      }
      expect((await sendOpen({ path: '/v1/jobs' })).body).toBe(before.body);
    },
  );
});

describe('too many', () => {
  it('requests, tries or watchers are told when to come again, and others go on', async () => {
    const limited = await Promise.all(Array.from({ length: 40 }, () => sendOpen({ path: '/v1/jobs' })));
    const refused = limited.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    for (const { head, body } of refused) {
      expect(Number(/^retry-after: (\d+)$/im.exec(head)?.[1])).toBeGreaterThan(0);
      expect(JSON.parse(body)).toMatchObject({ error: 'too many requests', code: 'http.rate_limited' });
    }
    // Whether the server lives is asked without limit.
    expect((await sendOpen({ path: '/healthz' })).status).toBe(200);

    const guesses = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        bench.send({ path: '/v1/jobs', headers: as(`guess-${i}-${'x'.repeat(32)}`) }),
      ),
    );
    expect(guesses.every(({ status }) => status === 401 || status === 429)).toBe(true);
    expect(guesses.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(10);
    expect(guesses.find(({ status }) => status === 429)?.head).toMatch(/^retry-after: \d+$/im);
    expect(await bench.total(THEIRS)).toBeTypeOf('number');
  });
});
