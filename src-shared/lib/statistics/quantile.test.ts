import { describe, expect, it } from 'vitest';
import { normals, seeded } from '../random.ts';
import { median, quantile, quantileInterval, runsForQuantile } from './quantile.ts';
import { sample } from './testing.ts';

const count = (n: number) => sample(Array.from({ length: n }, (_, i) => i + 1));

describe('quantiles', () => {
  // R 4.2.2: quantile(x, c(.1, .5, .9, .99), type = 7) with the x below
  it.each([
    [0.1, 9.73],
    [0.5, 12.45],
    [0.9, 16.789999999999996],
    [0.99, 28.859],
  ])('of type 7: %d', (p, value) => {
    const x = sample([12.1, 9.8, 15.3, 11.7, 30.2, 10.4, 13.9, 12.8, 9.1, 14.6]);
    expect(quantile(x, p).value).toBeCloseTo(value, 12);
  });

  it('take any n but none', () => {
    expect(median(sample([]))).toEqual({ value: null, reason: 'empty', needs: 1 });
    expect(median(sample([7])).value).toBe(7);
    expect(median(sample([-2, 8])).value).toBe(3);
    expect([0, 1].map((p) => quantile(sample([5, 1, 9]), p).value)).toEqual([1, 9]);
    expect(() => quantile(sample([1]), 1.01)).toThrow(RangeError);
  });
});

describe('the interval of a quantile', () => {
  // SciPy 1.17.1: stats.quantile_test(np.arange(1, 41), q=q, p=p).confidence_interval(level)
  it.each([
    [0.5, 0.95, 14, 27],
    [0.9, 0.95, 32, 40],
    [0.25, 0.9, 6, 16],
  ])('for p = %d at %d runs from %d to %d of 1..40', (p, level, low, high) => {
    const { value } = quantileInterval(count(40), p, level);
    expect(value).toMatchObject({ low, high, ranks: [low, high], n: 40, level });
  });

  // R 4.2.2: pbinom(26, 40, .5) - pbinom(13, 40, .5)
  it('says what it covers in truth', () => {
    expect(quantileInterval(count(40), 0.5).value?.coverage).toBeCloseTo(0.96152269171579974, 12);
  });

  it('exists from a certain n on, and says from which', () => {
    expect([0.5, 0.9, 0.99, 0.1].map((p) => runsForQuantile(p))).toEqual([6, 36, 368, 36]);
    expect(quantileInterval(count(5), 0.5)).toEqual({ value: null, reason: 'too_few', needs: 6 });
    expect(quantileInterval(count(6), 0.5).value?.ranks).toEqual([1, 6]);
    expect(quantileInterval(count(35), 0.9).reason).toBe('too_few');
    expect(quantileInterval(count(36), 0.9).value?.ranks[1]).toBe(36);
    expect(quantileInterval(sample([]), 0.5).reason).toBe('empty');
  });

  it('is a point when all values are equal', () => {
    expect(quantileInterval(sample(Array(10).fill(3)), 0.5).value).toMatchObject({ low: 3, high: 3 });
  });

  it('covers the truth as often as it says', () => {
    const next = normals(seeded(11));
    let covered = 0;
    for (let trial = 0; trial < 2000; trial++) {
      const { value } = quantileInterval(sample(Array.from({ length: 25 }, next)), 0.5);
      if (value !== null && value.low <= 0 && value.high >= 0) covered++;
    }
    // R 4.2.2: pbinom(17, 25, .5) - pbinom(7, 25, .5) is 0.95671; three standard errors of 2,000 trials.
    expect(Math.abs(covered / 2000 - 0.9567)).toBeLessThan(0.0137);
  });

  // R 4.2.2: qbinom(.025, 1e6, .99); qbinom(.975, 1e6, .99) + 1
  it('takes a million values', () => {
    expect(quantileInterval(count(1_000_000), 0.99).value?.ranks).toEqual([989_805, 990_196]);
  });
});
