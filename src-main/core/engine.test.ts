import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { LiveBatch, LiveSpan } from '#shared/contract/types.ts';
import type { JobDetail } from '#shared/model/job.ts';
import { decodeTrace, SPAN_OPEN, type TraceColumns } from '#shared/model/trace-columns.ts';
import { createEngine, type Engine } from './engine.ts';
import { fakeDriverCommand, isRunning } from './testing/fake-driver.ts';
import { startFakeOllama } from './testing/fake-ollama.ts';
import { type TestPorts, testPorts } from './testing/ports.ts';
import { RuneFile } from './testing/rune-file.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

interface Bench extends TestPorts {
  readonly engine: Engine;
}

async function start(env: Record<string, string> = {}, dataDir?: string): Promise<Bench> {
  const set = testPorts({
    env: { PATH: process.env.PATH, ...env },
    ...(dataDir === undefined ? {} : { dataDir }),
  });
  const engine = await createEngine(set.ports, { mode: 'own' });
  await engine.client.settings.set({ version: 1, demo: { slowness: 0.05 } });
  cleanUp.push(() => set.remove());
  cleanUp.push(() => engine.dispose());
  return { ...set, engine };
}

const DEMO = { question: 'Why does checkout restart?', backend_type: 'demo', agent: 'prompt' };
const driver = (
  behaviour: Parameters<typeof fakeDriverCommand>[0],
  file?: string,
): Record<string, string> => ({
  RUNE_FAKE_DRIVER_CMD: fakeDriverCommand(behaviour, file),
});
const FAKE = { question: 'Why?', agent: 'fake', model: 'm' };

async function ended(engine: Engine, jobId: string): Promise<JobDetail> {
  for (;;) {
    const job = await engine.client.jobs.get({ job_id: jobId });
    if (job.finished_at !== null) return job;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function run(
  engine: Engine,
  request: Record<string, unknown>,
  kind: 'agentic-agent' | 'benchmark' | 'llm-instance' | 'cost-estimate' = 'agentic-agent',
) {
  const { job_id } = await engine.client.jobs.create({ kind, request });
  return ended(engine, job_id);
}

async function traceOf(engine: Engine, jobId: string): Promise<TraceColumns> {
  return decodeTrace(await (await engine.client.trace.columns({ job_id: jobId })).arrayBuffer());
}

/** The span tree as indented names. */
function tree(trace: TraceColumns): string[] {
  const depth: number[] = [];
  return Array.from({ length: trace.count }, (_, i) => {
    const parent = trace.parent[i] ?? -1;
    depth[i] = parent === -1 ? 0 : (depth[parent] ?? 0) + 1;
    return '  '.repeat(depth[i]) + trace.names[trace.name[i] ?? 0];
  });
}

const failureCode = async (call: Promise<unknown>): Promise<unknown> => {
  try {
    await call;
  } catch (thrown) {
    return (thrown as { data?: { code?: unknown } }).data?.code;
  }
  return 'did not throw';
};

describe('a job', () => {
  it('runs on the demo backend and leaves the span tree, the answer, the cost and the estimate', async () => {
    const { engine } = await start();
    const job = await run(engine, DEMO);
    expect(job).toMatchObject({
      status: 'succeeded',
      demo: true,
      agent: 'prompt',
      backend_type: 'demo',
      model: 'demo',
      error: null,
    });
    expect(job.result?.answer).toContain('checkout');
    expect(job.estimate?.cost_driver).toBe('local');
    expect(job.cost_usd).toBeGreaterThan(0);
    expect(tree(await traceOf(engine, job.job_id))).toEqual([
      'job.execute',
      '  cost.estimate',
      '  provider.provision',
      '    backend.warmup',
      '  backend.get_capabilities',
      '  agent.ask',
      '    backend.chat',
      '  provider.teardown',
    ]);
    expect(job.span_count).toBe(8);
  });

  it('puts driver.call under agent.ask and hands the trace to the driver', async () => {
    const { engine } = await start(driver('environment'));
    const job = await run(engine, FAKE);
    expect(job.status).toBe('succeeded');
    expect(tree(await traceOf(engine, job.job_id))).toEqual([
      'job.execute',
      '  cost.estimate',
      '  agent.ask',
      '    driver.call',
    ]);
    expect(JSON.stringify(job.result)).toContain(job.job_id.replaceAll('-', ''));
  });

  it('shows spans before they end, to whoever watches', async () => {
    const { engine } = await start();
    await engine.client.settings.set({ version: 1, demo: { slowness: 0.3 } });
    const { job_id } = await engine.client.jobs.create({ kind: 'agentic-agent', request: DEMO });
    const seen: LiveSpan[] = [];
    let openWhileRunning = 0;
    for await (const batch of await engine.client.live.watch({ job_id })) {
      seen.push(...batch.spans);
      if (batch.spans.some((span) => span.duration_ms === null)) {
        const trace = await traceOf(engine, job_id);
        openWhileRunning = Math.max(
          openWhileRunning,
          trace.flags.filter((flags) => (flags & SPAN_OPEN) !== 0).length,
        );
      }
      if (batch.jobs.some((job) => job.finished_at !== null)) break;
    }
    expect(openWhileRunning).toBeGreaterThanOrEqual(2);
    const ask = seen.filter((span) => span.name === 'agent.ask');
    expect(ask.map((span) => span.duration_ms === null)).toEqual([true, false]);
    expect((await traceOf(engine, job_id)).flags.some((flags) => (flags & SPAN_OPEN) !== 0)).toBe(false);
  });

  it('fails with the code of what went wrong, and keeps the spans until then', async () => {
    const { engine } = await start(driver('exit3'));
    const job = await run(engine, FAKE);
    expect(job).toMatchObject({
      status: 'failed',
      error_code: 'driver.exit',
      error: { code: 'driver.exit' },
    });
    expect(job.error_count).toBeGreaterThanOrEqual(2);
    expect(tree(await traceOf(engine, job.job_id))).toContain('    driver.call');
  });

  it('marks an answer that is a failure in disguise', async () => {
    const { engine } = await start(driver('disguised'));
    expect(await run(engine, FAKE)).toMatchObject({ status: 'succeeded', suspected_failure: true });
  });

  it('stops at its time limit', async () => {
    const { engine } = await start(driver('hang'));
    const job = await run(engine, { ...FAKE, timeout: 0.4 });
    expect(job).toMatchObject({ status: 'failed', error_code: 'job.timeout' });
  });

  it('runs no more jobs at once than the settings say', async () => {
    const { engine } = await start();
    await engine.client.settings.set({
      version: 1,
      demo: { slowness: 0.1 },
      jobs: { concurrency: 2, timeout: 60 },
    });
    const created = await Promise.all(
      Array.from({ length: 6 }, () => engine.client.jobs.create({ kind: 'agentic-agent', request: DEMO })),
    );
    let most = 0;
    while ((await engine.client.jobs.list({ status: ['queued', 'running'] })).total > 0) {
      most = Math.max(most, (await engine.client.jobs.list({ status: ['running'] })).total);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(most).toBe(2);
    for (const { job_id } of created)
      expect((await ended(engine, job_id)).queue_ms).toBeGreaterThanOrEqual(0);
  });
});

describe('the kinds', () => {
  it('benchmark asks on an existing backend and names model, backend and contract', async () => {
    const ollama = await startFakeOllama({ models: ['llama3.1:8b'] });
    cleanUp.push(() => ollama.close());
    const { engine } = await start();
    const job = await run(
      engine,
      { question: 'Why?', agent: 'prompt', backend_url: ollama.url, model: 'ollama/llama3.1:8b' },
      'benchmark',
    );
    expect(job.status).toBe('succeeded');
    expect(job.result).toMatchObject({
      model_name: 'llama3.1:8b',
      backend_url: ollama.url,
      contract_id: null,
    });
  });

  it('llm-instance answers where the existing server is', async () => {
    const ollama = await startFakeOllama();
    cleanUp.push(() => ollama.close());
    const { engine } = await start();
    const job = await run(engine, { backend_url: ollama.url }, 'llm-instance');
    expect(job.result).toEqual({ mode: 'existing', backend_url: ollama.url });
    expect(tree(await traceOf(engine, job.job_id))).toEqual([
      'job.execute',
      '  provider.provision',
      '    backend.list_models',
    ]);
  });

  it('cost-estimate returns the estimate, and fails where nobody has a price', async () => {
    const { engine } = await start();
    const job = await run(engine, { local_hardware: true, local_tdp_watts: 400 }, 'cost-estimate');
    expect(job.result).toMatchObject({ cost_driver: 'local', local_energy_kwh: 0.4, coverage: 0.8 });
    const hour = { aws: true, estimated_duration_seconds: 3600 };
    const priced = await run(engine, { ...hour, model: 'g4dn.xlarge' }, 'cost-estimate');
    expect(priced.result).toMatchObject({ cost_driver: 'aws', projected_cost_usd: 0.526 });
    const unpriced = await run(engine, { ...hour, model: 'g5.12xlarge' }, 'cost-estimate');
    expect(unpriced).toMatchObject({ status: 'failed', error_code: 'cost.unpriced' });
  });
});

describe('cancelling', () => {
  it('kills the whole process tree of a driver, ends every span and is final', async () => {
    const { engine, dataDir } = await start({ ...driver('family', join(process.cwd(), 'unused')) });
    const pids = join(dataDir, 'pids.json');
    await engine.client.settings.set({
      version: 1,
      drivers: [{ agent: 'kin', mode: 'stdio', command: fakeDriverCommand('family', pids) }],
    });
    const { job_id } = await engine.client.jobs.create({
      kind: 'agentic-agent',
      request: { ...FAKE, agent: 'kin' },
    });
    while (!existsSync(pids) || readFileSync(pids, 'utf8') === '')
      await new Promise((resolve) => setTimeout(resolve, 20));
    const family = Object.values(JSON.parse(readFileSync(pids, 'utf8')) as Record<string, number>).flat();
    expect(family.every(isRunning)).toBe(true);

    expect(await engine.client.jobs.cancel({ job_id })).toEqual({ status: 'cancelled' });
    expect(family.some(isRunning)).toBe(false);
    const job = await engine.client.jobs.get({ job_id });
    expect(job).toMatchObject({ status: 'cancelled', error: { message: 'Cancelled by user' } });
    expect((await traceOf(engine, job_id)).flags.some((flags) => (flags & SPAN_OPEN) !== 0)).toBe(false);
    expect(await failureCode(engine.client.jobs.cancel({ job_id }))).toBe('job.not_cancellable');
    expect((await engine.client.jobs.get({ job_id })).status).toBe('cancelled');
  });

  it('aborts the HTTP call to the backend', async () => {
    const ollama = await startFakeOllama({ words: Array.from({ length: 500 }, () => 'word '), wordMs: 50 });
    cleanUp.push(() => ollama.close());
    const { engine } = await start();
    const { job_id } = await engine.client.jobs.create({
      kind: 'agentic-agent',
      request: { question: 'x', agent: 'prompt', backend_url: ollama.url, model: 'llama3.1:8b' },
    });
    while (!ollama.seen.some((request) => request.path === '/api/chat'))
      await new Promise((resolve) => setTimeout(resolve, 10));
    await engine.client.jobs.cancel({ job_id });
    expect((await engine.client.jobs.get({ job_id })).status).toBe('cancelled');
    await expect.poll(() => ollama.abandoned()).toBeGreaterThanOrEqual(1);
  });

  it('takes a queued job out of the queue', async () => {
    const { engine } = await start(driver('hang'));
    await engine.client.settings.set({ version: 1, jobs: { concurrency: 1, timeout: 60 } });
    const first = await engine.client.jobs.create({ kind: 'agentic-agent', request: FAKE });
    const second = await engine.client.jobs.create({ kind: 'agentic-agent', request: FAKE });
    await engine.client.jobs.cancel({ job_id: second.job_id });
    await engine.client.jobs.cancel({ job_id: first.job_id });
    await engine.idle();
    expect(await engine.client.jobs.get({ job_id: second.job_id })).toMatchObject({
      status: 'cancelled',
      started_at: null,
      span_count: 0,
    });
  });
});

describe('idempotency', () => {
  it('returns the job of the first call for the same tenant, kind and key only', async () => {
    const { engine } = await start();
    const job = { kind: 'cost-estimate', request: { local_hardware: true }, idempotency_key: 'k-1' } as const;
    const first = await engine.client.jobs.create(job);
    expect(await engine.client.jobs.create(job)).toEqual({ job_id: first.job_id, created: false });
    expect((await engine.client.jobs.create({ ...job, tenant_id: 'team-b' })).created).toBe(true);
    await engine.idle();
    expect((await engine.client.jobs.list({})).total).toBe(2);
  });
});

describe('artifacts', () => {
  it('are stored when they lie in the work directory, and refused anywhere else', async () => {
    const inside = await start(driver('artifact'));
    const kept = await run(inside.engine, FAKE);
    expect(kept.artifacts).toHaveLength(1);
    expect(JSON.stringify(kept.result?.artifacts)).toContain(`/v1/runs/${kept.job_id}/artifacts/`);
    await expect.poll(() => readdirSync(join(inside.dataDir, 'work'))).toEqual([]);

    const outside = await start(driver('artifact-outside'));
    const refused = await run(outside.engine, FAKE);
    expect(refused.status).toBe('succeeded');
    expect(refused.artifacts).toEqual([]);
    expect(JSON.stringify(refused.result?.artifacts)).toContain('refused');
  });
});

describe('the collectors', () => {
  it('keep no span rows where memory or null was asked for, and the job says so', async () => {
    const { engine } = await start();
    for (const collector of ['memory', 'null'] as const) {
      const { job_id } = await engine.client.jobs.create({ kind: 'agentic-agent', request: DEMO, collector });
      const job = await ended(engine, job_id);
      expect(job).toMatchObject({ status: 'succeeded', spans_recorded: false, span_count: 0 });
      const summary = await engine.client.events.summary({ job_id });
      expect(summary.map((row) => row.event).includes('agent.ask')).toBe(collector === 'memory');
    }
  });
});

describe('one data directory', () => {
  it('has one owner at a time; a second engine is refused and a reader is not', async () => {
    const { engine, dataDir } = await start();
    const job = await run(engine, DEMO);
    const second = testPorts({ dataDir });
    await expect(createEngine(second.ports, { mode: 'own' })).rejects.toMatchObject({
      code: 'engine.already_running',
    });
    const reader = await createEngine(second.ports, { mode: 'read' });
    expect((await reader.client.jobs.get({ job_id: job.job_id })).status).toBe('succeeded');
    expect(await failureCode(reader.client.jobs.create({ kind: 'benchmark', request: {} }))).toBe(
      'source.cannot_provide',
    );
    await reader.dispose();
  });

  it('is free again after dispose, and what ran then is failed, interrupted', async () => {
    const { engine, dataDir } = await start(driver('hang'));
    const { job_id } = await engine.client.jobs.create({ kind: 'agentic-agent', request: FAKE });
    while ((await engine.client.jobs.get({ job_id })).status !== 'running')
      await new Promise((resolve) => setTimeout(resolve, 5));
    await engine.dispose();
    expect(existsSync(join(dataDir, 'engine.lock'))).toBe(false);
    const again = await start({}, dataDir);
    expect(await again.engine.client.jobs.get({ job_id })).toMatchObject({
      status: 'failed',
      error: { code: 'job.interrupted' },
    });
  });

  it('keeps no work directory of a job whose owner was killed', async () => {
    const set = testPorts();
    const left = join(set.dataDir, 'work', '471cdd3e-c0e0-4de6-a404-3264b735cd81');
    mkdirSync(left, { recursive: true });
    writeFileSync(join(left, 'report.txt'), 'half');
    await start({}, set.dataDir);
    expect(existsSync(left)).toBe(false);
  });
});

describe('the archive folder', () => {
  it('has each finished job at its key, failed ones too', async () => {
    const { engine, dataDir } = await start(driver('exit3'));
    const good = await run(engine, DEMO);
    const bad = await run(engine, FAKE);
    expect(await engine.drainArchive(5000)).toBe(true);
    for (const job of [good, bad]) {
      const date = new Date((job.finished_at ?? 0) * 1000).toISOString().slice(0, 10);
      const file = join(dataDir, 'results', 'default', 'agentic-agent', date, `${job.job_id}.json`);
      const record = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
      expect(record).toMatchObject({
        schema: 'rune.result/1',
        job_id: job.job_id,
        id: job.job_id,
        status: job.status,
      });
      expect(record.spans).toHaveLength(job.span_count);
    }
  });
});

describe('the contract', () => {
  it('answers bad input with a code and a sentence, and never with a stack', async () => {
    const { engine } = await start();
    expect(await failureCode(engine.client.jobs.get({ job_id: 'nope' }))).toBe('job.not_found');
    expect(await failureCode(engine.client.jobs.cancel({ job_id: 'nope' }))).toBe('job.not_found');
    expect(await failureCode(engine.client.jobs.list({ source: 'store-gone' }))).toBe('source.unknown');
    expect(await failureCode(engine.client.jobs.list({ limit: 0 }))).toBe('request.invalid');
    expect(
      await failureCode(
        engine.client.jobs.create({ kind: 'agentic-agent', request: { question: 'x', nope: 1 } }),
      ),
    ).toBe('request.unknown_field');
    expect(
      await failureCode(
        engine.client.jobs.create({ kind: 'agentic-agent', request: DEMO, tenant_id: '../x' }),
      ),
    ).toBe('request.invalid');
    expect(
      await failureCode(
        engine.client.backends.test({ backend_type: 'ollama', backend_url: 'http://u:hunter2@h' }),
      ),
    ).toBe('request.secret_in_url');
    expect((await engine.client.jobs.list({})).total).toBe(0);
  });

  it('ends a live stream when its source is closed', async () => {
    const { engine, dataDir } = await start();
    const path = join(dataDir, 'rune.db');
    const rune = new RuneFile(path);
    rune.job();
    rune.close();
    const { source } = await engine.client.sources.open({ path });
    const seen: number[] = [];
    for await (const batch of await engine.client.live.watch({ source })) {
      seen.push(batch.seq);
      await engine.client.sources.close({ source });
    }
    expect(seen).toEqual([0]);
    expect(await failureCode(engine.client.jobs.list({ source }))).toBe('source.unknown');
  });

  it('numbers live batches, merges changes and stops when the watcher leaves', async () => {
    const { engine } = await start();
    const controller = new AbortController();
    const batches: LiveBatch[] = [];
    const watching = (async () => {
      for await (const batch of await engine.client.live.watch({}, { signal: controller.signal }))
        batches.push(batch);
    })().catch(() => {});
    await run(engine, DEMO);
    const told = () => batches.flatMap((batch) => batch.jobs.map((job) => job.status));
    await expect.poll(told).toContain('succeeded');
    controller.abort();
    await watching;
    expect(batches[0]).toMatchObject({
      seq: 0,
      jobs: [],
      spans: [],
      status: { collector: 'sqlite', dropped: 0 },
    });
    expect(batches.map((batch) => batch.seq)).toEqual(batches.map((_, i) => i));
  });
});
