import { describe, expect, it } from 'vitest';
import { syntheticOffers } from '#shared/model/testing.ts';
import {
  parseLimit,
  rounded,
  type SliderScale,
  STEPS,
  sliderScale,
  stepAt,
  valueAtStep,
} from './range-scale.ts';

describe('a slider', () => {
  it.each([
    [{ low: 0.05, high: 42, log: true }],
    [{ low: 0.8, high: 0.9996, log: false }],
    [{ low: 1294, high: 180_600, log: true }],
  ] satisfies [SliderScale][])('finds the step of each of its values: %o', (scale) => {
    for (const step of [0, 1, 57, STEPS - 1, STEPS])
      expect(stepAt(scale, valueAtStep(scale, step))).toBe(step);
    expect([stepAt(scale, scale.low / 9), stepAt(scale, scale.high * 9)]).toEqual([0, STEPS]);
  });

  it('rounds towards the outside: no offer falls out', () => {
    const scale = { low: 0.05, high: 42, log: true };
    for (let step = 1; step < STEPS; step++) {
      const value = valueAtStep(scale, step);
      const [down, up] = [rounded(value, 'down', scale), rounded(value, 'up', scale)];
      expect(down).toBeLessThanOrEqual(value);
      expect(up).toBeGreaterThanOrEqual(value);
      expect(up - down).toBeLessThan(value / 20);
      expect(String(down).length).toBeLessThan(8);
    }
  });

  it('has no ends where all offers have the same', () => {
    const [first] = syntheticOffers(1);
    if (first === undefined) throw new Error('no offer');
    expect(sliderScale([first, first], 'dph_total')).toBeNull();
    expect(sliderScale([{ ...first, dlperf: null }], 'dlperf')).toBeNull();
    expect(sliderScale(syntheticOffers(50), 'dph_total')?.log).toBe(true);
  });
});

it('takes a number, nothing, or says that it is neither', () => {
  expect(['0.5', ' 24 ', '1,5', '', '-1', 'x', '1e3', 'Infinity'].map(parseLimit)).toEqual([
    0.5,
    24,
    1.5,
    undefined,
    null,
    null,
    1000,
    null,
  ]);
});
