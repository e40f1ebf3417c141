import { request as ask } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createEngine, type Engine } from '#core/engine.ts';
import { testPorts } from '#core/testing/ports.ts';
import { startHttpParts } from './http-parts.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

/** The engine with metrics on a free port. */
async function start(): Promise<{ engine: Engine; url: string }> {
  const set = testPorts({ env: { PATH: process.env.PATH, RUNE_API_AUTH_DISABLED: '1' } });
  cleanUp.push(() => set.remove());
  const engine = await createEngine(set.ports, { mode: 'own' });
  cleanUp.push(() => engine.dispose());
  const parts = await startHttpParts(engine, engine.ports);
  cleanUp.push(() => parts.close());
  const free = { enabled: true, port: 0 };
  await engine.client.settings.set({
    version: 1,
    http: { api: free, metrics: free },
    demo: { slowness: 0 },
  });
  await expect.poll(async () => (await engine.client.http.status()).metrics.url).not.toBeNull();
  return { engine, url: (await engine.client.http.status()).metrics.url ?? '' };
}

/** The samples of an answer by their names and labels. */
function samplesOf(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

const scrape = async (url: string) => samplesOf(await (await fetch(`${url}/metrics`)).text());

describe('GET /metrics', () => {
  it('tells jobs by status, requests by endpoint, and how the process is', async () => {
    const { engine, url } = await start();
    const { job_id } = await engine.client.jobs.create({
      kind: 'agentic-agent',
      tenant_id: 'team',
      request: { agent: 'prompt', question: 'What is up?', backend_type: 'demo' },
    });
    await engine.idle();
    const api = (await engine.client.http.status()).api.url ?? '';
    for (const path of [`/v1/jobs/${job_id}`, '/v1/jobs/none-of-ours', '/v1/no-such-thing'])
      await (await fetch(api + path, { headers: { 'x-tenant-id': 'team' } })).text();
    const request = (endpoint: string, status: number) =>
      `runescope_http_request_duration_seconds_count{method="GET",endpoint="${endpoint}",status_code="${status}"}`;
    await expect
      .poll(async () => Object.fromEntries(await scrape(url)))
      .toMatchObject({
        'runescope_jobs{status="succeeded"}': 1,
        runescope_engine_running_jobs: 0,
        runescope_engine_queued_jobs: 0,
        runescope_spans_dropped: 0,
        runescope_otlp_waiting_jobs: 0,
        [request('/v1/jobs/{id}', 404)]: expect.any(Number),
        'runescope_log_events_total{event="job.succeeded",level="info"}': 1,
        nodejs_eventloop_lag_seconds: expect.any(Number),
        process_resident_memory_bytes: expect.any(Number),
      });
    const text = await (await fetch(`${url}/metrics`)).text();
    for (const named of [job_id, 'none-of-ours', 'no-such-thing', 'team', 'What is up?'])
      expect(text).not.toContain(named);
  });

  it('is for programs on this computer, and for reading', async () => {
    const { url } = await start();
    const { port } = new URL(url);
    const status = (method: string, headers: Record<string, string>, path = '/metrics') =>
      new Promise<number | undefined>((resolve, reject) => {
        const request = ask({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        request.on('error', reject);
        request.end();
      });
    const local = { host: `127.0.0.1:${port}` };
    expect(await status('GET', local)).toBe(200);
    expect(await status('HEAD', local)).toBe(200);
    expect(await status('GET', { host: `rebound.example:${port}` })).toBe(403);
    expect(await status('GET', { ...local, origin: 'https://elsewhere.example' })).toBe(403);
    expect(await status('POST', local)).toBe(405);
    expect(await status('GET', local, '/')).toBe(404);
    // Methods are the sender's words, and none becomes a label of its own.
    expect(await status('PROPFIND', local)).toBe(405);
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toContain('method="other",endpoint="/metrics",status_code="405"');
    expect(text).not.toContain('PROPFIND');
  });

  it('closes with its switch', async () => {
    const { engine, url } = await start();
    await engine.client.settings.set({ version: 1 });
    await expect.poll(async () => (await engine.client.http.status()).metrics).toMatchObject({ url: null });
    await expect(fetch(`${url}/metrics`)).rejects.toThrow();
  });
});
