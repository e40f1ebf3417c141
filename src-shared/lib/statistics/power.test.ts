import { describe, expect, it } from 'vitest';
import { mannWhitney } from './mann-whitney.ts';
import { fillUp, mannWhitneyPower, moreRuns, powerTable } from './power.ts';
import { logNormal, need } from './testing.ts';

const design = { ratio: 1.2, logSd: 0.35 };

describe('power', () => {
  // SciPy 1.17.1: d = np.log(1 + s) / .35; p = norm.cdf(d / 2**.5); q = multivariate_normal([0, 0],
  //   [[1, .5], [.5, 1]]).cdf([d / 2**.5] * 2); sd = (n*n*(p*(1-p) + 2*(n-1)*(q-p*p)))**.5
  // L = n*n/2 + norm.ppf(.025) * (n*n*(2*n+1)/12)**.5; norm.cdf((L-n*n*(1-p))/sd) + norm.cdf((L-n*n*p)/sd)
  it('is that of its formula', () => {
    expect(mannWhitneyPower(design, 100, 100)).toBeCloseTo(0.949282555130301, 5);
    expect(mannWhitneyPower({ ratio: 1.5, logSd: 0.35 }, 50, 50)).toBeCloseTo(0.9999748282274348, 5);
  });

  it.each([
    [5, 0.5, 0.04],
    [10, 0.5, 0.03],
    [20, 0.2, 0.03],
    [50, 0.2, 0.03],
    [100, 0.1, 0.03],
  ])('with %d runs and a shift of %d is what 2,000 simulated comparisons find', (n, shift, within) => {
    const draw = logNormal(n);
    let found = 0;
    for (let trial = 0; trial < 2000; trial++)
      if (need(mannWhitney(draw(n, 100 * (1 + shift)), draw(n))).p < 0.05) found++;
    const power = mannWhitneyPower({ ratio: 1 + shift, logSd: 0.35 }, n, n);
    expect(Math.abs(found / 2000 - power)).toBeLessThan(within);
  });

  it('does not depend on which group is slower or larger', () => {
    const power = mannWhitneyPower(design, 20, 60);
    expect(mannWhitneyPower({ ...design, ratio: 1 / 1.2 }, 60, 20)).toBeCloseTo(power, 12);
  });

  it('is none where the test can never claim, and certain without spread', () => {
    expect(mannWhitneyPower(design, 3, 3)).toBe(0);
    expect(mannWhitneyPower(design, 0, 100)).toBe(0);
    expect(mannWhitneyPower({ ratio: 1.01, logSd: 0 }, 4, 4)).toBe(1);
  });

  it.each([
    [1, 0.35],
    [0, 0.35],
    [-1, 0.35],
    [Infinity, 0.35],
    [1.2, -1],
    [1.2, Infinity],
    [Number.NaN, 0.35],
  ])('refuses a ratio of %d with a log-sd of %d', (ratio, logSd) => {
    expect(() => mannWhitneyPower({ ratio, logSd }, 10, 10)).toThrow(RangeError);
  });
});

describe('runs still missing', () => {
  // SciPy 1.17.1: p = norm.cdf(np.log(1.2) / .35 / 2**.5); (norm.ppf(.975) + norm.ppf(.8))**2 / (6 * (p - .5)**2): 63.36
  it('fill both groups up to the same size', () => {
    expect(moreRuns(design, 0, 0)).toEqual({ a: 64, b: 64 });
    expect(moreRuns(design, 10, 50)).toEqual({ a: 54, b: 14 });
    expect(moreRuns(design, 64, 64)).toEqual({ a: 0, b: 0 });
  });

  it('fill only the smaller group when the larger one has enough', () => {
    // 31.68 * 1000 / (1000 - 31.68) = 32.71
    expect(moreRuns(design, 10, 1000)).toEqual({ a: 23, b: 0 });
    expect(moreRuns(design, 1000, 10)).toEqual({ a: 0, b: 23 });
    // From twice the effective size on: 40 * 100 / (100 - 40) = 66.7, and 40 * 79 / (79 - 40) would be 81.
    expect(fillUp(40, 10, 100)).toEqual({ a: 57, b: 0 });
    expect(fillUp(40, 10, 79)).toEqual({ a: 70, b: 1 });
  });

  it('give about the power they promise', () => {
    const { a } = moreRuns(design, 0, 0, 0.9);
    expect(Math.abs(mannWhitneyPower(design, a, a) - 0.9)).toBeLessThan(0.015);
  });
});

describe('the power table', () => {
  it('at a log-sd of 0.35', () => {
    const rows = powerTable([5, 10, 20, 50, 100, 200], [0.05, 0.1, 0.2, 0.5], { logSd: 0.35 });
    const percent = rows.map(({ n, power }) => [n, ...power.map((p) => Math.round(100 * p))]);
    expect(percent).toEqual([
      [5, 4, 5, 8, 24],
      [10, 5, 8, 17, 61],
      [20, 7, 13, 33, 94],
      [50, 10, 26, 71, 100],
      [100, 16, 46, 95, 100],
      [200, 27, 76, 100, 100],
    ]);
  });
});
