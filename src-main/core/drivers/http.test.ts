import { afterEach, describe, expect, it } from 'vitest';
import { type FakeServer, json, startFakeServer } from '#core/testing/fake-server.ts';
import { failureOf, recordSpans } from '#core/testing/recorded-spans.ts';
import { createHttpTransport } from './http.ts';
import { instrumentTransport } from './registry.ts';

const servers: FakeServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** A driver server whose job goes through `states`, the last of them for ever. */
async function driver(
  states: readonly unknown[],
  more: { readonly token?: string; readonly jobLimitMs?: number } = {},
) {
  let polls = 0;
  const server = await startFakeServer(({ method, path }) => {
    if (method === 'POST' && path === '/v1/actions/ask') return json({ job_id: 'job/1' }, 202);
    if (method !== 'GET' || path !== '/v1/jobs/job%2F1') return undefined;
    const state = states[Math.min(polls++, states.length - 1)];
    return typeof state === 'number' ? json({ error: `planted ${more.token ?? ''}` }, state) : json(state);
  });
  servers.push(server);
  const transport = createHttpTransport({
    driver_name: 'fake',
    base_url: server.url,
    tenant: 'team',
    token: more.token ?? null,
    slowestPollMs: 100,
    ...(more.jobLimitMs === undefined ? {} : { jobLimitMs: more.jobLimitMs }),
  });
  const call = (signal = new AbortController().signal, timeoutMs = 5000) =>
    transport.call({ action: 'ask', params: { question: 'Why?' }, signal, timeoutMs, workDir: '/' });
  return { server, call, transport };
}

describe('an http driver', () => {
  it('submits the action and polls its job to the end', async () => {
    const { server, call } = await driver(
      [{ status: 'queued' }, { status: 'running' }, { status: 'succeeded', result: { answer: 'Two pods.' } }],
      { token: 'tok-planted' },
    );
    expect(await call()).toEqual({ answer: 'Two pods.' });
    expect(server.seen[0]).toMatchObject({
      path: '/v1/actions/ask',
      body: { params: { question: 'Why?' } },
      headers: { 'x-tenant-id': 'team', authorization: 'Bearer tok-planted', 'x-api-key': 'tok-planted' },
    });
    expect(server.seen).toHaveLength(4);
  });

  it('does not let its token come back in a result', async () => {
    const token = 'tok-planted';
    const result = { answer: 'Two pods.', metadata: { log: [`sent ${token}`] } };
    const { call } = await driver([{ status: 'succeeded', result }], { token });
    expect(await call()).toEqual({ answer: 'Two pods.', metadata: { log: ['sent [redacted]'] } });
  });

  it('keeps even a part of its token out where what it says is cut in the middle of it', async () => {
    const token = 'tok-planted-0123456789abcdef';
    const { server, call } = await driver([{ status: 'running' }], { token });
    for (const status of [200, 500]) {
      const body = `${'x'.repeat(status === 200 ? 480 : 1980)} ${token}`;
      server.faults.set('/v1/actions/ask', { status, body });
      const { detail } = await failureOf(() => call());
      expect(detail).toMatch(/^x+ /);
      expect(detail).not.toContain('tok-planted');
    }
  });

  it('takes end states in any case and both spellings of cancelled', async () => {
    for (const status of ['success', 'COMPLETED', ' Succeeded ']) {
      expect(await (await driver([{ status }])).call(), status).toEqual({});
    }
    for (const status of ['failed', 'error', 'cancelled', 'canceled', 'CANCELED']) {
      const failure = await failureOf(async () => (await driver([{ status }])).call());
      expect(failure.code, status).toBe('driver.error');
    }
  });

  it('survives a few failed polls in a row, and no more', async () => {
    const done = { status: 'succeeded', result: { answer: 'yes' } };
    expect(await (await driver([503, 500, 502, done])).call()).toEqual({ answer: 'yes' });
    const failure = await failureOf(async () => (await driver([503])).call());
    expect(failure.code).toBe('driver.http_status');
  });

  it('gives up at once when a poll is refused, without its token in the failure', async () => {
    const { server, call } = await driver([403], { token: 'tok-planted' });
    const failure = await failureOf(() => call());
    expect(failure.code).toBe('driver.http_status');
    expect(failure.detail).toContain('planted [redacted]');
    expect(server.seen).toHaveLength(2);
  });

  it('says why its job failed', async () => {
    const failure = await failureOf(async () =>
      (await driver([{ status: 'failed', error: 'no kubeconfig' }])).call(),
    );
    expect(failure.message).toContain('job/1 failed: no kubeconfig');
  });

  it('stops polling within a second of a cancel', async () => {
    const { call, server } = await driver([{ status: 'running' }]);
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(), 250);
    const started = performance.now();
    expect((await failureOf(() => call(cancel.signal))).code).toBe('job.cancelled');
    expect(performance.now() - started).toBeLessThan(1250);
    const polls = server.seen.length;
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(server.seen).toHaveLength(polls);
  });

  it('does not poll for ever', async () => {
    const failure = await failureOf(async () => (await driver([{ status: '' }], { jobLimitMs: 300 })).call());
    expect(failure.code).toBe('driver.timeout');
  });

  it('explains servers that are down, hang, are not RUNE drivers or lack the route', async () => {
    const { server, call } = await driver([{ status: 'running' }]);
    server.faults.set('/v1/actions/ask', 'hang');
    expect((await failureOf(() => call(undefined, 300))).code).toBe('driver.timeout');
    server.faults.set('/v1/actions/ask', 'html');
    expect((await failureOf(() => call())).code).toBe('driver.bad_output');
    server.faults.set('/v1/actions/ask', { status: 200, body: '{"status":"accepted"}' });
    expect((await failureOf(() => call())).code).toBe('driver.bad_output');
    server.faults.set('/v1/actions/ask', { status: 404, body: '{}' });
    expect(await failureOf(() => call())).toMatchObject({ code: 'driver.http_status' });
    server.faults.set('/v1/actions/ask', { status: 302, body: '' });
    expect((await failureOf(() => call())).code).toBe('driver.http_status');
    server.faults.set('/v1/actions/ask', 'endless-line');
    expect((await failureOf(() => call())).code).toBe('driver.output_too_large');
    await server.close();
    expect((await failureOf(() => call())).code).toBe('driver.unreachable');
  });

  it('is refused when what it answers nests beyond reason', async () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const server = await startFakeServer(({ method }) =>
      method === 'POST'
        ? json({ job_id: 'j' }, 202)
        : { chunks: [`{"status":"succeeded","result":{"answer":"a","x":${deep}}}`] },
    );
    servers.push(server);
    const transport = createHttpTransport({
      driver_name: 'fake',
      base_url: server.url,
      tenant: 'team',
      token: null,
    });
    const signal = new AbortController().signal;
    const call = { action: 'ask', params: {}, signal, timeoutMs: 5000, workDir: '/' };
    const failure = await failureOf(() => transport.call(call));
    expect(failure).toMatchObject({ code: 'driver.bad_output', message: expect.stringContaining('nested') });
  });

  it('is called inside a span that bears the contract and travels with the request', async () => {
    const { server, transport } = await driver([{ status: 'succeeded' }]);
    const { spans } = await recordSpans(() =>
      instrumentTransport(transport).call({
        action: 'ask',
        params: {},
        signal: new AbortController().signal,
        timeoutMs: 5000,
        workDir: '/',
      }),
    );
    expect(spans).toHaveLength(1);
    expect(spans[0]).toMatchObject({
      name: 'driver.call',
      attributes: { driver_name: 'fake', action: 'ask', transport_type: 'http' },
    });
    expect(server.seen[0]?.headers.traceparent).toBe(`00-${spans[0]?.trace_id}-${spans[0]?.span_id}-01`);
  });
});
