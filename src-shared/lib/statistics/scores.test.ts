import { describe, expect, it } from 'vitest';
import { bestConstantBrier, brierScore, empiricalCoverage, intervalScore } from './scores.ts';
import { need } from './testing.ts';

const claims = [
  { low: 1, high: 2, actual: 1.5 },
  { low: 2, high: 4, actual: 5 },
  { low: 3, high: 6, actual: 2 },
  { low: 4, high: 8, actual: 8 },
];
const forecasts = [
  { probability: 0.9, happened: true },
  { probability: 0.8, happened: false },
  { probability: 0.3, happened: false },
  { probability: 0.6, happened: true },
];

describe('scores', () => {
  // NumPy 2.4.6: np.mean(hi - lo + 2 / .2 * (np.maximum(lo - act, 0) + np.maximum(act - hi, 0))): 7.5
  it('the interval score charges width and misses', () => {
    expect(need(intervalScore(claims, 0.8))).toBeCloseTo(7.5, 12);
  });

  // NumPy 2.4.6: np.mean((np.array([.9, .8, .3, .6]) - np.array([1, 0, 0, 1])) ** 2): 0.225
  it('the Brier score, and that of the best constant', () => {
    expect(need(brierScore(forecasts))).toBeCloseTo(0.225, 12);
    expect(need(bestConstantBrier(forecasts))).toBe(0.25);
  });

  it('coverage counts both ends as inside', () => {
    expect(need(empiricalCoverage(claims))).toEqual({ successes: 2, n: 4, share: 0.5 });
  });

  it('say when there is none', () => {
    const none = { value: null, reason: 'empty', needs: 1 };
    expect(intervalScore([], 0.8)).toEqual(none);
    expect(empiricalCoverage([])).toEqual(none);
    expect(brierScore([])).toEqual(none);
    expect(bestConstantBrier([])).toEqual(none);
    for (const bad of [Number.NaN, Infinity]) {
      expect(intervalScore([...claims, { low: 0, high: bad, actual: 1 }], 0.8).reason).toBe('not_finite');
      expect(empiricalCoverage([{ low: 0, high: 1, actual: bad }]).reason).toBe('not_finite');
    }
    expect(() => brierScore([{ probability: 1.2, happened: true }])).toThrow(RangeError);
    expect(() => intervalScore(claims, 1)).toThrow(RangeError);
  });
});
