import { describe, expect, it } from 'vitest';
import { holm, holmSteps } from './holm.ts';

describe("Holm's correction", () => {
  // R 4.2.2: p.adjust(c(.01, .04, .03, .005, .2, .04), "holm")
  it('is that of R', () => {
    const expected = [0.05, 0.12, 0.12, 0.03, 0.2, 0.12];
    for (const [i, p] of holm([0.01, 0.04, 0.03, 0.005, 0.2, 0.04]).entries())
      expect(p).toBeCloseTo(expected[i] ?? Number.NaN, 14);
  });

  it('takes none, one, and never exceeds 1', () => {
    expect(holm([])).toEqual([]);
    expect(holm([0.3])).toEqual([0.3]);
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
  });

  it('holds the smallest p against all', () => {
    expect(holmSteps([0.5, 0.1]).map(({ index, multiplier }) => [index, multiplier])).toEqual([
      [1, 2],
      [0, 1],
    ]);
  });

  it.each([Number.NaN, -0.1, 1.1])('refuses %d', (p) => {
    expect(() => holm([0.5, p])).toThrow(RangeError);
  });
});
