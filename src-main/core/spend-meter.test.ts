import { afterEach, describe, expect, it } from 'vitest';
import type { JobRow } from '#shared/model/job.ts';
import type { Engine } from './engine.ts';
import { fakeDriverCommand } from './testing/fake-driver.ts';
import { ASK, basisOf, create, ended, MODEL, run, spansOf, startPaidBench } from './testing/paid-bench.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});
const start = (...given: Parameters<typeof startPaidBench> extends [unknown, ...infer R] ? R : never) =>
  startPaidBench(cleanUp, ...given);

describe('a paid job whose turn has come', () => {
  it('fails before anything is looked up when it costs more now than was allowed', async () => {
    const { engine, set, looked } = await start({ wordMs: 150 });
    await set(10, {}, { concurrency: 1 });
    const first = await create(engine, { approved_usd: 30 });
    const second = await create(engine, { approved_usd: 30 });
    await expect.poll(() => looked).toEqual(['AWS']);
    await set(15, {}, { concurrency: 1 });
    expect((await ended(engine, first.job_id)).status).toBe('succeeded');
    const job = await ended(engine, second.job_id);
    expect(job).toMatchObject({ status: 'failed', error_code: 'cost.approval_needed', cost_usd: 0 });
    expect(job.error?.message).toContain('$15.00');
    expect(looked).toEqual(['AWS']);
    expect(await spansOf(engine, second.job_id)).toEqual(['job.execute', 'cost.estimate']);
  });

  it('fails when a budget has no room for it any more', async () => {
    const { engine, set, looked } = await start({ wordMs: 150 });
    await set(10, {}, { concurrency: 1 });
    await create(engine, { approved_usd: 30 });
    const { job_id } = await create(engine, { approved_usd: 30 });
    await expect.poll(() => looked).toEqual(['AWS']);
    await set(10, { day_budget_usd: 24.6 }, { concurrency: 1 });
    expect(await ended(engine, job_id)).toMatchObject({ error_code: 'cost.budget_exceeded', cost_usd: 0 });
  });
});

describe('while a paid job runs', () => {
  /** 100 tokens each. */
  const LONG = { words: Array.from({ length: 300 }, () => 'x'.repeat(400)), wordMs: 20 };

  async function watched(engine: Engine, job_id: string): Promise<JobRow[]> {
    const rows: JobRow[] = [];
    for await (const { jobs } of await engine.client.live.watch({ job_id })) {
      rows.push(...jobs.filter((job) => job.job_id === job_id));
      if (rows.at(-1)?.finished_at != null) break;
    }
    return rows;
  }

  it('what it has spent is on the board, and the budget of a job ends it, torn down and paid', async () => {
    const { engine, set, bedrock, ports } = await start({ ...LONG, wordMs: 60 });
    await set(1, { job_budget_usd: 3 });
    const { job_id } = await create(engine);
    const rows = await watched(engine, job_id);
    const costs = rows.filter(({ status }) => status === 'running').map(({ cost_usd }) => cost_usd);
    const distinct = [...new Set(costs.filter((usd) => usd !== null))];
    expect(distinct.length).toBeGreaterThanOrEqual(2);
    expect(distinct).toEqual(distinct.toSorted((a, b) => a - b));
    const job = await ended(engine, job_id);
    expect(job).toMatchObject({ status: 'failed', error_code: 'cost.budget_reached' });
    expect(basisOf(ports, job_id)).toBe('counted-tokens');
    expect(job.error?.message).toContain('budget of one job is $3.00');
    // A word is 100 tokens of $0.5 / 512: the 31st reaches it.
    expect(job.cost_usd).toBeGreaterThanOrEqual(3);
    expect(job.cost_usd).toBeLessThan(3.5);
    expect(await spansOf(engine, job_id)).toContain('provider.teardown');
    await expect.poll(() => bedrock.abandoned()).toBe(1);
    expect((await engine.client.costs.budget()).spent_today_usd).toBe(job.cost_usd);
    const span = (rows.at(-1)?.finished_at ?? 0) - (rows.at(-1)?.started_at ?? 0);
    // Every 500 ms at most, and once at once.
    expect(distinct.length).toBeLessThanOrEqual(Math.ceil(span / 0.5) + 1);
  });

  it('the rest of the day ends it, also when that is changed meanwhile', async () => {
    const { engine, set } = await start(LONG);
    await set(1, { day_budget_usd: 50 });
    const { job_id } = await create(engine);
    await expect
      .poll(async () => (await engine.client.jobs.get({ job_id })).cost_usd ?? 0)
      .toBeGreaterThan(0.1);
    await set(1, { day_budget_usd: 0.1 });
    const job = await ended(engine, job_id);
    expect(job).toMatchObject({ error_code: 'cost.budget_reached' });
    expect(job.error?.message).toContain('of the budget of the day, this job was left $0.10');
  });

  it('what is cancelled half-way has cost what had streamed', async () => {
    const { engine, set, ports } = await start(LONG);
    await set(1);
    const { job_id } = await create(engine);
    await expect
      .poll(async () => (await engine.client.jobs.get({ job_id })).cost_usd ?? 0)
      .toBeGreaterThan(0);
    await engine.client.jobs.cancel({ job_id });
    const job = await ended(engine, job_id);
    expect(job.status).toBe('cancelled');
    expect(basisOf(ports, job_id)).toBe('counted-tokens');
    expect((await engine.client.costs.budget()).spent_today_usd).toBe(job.cost_usd);
  });

  it('an answer whose service counts nothing is paid by what we counted', async () => {
    const { engine, set, ports } = await start({ usage: null, words: ['x'.repeat(400)] });
    await set(1);
    const job = await run(engine);
    expect(basisOf(ports, job.job_id)).toBe('counted-tokens');
    // "Why?" is one token.
    expect(job.cost_usd).toBeCloseTo(0.5 / 1024 + (100 * 0.5) / 512, 9);
  });

  it('a call that the service refuses has cost nothing', async () => {
    const { engine, set, bedrock } = await start();
    await set(1);
    bedrock.faults.set(`/model/${encodeURIComponent(MODEL)}/converse-stream`, {
      status: 403,
      body: '{"message":"no"}',
    });
    expect(await run(engine)).toMatchObject({ status: 'failed', cost_usd: 0 });
  });

  it('nobody knows what a driver spends until it says so, and unknown is not nothing', async () => {
    const { engine, set } = await start({}, { env: { RUNE_FAKE_DRIVER_CMD: fakeDriverCommand('exit3') } });
    await set(1);
    const request = { ...ASK, agent: 'fake' };
    const job = await run(engine, { approved_usd: 1000 }, request);
    expect(job).toMatchObject({ status: 'failed', cost_usd: null });
    const { spent_today_usd, committed_usd } = await engine.client.costs.budget();
    expect(spent_today_usd).toBe(0);
    expect(committed_usd).toBe(job.estimate?.cost_high_usd);
  });
});
