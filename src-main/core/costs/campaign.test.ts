import { describe, expect, it } from 'vitest';
import { normals, seeded } from '#shared/lib/random.ts';
import { campaignInterval, DEFAULT_MEAN_SIGMA, runConfidence, SCATTER_PRIOR } from './campaign.ts';

const doubt = { scatter: 0.45, common: 0.6 };

describe('the interval of a campaign', () => {
  // SciPy 1.17.1, with s, c = .45, .6; z = norm.ppf(.9); own = log(1 + (exp(s * s) - 1) / n):
  // 2 * n * exp(-own / 2 -+ z * sqrt(own + c * c)); and norm.cdf((w + s * s / 2) / S) - norm.cdf((-w + s * s / 2) / S)
  it('and the confidence of one run are those of the reference', () => {
    const one = campaignInterval(2, 1, doubt, 0.8);
    expect(one.low).toBeCloseTo(0.6912411745545136, 10);
    expect(one.high).toBeCloseTo(4.72591340135051, 10);
    const all = campaignInterval(2, 14, doubt, 0.8);
    expect(all.low).toBeCloseTo(12.660889541805284, 10);
    expect(all.high).toBeCloseTo(60.94584285715128, 10);
    expect(runConfidence(doubt)).toBeCloseTo(0.23187363492237556, 10);
  });

  /** Campaigns drawn one run at a time: the share of totals inside, below and above. */
  function drawn(
    runs: number,
    of: typeof doubt,
    campaigns = 20_000,
  ): readonly [below: number, above: number] {
    const normal = normals(seeded(runs));
    const { low, high } = campaignInterval(1, runs, of, 0.8);
    let [below, above] = [0, 0];
    for (let i = 0; i < campaigns; i++) {
      const common = Math.exp(of.common * normal());
      let total = 0;
      for (let run = 0; run < runs; run++)
        total += common * Math.exp(of.scatter * normal() - of.scatter ** 2 / 2);
      if (total < low) below++;
      if (total > high) above++;
    }
    return [below / campaigns, above / campaigns];
  }

  it.each([
    [1, doubt],
    [14, doubt],
    [14, { scatter: 0.7, common: 0 }],
    [60, { scatter: 0.45, common: 0.1 }],
  ])('misses a tenth of %d drawn runs on each side, at %j', (runs, of) => {
    const [below, above] = drawn(runs, of);
    expect(below).toBeCloseTo(0.1, 1.8);
    expect(above).toBeCloseTo(0.1, 1.8);
  });

  it('of many runs has left the scatter behind, and the common doubt not', () => {
    const width = (runs: number, of: typeof doubt): number => {
      const { low, high } = campaignInterval(1, runs, of, 0.8);
      return Math.log(high / low);
    };
    const z = 2 * 1.2815515655446004;
    expect(width(1, doubt)).toBeCloseTo(z * Math.hypot(0.45, 0.6), 9);
    expect(width(1_000_000, doubt)).toBeCloseTo(z * 0.6, 4);
    expect(width(1_000_000, { scatter: 0.45, common: 0 })).toBeLessThan(0.002);
  });

  it('of a free run is nothing', () => {
    expect(campaignInterval(0, 14, doubt, 0.8)).toEqual({ low: 0, high: 0 });
  });

  it('of a certain run is that run', () => {
    const sure = { scatter: 0, common: 0 };
    expect(campaignInterval(3, 2, sure, 0.8)).toEqual({ low: 6, high: 6 });
    expect(runConfidence(sure)).toBe(1);
  });
});

describe('the prior', () => {
  it('of a default is the scatter of a run and the doubt about its mean', () => {
    expect(Math.hypot(SCATTER_PRIOR, DEFAULT_MEAN_SIGMA)).toBeCloseTo(0.7, 12);
  });
});
