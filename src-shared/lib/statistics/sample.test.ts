import { describe, expect, it } from 'vitest';
import { logsOf, mean, sampleOf, standardDeviation } from './sample.ts';

const y = [13.2, 16.9, 18.4, 12.2, 22.5, 17.7, 41.0, 15.8, 14.1, 19.3, 16.2, 21.6];

describe('a sample', () => {
  it('is a sorted copy', () => {
    const values = Float64Array.of(3, -1, 2);
    expect(sampleOf(values).value).toEqual({ n: 3, ascending: Float64Array.of(-1, 2, 3) });
    expect(values[0]).toBe(3);
    expect(sampleOf([]).value?.n).toBe(0);
  });

  it.each([Number.NaN, Infinity, -Infinity, 1.1e300])('refuses %d', (value) => {
    expect(sampleOf([1, value])).toEqual({ value: null, reason: 'not_finite', needs: null });
  });

  it.each([0, -1])('has no logarithms with a value of %d', (value) => {
    const sample = sampleOf([1, value]).value;
    expect(sample && logsOf(sample).reason).toBe('not_positive');
  });

  // R 4.2.2: mean(y); sd(y); sd(log(y)) with y as above
  it('has a mean and a standard deviation', () => {
    const sample = sampleOf(y).value;
    const logs = sample && logsOf(sample).value;
    expect(mean(Float64Array.from(y)).value).toBeCloseTo(19.074999999999999, 12);
    expect(standardDeviation(Float64Array.from(y)).value).toBeCloseTo(7.5766537348741112, 12);
    expect(logs && standardDeviation(logs.ascending).value).toBeCloseTo(0.31697098918204747, 12);
  });

  it('says when there is no mean or deviation, and does not overflow', () => {
    expect(mean(new Float64Array()).reason).toBe('empty');
    expect(standardDeviation(new Float64Array()).reason).toBe('empty');
    expect(standardDeviation(Float64Array.of(4))).toEqual({ value: null, reason: 'too_few', needs: 2 });
    expect(standardDeviation(Float64Array.of(4, 4, 4)).value).toBe(0);
    expect(standardDeviation(Float64Array.of(-1e300, 1e300)).value).toBeCloseTo(Math.SQRT2 * 1e300, -290);
  });
});
