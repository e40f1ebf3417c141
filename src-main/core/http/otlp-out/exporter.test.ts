import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { createEngine } from '#core/engine.ts';
import { ownStorePath } from '#core/store/own-file.ts';
import type { OtlpRequest } from '#core/telemetry/export/otlp.ts';
import { type Answer, ok, status } from '#core/testing/otlp-collector.ts';
import { addSpans, namesOf, openCollector, openOtlpOut, traceOf } from '#core/testing/otlp-out-bench.ts';
import { settingsSchema } from '#shared/contract/settings.ts';
import type { JobDetail } from '#shared/contract/types.ts';
import { CodedError } from '#shared/model/failure.ts';
import { createHttpBoard } from '../board.ts';
import { createOtlpExporter } from './exporter.ts';
import { createOtlpOutQueue } from './queue.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

const collector = () => openCollector(cleanUp);
const bench = (env?: Record<string, string>) => openOtlpOut(cleanUp, env);
const TRACE = '0af7651916cd43dd8448eb211c80319c';

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
    const headers = [{ name: 'x-key', secret: 'key' }];
    at.answers.push(
      status(200, { 'content-type': 'text/html' }, '<html>Welcome</html>'),
      status(307, { location: `${elsewhere.url}/v1/traces` }),
    );
    await send(at.url, { headers });
    const ids = await run(2);
    await expect.poll(now).toMatchObject({ sent_jobs: 0, trouble: { code: 'otlp.refused' } });
    await send(at.url, { headers, compression: 'none' });
    await expect.poll(async () => (await now()).trouble?.message).toContain('answered 307');
    // That was about the address: no job is blamed, none is tried on its own, and all go to the right one.
    expect(at.requests).toHaveLength(2);
    expect(await now()).toMatchObject({ waiting_jobs: 2 });
    await send(at.url);
    await expect.poll(now).toMatchObject({ sent_jobs: 2, waiting_jobs: 0, trouble: null });
    for (const id of ids) expect(namesOf(at.taken, id)).toContain('job.execute');
    expect(elsewhere.requests).toEqual([]);
  });

  it('tries again at once when the secret that was refused is another', async () => {
    const at = await collector();
    const { engine, run, status: now, send } = await bench();
    const { secrets } = engine.client;
    await secrets.set({ name: 'key', value: 'Bearer old', allow_plain_text: true });
    at.answers.push(status(401));
    await send(at.url, { headers: [{ name: 'authorization', secret: 'key' }] });
    const [id = ''] = await run();
    await expect.poll(async () => (await now()).trouble?.message).toContain('answered 401');
    await secrets.set({ name: 'another', value: 'x', allow_plain_text: true });
    await secrets.set({ name: 'key', value: 'Bearer new\n', allow_plain_text: true });
    await expect.poll(now).toMatchObject({ sent_jobs: 1, trouble: null });
    expect(at.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer old', 'Bearer new']);
    expect(namesOf(at.taken, id)).toContain('job.execute');
    // One that cannot be sent is not said either.
    await secrets.set({ name: 'key', value: 'one-secret\r\nx-two: another', allow_plain_text: true });
    await run();
    await expect.poll(async () => (await now()).trouble?.message).toContain('header authorization');
    expect(JSON.stringify([await now(), at.requests])).not.toContain('one-secret');
  });

  it('is not held up by a job that is gone, nor by one that cannot be read', async () => {
    const at = await collector();
    const { set } = await bench();
    const file = new Database(ownStorePath(set.dataDir));
    cleanUp.push(() => void file.close());
    const queue = createOtlpOutQueue(file);
    for (const id of ['gone', 'broken', 'fine']) queue.add(id);
    const exporter = createOtlpExporter({
      queue,
      jobs: {
        job: (job_id) => {
          if (job_id === 'gone') throw new CodedError('job.not_found', 'There is no such job.');
          return { job_id, tenant_id: 'default', result: null } as unknown as JobDetail;
        },
        spans: (job_id) => [
          {
            ...{ source: 'own', job_id, trace_id: TRACE, span_id: 'b7ad6b7169203331', parent_span_id: null },
            ...{ name: 'job.execute', raw_name: null, start_us: job_id === 'broken' ? Number.NaN : 1e15 },
            ...{ duration_ms: 1, status: 'ok', error_type: null, attributes: {}, flags: 0, notes: [] },
          },
        ],
      },
      collector: async () => ({ url: at.url, headers: {}, compression: 'gzip' }),
      endpoint: () => at.url,
      board: createHttpBoard({
        get: () => settingsSchema.parse({ http: { otlp_out: { enabled: true } } }),
        onChange: () => {},
      }),
      ...set.ports,
    });
    cleanUp.push(() => exporter.close());
    exporter.wake();
    await exporter.idle();
    expect(at.taken).toHaveLength(1);
    const rows = file.prepare('SELECT job_id, sent_at IS NOT NULL AS sent, failure_json FROM rs_otlp_out');
    expect(rows.all()).toEqual([
      { job_id: 'broken', sent: 0, failure_json: expect.stringContaining('NaN') },
      { job_id: 'fine', sent: 1, failure_json: null },
    ]);
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

  it('takes the collector of the environment where the settings name none, and says none of its secrets', async () => {
    const at = await collector();
    const {
      set,
      run,
      status: now,
      send,
    } = await bench({
      OTEL_EXPORTER_OTLP_ENDPOINT: `${at.url.replace('//', '//me:hidden-word@')}/`,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-key=another%20hidden-word',
    });
    at.answers.push((_, request) => void request.socket.destroy());
    await send(null);
    await run();
    await expect.poll(async () => (await now()).trouble?.code, { interval: 20 }).toBe('otlp.unreachable');
    expect(JSON.stringify([await now(), set.logged])).not.toContain('hidden-word');
    await expect.poll(now, { timeout: 5000 }).toMatchObject({ sent_jobs: 1, endpoint: at.url });
    expect(at.requests[0]?.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('me:hidden-word').toString('base64')}`,
      'x-key': 'another hidden-word',
    });
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
});
