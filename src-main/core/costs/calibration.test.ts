import { describe, expect, it } from 'vitest';
import { type CostStore, costStore } from '#core/testing/cost-store.ts';
import { heterogeneous, simulateCosts } from '#core/testing/simulated-costs.ts';
import { type Claim, calibrate, coverageRow } from './calibration.ts';
import { createOutcomeList } from './outcome-list.ts';

const NONE = { demo: 0, not_ended: 0, unsuccessful: 0, cost_unknown: 0 };

const claim = (ratio: number, more: Partial<Claim> = {}): Claim => {
  const projected = more.projected ?? 1;
  return {
    provider: 'vastai',
    backend_type: 'ollama',
    low_50: projected / 1.25,
    high_50: projected * 1.25,
    low_80: projected / 1.6,
    high_80: projected * 1.6,
    low_95: projected / 2.2,
    high_95: projected * 2.2,
    confidence: 0.5,
    actual: projected * ratio,
    projected,
    ...more,
  };
};

/** Forty of them, the same in the reference. */
const forty = Array.from({ length: 40 }, (_, i) =>
  claim(0.41 + ((i * 17) % 40) * 0.04, { projected: 1 + (i % 5), confidence: 0.25 + (i % 4) * 0.1 }),
);

describe('the calibration of forty estimates', () => {
  const { groups, needed } = calibrate(forty, NONE);
  const [all] = groups;

  // R 4.2.2: qbinom(c(.025, .975), 40, c(.5, .8, .95)); shares by NumPy 2.4.6: ((lo <= a) & (a <= hi)).sum()
  it('counts what came inside, in its band', () => {
    expect(all?.coverage).toEqual([
      {
        claimed: 0.5,
        inside: 12,
        n: 40,
        empirical: 12 / 40,
        band_low: 14 / 40,
        band_high: 26 / 40,
        verdict: 'too narrow',
      },
      {
        claimed: 0.8,
        inside: 24,
        n: 40,
        empirical: 24 / 40,
        band_low: 27 / 40,
        band_high: 37 / 40,
        verdict: 'too narrow',
      },
      {
        claimed: 0.95,
        inside: 38,
        n: 40,
        empirical: 38 / 40,
        band_low: 35 / 40,
        band_high: 1,
        verdict: 'as claimed',
      },
    ]);
  });

  // NumPy 2.4.6, p projected and a actual: np.mean((hi - lo + 10 * (np.maximum(lo - a, 0) + np.maximum(a - hi, 0))) / p),
  // np.mean((conf - hap) ** 2), hap.mean() * (1 - hap.mean()), np.median(np.log(a / p))
  it('has the scores and the bias of the reference', () => {
    expect(all?.interval_score).toBeCloseTo(1.6225, 12);
    expect(all?.brier).toBeCloseTo(0.2325, 12);
    expect(all?.brier_best_constant).toBeCloseTo(0.21, 12);
    expect(all?.log_bias).toBeCloseTo(0.17381205420915719, 12);
  });

  // R 4.2.2: qbinom(c(.025, .975), 10, c(.25, .35, .45, .55))
  it('bins the confidence by tenths', () => {
    const bins = all?.reliability.map(({ claimed, happened, n, band_low, band_high }) => [
      Number(claimed.toFixed(9)),
      happened,
      n,
      band_low,
      band_high,
    ]);
    expect(bins).toEqual([
      [0.25, 0.3, 10, 0, 0.5],
      [0.35, 0.3, 10, 0.1, 0.7],
      [0.45, 0.3, 10, 0.2, 0.8],
      [0.55, 0.3, 10, 0.2, 0.8],
    ]);
  });

  it('asks for twenty', () => expect(needed).toBe(20));
});

describe('groups', () => {
  it('are all, each provider, and each backend of it, the largest first', () => {
    const some = (n: number, more: Partial<Claim>) => Array.from({ length: n }, () => claim(1, more));
    const { groups } = calibrate(
      [
        ...some(3, { provider: 'vastai', backend_type: 'k8s-inference' }),
        ...some(5, { provider: 'vastai', backend_type: 'ollama' }),
        ...some(2, { provider: 'aws', backend_type: null }),
        ...some(1, { provider: 'local', backend_type: 'ollama' }),
      ],
      NONE,
    );
    expect(groups.map(({ group, n }) => [group, n])).toEqual([
      ['all', 11],
      ['local', 1],
      ['local, ollama', 1],
      ['vastai', 8],
      ['vastai, ollama', 5],
      ['vastai, k8s-inference', 3],
      ['aws', 2],
    ]);
  });

  it('say as much together as one by one', () => {
    const mixed = forty.map((one, i) => ({
      ...one,
      provider: i % 3 === 0 ? ('aws' as const) : ('vastai' as const),
      backend_type: i % 2 === 0 ? 'ollama' : 'openai',
    }));
    const { group: _, ...parts } = calibrate(mixed, NONE).groups[0] ?? { group: '' };
    const { group: __, ...whole } = calibrate(forty, NONE).groups[0] ?? { group: '' };
    expect(parts).toEqual(
      JSON.parse(JSON.stringify(whole), (_key, value: unknown) =>
        typeof value === 'number' ? expect.closeTo(value, 12) : value,
      ),
    );
  });

  it('of nothing is one empty group', () => {
    const [all, ...others] = calibrate([], NONE).groups;
    expect(others).toEqual([]);
    expect(all).toMatchObject({
      n: 0,
      log_bias: null,
      interval_score: null,
      brier: null,
      brier_best_constant: null,
      reliability: [],
    });
    expect(all?.coverage[1]).toEqual({
      claimed: 0.8,
      inside: 0,
      n: 0,
      empirical: null,
      band_low: 0,
      band_high: 1,
      verdict: 'not yet calibrated',
    });
  });
});

describe('the verdict', () => {
  it.each([
    [0, 19, 'not yet calibrated'],
    [0, 20, 'too narrow'],
    [20, 20, 'too wide'],
    [16, 20, 'as claimed'],
  ] as const)('of %d of %d is %s', (successes, n, verdict) => {
    expect(coverageRow(0.8, { successes, n }).verdict).toBe(verdict);
  });

  it('of a certainty is whether it was one', () => {
    const sure = Array.from({ length: 20 }, (_, i) => claim(i === 0 ? 3 : 1, { confidence: 1 }));
    expect(calibrate(sure, NONE).groups[0]?.reliability).toEqual([
      { claimed: 1, happened: 0.95, n: 20, band_low: 1, band_high: 1 },
    ]);
  });

  it('counts a job that cost nothing after all as a miss, without a logarithm', () => {
    const [all] = calibrate([...Array.from({ length: 20 }, () => claim(1.1)), claim(0)], NONE).groups;
    expect(all?.coverage[2]).toMatchObject({ inside: 20, n: 21 });
    expect(all?.log_bias).toBeCloseTo(Math.log(1.1), 12);
  });
});

describe('the calibration of simulated jobs', () => {
  const withStore = async (use: (store: CostStore) => Promise<void>): Promise<void> => {
    const store = costStore();
    try {
      await use(store);
    } finally {
      store.close();
    }
  };

  it('agrees with the known truth', () =>
    withStore(async (store) => {
      const jobs = await simulateCosts(store, { seed: 7, jobs: 1500, groups: heterogeneous(0.35) });
      const { claims, leftOut } = createOutcomeList(store.db).claims({});
      const [all] = calibrate(claims, leftOut).groups;
      expect(all?.n).toBe(1500);
      for (const [level, { inside, verdict }] of (all?.coverage ?? []).entries()) {
        const sum = jobs.reduce((total, job) => total + (job.true_coverages[level] ?? Number.NaN), 0);
        expect(coverageRow(sum / jobs.length, { successes: inside, n: 1500 }).verdict).toBe('as claimed');
        expect(verdict).toBe('as claimed');
      }
      expect(all?.log_bias).toBeCloseTo(0, 1);
      expect(all?.brier ?? 1).toBeLessThan(all?.brier_best_constant ?? 0);
    }));
});
