import { describe, expect, it } from 'vitest';
import { normals, seeded } from '../random.ts';
import { conformalInterval, conformalQuantile, runsForConformal } from './conformal.ts';
import { need, sample } from './testing.ts';

const residuals = sample([0.02, 0.31, 0.11, 0.25, 0.07, 0.44, 0.18, 0.09, 0.52]);

describe('the split-conformal quantile', () => {
  // NumPy 2.4.6: np.quantile(r, np.ceil(10 * c) / 9, method='inverted_cdf') with the residuals above
  it.each([
    [0.5, 0.18],
    [0.8, 0.44],
    [0.9, 0.52],
  ])('at %d', (coverage, value) => {
    expect(need(conformalQuantile(residuals, coverage))).toBe(value);
  });

  it('exists from a certain n on', () => {
    expect([0.5, 0.8, 0.9, 0.95, 0.975, 0.99].map(runsForConformal)).toEqual([1, 4, 9, 19, 39, 99]);
    expect(conformalQuantile(residuals, 0.95)).toEqual({ value: null, reason: 'too_few', needs: 19 });
    expect(conformalQuantile(sample([]), 0.8)).toEqual({ value: null, reason: 'empty', needs: 4 });
    expect(need(conformalQuantile(sample(Array.from({ length: 19 }, (_, i) => i)), 0.95))).toBe(18);
    expect(() => conformalQuantile(residuals, 1)).toThrow(RangeError);
  });

  it('cuts the same rank off both ends of signed residuals', () => {
    const signed = sample(Array.from({ length: 19 }, (_, i) => i - 9));
    expect(need(conformalInterval(signed, 0.8))).toEqual({ low: -8, high: 8 });
    expect(need(conformalInterval(signed, 0.9))).toEqual({ low: -9, high: 9 });
    expect(conformalInterval(signed, 0.95)).toEqual({ value: null, reason: 'too_few', needs: 39 });
    expect(conformalInterval(sample([]), 0.8).reason).toBe('empty');
  });

  it('covers a new residual as often as it says, with 19 old ones', () => {
    const next = normals(seeded(61));
    let covered = 0;
    for (let trial = 0; trial < 4000; trial++) {
      const { low, high } = need(conformalInterval(sample(Array.from({ length: 19 }, next)), 0.8));
      const fresh = next();
      if (low <= fresh && fresh <= high) covered++;
    }
    // Exactly 0.8 for n = 19; three standard errors.
    expect(Math.abs(covered / 4000 - 0.8)).toBeLessThan(0.019);
  });
});
