import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CostStore, costStore, FIXED_PRICE, pricedAt, rentalPlan } from '#core/testing/cost-store.ts';
import type { CostEstimate, PriceUsed } from '#shared/model/estimate.ts';
import type { CostPlan } from './seams.ts';

let store: CostStore;
beforeEach(() => {
  store = costStore();
});
afterEach(() => store.close());

const TOKENS: PriceUsed = { ...FIXED_PRICE, rate: { per: 'million_tokens', usd_in: 3, usd_out: 15 } };
const plan = rentalPlan();
const byToken = rentalPlan({ provider: 'aws', backend_type: 'bedrock' });
const estimateOf = (of: CostPlan, price: PriceUsed = FIXED_PRICE): Promise<CostEstimate> =>
  store.estimator(pricedAt(price)).estimate(of, new AbortController().signal);
const row = (table: string, jobId: string): unknown =>
  store.db.prepare(`SELECT * FROM ${table} WHERE job_id = ?`).get(jobId);

/** What the collector writes of a job's spans. */
function spans(
  jobId: string,
  names: Readonly<Record<string, number>>,
  call?: Readonly<Record<string, number>>,
): void {
  const { db } = store;
  db.prepare("UPDATE rs_job_run SET collector = 'sqlite' WHERE job_id = ?").run(jobId);
  const number = Number(
    db.prepare('INSERT INTO rs_job_number (job_id) VALUES (?)').run(jobId).lastInsertRowid,
  );
  for (const [name, count] of Object.entries(names)) {
    db.prepare('INSERT OR IGNORE INTO rs_span_name (name) VALUES (?)').run(name);
    db.prepare('INSERT INTO rs_job_span SELECT id, ?, ?, 0, 0, 0 FROM rs_span_name WHERE name = ?').run(
      number,
      count,
      name,
    );
  }
  if (call === undefined) return;
  db.prepare(
    `INSERT INTO rs_job_call VALUES (@number, @calls, @input, @input_known, @output, @output_known, NULL, NULL, 0, 0, 0, 0, 0)`,
  ).run({ number, ...call });
}

describe('what a job leaves for later estimates', () => {
  it('is what was claimed and what came', async () => {
    const estimate = await estimateOf(plan);
    const actual = store.end(plan, estimate, { job_id: 'a', used: { duration_seconds: 360, tokens: null } });
    expect(actual).toEqual({ usd: expect.closeTo(0.05, 12), basis: 'metered' });
    const [low50, , high95] = [estimate.intervals[0], estimate.intervals[1], estimate.intervals[2]];
    expect(row('rs_estimate', 'a')).toMatchObject({
      provider: 'vastai',
      paid: 1,
      projected_usd: estimate.projected_cost_usd,
      low_50: low50?.low_usd,
      low_80: estimate.cost_low_usd,
      high_80: estimate.cost_high_usd,
      high_95: high95?.high_usd,
      confidence: estimate.confidence_score,
      basis: estimate.basis,
    });
    expect(row('rs_outcome', 'a')).toMatchObject({
      status: 'succeeded',
      demo: 0,
      provider: 'vastai',
      backend_type: 'ollama',
      model: 'llama3.1:8b',
      agent: 'prompt',
      duration_s: 360,
      actual_usd: expect.closeTo(0.05, 12),
      actual_basis: 'metered',
      log_ratio: expect.closeTo(Math.log(0.05 / (estimate.projected_cost_usd ?? 0)), 12),
    });
  });

  it('is nothing where there was no estimate: then there was no work either', async () => {
    const { createOutcomes } = await import('./outcomes.ts');
    expect(createOutcomes(store.db).recordOutcome('unheard of', {}, 1)).toEqual({
      usd: null,
      basis: 'unknown',
    });
    expect(store.db.prepare('SELECT count(*) FROM rs_outcome').pluck().get()).toBe(0);
  });

  it('has no ratio where a cost is unknown or nothing', async () => {
    const free = { ...FIXED_PRICE, rate: { per: 'hour', usd: 0 } } as const;
    store.end(plan, await estimateOf(plan, free), {
      job_id: 'free',
      used: { duration_seconds: 5, tokens: null },
    });
    expect(row('rs_outcome', 'free')).toMatchObject({ actual_usd: 0, log_ratio: null });
    store.end(byToken, await estimateOf(byToken, TOKENS), {
      job_id: 'dark',
      used: { duration_seconds: 5, tokens: null },
    });
    expect(row('rs_outcome', 'dark')).toMatchObject({
      actual_usd: null,
      actual_basis: 'unknown',
      duration_s: 5,
      log_ratio: null,
    });
  });
});

describe('a job that was stopped or lost', () => {
  it('cost what its time was worth by the wall clock', async () => {
    const actual = store.end(plan, await estimateOf(plan), { status: 'failed', wallMs: 7_200_000 });
    expect(actual).toEqual({ usd: 1, basis: 'metered' });
  });

  it('has no duration where the clock was set back, and is not free for it', async () => {
    const actual = store.end(plan, await estimateOf(plan), { job_id: 'back', status: 'failed', wallMs: 0 });
    expect(actual).toEqual({ usd: null, basis: 'unknown' });
    expect(row('rs_outcome', 'back')).toMatchObject({ duration_s: null, actual_usd: null });
  });

  const endedWith = async (
    names: Readonly<Record<string, number>>,
    call?: Readonly<Record<string, number>>,
  ): Promise<unknown> => {
    const estimate = await estimateOf(byToken, TOKENS);
    const { createOutcomes } = await import('./outcomes.ts');
    const { db } = store;
    store.end(byToken, estimate, { job_id: 'x', status: 'failed' });
    db.prepare("DELETE FROM rs_outcome WHERE job_id = 'x'").run();
    spans('x', names, call);
    return createOutcomes(db).recordOutcome('x', {}, 1);
  };
  const CALL = { calls: 2, input: 1000, input_known: 2, output: 100, output_known: 2 };

  it('cost the tokens that its calls reported', async () => {
    expect(await endedWith({ 'agent.ask': 1, 'backend.chat': 2 }, CALL)).toEqual({
      usd: expect.closeTo(0.0045, 12),
      basis: 'reported-tokens',
    });
  });

  it('cost nothing when its turn never came', async () => {
    const queued = { status: 'cancelled', begun: false, wallMs: null } as const;
    expect(store.end(byToken, await estimateOf(byToken, TOKENS), queued)).toEqual({
      usd: 0,
      basis: 'reported-tokens',
    });
    expect(store.end(plan, await estimateOf(plan), queued)).toEqual({ usd: 0, basis: 'metered' });
  });

  it('cost nothing when it asked nobody', async () => {
    expect(await endedWith({ 'provider.provision': 1 })).toEqual({ usd: 0, basis: 'reported-tokens' });
  });

  it('cost what its meter had counted, where its last spans were lost', async () => {
    const { createOutcomes } = await import('./outcomes.ts');
    const estimate = await estimateOf(byToken, TOKENS);
    store.end(byToken, estimate, { job_id: 'lost', status: 'failed' });
    store.db.prepare("DELETE FROM rs_outcome WHERE job_id = 'lost'").run();
    store.db.prepare("UPDATE rs_job SET cost_usd = 3 WHERE job_id = 'lost'").run();
    spans('lost', { 'provider.provision': 1 });
    expect(createOutcomes(store.db).recordOutcome('lost', {}, 1)).toEqual({
      usd: 3,
      basis: 'counted-tokens',
    });
  });

  it('has a finite ratio, whatever a driver reports', async () => {
    const tiny = { ...FIXED_PRICE, rate: { per: 'hour', usd: 5e-324 } } as const;
    const estimate = { ...(await estimateOf(plan, tiny)), projected_cost_usd: 5e-324 };
    store.end(
      plan,
      { ...estimate, rests_on: { ...estimate.rests_on, price: FIXED_PRICE } },
      {
        job_id: 'huge',
        used: { duration_seconds: 1e300, tokens: null },
      },
    );
    expect((row('rs_outcome', 'huge') as { log_ratio: number }).log_ratio).toBeCloseTo(
      Math.log(0.5) + 300 * Math.LN10 - Math.log(3600) - Math.log(5e-324),
      6,
    );
    const absurd = { input: 1.7e308, output: 1.7e308, counted_by: 'service' } as const;
    expect(
      store.end(byToken, await estimateOf(byToken, TOKENS), {
        used: { duration_seconds: 1, tokens: absurd },
      }),
    ).toEqual({ usd: null, basis: 'unknown' });
  });

  it.each([
    ['a call did not say', { 'agent.ask': 1, 'backend.chat': 3 }, CALL],
    ['a call said half', { 'agent.ask': 1, 'backend.chat': 2 }, { ...CALL, output_known: 1 }],
    ['a driver asked by itself', { 'agent.ask': 1, 'driver.call': 1, 'backend.chat': 2 }, CALL],
    ['it was stopped in its first call', { 'agent.ask': 1 }, undefined],
  ])('cost nobody knows how much when %s', async (_, names, call) => {
    expect(await endedWith(names, call)).toEqual({ usd: null, basis: 'unknown' });
  });
});
