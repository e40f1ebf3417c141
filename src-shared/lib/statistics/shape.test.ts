import { describe, expect, it } from 'vitest';
import { box, ecdf } from './shape.ts';
import { logNormal, need, sample } from './testing.ts';

describe('the empirical distribution', () => {
  it('steps at each distinct value', () => {
    const { x, y } = need(ecdf(sample([3, 1, 3, -2])));
    expect([...x]).toEqual([-2, 1, 3]);
    expect([...y]).toEqual([0.25, 0.5, 1]);
  });

  it('takes none, one and equal values', () => {
    expect(ecdf(sample([]))).toEqual({ value: null, reason: 'empty', needs: 1 });
    expect(need(ecdf(sample([4])))).toEqual({ x: Float64Array.of(4), y: Float64Array.of(1) });
    expect(need(ecdf(sample(Array(5000).fill(4)))).x).toHaveLength(1);
    expect(() => ecdf(sample([1]), 1)).toThrow(RangeError);
  });

  it.each([2, 3, 10, 100, 999])('is thinned to %d points, both ends kept, no share far off', (maxPoints) => {
    const values = logNormal(1)(2500);
    const all = need(ecdf(values, 10_000));
    const thin = need(ecdf(values, maxPoints));
    expect(all.x).toHaveLength(2500);
    expect(thin.x.length).toBeLessThanOrEqual(maxPoints);
    expect(thin.x.length).toBeGreaterThan(maxPoints * 0.8);
    expect([thin.x[0], thin.x.at(-1), thin.y.at(-1)]).toEqual([all.x[0], all.x.at(-1), 1]);
    let worst = 0;
    for (let i = 0, step = 0; i < 2500; i++) {
      while ((thin.x[step + 1] ?? Infinity) <= (all.x[i] ?? 0)) step++;
      worst = Math.max(worst, (all.y[i] ?? 0) - (thin.y[step] ?? 0));
    }
    expect(worst).toBeLessThanOrEqual(1 / (maxPoints - 1));
  });

  it('keeps a lone maximum among many ties', () => {
    const { x, y } = need(ecdf(sample([...Array(10_000).fill(1), 2, 3, 4, 1e9]), 3));
    expect([x[0], x.at(-1), y.at(-1)]).toEqual([1, 1e9, 1]);
    expect(x.length).toBeLessThanOrEqual(3);
  });
});

describe('the box', () => {
  // R 4.2.2: quantile(y, c(.25, .5, .75), type = 7); fences 15.375 - 6.75 and 19.875 + 6.75
  it("has R's quartiles and Tukey's fences", () => {
    const y = sample([13.2, 16.9, 18.4, 12.2, 22.5, 17.7, 41.0, 15.8, 14.1, 19.3, 16.2, 21.6]);
    const { q1, median, q3, ...rest } = need(box(y));
    expect(q1).toBeCloseTo(15.375, 12);
    expect(median).toBeCloseTo(17.3, 12);
    expect(q3).toBeCloseTo(19.875, 12);
    expect(rest).toEqual({
      n: 12,
      min: 12.2,
      max: 41,
      whiskerLow: 12.2,
      whiskerHigh: 22.5,
      outliers: Float64Array.of(41),
    });
  });

  it('takes none, one and equal values', () => {
    expect(box(sample([]))).toEqual({ value: null, reason: 'empty', needs: 1 });
    const one = { min: 7, whiskerLow: 7, q1: 7, median: 7, q3: 7, whiskerHigh: 7, max: 7 };
    expect(need(box(sample([7])))).toEqual({ n: 1, ...one, outliers: new Float64Array() });
    expect(need(box(sample([7, 7, 7])))).toEqual({ n: 3, ...one, outliers: new Float64Array() });
    expect(need(box(sample([-100, 7, 7, 7, 7, 7, 9]))).outliers).toEqual(Float64Array.of(-100, 9));
  });
});
