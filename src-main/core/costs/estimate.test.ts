import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CostStore, costStore, FIXED_PRICE, pricedAt, rentalPlan } from '#core/testing/cost-store.ts';
import { failureOf, recordSpans } from '#core/testing/recorded-spans.ts';
import { claimsOf, forecastsOf, heterogeneous, simulateCosts } from '#core/testing/simulated-costs.ts';
import { bestConstantBrier, brierScore, empiricalCoverage } from '#shared/lib/statistics/scores.ts';
import type { PriceUsed } from '#shared/model/estimate.ts';
import type { CostPlan } from './seams.ts';

let store: CostStore;
beforeEach(() => {
  store = costStore();
});
afterEach(() => store.close());

const never = new AbortController().signal;
const fixed = pricedAt(FIXED_PRICE);
const estimate = (plan: CostPlan, prices = fixed) => store.estimator(prices).estimate(plan, never);
const local = (more: Partial<CostPlan> = {}): CostPlan => ({
  ...rentalPlan({ provider: 'local' }),
  wanted: { kind: 'local' },
  paid: false,
  ...more,
});
const TOKENS: PriceUsed = {
  rate: { per: 'million_tokens', usd_in: 3, usd_out: 15 },
  source: 'book',
  as_of: 1_760_000_000,
  title: 'claude by the token',
  log_sigma: 0.1,
};
const tokensPlan = rentalPlan(
  { provider: 'aws', backend_type: 'bedrock', model: 'claude' },
  { wanted: { kind: 'tokens', provider: 'aws', model: 'claude' } },
);
/** As many runs of as many seconds, each with its estimate. */
async function runs(plan: CostPlan, seconds: readonly number[], prices = fixed): Promise<void> {
  for (const duration_seconds of seconds) {
    store.end(plan, await estimate(plan, prices), { used: { duration_seconds, tokens: null } });
  }
}

describe('an estimate', () => {
  it("of own hardware is RUNE's formula on the caller's figures, unrounded", async () => {
    const wanted = {
      kind: 'local',
      tdp_watts: 350,
      energy_rate_kwh: 0.2,
      purchase_price: 8760,
      lifespan_years: 4,
    } as const;
    const made = await estimate(local({ wanted, duration_seconds: 7200 }));
    expect(made).toMatchObject({
      projected_cost_usd: expect.closeTo(0.64, 12),
      cost_driver: 'local',
      resource_impact: 'medium',
      local_energy_kwh: expect.closeTo(0.7, 12),
      coverage: 0.8,
    });
    expect(made.warning).toContain('idle draw');
    expect(made.basis).toBe(
      'Duration: as given (2 h 00 m). Price: $0.20/kWh at 350 W and $0.25/h for the hardware, as given. Interval: a documented assumption, as there are fewer than 20 earlier estimates like it.',
    );
    // What idling, losses and the real draw add is in the interval only.
    expect(made.drivers.map(({ name }) => name)).toEqual([
      'duration (given)',
      'power draw against the nameplate',
      'cooling and supply losses, idle draw',
    ]);
    const short = await estimate(local({ duration_seconds: 41 }));
    expect(short.projected_cost_usd).toBeCloseTo(0.0005125, 15);
  });

  it("takes RUNE's table by scope where there is no history, and says so", async () => {
    const made = await estimate(tokensPlan, pricedAt(TOKENS));
    // 8192 x 3e-6 + 2048 x 15e-6
    expect(made.projected_cost_usd).toBeCloseTo(0.055296, 12);
    expect(made.rests_on).toMatchObject({
      tokens: { source: 'default', n: 0 },
      doubt: { from: 'prior', n: 0, group: null },
    });
    expect(made.basis).toContain('our default, as there is no history yet (8,192 in, 2,048 out)');
    expect(made.basis).toContain('from the price book of 2025-10-09');
    // The basis has said it.
    expect(made.warning).toBeNull();
    expect(made.local_energy_kwh).toBe(0);
  });

  it('scales tokens to a duration that is given', async () => {
    for (let i = 0; i < 5; i++) {
      const used = {
        duration_seconds: 20,
        tokens: { input: 100, output: 10, counted_by: 'service' },
      } as const;
      store.end(tokensPlan, await estimate(tokensPlan, pricedAt(TOKENS)), { used });
    }
    const hour = await estimate({ ...tokensPlan, duration_seconds: 3600 }, pricedAt(TOKENS));
    expect(hour.rests_on.tokens?.value).toEqual({ input: 18_000, output: 1800 });
    expect(hour.projected_cost_usd).toBeCloseTo(18_000 * 3e-6 + 1800 * 15e-6, 12);
    const one = await estimate(tokensPlan, pricedAt(TOKENS));
    expect(one.projected_cost_usd).toBeCloseTo(100 * 3e-6 + 10 * 15e-6, 12);
  });

  it('rests on history in a sentence a user understands', async () => {
    await runs(
      local(),
      Array.from({ length: 31 }, (_, i) => 22.4 + (i - 15) / 100),
    );
    const made = await estimate(local());
    expect(made.basis).toBe(
      'Duration: median of the last 31 runs of prompt with llama3.1:8b on ollama (22.4 s). Price: $0.15/kWh at 300 W, as set. Interval: from 26 earlier estimates of this group.',
    );
  });

  it.each([
    ['local', 30, 'medium'],
    ['vastai', 5, 'low'],
    ['vastai', 5.01, 'medium'],
    ['aws', 20, 'medium'],
    ['gcp', 20.01, 'high'],
    ['azure', 0.01, 'medium'],
    ['azure', 20.01, 'high'],
    ['api', 0.01, 'low'],
  ] as const)("of %s at $%s is of RUNE's %s impact", async (provider, usd, impact) => {
    const plan = rentalPlan({ provider }, { duration_seconds: 3600 });
    const made = await estimate(plan, pricedAt({ ...FIXED_PRICE, rate: { per: 'hour', usd } }));
    expect(made.resource_impact).toBe(impact);
  });

  it('hands on what the price warns of', async () => {
    expect((await estimate(rentalPlan(), pricedAt(FIXED_PRICE, 'Sold in machines of 8'))).warning).toBe(
      'Sold in machines of 8.',
    );
    expect((await estimate(rentalPlan())).warning).toBeNull();
  });
});

describe('confidence and interval', () => {
  const TIGHT = Array.from({ length: 25 }, (_, i) => 60 + (i % 5));

  it("reach RUNE's 0.95 with a given price and twenty tight runs", async () => {
    // The first five are estimated from our defaults, and teach how long such a job takes.
    await runs(rentalPlan(), TIGHT.slice(0, 24));
    expect((await estimate(rentalPlan())).confidence_score).toBeLessThan(0.5);
    await runs(rentalPlan(), TIGHT.slice(24));
    const made = await estimate(rentalPlan());
    expect(made.rests_on.doubt).toMatchObject({
      from: 'history',
      group: 'prompt with llama3.1:8b on ollama',
    });
    expect(made.confidence_score).toBeGreaterThanOrEqual(0.95);
    expect(made.cost_high_usd ?? 0).toBeLessThan((made.projected_cost_usd ?? 0) * 1.1);
  });

  it('do not reach it with the same runs at a price from an old book', async () => {
    const book = pricedAt({ ...FIXED_PRICE, source: 'book', as_of: 1_760_000_000, log_sigma: 0.3 });
    await runs(rentalPlan(), TIGHT, book);
    const refused = await estimate(rentalPlan(), book);
    expect(refused.rests_on.doubt.from).toBe('history');
    expect(refused.confidence_score).toBeLessThan(0.95);
    expect(refused.drivers[0]).toEqual({ name: 'price (book)', log_sigma: 0.3 });
    expect(
      (await estimate(rentalPlan({ model: 'another', backend_type: 'x' }))).confidence_score,
    ).toBeLessThan(1);
  });

  it('are not the same thing: a wide group has a wide interval and a low confidence', async () => {
    await runs(
      rentalPlan(),
      Array.from({ length: 40 }, (_, i) => 60 * Math.exp((i % 9) / 4 - 1)),
    );
    const wide = await estimate(rentalPlan());
    expect(wide.confidence_score).toBeLessThan(0.5);
    expect(wide.coverage).toBe(0.8);
    expect((wide.cost_high_usd ?? 0) / (wide.cost_low_usd ?? 1)).toBeGreaterThan(3);
  });

  it('learn nothing from demo jobs, nor from those that failed or were cancelled', async () => {
    const demo = { ...rentalPlan(), demo: true };
    const used = { duration_seconds: 7, tokens: null };
    for (let i = 0; i < 30; i++) {
      store.end(demo, await estimate(demo), { used });
      store.end(rentalPlan(), await estimate(rentalPlan()), { used, status: 'failed' });
      store.end(rentalPlan(), await estimate(rentalPlan()), { used, status: 'cancelled' });
    }
    const made = await estimate(rentalPlan());
    expect(made.rests_on.duration_seconds?.source).toBe('default');
    expect(made.rests_on.doubt.from).toBe('prior');
  });
});

describe('what cannot be estimated', () => {
  it('is a coded failure that says how to add a price', async () => {
    const failure = await failureOf(() => estimate(tokensPlan, pricedAt(null)));
    expect(failure.code).toBe('cost.unpriced');
    expect(failure.message).toContain('aws/claude');
    expect(failure.message).toContain('in Costs, under Prices');
  });

  it('is named, also where it is a GPU', async () => {
    const wanted = { kind: 'rental', min_dph: 0, max_dph: 0, gpu: 'RTX 4090 D' } as const;
    const failure = await failureOf(() => estimate(rentalPlan({}, { wanted }), pricedAt(null)));
    expect(failure.message).toContain('"RTX 4090 D"');
    expect(failure.message).toContain('vastai/rtx 4090 d');
  });

  it('is an absurd duration', async () => {
    for (const duration_seconds of [-1, Number.NaN, 1e12]) {
      const failure = await failureOf(() => estimate(rentalPlan({}, { duration_seconds })));
      expect(failure.code).toBe('request.invalid');
    }
  });
});

const finite = (made: object): boolean =>
  !/null/.test(JSON.stringify({ ...made, warning: '', rests_on: '', local_energy_kwh: 0 }));

describe('absurd figures', () => {
  it.each([
    { tdp_watts: 1.7e308, energy_rate_kwh: 1.7e308 },
    { purchase_price: 1.7e308, lifespan_years: 5e-324 },
    { purchase_price: 1, lifespan_years: 5e-324 },
  ])('of own hardware are refused where they make no amount: %j', async (figures) => {
    const failure = await failureOf(() => estimate(local({ wanted: { kind: 'local', ...figures } })));
    expect(failure.code).toBe('request.invalid');
  });

  it.each([5e-324, 1e-310, 1e-9, 1e12, 1e303])('of $%s an hour make an ordered interval', async (usd) => {
    const made = await estimate(rentalPlan(), pricedAt({ ...FIXED_PRICE, rate: { per: 'hour', usd } }));
    const { projected_cost_usd, cost_low_usd, cost_high_usd, confidence_score } = made;
    expect(finite(made)).toBe(true);
    expect(cost_low_usd ?? Number.NaN).toBeLessThanOrEqual(projected_cost_usd ?? Number.NaN);
    expect(cost_high_usd ?? Number.NaN).toBeGreaterThanOrEqual(projected_cost_usd ?? Number.NaN);
    expect(confidence_score).toBeLessThan(1);
  });

  it('in the history leave every end of an interval an amount', async () => {
    await runs(
      rentalPlan(),
      Array.from({ length: 60 }, (_, i) => (i % 20 === 19 ? 1e300 : i % 20 === 18 ? 1e-300 : 60)),
    );
    const made = await estimate(rentalPlan());
    expect(made.rests_on.doubt.from).toBe('history');
    expect(finite(made)).toBe(true);
    expect(made.confidence_score).toBeLessThan(1);
  });

  it('of tokens do not make a model free: nobody is asked with none', async () => {
    const used = {
      duration_seconds: 5,
      tokens: { input: 0, output: 0, counted_by: 'service' },
    } as const;
    for (let i = 0; i < 30; i++)
      store.end(tokensPlan, await estimate(tokensPlan, pricedAt(TOKENS)), { used });
    expect((await estimate(tokensPlan, pricedAt(TOKENS))).projected_cost_usd).toBeGreaterThan(0.01);
  });
});

describe('an interval beside the projected cost', () => {
  it('says why: all that came lay on one side', async () => {
    // Durations grow by a fifth from job to job, so that each median is too low.
    await runs(
      rentalPlan(),
      Array.from({ length: 60 }, (_, i) => 1.2 ** i),
    );
    const made = await estimate(rentalPlan());
    expect(made.cost_low_usd ?? 0).toBeGreaterThan(made.projected_cost_usd ?? 0);
    expect(made.warning).toBe(
      'Jobs like it cost more than was projected, so that the interval lies above the projected cost.',
    );
  });
});

describe('a long question', () => {
  it('is paid for whole, whatever jobs before it were asked', async () => {
    const made = await estimate({ ...tokensPlan, sent_tokens: 25_000 }, pricedAt(TOKENS));
    expect(made.projected_cost_usd).toBeCloseTo(25_000 * 3e-6 + 2048 * 15e-6, 12);
    expect(made.basis).toContain('(25 k in, as long as the question is, 2,048 out)');
    const short = await estimate({ ...tokensPlan, sent_tokens: 3 }, pricedAt(TOKENS));
    expect(short.basis).toContain('(8,192 in, 2,048 out)');
  });
});

describe('the span of an estimate', () => {
  it('is one, with provider and confidence, and an error where there is no estimate', async () => {
    const { spans, value } = await recordSpans(() => estimate(rentalPlan()));
    expect(spans).toHaveLength(1);
    expect(spans[0]).toMatchObject({
      name: 'cost.estimate',
      status: 'ok',
      attributes: {
        provider: 'vastai',
        confidence_score: value?.confidence_score,
        projected_cost_usd: value?.projected_cost_usd,
      },
    });
    const failed = await recordSpans(() => estimate(tokensPlan, pricedAt(null)));
    expect(failed.spans).toMatchObject([
      {
        name: 'cost.estimate',
        status: 'error',
        error_type: 'cost.unpriced',
        attributes: { provider: 'aws' },
      },
    ]);
  });
});

// The bench has the whole of it (e2e/bench, group costs).
describe('in a small simulation of log-normal costs', () => {
  it('the 80 % intervals cover 80 %, and do so again after costs shift by 1.5', async () => {
    const groups = [{ model: 'm', median: 60, logSd: 0.35 }];
    const done = await simulateCosts(store, {
      seed: 7,
      jobs: 1600,
      groups,
      shift: { from: 800, factor: 1.5 },
    });
    const shareOf = (from: number, to: number) =>
      empiricalCoverage(claimsOf(done.slice(from, to))).value?.share;
    // Three standard deviations of 700 and of 550 draws at 0.8, and a little for their dependence.
    expect(shareOf(100, 800)).toBeGreaterThan(0.75);
    expect(shareOf(100, 800)).toBeLessThan(0.85);
    expect(shareOf(1050, 1600)).toBeGreaterThan(0.74);
    expect(shareOf(1050, 1600)).toBeLessThan(0.86);
  });

  it('confidence beats any constant where groups differ', async () => {
    const done = await simulateCosts(store, { seed: 7, jobs: 1500, groups: heterogeneous(0.35) });
    const forecasts = forecastsOf(done);
    expect(brierScore(forecasts).value).toBeLessThan((bestConstantBrier(forecasts).value ?? 0) * 0.85);
  });
});

describe('an estimate of one offer', () => {
  const predicted = {
    quote: async () => ({
      price: { ...FIXED_PRICE, rate: { per: 'hour' as const, usd: 0.5, fixed_usd: 0.03 } },
      warning: null,
      duration: { seconds: 720, log_sigma: 0.6, basis: 'from its memory bandwidth' },
    }),
  };

  it('takes what is predicted for it, with its own doubt, and its downloads once', async () => {
    const made = await estimate(rentalPlan(), predicted);
    expect(made.projected_cost_usd).toBeCloseTo(0.5 * 0.2 + 0.03, 12);
    expect(made.rests_on.duration_seconds).toMatchObject({ value: 720, source: 'predicted' });
    expect(made.drivers).toEqual([{ name: 'duration (predicted for this machine)', log_sigma: 0.6 }]);
    expect(made.basis).toContain('Duration: predicted for this machine (12 m 00 s)');
    expect(made.basis).toContain('$0.50/h and $0.03 for downloads');
  });

  it('takes what jobs took, as soon as there are some, and what was given before both', async () => {
    await runs(rentalPlan(), [100, 100, 100, 100, 100]);
    const made = await estimate(rentalPlan(), predicted);
    expect(made.rests_on.duration_seconds).toMatchObject({ value: 100, source: 'history' });
    const given = await estimate(rentalPlan({}, { duration_seconds: 60 }), predicted);
    expect(given.rests_on.duration_seconds).toMatchObject({ value: 60, source: 'given' });
  });

  it('refuses an absurd prediction', async () => {
    const absurd = {
      quote: async () => ({
        ...(await predicted.quote()),
        duration: { seconds: Number.NaN, log_sigma: 1, basis: '' },
      }),
    };
    const failure = await failureOf(() => estimate(rentalPlan(), absurd));
    expect(failure.code).toBe('request.invalid');
  });
});
