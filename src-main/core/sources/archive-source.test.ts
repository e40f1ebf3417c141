import { afterEach, describe, expect, it } from 'vitest';
import type { ArchivedJob } from '#core/archive/read/reader.ts';
import { canonicalJson } from '#core/archive/record/canonical.ts';
import { readRecord } from '#core/archive/record/read-record.ts';
import { createEngine, type Engine } from '#core/engine.ts';
import { fakeDriverCommand } from '#core/testing/fake-driver.ts';
import { realClock, testPorts } from '#core/testing/ports.ts';
import { madeObject, madeRecord } from '#core/testing/result-records.ts';
import type { JobDetail, JsonObject } from '#shared/model/job.ts';
import { archivedSource } from '#shared/model/source.ts';
import { decodeTrace, SPAN_MODEL_CALL, spanIdAt } from '#shared/model/trace-columns.ts';
import { openArchivedResult } from './archive-source.ts';
import type { JobSource } from './job-source.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

function opened(record: JsonObject | string, more: Partial<ArchivedJob> = {}): JobSource {
  const bytes = Buffer.from(typeof record === 'string' ? record : JSON.stringify(record));
  const read = readRecord(bytes);
  const job = {
    source: archivedSource('t', 'k'),
    uri: 's3://b/k',
    bytes_sha256: null,
    record: read,
    notes: ['From s3://b/k.'],
  };
  const source = openArchivedResult({ ...job, ...more }, realClock());
  cleanUp.push(() => source.close());
  return source;
}

async function startEngine(env: Record<string, string> = {}): Promise<Engine> {
  const set = testPorts({ env: { PATH: process.env.PATH, ...env } });
  const engine = await createEngine(set.ports, { mode: 'own' });
  await engine.client.settings.set({ version: 1, demo: { slowness: 0.05 } });
  cleanUp.push(() => set.remove());
  cleanUp.push(() => engine.dispose());
  return engine;
}

async function run(
  engine: Engine,
  request: Record<string, unknown>,
  kind: 'agentic-agent' | 'benchmark' | 'cost-estimate',
) {
  const { job_id } = await engine.client.jobs.create({ kind, request });
  await engine.idle();
  await engine.drainArchive(5000);
  return job_id;
}

/** What a source says of a job, whole; ids that only the own store has are left out. */
async function everything(engine: Engine, source: string, jobId: string) {
  const { client } = engine;
  const job = await client.jobs.get({ source, job_id: jobId });
  const trace = decodeTrace(await (await client.trace.columns({ source, job_id: jobId })).arrayBuffer());
  const spans = [];
  for (let i = 0; i < trace.count; i++)
    spans.push(
      await client.trace.span({
        source,
        job_id: jobId,
        span_id: spanIdAt(trace, i),
        event_id: trace.eventId[i] ?? 0,
      }),
    );
  const withoutSource = spans.map(({ source: _, ...span }) => span);
  const artifacts = job.artifacts.map(({ artifact_id: _i, created_at: _c, ...artifact }) => artifact);
  const { jobs, total } = await client.jobs.list({ source });
  return {
    job: { ...job, artifacts },
    trace,
    spans: withoutSource,
    row: jobs.find(({ job_id }) => job_id === jobId),
    only: total,
  };
}

describe('an archived result as a source', () => {
  it.each([
    [
      'succeeded',
      {},
      { question: 'Why does checkout restart?', backend_type: 'demo', agent: 'prompt' },
      'agentic-agent',
    ],
    ['benchmark', {}, { question: 'Why?', backend_type: 'demo', agent: 'prompt' }, 'benchmark'],
    [
      'left an artifact',
      { RUNE_FAKE_DRIVER_CMD: fakeDriverCommand('artifact') },
      { question: 'Why?', agent: 'fake', model: 'm' },
      'agentic-agent',
    ],
    [
      'failed',
      { RUNE_FAKE_DRIVER_CMD: fakeDriverCommand('exit3') },
      { question: 'Why?', agent: 'fake', model: 'm' },
      'agentic-agent',
    ],
    ['estimate', {}, { local_hardware: true, estimated_duration_seconds: 60 }, 'cost-estimate'],
  ] as const)(
    'says of a job that %s what the own store says, member by member',
    async (outcome, env, request, kind) => {
      const engine = await startEngine(env);
      const jobId = await run(engine, request, kind);
      const [state] = await engine.client.archive.outbox.job({ job_id: jobId });
      const object = { target: state?.target ?? '', key: state?.key ?? '' };
      const result = await engine.client.archive.open(object);
      expect(result.verification).toMatchObject({ verdict: 'unchanged' });
      expect(result.job_id).toBe(jobId);
      const own = await everything(engine, 'own', jobId);
      const archived = await everything(engine, result.source, jobId);
      expect(archived).toEqual({ ...own, only: 1 });
      expect(own.trace.count).toBeGreaterThan(kind === 'cost-estimate' ? 0 : 2);
      expect(own.job.artifacts).toHaveLength(outcome === 'left an artifact' ? 1 : 0);
      const texts = await Promise.all(
        ['own', result.source].map((source) =>
          engine.client.trace.export({ source, job_id: jobId, format: 'chrome' }),
        ),
      );
      // As values: the archive's own order of names is the canonical one.
      const [one, two] = texts.map(({ text }) => JSON.parse(text));
      expect(two).toEqual(one);
      expect(await engine.client.archive.diff(object)).toEqual({
        has_local: true,
        differences: [],
        total: 0,
      });
      expect(await engine.client.sources.list()).toContainEqual(
        expect.objectContaining({
          source: result.source,
          kind: 'archive',
          title: jobId,
          path: result.uri,
          writable: false,
          provides: expect.objectContaining({ live: false, cancel: false, recorded_starts: true }),
        }),
      );
      // Imported it says the same, and where it came from.
      for await (const progress of await engine.client.archive.import.run({
        target: object.target,
        keys: [object.key],
      }))
        expect(progress.failed).toEqual([]);
      const imported = await everything(engine, 'imported', jobId);
      expect({ ...imported, only: 0, job: { ...imported.job, notes: own.job.notes } }).toEqual({
        ...own,
        only: 0,
        trace: { ...own.trace, eventId: imported.trace.eventId },
        spans: own.spans,
      });
      expect(imported.job.notes.join('\n')).toContain(result.uri);
    },
  );

  it("shows upstream's bare record as far as it goes, and says what is missing", async () => {
    const source = opened({
      id: 'j1',
      tenant: 'blue',
      kind: 'ollama-instance',
      status: 'success',
      result: { backend_url: 'http://b:11434', mode: 'existing' },
      created_at: '1777000000.5',
      updated_at: '2026-04-24T03:06:50Z',
    });
    const job = source.job('j1');
    expect(job).toMatchObject({
      tenant_id: 'blue',
      kind: 'llm-instance',
      status: 'succeeded',
      result: { mode: 'existing' },
      request: null,
      started_at: null,
      spans_recorded: false,
    });
    expect(job.duration_ms).toBeCloseTo((Date.UTC(2026, 3, 24, 3, 6, 50) / 1000 - 1_777_000_000.5) * 1000, 3);
    expect(decodeTrace(await source.trace('j1')).count).toBe(1);
    expect(source.info()).toMatchObject({ kind: 'archive', title: 'j1', path: 's3://b/k' });
    expect(source.info().provides).toMatchObject({ recorded_starts: false, live: false });
    expect(source.info().notes[0]).toBe('From s3://b/k.');
    expect(() => source.job('other')).toThrow(expect.objectContaining({ code: 'job.not_found' }));
  });

  it('maps span ids that are not W3C, keeps the tree, and says so', async () => {
    const record = JSON.parse(JSON.stringify(madeRecord())) as {
      spans: Record<string, unknown>[];
    } & JsonObject;
    const [a, b, root] = record.spans;
    Object.assign(root ?? {}, { span_id: 'root' });
    Object.assign(a ?? {}, { span_id: 17, parent_span_id: 'root' });
    Object.assign(b ?? {}, { span_id: 'AAAABBBBCCCCDDDD', parent_span_id: 'root' });
    const source = opened({ ...record, spans: [...record.spans, 'odd', null] } as unknown as JsonObject);
    const trace = decodeTrace(await source.trace(String(record.job_id)));
    expect([trace.count, [...trace.parent]]).toEqual([3, [-1, 0, 0]]);
    const ids = [0, 1, 2].map((i) => spanIdAt(trace, i));
    expect(new Set(ids).size).toBe(3);
    expect(ids).toContain('aaaabbbbccccdddd');
    expect(source.info().notes.join('\n')).toMatch(
      /3 are not 16 hex digits[\s\S]*2 entries|2 entries[\s\S]*3 are not/,
    );
  });

  it('takes events without spans for what they are: starts and parents are inferred', async () => {
    const { spans: _, ...record } = madeRecord() as JsonObject;
    const source = opened(record);
    const trace = decodeTrace(await source.trace(String(record.job_id)));
    expect([trace.count, trace.parent[0]]).toEqual([3, -1]);
    expect(source.info().provides.recorded_starts).toBe(false);
    expect(source.summary(undefined).map(({ event, total }) => [event, total])).toEqual([
      ['backend.chat', 2],
      ['job.execute', 1],
    ]);
  });

  it('reads spans whose events are another number or in another order', async () => {
    const record = madeRecord() as JsonObject;
    const events = record.events as JsonObject[];
    const other = {
      id: 99,
      event: 'later',
      status: 'ok',
      duration_ms: 1,
      error_type: null,
      labels: {},
      recorded_at: 1_795_362_001,
    };
    const source = opened({ ...record, events: [other, ...events.toReversed()] });
    const trace = decodeTrace(await source.trace(String(record.job_id)));
    expect(trace.count).toBe(4);
    expect([...trace.eventId].sort((x, y) => x - y)).toEqual([1, 2, 3, 99]);
    expect(source.job(String(record.job_id)).span_count).toBe(4);
  });

  it('does not draw figures of a model call that have another shape', async () => {
    const record = JSON.parse(JSON.stringify(madeRecord())) as {
      spans: { attributes: object }[];
      job_id: string;
    };
    const figures = {
      input_tokens: 1,
      output_tokens: 1,
      tokens_source: 'server',
      time_to_first_token_ms: 1,
      output_tokens_per_second: 1,
      prompt_tokens_per_second: null,
      speed_source: 'client',
      phases: [],
    };
    if (record.spans[0]) record.spans[0].attributes = { 'rune.model_call': figures };
    if (record.spans[1]) record.spans[1].attributes = { 'rune.model_call': { ...figures, phases: 'none' } };
    const source = opened(record as unknown as JsonObject);
    const trace = decodeTrace(await source.trace(record.job_id));
    expect(trace.calls).toHaveLength(1);
    expect([...trace.flags].filter((flags) => (flags & SPAN_MODEL_CALL) !== 0)).toHaveLength(1);
  });

  it.each([
    ['numbers for texts', { status: 7, message: 3, kind: 1, tenant_id: 5 }],
    [
      'texts for lists and objects',
      { spans: 'x', events: {}, artifacts: 1, request: 'r', result: [1], error: 'e', estimate: 4 },
    ],
    ['absurd figures', { created_at: 1e300, updated_at: -5, actual_cost: -1, started_at: 'x' }],
    [
      'odd spans',
      {
        spans: [
          {},
          { span_id: null, start_time: 'x', duration_ms: -1, attributes: [1] },
          { span_id: 'a', parent_span_id: 'a', duration_ms: 1e300 },
        ],
      },
    ],
    [
      'odd artifacts',
      { artifacts: [{}, null, { size_bytes: 'x', sha256: 1 }, { name: 'n', size_bytes: -1 }] },
    ],
    [
      'keys of JavaScript',
      JSON.parse(
        '{"request":{"__proto__":{"agent":"x"}},"spans":[{"attributes":{"__proto__":{"a":1},"constructor":2}}]}',
      ),
    ],
  ])('opens a record with %s', async (_, change: JsonObject) => {
    const source = opened({ ...(madeRecord() as JsonObject), ...change });
    const [row] = source.listJobs({ sort: [], limit: 10, offset: 0 } as unknown as Parameters<
      JobSource['listJobs']
    >[0]).jobs;
    expect(row?.job_id).toBe('3f0c1a52-7b11-4c7e-9d0e-0a4f6b2c8d11');
    const job: JobDetail = source.job(row?.job_id ?? '');
    const trace = decodeTrace(await source.trace(job.job_id));
    for (let i = 0; i < trace.count; i++)
      expect(source.span(job.job_id, spanIdAt(trace, i), trace.eventId[i] ?? 0).name).toBeTypeOf('string');
    expect(({} as { agent?: unknown }).agent).toBeUndefined();
  });

  it('opens 50,000 spans in about a second', async () => {
    const { body } = madeObject({}, 50_000);
    const read = readRecord(body);
    // Of this process's own time: the machine may be busy with others.
    const began = process.cpuUsage();
    const job = { source: archivedSource('t', 'k'), uri: 'u', bytes_sha256: null, record: read, notes: [] };
    const source = openArchivedResult(job, realClock());
    cleanUp.push(() => source.close());
    expect(decodeTrace(await source.trace(read.view.job_id)).count).toBe(50_001);
    expect(process.cpuUsage(began).user / 1000).toBeLessThan(3000);
    expect(canonicalJson(read.record)).toHaveLength(body.length);
  });
});
