import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { createEngine, type Engine } from '#core/engine.ts';
import { ownStorePath } from '#core/store/own-file.ts';
import type { OtlpRequest, OtlpSpan } from '#core/telemetry/export/otlp.ts';
import { type TestPorts, testPorts } from '#core/testing/ports.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

type Answer = (response: ServerResponse, request: IncomingMessage) => void | Promise<void>;
const ok: Answer = (response) =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
const status =
  (code: number, headers: Record<string, string> = {}, body = ''): Answer =>
  (response) =>
    void response.writeHead(code, headers).end(body);

interface TestCollector {
  readonly url: string;
  /** All requests whose body arrived, the taken ones and the others. */
  readonly requests: { readonly spans: readonly OtlpSpan[]; readonly headers: IncomingMessage['headers'] }[];
  /** Spans of requests that were answered with 200. */
  readonly taken: OtlpSpan[];
  /** What the next requests are answered; then `ok`. */
  readonly answers: Answer[];
}

/** A collector on loopback. */
async function collector(): Promise<TestCollector> {
  const requests: TestCollector['requests'] = [];
  const taken: OtlpSpan[] = [];
  const answers: Answer[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    const { resourceSpans } = JSON.parse(text.toString()) as OtlpRequest;
    const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
    requests.push({ spans, headers: { ...request.headers, ':path': request.url ?? '' } });
    response.once('finish', () => {
      if (response.statusCode === 200) taken.push(...spans);
    });
    await (answers.shift() ?? ok)(response, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, taken, answers };
}

interface Bench {
  readonly engine: Engine;
  readonly set: TestPorts;
  run(count?: number): Promise<readonly string[]>;
  status(): Promise<Awaited<ReturnType<Engine['client']['http']['status']>>['otlp_out']>;
  send(endpoint: string | null, more?: object): Promise<void>;
}

async function bench(env: Record<string, string> = {}): Promise<Bench> {
  const set = testPorts({ env: { PATH: process.env.PATH, ...env } });
  cleanUp.push(() => set.remove());
  const engine = await createEngine(set.ports, { mode: 'own' });
  cleanUp.push(() => engine.dispose());
  const { client } = engine;
  return {
    engine,
    set,
    send: async (endpoint, more = {}) => {
      const otlp_out = { enabled: true, endpoint, ...more };
      await client.settings.set({ version: 1, demo: { slowness: 0 }, http: { otlp_out } });
    },
    run: async (count = 1) => {
      const made = await Promise.all(
        Array.from({ length: count }, () =>
          client.jobs.create({
            kind: 'agentic-agent',
            request: { agent: 'prompt', question: 'What is up?', backend_type: 'demo' },
          }),
        ),
      );
      await engine.idle();
      return made.map(({ job_id }) => job_id);
    },
    status: async () => (await client.http.status()).otlp_out,
  };
}

const traceOf = (jobId: string): string => jobId.replaceAll('-', '');
/** Spans of a job by name; fails where one came twice. */
const namesOf = (spans: readonly OtlpSpan[], jobId: string): readonly string[] => {
  const of = spans.filter(({ traceId }) => traceId === traceOf(jobId));
  expect(new Set(of.map(({ spanId }) => spanId)).size).toBe(of.length);
  return of.map(({ name }) => name).sort();
};

describe('sending ended jobs to a collector', () => {
  it('sends each whole and once, gathered and compressed, with its headers, and says so', async () => {
    const at = await collector();
    const { engine, set, run, status, send } = await bench();
    set.secrets.set('collector-key', 'Bearer abc');
    await send(at.url, { headers: [{ name: 'Authorization', secret: 'collector-key' }] });
    const ids = await run(3);
    await expect
      .poll(status)
      .toMatchObject({ sent_jobs: 3, waiting_jobs: 0, trouble: null, endpoint: at.url });
    for (const id of ids) {
      const { text } = await engine.client.trace.export({ job_id: id, format: 'otlp' });
      const exported = (JSON.parse(text) as OtlpRequest).resourceSpans[0]?.scopeSpans[0]?.spans ?? [];
      expect(namesOf(at.taken, id)).toEqual(exported.map(({ name }) => name).sort());
    }
    expect(at.requests.length).toBeLessThanOrEqual(3);
    expect(at.requests[0]?.headers).toMatchObject({
      ':path': '/v1/traces',
      'content-type': 'application/json',
      'content-encoding': 'gzip',
      authorization: 'Bearer abc',
    });
    expect(set.logged.filter(({ event }) => event === 'otlp.sent')).toHaveLength(3);
    expect(JSON.stringify(set.logged)).not.toContain('Bearer abc');
  });

  it('only what ends while it is on; what waits stays over a restart', async () => {
    const at = await collector();
    const one = await bench();
    await one.run();
    await one.send('http://127.0.0.1:1');
    const [waits = ''] = await one.run();
    await expect.poll(async () => (await one.status()).trouble?.code).toBe('otlp.unreachable');
    await one.engine.dispose();
    const engine = await createEngine(one.set.ports, { mode: 'own' });
    cleanUp.push(() => engine.dispose());
    await engine.client.settings.set({ version: 1, http: { otlp_out: { enabled: true, endpoint: at.url } } });
    await expect.poll(() => namesOf(at.taken, waits)).toContain('job.execute');
    expect(new Set(at.taken.map(({ traceId }) => traceId))).toEqual(new Set([traceOf(waits)]));
  });

  it.each([
    ['429 with Retry-After', status(429, { 'retry-after': '1' }), 'otlp.busy', 950],
    ['503', status(503), 'otlp.busy', 400],
    [
      'a connection that breaks',
      (_: ServerResponse, request: IncomingMessage) => void request.socket.destroy(),
      'otlp.unreachable',
      400,
    ],
  ])('comes again after %s, and nothing is lost', async (_, answer, code, least) => {
    const at = await collector();
    const { run, status: now, send } = await bench();
    at.answers.push(answer as Answer);
    await send(at.url);
    const began = performance.now();
    const [id = ''] = await run();
    await expect.poll(async () => (await now()).trouble?.code, { interval: 20 }).toBe(code);
    await expect
      .poll(now, { timeout: 10_000 })
      .toMatchObject({ sent_jobs: 1, waiting_jobs: 0, trouble: null });
    expect(performance.now() - began).toBeGreaterThan(least);
    expect(namesOf(at.taken, id)).toContain('job.execute');
    expect(at.requests).toHaveLength(2);
  });

  it('finds which of several jobs is refused, keeps the reason, and tries again with other settings', async () => {
    const at = await collector();
    const { engine, run, status: now, send, set } = await bench();
    await send(at.url);
    const no = status(400, { 'content-type': 'application/json' }, '{"code":3,"message":"no such tenant."}');
    // The three together, then the first alone; the others are taken.
    at.answers.push(no, no);
    const ids = await run(3);
    await expect.poll(now).toMatchObject({ sent_jobs: 2, waiting_jobs: 1 });
    expect((await now()).trouble).toMatchObject({
      code: 'otlp.refused',
      message: expect.stringContaining('answered 400: no such tenant.'),
    });
    await sleep(600);
    expect(at.requests).toHaveLength(4);
    await send(at.url, { compression: 'none' });
    await expect.poll(now).toMatchObject({ sent_jobs: 3, waiting_jobs: 0, trouble: null });
    for (const id of ids) expect(namesOf(at.taken, id)).toContain('job.execute');
    expect(at.requests.at(-1)?.headers['content-encoding']).toBeUndefined();
    expect(set.logged.some(({ event }) => event === 'otlp.not_sent')).toBe(true);
    await engine.idle();
  });

  it('takes no page for a collector, and follows nobody with its headers', async () => {
    const at = await collector();
    const elsewhere = await collector();
    const { set, run, status: now, send } = await bench();
    set.secrets.set('key', 'a-secret-value');
    at.answers.push(
      status(200, { 'content-type': 'text/html' }, '<html>Welcome</html>'),
      status(307, { location: `${elsewhere.url}/v1/traces` }),
    );
    await send(at.url, { headers: [{ name: 'x-key', secret: 'key' }] });
    await run();
    await expect.poll(now).toMatchObject({ sent_jobs: 0, trouble: { code: 'otlp.refused' } });
    await run();
    await expect.poll(async () => (await now()).trouble?.message).toContain('answered 307');
    expect(elsewhere.requests).toEqual([]);
  });

  it('says what a collector left out', async () => {
    const at = await collector();
    const { run, status: now, send } = await bench();
    at.answers.push(
      status(200, {}, '{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too \\u001b[31mold"}}'),
    );
    await send(at.url);
    await run();
    await expect.poll(now).toMatchObject({ sent_jobs: 1, waiting_jobs: 0 });
    expect((await now()).trouble?.message).toMatch(/left out 2 of \d+ spans: too \[31mold\./);
  });

  it('says that no collector is named, or that a secret is missing, and waits', async () => {
    const { run, status: now, send } = await bench();
    await send(null);
    await run();
    await expect.poll(async () => (await now()).trouble?.message).toContain('No collector is named');
    await send('http://127.0.0.1:1', { headers: [{ name: 'x-key', secret: 'nowhere' }] });
    await expect.poll(async () => (await now()).trouble?.code).toBe('secret.not_found');
    expect(await now()).toMatchObject({ sent_jobs: 0, waiting_jobs: 1 });
  });

  it('takes the collector of the environment where the settings name none', async () => {
    const at = await collector();
    const { run, status: now, send } = await bench({ OTEL_EXPORTER_OTLP_ENDPOINT: `${at.url}/` });
    await send(null);
    await run();
    await expect.poll(now).toMatchObject({ sent_jobs: 1, endpoint: at.url });
  });

  it('sends a job of many spans in several requests, as one', async () => {
    const at = await collector();
    const { engine, set, run, status: now, send } = await bench();
    await send('http://127.0.0.1:1');
    const [id = ''] = await run();
    await expect.poll(async () => (await now()).trouble?.code).toBe('otlp.unreachable');
    const file = new Database(ownStorePath(set.dataDir));
    const like = file.prepare('SELECT * FROM workflow_events WHERE job_id = ? LIMIT 1').get(id) as object;
    addSpans(file, id, like, 12_000);
    file.close();
    at.answers.push(ok, status(503), ok);
    await send(at.url);
    await expect.poll(now, { timeout: 20_000 }).toMatchObject({ sent_jobs: 1, waiting_jobs: 0 });
    expect(at.requests.length).toBeGreaterThan(2);
    expect(namesOf(at.taken, id).length).toBeGreaterThan(12_000);
    await engine.idle();
  });

  it('loses none and marks none that did not arrive when it is killed at any moment', async () => {
    const at = await collector();
    const set = testPorts();
    cleanUp.push(() => set.remove());
    const slow: Answer = async (response) => {
      await sleep(15);
      ok(response, response.req);
    };
    at.answers.push(...Array.from({ length: 400 }, () => slow));
    const child = fileURLToPath(new URL('../../testing/otlp-out-child.ts', import.meta.url));
    for (let i = 0; i < 5; i++) {
      const life = spawn(process.execPath, [child, set.dataDir, at.url], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = once(life, 'close');
      await once(life.stdout, 'data');
      await sleep(250 + i * 40);
      life.kill('SIGKILL');
      await ended;
      const file = new Database(ownStorePath(set.dataDir), { readonly: true });
      const marked = file
        .prepare('SELECT job_id FROM rs_otlp_out WHERE sent_at IS NOT NULL')
        .pluck()
        .all() as string[];
      file.close();
      const there = new Set(at.taken.map(({ traceId }) => traceId));
      expect(marked.filter((id) => !there.has(traceOf(id)))).toEqual([]);
    }
    const engine = await createEngine(set.ports, { mode: 'own' });
    cleanUp.push(() => engine.dispose());
    await expect
      .poll(async () => (await engine.client.http.status()).otlp_out, { timeout: 15_000 })
      .toMatchObject({ waiting_jobs: 0, trouble: null });
    const { jobs } = await engine.client.jobs.list({ source: 'own', limit: 1000 } as never);
    const there = new Set(at.taken.map(({ traceId }) => traceId));
    expect(jobs.length).toBeGreaterThan(5);
    // One that was killed before its first span has none to send.
    expect(jobs.filter((job) => job.span_count > 0 && !there.has(traceOf(job.job_id)))).toEqual([]);
  });
});

/** Events of `count` more spans, as RUNE writes them. */
function addSpans(file: Database.Database, jobId: string, like: object, count: number): void {
  const columns = Object.keys(like).filter((name) => name !== 'id');
  const insert = file.prepare(
    `INSERT INTO workflow_events (${columns.join(', ')}) VALUES (${columns.map((name) => `@${name}`).join(', ')})`,
  );
  file.transaction(() => {
    for (let i = 0; i < count; i++) insert.run({ ...like, job_id: jobId, event: 'agent.ask' });
  })();
}
