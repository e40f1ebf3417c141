import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pricedAt } from '#core/testing/cost-store.ts';
import { type TestPrices, testPrices } from '#core/testing/test-prices.ts';
import { type SimulateQuery, simulateQuery } from '#shared/contract/costs.ts';
import type { Simulation } from '#shared/model/costs.ts';
import { pastRuns } from './past-runs.ts';
import { runeWhatIf } from './rune-what-if.ts';
import type { Prices } from './seams.ts';
import { createSimulator } from './simulate.ts';

let test: TestPrices;
beforeEach(() => {
  test = testPrices({ live: false });
});
afterEach(() => void test.db.close());

const NOW = Date.parse('2026-11-22T12:00:00Z') / 1000;
const SCOPES: Readonly<Record<string, string>> = { holmes: 'SRE', perplexity: 'Research' };

function simulate(query: Partial<SimulateQuery>, prices: Prices = test.prices): Promise<Simulation> {
  const { db } = test;
  const clock = { nowUs: () => NOW * 1e6, monotonicMs: () => 0 };
  const simulator = createSimulator({ db, prices, clock, scopeOf: (agent) => SCOPES[agent] ?? null });
  return simulator.simulate(simulateQuery.parse(query), new AbortController().signal);
}

let jobs = 0;
function ran(run: {
  readonly seconds: number;
  readonly tokens?: readonly [input: number, output: number];
  readonly agent?: string;
  readonly model?: string;
  readonly kind?: string;
  readonly status?: string;
  readonly demo?: 0 | 1;
  readonly request?: string;
  /** Waited before it began. */
  readonly queued?: number;
}): void {
  const { seconds, tokens, agent = 'holmes', model = 'llama3.1:8b', kind = 'agentic-agent' } = run;
  const { status = 'succeeded', demo = 0, request = '{}', queued = 0 } = run;
  const id = `job-${++jobs}`;
  const end = NOW + seconds + queued;
  test.db
    .prepare(
      `INSERT INTO jobs (job_id, tenant_id, kind, status, request_json, created_at, updated_at) VALUES (?, 'default', ?, ?, ?, ?, ?)`,
    )
    .run(id, kind, status, request, NOW, end);
  test.db
    .prepare(
      `INSERT INTO rs_job (job_id, tenant_id, kind, status, demo, agent, model, created_at, updated_at) VALUES (?, 'default', ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(id, kind, status, demo, agent, model, NOW, end);
  test.db
    .prepare(
      `INSERT INTO rs_outcome (job_id, ended_at, status, demo, provider, backend_type, model, agent, duration_s, tokens_in, tokens_out, actual_usd, actual_basis)
       VALUES (?, ?, ?, ?, 'vastai', 'ollama', ?, ?, ?, ?, ?, 0.1, 'metered')`,
    )
    .run(id, end, status, demo, model, agent, seconds, tokens?.[0] ?? null, tokens?.[1] ?? null);
}

const said = ({ differences }: Simulation, what: RegExp): string | undefined =>
  differences.find((sentence) => what.test(sentence));

describe("the reference's checked example: holmes, llama3.1:8b, rtx4090, 2 runs, 7 days, an empty store", () => {
  const example = {
    agent: 'holmes',
    model: 'llama3.1:8b',
    gpu: 'rtx4090',
    runs_per_period: 2,
    period_days: 7,
  };
  const round4 = (usd: number): number => Math.round(usd * 1e4) / 1e4;

  it('is what RUNE says by its own rules', () => {
    const rune = runeWhatIf(simulateQuery.parse(example), []);
    expect([rune.single, rune.total, rune.low, rune.high].map(round4)).toEqual([
      0.0405, 0.567, 0.0094, 0.1643,
    ]);
    expect(rune.confidence).toBe(0.4);
  });

  it('is the GPU alone to us, with an interval that says what is not known, for the total too', async () => {
    const found = await simulate(example);
    // 300 s at $0.40 an hour: the model runs on the GPU that is paid for.
    expect(found.single_cost_usd).toBeCloseTo((300 / 3600) * 0.4, 12);
    expect(found.total_cost_usd).toBeCloseTo(14 * (300 / 3600) * 0.4, 12);
    expect(found.components_usd).toEqual({ gpu_compute: found.single_cost_usd, llm_tokens: 0 });
    expect(found).toMatchObject({
      runs_per_period: 2,
      period_days: 7,
      historical_basis: 'scope_heuristic',
      historical_sample_count: 0,
      token_samples_from_history: 0,
      llm_input_tokens_assumed: 8192,
      llm_output_tokens_assumed: 2048,
      duration_seconds: { mid: 300 },
      coverage: 0.8,
      price: { provider: 'vastai', name: 'rtx4090', gpu: 'RTX 4090', usd_hour: 0.4, source: 'assumed' },
    });
    // Default duration (0.45 from run to run, 0.54 of its mean) and the lowest price seen, of the book (0.5).
    const factor = (high: number | null, low: number | null): number =>
      Math.log((high ?? 0) / (low ?? 1)) / 2 / 1.28155;
    expect(factor(found.single_high_usd, found.single_low_usd)).toBeCloseTo(Math.hypot(0.45, 0.536, 0.5), 2);
    expect(factor(found.total_high_usd, found.total_low_usd)).toBeCloseTo(Math.hypot(0.126, 0.536, 0.5), 2);
    expect(found.confidence_score).toBeGreaterThan(0.15);
    expect(found.confidence_score).toBeLessThan(0.3);
  });

  it('says each difference that there is, and no other', async () => {
    expect((await simulate(example)).differences).toEqual([
      'RUNE says $0.0405 a run ($0.00942 to $0.164) and $0.567 in all.',
      'RUNE adds $0.00717 a run for tokens ($0.50 in and $1.50 out per million); a model that runs on the rented GPU is paid for with it.',
      'RUNE shows 0 tokens assumed, and calculates with 8,192 and 2,048 tokens.',
      "RUNE's low and high are a quarter and three times of its default duration, at 0.7 and 1.5 times its price; these bound an interval of 80 %.",
      'RUNE gives no interval for the total; here chance of one run against the next averages out, and doubt about the price and the mean, which all runs share, does not.',
      "RUNE's confidence of 0.4 is a constant; this one is the chance that a run costs within a factor of 1.25 of its mean.",
    ]);
  });
});

describe('prices of a simulation', () => {
  it.each([
    [
      'one A100, not the machine of eight',
      'a100',
      'RTX_4090',
      /whole machine of 8 A100 \(Standard_ND96asr_v4/,
    ],
    ['an L40S, not an L40', 'L40S', 'RTX_4090', /takes L40S for l40, the first name/],
    [
      'an RTX 5090, which RUNE does not know',
      'RTX 5090',
      'rtx3090',
      /does not know the GPU RTX 5090 and takes \$0\.50 an hour/,
    ],
    ['an H100, not at a fixed $12', 'H100', 'rtx4090', /takes \$12\.00 an hour for H100 from a fixed list/],
    ['two of them', '2x rtx4090', 'rtx4090', /prices one GPU where 2 are named/],
  ])('are of %s', async (_, gpu, other, sentence) => {
    const found = await simulate({ gpu, model: 'llama3.1:8b' });
    expect(found.single_cost_usd).toBeGreaterThan(0);
    expect(found.single_cost_usd).toBeLessThan(0.5);
    expect(said(found, sentence)).toBeDefined();
    expect(said(await simulate({ gpu: other, model: 'llama3.1:8b' }), sentence)).toBeUndefined();
  });

  it('count every GPU', async () => {
    const [one, two] = [await simulate({ gpu: 'rtx4090' }), await simulate({ gpu: '2x rtx4090' })];
    expect(two.single_cost_usd).toBeCloseTo(2 * (one.single_cost_usd ?? 0), 12);
    expect(two.price).toMatchObject({ gpu_count: 2, usd_hour: 0.8 });
  });

  it('are of tokens alone where no GPU is named', async () => {
    const found = await simulate({ agent: 'holmes', model: 'gpt-4o-mini' });
    expect(found.components_usd).toEqual({ gpu_compute: null, llm_tokens: found.single_cost_usd });
    expect(found.single_cost_usd).toBeCloseTo((8192 * 0.15 + 2048 * 0.6) / 1e6, 12);
    expect(found.price).toMatchObject({ provider: 'api', usd_million_in: 0.15, usd_million_out: 0.6 });
    expect(said(found, /takes gpt-4o-mini for gpt-4o \(\$2\.50 in and \$10\.00 out/)).toBeDefined();
    expect(said(found, /adds a GPU that nobody named, at \$0\.50 an hour/)).toBeDefined();
    expect(said(found, /rounds money to four decimals/)).toBeDefined();
  });

  it('are of both where the model is sold by the token only', async () => {
    const { components_usd, single_cost_usd } = await simulate({ gpu: 'rtx4090', model: 'claude-3-haiku' });
    expect(components_usd.gpu_compute).toBeGreaterThan(0);
    expect(components_usd.llm_tokens).toBeGreaterThan(0);
    expect(single_cost_usd).toBeCloseTo(
      (components_usd.gpu_compute ?? 0) + (components_usd.llm_tokens ?? 0),
      12,
    );
  });

  it.each([
    ['a GPU that nobody sells', { gpu: 'abacus', model: 'llama3.1:8b' }, /Nobody is known to sell abacus/],
    ['a model that nobody prices', { model: 'my-own-model' }, /Nobody is known to price my-own-model/],
    ['nothing that has a price', {}, /adds a GPU that nobody named/],
  ])('of %s are unknown, never 0', async (_, query, sentence) => {
    const found = await simulate(query);
    expect(found).toMatchObject({
      single_cost_usd: null,
      single_low_usd: null,
      single_high_usd: null,
      total_cost_usd: null,
      total_low_usd: null,
      total_high_usd: null,
      confidence_score: 0,
      price: null,
      components_usd: { gpu_compute: null },
    });
    expect(found.components_usd.llm_tokens ?? 0).toBe(0);
    expect(said(found, sentence)).toBeDefined();
  });

  it('without doubt leave that about the run', async () => {
    const given = pricedAt(
      { rate: { per: 'hour', usd: 1 }, source: 'override', as_of: 5, title: 'mine', log_sigma: 0 },
      'Look twice.',
    );
    const found = await simulate({ gpu: 'rtx4090', runs_per_period: 1_000_000, period_days: 3660 }, given);
    expect(Math.log((found.total_high_usd ?? 0) / (found.total_low_usd ?? 1)) / 2 / 1.28155).toBeCloseTo(
      0.536,
      3,
    );
    expect(found.warning).toBe('Look twice.');
  });
});

describe('history of a simulation', () => {
  const query = { agent: 'holmes', model: 'llama3.1:8b', gpu: 'rtx4090' };

  it('gives the mean, of which n runs cost n times', async () => {
    for (const seconds of [60, 120, 240]) ran({ seconds, tokens: [1000, 100] });
    const found = await simulate({ ...query, runs_per_period: 10, period_days: 1 });
    expect(found).toMatchObject({
      historical_basis: 'from_history',
      historical_sample_count: 3,
      token_samples_from_history: 3,
      duration_seconds: { mid: 140 },
      llm_input_tokens_assumed: 1000,
      llm_output_tokens_assumed: 100,
    });
    expect(found.total_cost_usd).toBeCloseTo((10 * 140 * 0.4) / 3600, 12);
    expect(said(found, /quickest and its slowest run/)).toBeDefined();
    expect(said(found, /0 tokens assumed/)).toBeUndefined();
    expect(said(found, /RUNE says/)).toBeUndefined();
  });

  it('narrows the interval with every run, down to what runs differ by', async () => {
    const width = async (): Promise<number> => {
      const given = pricedAt({
        rate: { per: 'hour', usd: 1 },
        source: 'given',
        as_of: null,
        title: '',
        log_sigma: 0,
      });
      const { single_low_usd, single_high_usd } = await simulate(query, given);
      return Math.log((single_high_usd ?? 0) / (single_low_usd ?? 1)) / 2 / 1.28155;
    };
    const widths = [await width()];
    for (const n of [1, 4, 35]) {
      for (let i = 0; i < n; i++) ran({ seconds: 100 * Math.exp(i % 2 === 0 ? 0.1 : -0.1) });
      widths.push(await width());
    }
    // Nothing, 1 run, 5 runs: the prior scatter 0.45 and a mean known ever better; then the runs' own scatter of 0.1.
    expect(widths.map((one) => Number(one.toFixed(2)))).toEqual([0.7, 0.64, 0.49, 0.1]);
  });

  it('is of successes like it only, and never of the demo', async () => {
    ran({ seconds: 100 });
    ran({ seconds: 9999, status: 'failed' });
    ran({ seconds: 9999, demo: 1 });
    ran({ seconds: 9999, agent: 'perplexity' });
    ran({ seconds: 9999, model: 'other' });
    ran({ seconds: 9999, kind: 'llm-instance' });
    expect(await simulate(query)).toMatchObject({
      historical_sample_count: 1,
      duration_seconds: { mid: 100 },
    });
    expect(await simulate({ ...query, agent: 'sre:Holmes' })).toMatchObject({ historical_sample_count: 1 });
    expect(await simulate({ gpu: 'rtx4090' })).toMatchObject({ historical_sample_count: 3 });
  });

  it('has benchmarks of an agent, which RUNE leaves out', async () => {
    ran({ seconds: 100 });
    expect(said(await simulate(query), /leaves benchmarks out/)).toBeUndefined();
    ran({ seconds: 300, kind: 'benchmark' });
    const found = await simulate(query);
    expect(found).toMatchObject({ historical_sample_count: 2, duration_seconds: { mid: 200 } });
    expect(said(found, /does not see 1 run of holmes: it leaves benchmarks out/)).toBeDefined();
  });

  it('finds a suite where requests have it, and where they had it', async () => {
    const suite = 'c166c11f';
    ran({ seconds: 100, kind: 'benchmark', request: JSON.stringify({ template_hash: suite }) });
    const provisioning = { vastai: { template_hash: suite } };
    ran({ seconds: 200, kind: 'benchmark', request: JSON.stringify({ provisioning }) });
    ran({ seconds: 9999, kind: 'benchmark', request: '{"template_hash":' });
    ran({ seconds: 9999, kind: 'agentic-agent', request: JSON.stringify({ template_hash: suite }) });
    const found = await simulate({ suite, gpu: 'rtx4090' });
    expect(found).toMatchObject({ historical_sample_count: 2, duration_seconds: { mid: 150 } });
    expect(said(found, /does not see 1 run of this suite: it looks for template_hash where/)).toBeDefined();
    expect(
      said(await simulate({ suite, agent: 'holmes' }), /no run of both an agent and a suite/),
    ).toBeDefined();
  });

  it('is of the latest 200 runs, and RUNE of all', async () => {
    test.db.transaction(() => {
      for (let i = 0; i < 250; i++) ran({ seconds: i < 50 ? 1000 : 100 });
    })();
    const found = await simulate(query);
    expect(found).toMatchObject({ historical_sample_count: 200, duration_seconds: { mid: 100 } });
    expect(said(found, /averages all 250 runs; the latest 200/)).toBeDefined();
  });

  it('is the time of the work, not of the queue', async () => {
    ran({ seconds: 100, queued: 50 });
    const found = await simulate(query);
    expect(found.duration_seconds.mid).toBe(100);
    expect(said(found, /time in the queue/)).toBeDefined();
    expect(
      runeWhatIf(simulateQuery.parse(query), pastRuns(test.db, simulateQuery.parse(query))).duration.mid,
    ).toBe(150);
  });

  it('without tokens leaves those of the scope, and RUNE takes its own', async () => {
    ran({ seconds: 100, model: 'gpt-4o' });
    const found = await simulate({ agent: 'holmes', model: 'gpt-4o' });
    expect(found).toMatchObject({ token_samples_from_history: 0, llm_input_tokens_assumed: 8192 });
    expect(said(found, /assumes 4,096 and 1,024 tokens for every agent/)).toBeDefined();
  });

  it('that there is none of leaves the scope of the agent, which RUNE does not find', async () => {
    const found = await simulate({ agent: 'perplexity', gpu: 'rtx4090', model: 'llama3.1:8b' });
    expect(found).toMatchObject({ duration_seconds: { mid: 600 }, llm_input_tokens_assumed: 16_384 });
    expect(
      said(found, /scope up by its display name and takes that of SRE for perplexity: 5 m 00 s/),
    ).toBeDefined();
    expect(said(await simulate(query), /display name/)).toBeUndefined();
  });
});
