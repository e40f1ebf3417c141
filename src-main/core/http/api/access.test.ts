import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench, SECRET_A, SECRET_B } from '#core/testing/api-bench.ts';
import { readAccess, tokenAccess } from './access.ts';
import { attachment } from './endpoints/runs.ts';
import { createRateLimit } from './limits.ts';

const noSecrets = { get: async () => null };
const DEMO = { question: 'Why?', backend_type: 'demo', agent: 'prompt' };

let bench: ApiBench;
beforeAll(async () => {
  bench = await openApiBench();
});
afterAll(() => bench.close());

/** Another bench: failed attempts of one test must not hold up the next. */
async function alone(env: Record<string, string>, use: (bench: ApiBench) => Promise<void>): Promise<void> {
  const own = await openApiBench(env);
  try {
    await use(own);
  } finally {
    await own.close();
  }
}

describe('access', () => {
  it.each([
    ['a short secret', 'team:short', /32 characters/],
    ['no colon', 'x'.repeat(40), /tenant:secret/],
    ['a strange tenant', `a b:${SECRET_A}`, /tenant:secret/],
    ['a secret of two tenants', `a:${SECRET_A},b:${SECRET_A}`, /same secret/],
  ])('is refused at the start for %s, and no secret is told', (_what, list, message) => {
    expect(() => tokenAccess(list)).toThrow(message);
    try {
      tokenAccess(list);
    } catch (thrown) {
      expect(String(thrown)).not.toContain(SECRET_A);
      expect(thrown).toMatchObject({ code: 'http.refused' });
    }
  });

  it('is nobody’s where nothing is said, and everybody’s on this machine only when that is asked for', async () => {
    expect(await readAccess({}, noSecrets, false)).toBeNull();
    await expect(readAccess({}, noSecrets, true)).rejects.toMatchObject({ code: 'http.refused' });
    const open = await readAccess({ RUNE_API_AUTH_DISABLED: '1' }, noSecrets, false);
    expect(open).toMatchObject({ auth: false, tenants: ['default'] });
    await expect(readAccess({ RUNE_API_AUTH_DISABLED: 'true' }, noSecrets, true)).rejects.toMatchObject({
      code: 'http.refused',
    });
    const kept = { get: async (name: string) => (name === 'RUNE_API_TOKENS' ? `t:${SECRET_A}` : null) };
    expect(await readAccess({}, kept, true)).toMatchObject({ auth: true, tenants: ['t'] });
  });

  it.each([
    ['Authorization: Bearer', { authorization: `Bearer ${SECRET_A}` }],
    ['bearer in any case', { authorization: `bearer ${SECRET_A}` }],
    ['X-API-Key', { 'x-api-key': SECRET_A }],
    [
      'both, as RUNE’s client',
      { authorization: `Bearer ${SECRET_A}`, 'x-api-key': SECRET_A, 'x-tenant-id': 'team-a' },
    ],
  ])('is given to %s', async (_how, headers) => {
    expect((await bench.call('GET', '/v1/jobs', { token: null, headers })).status).toBe(200);
  });

  it.each([
    ['no token', {}, 'unauthorized'],
    ['an unknown one', { authorization: `Bearer ${'c'.repeat(32)}` }, 'unauthorized'],
    ['another scheme', { authorization: `Basic ${SECRET_A}` }, 'unauthorized'],
    [
      'another’s tenant',
      { authorization: `Bearer ${SECRET_A}`, 'x-tenant-id': 'team-b' },
      'invalid tenant/token combination',
    ],
  ])('is refused to %s', async (_how, headers, error) => {
    await alone({}, async (own) => {
      const answer = await own.call('GET', '/v1/jobs', { token: null, headers });
      expect(answer).toMatchObject({ status: 401, json: { error } });
      expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(answer.text)));
    });
  });

  it('waits after ten failures, for all but tokens that were good from there', async () => {
    await alone({}, async (own) => {
      expect((await own.call('GET', '/v1/jobs')).status).toBe(200);
      const guess = () => own.call('GET', '/v1/jobs', { token: 'd'.repeat(32) });
      for (let i = 0; i < 10; i++) expect((await guess()).status).toBe(401);
      const eleventh = await guess();
      expect(eleventh).toMatchObject({ status: 429 });
      expect(Number(eleventh.headers['retry-after'])).toBeGreaterThan(0);
      expect((await own.call('GET', '/v1/jobs', { token: SECRET_B })).status).toBe(429);
      expect((await own.call('GET', '/v1/jobs')).status).toBe(200);
      expect((await own.call('GET', '/healthz', { token: null })).status).toBe(200);
    });
  });

  it('has a rate per token: 429 and when to come again', async () => {
    await alone({ RUNESCOPE_RATE_LIMIT: '3' }, async (own) => {
      for (let i = 0; i < 3; i++) expect((await own.call('GET', '/v1/jobs')).status).toBe(200);
      const fourth = await own.call('GET', '/v1/jobs');
      expect(fourth).toMatchObject({ status: 429, json: { error: 'too many requests' } });
      expect(Number(fourth.headers['retry-after'])).toBe(20);
      expect((await own.call('GET', '/v1/jobs', { token: SECRET_B })).status).toBe(200);
    });
    await expect(openApiBench({ RUNESCOPE_RATE_LIMIT: 'many' })).rejects.toMatchObject({
      code: 'http.refused',
    });
  });

  it('gives its rate back in time', () => {
    let now = 0;
    const limit = createRateLimit(60, () => now);
    for (let i = 0; i < 60; i++) expect(limit.take('a')).toBe(0);
    expect(limit.take('a')).toBe(1);
    now = 2000;
    expect([limit.take('a'), limit.take('a'), limit.take('a')]).toEqual([0, 0, 1]);
  });
});

describe('another tenant', () => {
  it('finds nothing of this one, at any endpoint, and reads the same as for what nobody has', async () => {
    const made = await bench.call('POST', '/v1/jobs/agentic-agent', { body: DEMO });
    const id = (made.json as { job_id: string }).job_id;
    const nobodys = '00000000-0000-4000-8000-000000000000';
    const paths: readonly (readonly [string, string])[] = [
      ['GET', '/v1/jobs/{id}'],
      ['DELETE', '/v1/jobs/{id}'],
      ['GET', '/v1/jobs/{id}/events'],
      ['GET', '/v1/runs/{id}/trace'],
      ['GET', '/v1/runs/{id}/artifacts'],
      ['GET', '/v1/audits/{id}/artifacts'],
      ['GET', '/v1/runs/{id}/artifacts/x'],
      ['GET', '/v1/chains/{id}/state'],
      ['GET', '/v1/metrics/summary?job_id={id}'],
    ];
    for (const [method, path] of paths) {
      const theirs = await bench.call(method, path.replace('{id}', id), { token: SECRET_B });
      const none = await bench.call(method, path.replace('{id}', nobodys), { token: SECRET_B });
      expect([theirs.status, theirs.text], path).toEqual([none.status, none.text]);
      expect(theirs.status, path).toBe(path.includes('summary') ? 200 : 404);
    }
    expect((await bench.call('GET', '/v1/jobs', { token: SECRET_B })).json).toMatchObject({
      jobs: [],
      total: 0,
    });
    const all = await bench.call('GET', '/v1/metrics/summary', { token: SECRET_B });
    expect(all.json).toEqual({ events: [] });
    const job = await bench.call('GET', `/v1/jobs/${id}`);
    expect((job.json as { status: string }).status).not.toBe('cancelled');
  });

  it('has settings of its own', async () => {
    await bench.call('PUT', '/v1/settings', { body: { settings: { model: 'of-a' } } });
    const other = await bench.call('GET', '/v1/settings', { token: SECRET_B });
    expect(other.json).toMatchObject({ defaults: {}, effective_config: {} });
  });
});

describe('pages of other sites', () => {
  it.each([
    ['a name that was pointed at us', { host: 'evil.example' }],
    ['a name that only begins like ours', { host: 'localhost.evil.example' }],
    ['another address', { host: '10.0.0.1:8080' }],
    ['a foreign origin', { origin: 'https://evil.example' }],
    ['a sandboxed origin', { origin: 'null' }],
    ['a cross-site load', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
  ])('get nothing by %s, unless they have a token', async (_how, headers) => {
    for (const [method, path] of [
      ['GET', '/healthz'],
      ['GET', '/v1/docs'],
      ['GET', '/v1/jobs'],
      ['POST', '/v1/jobs/agentic-agent'],
    ] as const) {
      const answer = await bench.call(method, path, { token: null, headers });
      expect(answer.status, path).toBe(403);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
    expect((await bench.call('GET', '/v1/jobs', { headers })).status).toBe(200);
  });

  it('our own names and addresses are no other site', async () => {
    for (const host of ['localhost', '127.0.0.1:1', '[::1]:8080'])
      expect((await bench.call('GET', '/healthz', { token: null, headers: { host } })).status).toBe(200);
  });
});

describe('the name of an artifact', () => {
  it.each([
    ['trace.json', 'attachment; filename="trace.json"'],
    ['../../etc/passwd', 'attachment; filename="passwd"'],
    ['..', 'attachment; filename="artifact"'],
    [
      'a"; filename="b.exe',
      `attachment; filename="a__ filename=_b.exe"; filename*=UTF-8''a%22%3B%20filename%3D%22b.exe`,
    ],
    ['a\r\nSet-Cookie: x', `attachment; filename="aSet-Cookie: x"`],
    ['grün.png', `attachment; filename="gr_n.png"; filename*=UTF-8''gr%C3%BCn.png`],
  ])('%j is told as %s', (name, header) => {
    expect(attachment(name)).toBe(header);
  });
});
