import { describe, expect, it } from 'vitest';
import { binomialBand, clopperPearson, proportionDifference, wilson } from './proportion.ts';
import { need } from './testing.ts';

describe('the interval of a proportion', () => {
  // R 4.2.2: prop.test(k, n, correct = FALSE, conf.level = level)$conf.int
  it.each([
    [17, 20, 0.95, 0.63958113525924309, 0.94763125410378346],
    [0, 20, 0.95, 0, 0.1611251580528193],
    [3, 7, 0.8, 0.22598811161452573, 0.65830294637909348],
  ])('of %d in %d at %d after Wilson', (successes, n, level, low, high) => {
    const interval = need(wilson({ successes, n }, level));
    expect(interval.low).toBeCloseTo(low, 12);
    expect(interval.high).toBeCloseTo(high, 12);
    expect(interval.estimate).toBe(successes / n);
  });

  // R 4.2.2: binom.test(k, n, conf.level = level)$conf.int
  it.each([
    [17, 20, 0.95, 0.62107317345468604, 0.96792906281453628],
    [0, 20, 0.95, 0, 0.16843347098308536],
    [20, 20, 0.95, 0.83156652901691464, 1],
    [950, 1000, 0.9, 0.93713659648762027, 0.9608364640744107],
    [1, 100_000, 0.95, 2.5317804779333154e-7, 5.5715160347742724e-5],
  ])('of %d in %d at %d after Clopper and Pearson', (successes, n, level, low, high) => {
    const interval = need(clopperPearson({ successes, n }, level));
    expect(interval.low).toBeCloseTo(low, 12);
    expect(interval.high).toBeCloseTo(high, 12);
  });

  it('does not exist without a run, and reaches both ends exactly', () => {
    const none = { value: null, reason: 'empty', needs: 1 };
    const nothing = { successes: 0, n: 0 };
    expect(wilson(nothing)).toEqual(none);
    expect(clopperPearson(nothing)).toEqual(none);
    expect(binomialBand(0.8, 0)).toEqual(none);
    expect(proportionDifference(nothing, { successes: 1, n: 2 })).toEqual(none);
    expect(need(wilson({ successes: 1, n: 1 })).high).toBe(1);
    expect(need(wilson({ successes: 0, n: 1 })).low).toBe(0);
  });

  it.each([
    [3, 2],
    [-1, 2],
    [0.5, 2],
    [0, Number.NaN],
  ])('refuses %d of %d', (successes, n) => {
    expect(() => wilson({ successes, n })).toThrow(RangeError);
  });
});

describe('the binomial band', () => {
  // R 4.2.2: qbinom(c((1 - level) / 2, (1 + level) / 2), n, p)
  it.each([
    [0.8, 50, 0.95, 34, 45],
    [0.95, 20, 0.95, 17, 20],
    [0.5, 1000, 0.9, 474, 526],
  ])('around %d of %d runs at %d', (claimed, n, level, low, high) => {
    expect(need(binomialBand(claimed, n, level))).toEqual({
      estimate: claimed,
      low: low / n,
      high: high / n,
      level,
    });
  });
});

describe('the difference of two proportions', () => {
  // statsmodels 0.15.0: confint_proportions_2indep(k, n, l, m, method='newcomb', compare='diff')
  it.each([
    [56, 70, 48, 80, 0.05243147240236498, 0.33387265403690614],
    [10, 10, 0, 20, 0.6790860371419145, 1],
  ])('%d of %d against %d of %d', (k, n, l, m, low, high) => {
    const interval = need(proportionDifference({ successes: k, n }, { successes: l, n: m }));
    expect(interval.low).toBeCloseTo(low, 12);
    expect(interval.high).toBeCloseTo(high, 12);
    expect(interval.estimate).toBe(k / n - l / m);
  });
});
