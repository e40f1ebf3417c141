import { describe, expect, it } from 'vitest';
import { bootstrapMedianDifference, medianDifference, priceBonett } from './median-difference.ts';
import { normalQuantile } from './normal.ts';
import { logNormal, need, sample } from './testing.ts';

const x = sample([12.1, 9.8, 15.3, 11.7, 30.2, 10.4, 13.9, 12.8, 9.1, 14.6]);
const y = sample([13.2, 16.9, 18.4, 12.2, 22.5, 17.7, 41.0, 15.8, 14.1, 19.3, 16.2, 21.6]);
const equal = (n: number) => sample(Array(n).fill(5));

describe('the bootstrap of a difference of medians', () => {
  // SciPy 1.17.1, NumPy 2.4.6: stats.bootstrap((x, y), lambda a, b, axis: np.median(a, axis) - np.median(b, axis),
  //   n_resamples=400000, method='percentile', rng=np.random.default_rng(1)).confidence_interval: -8.35, -1.60
  // The tolerance is what the end points of 2,000 resamples vary by.
  it('has the interval of SciPy', () => {
    const difference = need(bootstrapMedianDifference(x, y));
    expect(difference.estimate).toBeCloseTo(-4.85, 12);
    expect(Math.abs(difference.low - -8.35)).toBeLessThan(0.35);
    expect(Math.abs(difference.high - -1.6)).toBeLessThan(0.35);
    const many = need(bootstrapMedianDifference(x, y, { resamples: 100_000 }));
    expect(Math.abs(many.low - -8.35)).toBeLessThan(0.06);
    expect(Math.abs(many.high - -1.6)).toBeLessThan(0.06);
  });

  it('is the same for the same seed, and another for another', () => {
    const of = (seed: number) => need(medianDifference(x, y, { seed }));
    expect(of(4)).toEqual(of(4));
    expect(of(4)).not.toEqual(of(5));
    expect(of(4).method).toBe('bootstrap');
  });

  it('covers no difference at least as often as it says', () => {
    const draw = logNormal(31);
    let covered = 0;
    for (let trial = 0; trial < 400; trial++) {
      const difference = need(bootstrapMedianDifference(draw(30), draw(30), { seed: trial, resamples: 500 }));
      if (difference.low <= 0 && difference.high >= 0) covered++;
    }
    expect(covered / 400).toBeGreaterThan(0.95 - 0.033);
  });

  it('needs six runs a group', () => {
    const few = { value: null, reason: 'too_few', needs: 6 };
    expect(medianDifference(equal(5), equal(50))).toEqual(few);
    expect(medianDifference(equal(1), equal(2))).toEqual(few);
    expect(medianDifference(equal(0), equal(50)).reason).toBe('empty');
    expect(need(medianDifference(equal(6), equal(6)))).toMatchObject({ estimate: 0, low: 0, high: 0 });
  });
});

describe('the interval of Price and Bonett', () => {
  // NumPy 2.4.6, SciPy 1.17.1: c = round((n+1)/2 - n**.5); z = -stats.norm.ppf(stats.binom.cdf(c-1, n, .5))
  // se = (sorted[n-c] - sorted[c-1]) / (2*z); difference of medians -+ stats.norm.ppf(.975) * hypot(se_a, se_b)
  // for x, y, and for 100*exp(.35*norm.ppf((i-.5)/60)), i = 1..60, and 115*exp(.4*norm.ppf((j-.3)/75.4)), j = 1..75
  it('is that of its formula', () => {
    const small = need(priceBonett(x, y));
    expect(small.low).toBeCloseTo(-9.106496626220533, 9);
    expect(small.high).toBeCloseTo(-0.5935033737794617, 9);
    const scores = (n: number, of: (i: number) => number) =>
      sample(Array.from({ length: n }, (_, i) => of(i + 1)));
    const a = scores(60, (i) => 100 * Math.exp(0.35 * normalQuantile((i - 0.5) / 60)));
    const b = scores(75, (j) => 115 * Math.exp(0.4 * normalQuantile((j - 0.3) / 75.4)));
    const large = need(priceBonett(a, b));
    expect(large.low).toBeCloseTo(-32.32291390329258, 9);
    expect(large.estimate).toBeCloseTo(-14.997327063897288, 9);
    expect(large.high).toBeCloseTo(2.3282597754980046, 9);
  });

  it('takes over above 2,000 runs, where both agree', () => {
    const draw = logNormal(41);
    const [a, b] = [draw(2001), draw(2001, 105)];
    const closed = need(medianDifference(a, b));
    expect(closed.method).toBe('price-bonett');
    const resampled = need(bootstrapMedianDifference(a, b));
    const width = resampled.high - resampled.low;
    expect(Math.abs((closed.high - closed.low) / width - 1)).toBeLessThan(0.15);
    expect(Math.abs(closed.low - resampled.low)).toBeLessThan(0.15 * width);
  });
});
