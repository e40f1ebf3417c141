import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { JobDetail } from '#shared/model/job.ts';
import { createEngine, type Engine } from './engine.ts';
import { openDatabase } from './store/database.ts';
import { startFakeOllama } from './testing/fake-ollama.ts';
import { testPorts } from './testing/ports.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

async function start(): Promise<{ readonly engine: Engine; readonly dataDir: string }> {
  const set = testPorts();
  const engine = await createEngine(set.ports, { mode: 'own' });
  await engine.client.settings.set({ version: 1, demo: { slowness: 0 } });
  cleanUp.push(() => set.remove());
  cleanUp.push(() => engine.dispose());
  return { engine, dataDir: set.dataDir };
}

const create = async (engine: Engine, request: Record<string, unknown>): Promise<string> =>
  (await engine.client.jobs.create({ kind: 'agentic-agent', request })).job_id;

async function ended(engine: Engine, job_id: string): Promise<JobDetail> {
  await expect
    .poll(async () => (await engine.client.jobs.get({ job_id })).finished_at, { timeout: 10_000 })
    .not.toBeNull();
  return engine.client.jobs.get({ job_id });
}

function outcomes(dataDir: string): readonly Record<string, unknown>[] {
  const db = openDatabase(join(dataDir, 'runescope.db'), 'read');
  const rows = db.prepare('SELECT * FROM rs_outcome ORDER BY seq').all() as Record<string, unknown>[];
  db.close();
  return rows;
}

const PROMPT = { question: 'Why?', agent: 'prompt', backend_warmup: false };

describe('a job', () => {
  it('teaches the estimates of those that follow it', async () => {
    const ollama = await startFakeOllama();
    cleanUp.push(() => ollama.close());
    const { engine, dataDir } = await start();
    const request = { ...PROMPT, backend_url: ollama.url, model: 'ollama/llama3.1:8b' };
    let last: JobDetail | null = null;
    for (let i = 0; i < 6; i++) last = await ended(engine, await create(engine, request));

    const rows = outcomes(dataDir);
    expect(rows).toHaveLength(6);
    expect(rows.map(({ grounds }) => grounds)).toEqual([null, null, null, null, null, 'agent']);
    expect(rows[5]).toMatchObject({
      job_id: last?.job_id,
      status: 'succeeded',
      demo: 0,
      provider: 'local',
      backend_type: 'ollama',
      model: 'llama3.1:8b',
      agent: 'prompt',
      tokens_in: 26,
      tokens_out: 100,
      actual_usd: last?.cost_usd,
      actual_basis: 'hardware-derived',
      log_ratio: expect.closeTo(Math.log((last?.cost_usd ?? 0) / (last?.estimate_usd ?? 1)), 9),
    });
    expect(last?.result).toMatchObject({
      metadata: { cost: last?.cost_usd, cost_basis: 'hardware-derived' },
    });
    // 300 W at $0.15/kWh
    expect(last?.cost_usd).toBeCloseTo(((rows[5]?.duration_s as number) / 3600) * 0.3 * 0.15, 15);
    expect(last?.estimate).toMatchObject({
      rests_on: {
        duration_seconds: { source: 'history', n: 5, group: 'prompt with llama3.1:8b on ollama' },
      },
    });
  });

  it('of the demo is marked, and teaches nothing', async () => {
    const { engine, dataDir } = await start();
    for (let i = 0; i < 6; i++) {
      const job = await ended(engine, await create(engine, { ...PROMPT, backend_type: 'demo' }));
      expect(job.estimate).toMatchObject({ rests_on: { duration_seconds: { source: 'default' } } });
    }
    expect(outcomes(dataDir).map(({ demo }) => demo)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('that was cancelled has cost its time', async () => {
    const ollama = await startFakeOllama({ words: Array(200).fill('word '), wordMs: 50 });
    cleanUp.push(() => ollama.close());
    const { engine, dataDir } = await start();
    const jobId = await create(engine, { ...PROMPT, backend_url: ollama.url, model: 'llama3.1:8b' });
    await expect
      .poll(async () => (await engine.client.jobs.get({ job_id: jobId })).message)
      .toContain('asking');
    await engine.client.jobs.cancel({ job_id: jobId });
    const job = await ended(engine, jobId);
    expect(job.cost_usd).toBeGreaterThan(0);
    expect(outcomes(dataDir)).toMatchObject([
      { status: 'cancelled', actual_usd: job.cost_usd, actual_basis: 'hardware-derived' },
    ]);
  });

  it('whose process died is accounted for when the next one sweeps it', async () => {
    const ollama = await startFakeOllama();
    cleanUp.push(() => ollama.close());
    const first = testPorts();
    cleanUp.push(() => first.remove());
    const engine = await createEngine(first.ports, { mode: 'own' });
    const jobId = await create(engine, { ...PROMPT, backend_url: ollama.url, model: 'llama3.1:8b' });
    await ended(engine, jobId);
    await engine.dispose();

    // As the process would have left it ten minutes into the job: a pid that no process has.
    const db = openDatabase(join(first.dataDir, 'runescope.db'), 'write');
    db.exec(`
      DELETE FROM rs_outcome;
      UPDATE jobs SET status = 'running', result_json = NULL, updated_at = created_at + 600;
      UPDATE rs_job SET status = 'running', finished_at = NULL, duration_ms = NULL, cost_usd = NULL,
        started_at = created_at;
      UPDATE rs_job_run SET owner_pid = 4194304, owner_started = '1', owner_boot = 'another boot';`);
    db.close();
    const again = await createEngine(testPorts({ dataDir: first.dataDir }).ports, { mode: 'own' });
    cleanUp.push(() => again.dispose());
    const job = await again.client.jobs.get({ job_id: jobId });
    expect(job).toMatchObject({ status: 'failed', error_code: 'job.interrupted' });
    expect(job.cost_usd).toBeCloseTo((600 / 3600) * 0.3 * 0.15, 5);
    expect(outcomes(first.dataDir)).toMatchObject([{ status: 'failed', duration_s: expect.closeTo(600, 1) }]);
  });
});
