import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { LiveSpan } from '#shared/contract/types.ts';
import { archivedSource } from '#shared/model/source.ts';
import { traceIdOf } from '#shared/model/span.ts';
import { SPAN_CLAMPED, SPAN_ERROR, SPAN_EXTERNAL, SPAN_INFERRED } from '#shared/model/trace-columns.ts';
import { fakeDriverCommand } from './testing/fake-driver.ts';
import {
  ended,
  FAKE,
  nanos,
  post,
  receive,
  type Shown,
  shown,
  span,
  startEngine,
  until,
} from './testing/otlp-bench.ts';
import { testPorts } from './testing/ports.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});
const start = (env?: Record<string, string>) => startEngine(cleanUp, env);

describe('spans of a driver that is instrumented', () => {
  it('nest below driver.call while it runs, and stay with the job when it has ended', async () => {
    const set = testPorts();
    cleanUp.push(() => set.remove());
    const go = join(set.dataDir, 'go');
    const { engine } = await start({ RUNE_FAKE_DRIVER_CMD: fakeDriverCommand('traced', go) });
    await receive(engine);
    const { job_id } = await engine.client.jobs.create({ kind: 'agentic-agent', request: FAKE });

    const live: LiveSpan[] = [];
    const stop = new AbortController();
    const watching = (async () => {
      for await (const batch of await engine.client.live.watch({ job_id }, { signal: stop.signal }))
        live.push(...batch.spans);
    })().catch(() => {});

    const chat = await until(async () => live.find(({ span_id }) => span_id === 'aaaaaaaaaaaaaaa2') ?? null);
    expect((await engine.client.jobs.get({ job_id })).status).toBe('running');
    const call = live.find(({ name, flags }) => name === 'driver.call' && (flags & SPAN_EXTERNAL) === 0);
    // Its own parent has not ended and so has not come: until then it stands below the call that runs.
    expect(chat).toMatchObject({ name: 'chat fake-4o', label: 'fake-4o', parent_span_id: call?.span_id });
    writeFileSync(go, '');
    const job = await ended(engine, job_id);
    stop.abort();
    await watching;
    expect(job.status).toBe('succeeded');

    const spans = await shown(engine, job_id);
    const of = (id: string): Shown | undefined => spans.find((one) => one.id === id);
    const ours = spans.filter(({ flags }) => (flags & SPAN_EXTERNAL) === 0);
    const driverCall = ours.find(({ name }) => name === 'driver.call');
    expect(of('aaaaaaaaaaaaaaa1')).toMatchObject({ name: 'invoke_agent fake', parent: driverCall?.id });
    expect(of('aaaaaaaaaaaaaaa2')).toMatchObject({ parent: 'aaaaaaaaaaaaaaa1', flags: SPAN_EXTERNAL });
    expect(of('aaaaaaaaaaaaaaa3')).toMatchObject({
      name: 'driver.call',
      parent: driverCall?.id,
      flags: SPAN_EXTERNAL | SPAN_INFERRED | SPAN_ERROR,
    });
    expect(driverCall?.flags).toBe(0);
    expect(job.span_count).toBe(ours.length + 3);
    expect(job.error_count).toBe(1);
    // The events are RUNE's, and nobody else writes there.
    expect((await engine.client.events.list({ job_id })).length).toBe(ours.length);
  });

  it('say their names of today beside those they came with, in details and exports', async () => {
    const { engine } = await start({ RUNE_FAKE_DRIVER_CMD: fakeDriverCommand('traced') });
    await receive(engine);
    const { job_id } = await engine.client.jobs.create({ kind: 'agentic-agent', request: FAKE });
    await ended(engine, job_id);
    const detail = await engine.client.trace.span({ job_id, span_id: 'aaaaaaaaaaaaaaa2', event_id: 0 });
    expect(detail).toMatchObject({
      name: 'chat fake-4o',
      trace_id: traceIdOf(job_id),
      parent_span_id: 'aaaaaaaaaaaaaaa1',
      attributes: {
        'gen_ai.system': 'openai',
        'gen_ai.provider.name': 'openai',
        'gen_ai.usage.input_tokens': 12,
        'resource.service.name': 'fake-agent',
        'otel.kind': 'client',
      },
    });
    expect(detail.notes).toEqual(['It came over OTLP from fake-agent.']);

    const otlp = JSON.parse((await engine.client.trace.export({ job_id, format: 'otlp' })).text);
    const exported = otlp.resourceSpans[0].scopeSpans[0].spans.find(
      (one: { spanId: string }) => one.spanId === 'aaaaaaaaaaaaaaa2',
    );
    expect(exported).toMatchObject({ name: 'chat fake-4o', kind: 3, parentSpanId: 'aaaaaaaaaaaaaaa1' });
    const chrome = JSON.parse((await engine.client.trace.export({ job_id, format: 'chrome' })).text);
    const drawn = chrome.traceEvents.find(
      (one: { args: { span_id?: string } }) => one.args.span_id === 'aaaaaaaaaaaaaaa3',
    );
    expect(drawn).toMatchObject({ name: 'driver.call', cat: 'external' });
    expect((await engine.client.trace.export({ job_id, format: 'csv' })).text).toContain('chat fake-4o');
  });

  it('are not asked for while nobody listens, nor where the driver is told another place', async () => {
    const { engine } = await start({
      RUNE_FAKE_DRIVER_CMD: fakeDriverCommand('environment'),
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.example',
    });
    const variables = async (): Promise<Record<string, string>> => {
      const { job_id } = await engine.client.jobs.create({ kind: 'agentic-agent', request: FAKE });
      const { result } = await ended(engine, job_id);
      return (result as { metadata: { env: Record<string, string> } }).metadata.env;
    };
    const telling = async (): Promise<Record<string, string>> =>
      Object.fromEntries(
        Object.entries(await variables()).filter(([name]) => /^(OTEL_|TRACEPARENT)/.test(name)),
      );
    expect(Object.keys(await telling())).toEqual(['TRACEPARENT']);
    const url = await receive(engine);
    const told = await telling();
    expect(told).toMatchObject({
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
    });
    expect(told.TRACEPARENT?.split('-')[1]).toBe(
      told.OTEL_RESOURCE_ATTRIBUTES?.slice(12).replaceAll('-', ''),
    );
    const settings = await engine.client.settings.get();
    const command = fakeDriverCommand('environment');
    await engine.client.settings.set({
      ...settings,
      drivers: [{ agent: 'kin', mode: 'stdio', command, pass_env: ['OTEL_EXPORTER_OTLP_ENDPOINT'] }],
    });
    const { job_id } = await engine.client.jobs.create({
      kind: 'agentic-agent',
      request: { ...FAKE, agent: 'kin' },
    });
    const { result } = await ended(engine, job_id);
    const elsewhere = (result as { metadata: { env: Record<string, string> } }).metadata.env;
    // What a user lets a driver see is no business of its result.
    expect(elsewhere.OTEL_EXPORTER_OTLP_ENDPOINT).toBe('[redacted]');
    expect(elsewhere.OTEL_EXPORTER_OTLP_PROTOCOL).toBeUndefined();
  });
});

describe('credentials in spans of others', () => {
  it('are taken out of names and kinds of errors too, and known values wherever they stand', async () => {
    const token = 'a-token-that-looks-like-nothing-4711';
    const word = 'a-word-that-was-read-by-its-name-42';
    const { engine, secrets } = await start({ RUNE_API_TOKENS: `team:${token}` });
    secrets.set('far-word', word);
    await engine.client.settings.set({
      version: 1,
      backends: [
        {
          id: 'far',
          name: 'far',
          backend_type: 'openai',
          base_url: 'http://127.0.0.1:1',
          api_key_secret: 'far-word',
        },
      ],
    });
    await engine.client.backends.test({ backend_type: 'openai', backend_url: 'http://127.0.0.1:1' });
    const url = await receive(engine);
    const traceId = 'e'.repeat(32);
    const attributes = [
      { key: 'error.type', value: { stringValue: 'at https://me:hunter2hunter2@host/' } },
      { key: 'said', value: { stringValue: `${token} and ${word}` } },
    ];
    const name = `GET https://me:hunter2hunter2@host/?sig=hunter2hunter2 ${token}`;
    const sent = span({ traceId, spanId: 'e'.repeat(16), name, attributes, status: { code: 2 } });
    expect((await post(url, sent)).status).toBe(200);
    const source = 'external';
    const job = await until(() => engine.client.jobs.get({ source, job_id: traceId }).catch(() => null));
    const exported = await engine.client.trace.export({ source, job_id: traceId, format: 'otlp' });
    const told = JSON.stringify(job) + exported.text;
    expect(told).toContain('GET https://[redacted]@host/');
    for (const held of ['hunter2hunter2', token, word]) expect(told).not.toContain(held);
  });
});

describe('the archived result of a job', () => {
  it('holds the spans of others, and shows them as they were', async () => {
    const { engine, dataDir } = await start({ RUNE_FAKE_DRIVER_CMD: fakeDriverCommand('traced') });
    await receive(engine);
    const { job_id } = await engine.client.jobs.create({ kind: 'agentic-agent', request: FAKE });
    const job = await ended(engine, job_id);
    expect(await engine.drainArchive(10_000)).toBe(true);
    const results = join(dataDir, 'results');
    const name = readdirSync(results, { recursive: true, encoding: 'utf8' }).find((file) =>
      file.endsWith(`${job_id}.json`),
    );
    const record = JSON.parse(readFileSync(join(results, name ?? ''), 'utf8'));
    const foreign = record.spans.filter(({ external }: { external?: boolean }) => external === true);
    expect(foreign.map(({ span_id }: { span_id: string }) => span_id).sort()).toEqual([
      'aaaaaaaaaaaaaaa1',
      'aaaaaaaaaaaaaaa2',
      'aaaaaaaaaaaaaaa3',
    ]);
    expect(record.events).toHaveLength(record.spans.length - 3);

    const key = `results/${(name ?? '').replaceAll('\\', '/').replace(/^results\//, '')}`;
    const source = archivedSource('folder', key);
    const archived = await shown(engine, job_id, source);
    const own = await shown(engine, job_id);
    expect(archived.map(({ id, name: called, parent, flags }) => [id, called, parent, flags])).toEqual(
      own.map(({ id, name: called, parent, flags }) => [id, called, parent, flags]),
    );
    const row = await engine.client.jobs.get({ source, job_id });
    expect([row.span_count, row.error_count]).toEqual([job.span_count, job.error_count]);
    const detail = await engine.client.trace.span({
      source,
      job_id,
      span_id: 'aaaaaaaaaaaaaaa2',
      event_id: 0,
    });
    expect(detail.attributes).toMatchObject({ 'gen_ai.provider.name': 'openai' });
  });

  it('is not there twice when our own export comes back to us', async () => {
    const { engine } = await start({ RUNE_FAKE_DRIVER_CMD: fakeDriverCommand('traced') });
    const url = await receive(engine);
    const { job_id } = await engine.client.jobs.create({ kind: 'agentic-agent', request: FAKE });
    const job = await ended(engine, job_id);
    const { text } = await engine.client.trace.export({ job_id, format: 'otlp' });
    const sent = await fetch(`${url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: text,
    });
    expect(await sent.json()).toEqual({});
    await post(url, span({ traceId: traceIdOf(job_id), spanId: 'e'.repeat(16) }));
    const after = await until(async () => {
      const found = await engine.client.jobs.get({ job_id });
      return found.span_count > job.span_count ? found : null;
    });
    expect(after.span_count).toBe(job.span_count + 1);
    expect((await shown(engine, job_id)).length).toBe(job.span_count + 1);
  });
});

describe('spans that come when the job has ended', () => {
  it('join its trace, packed or not, and count', async () => {
    const { engine } = await start({ RUNE_FAKE_DRIVER_CMD: fakeDriverCommand('good') });
    const url = await receive(engine);
    const { job_id } = await engine.client.jobs.create({ kind: 'agentic-agent', request: FAKE });
    const before = await ended(engine, job_id);
    const ours = await shown(engine, job_id);
    const call = ours.find(({ name }) => name === 'driver.call');
    const many = Array.from({ length: 1200 }, (_, i) =>
      span({
        traceId: traceIdOf(job_id),
        spanId: (i + 1).toString(16).padStart(16, '0'),
        parentSpanId: call?.id,
        startTimeUnixNano: nanos(call?.startUs ?? 0),
        endTimeUnixNano: nanos((call?.startUs ?? 0) + 10),
      }),
    );
    const count = async (): Promise<number> => (await engine.client.jobs.get({ job_id })).span_count;
    expect((await post(url, ...many)).status).toBe(200);
    await until(async () => (await count()) === before.span_count + 1200);
    // Twice: the second reading is of the packed trace.
    expect((await shown(engine, job_id)).length).toBe(ours.length + 1200);
    expect((await shown(engine, job_id)).length).toBe(ours.length + 1200);
    const late = span({ traceId: traceIdOf(job_id), spanId: 'f'.repeat(16), name: 'late' });
    await post(url, late, late, ...many.slice(0, 10));
    await until(async () => (await count()) === before.span_count + 1201);
    expect((await shown(engine, job_id)).filter(({ name }) => name === 'late')).toHaveLength(1);
    const detail = await engine.client.trace.span({ job_id, span_id: 'f'.repeat(16), event_id: 0 });
    expect(detail.name).toBe('late');
  });

  it('are put where our own clock says, marked, and leave our times alone', async () => {
    const { engine } = await start({ RUNE_FAKE_DRIVER_CMD: fakeDriverCommand('good') });
    const url = await receive(engine);
    const { job_id } = await engine.client.jobs.create({ kind: 'agentic-agent', request: FAKE });
    await ended(engine, job_id);
    const before = await shown(engine, job_id);
    const call = before.find(({ name }) => name === 'driver.call');
    const at = (call?.startUs ?? 0) + 3_600_000_000;
    const trace = { traceId: traceIdOf(job_id) };
    await post(
      url,
      span({
        ...trace,
        spanId: '00000000000000a1',
        parentSpanId: call?.id,
        startTimeUnixNano: nanos(at),
        endTimeUnixNano: nanos(at + 100),
      }),
      span({
        ...trace,
        spanId: '00000000000000a2',
        parentSpanId: '00000000000000a1',
        startTimeUnixNano: nanos(at + 20),
        endTimeUnixNano: nanos(at + 50),
      }),
      // A circle.
      span({ ...trace, spanId: '00000000000000b1', parentSpanId: '00000000000000b2' }),
      span({ ...trace, spanId: '00000000000000b2', parentSpanId: '00000000000000b1' }),
    );
    const spans = await until(async () => {
      const found = await shown(engine, job_id);
      return found.length === before.length + 4 ? found : null;
    });
    for (const own of before) expect(spans.find(({ id }) => id === own.id)).toEqual(own);
    const moved = spans.find(({ id }) => id === '00000000000000a1');
    const inner = spans.find(({ id }) => id === '00000000000000a2');
    expect(moved?.flags).toBe(SPAN_EXTERNAL | SPAN_CLAMPED);
    expect(moved?.durationUs).toBe(100);
    expect(moved?.startUs).toBe((call?.startUs ?? 0) + (call?.durationUs ?? 0) - 100);
    expect(inner).toMatchObject({ startUs: (moved?.startUs ?? 0) + 20, durationUs: 30, parent: moved?.id });
    expect(
      spans.filter(({ id, parent }) => id.startsWith('00000000000000b') && parent === null),
    ).toHaveLength(1);
    const detail = await engine.client.trace.span({ job_id, span_id: '00000000000000a1', event_id: 0 });
    expect(detail.notes.some((note) => note.includes('clock'))).toBe(true);
  });
});
