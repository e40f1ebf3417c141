import { describe, expect, it } from 'vitest';
import { domainOf, scaleOf, spansMuch, spread } from './scale.ts';
import { inUnit, onAxis } from './units.ts';

describe('scales', () => {
  it('begin at zero and end on a round value of the unit', () => {
    const seconds = scaleOf(domainOf([12_100, 19_300, null], false), [0, 100], { unit: 'ms' });
    expect(seconds.ticks).toEqual([0, 5000, 10_000, 15_000, 20_000]);
    expect(seconds.at(10_000)).toBe(50);
    expect(scaleOf([0, 12], [0, 100]).ticks).toEqual([0, 2, 4, 6, 8, 10, 12]);
    const minutes = scaleOf(domainOf([540_000], false), [0, 100], { unit: 'ms' });
    expect(minutes.ticks.map((tick) => onAxis(tick, 'ms'))).toEqual([
      '0',
      '2 m',
      '4 m',
      '6 m',
      '8 m',
      '10 m',
    ]);
  });
  it('are logarithmic around what is positive', () => {
    const log = scaleOf(domainOf([0, 1, 1000], true), [0, 300], { log: true });
    expect(log.at(1000) - log.at(100)).toBeCloseTo(log.at(100) - log.at(10), 6);
    expect(log.ticks).toEqual([1, 10, 100, 1000]);
    const narrow = scaleOf(domainOf([0.7, 1.9], true), [0, 300], { log: true });
    expect(narrow.ticks.length).toBeGreaterThanOrEqual(4);
    expect(narrow.ticks).toContain(1);
  });
  it('have ticks however little a logarithmic one spans', () => {
    const near = scaleOf(domainOf([0.98, 1.02], true), [0, 300], { log: true, unit: 'ratio' });
    expect(near.ticks).toEqual([0.94, 0.96, 0.98, 1, 1.02, 1.04, 1.06]);
    const cents = scaleOf(domainOf([0.0121, 0.0133], true), [0, 300], { log: true, unit: 'usd', count: 5 });
    expect(cents.ticks.length).toBeGreaterThanOrEqual(3);
    expect(cents.ticks.every((tick) => tick >= 0.0115 && tick <= 0.014)).toBe(true);
  });
  it('hold every value and zero where all are below it', () => {
    const below = scaleOf(domainOf([-5, -2, 0], false), [0, 100]);
    expect(below.domain).toEqual([-5, 0]);
    expect(below.at(0)).toBe(100);
    expect(domainOf([-5, -2], false)).toEqual([-5, 0]);
  });
  it('have a place for no value, one value and equal values', () => {
    expect(scaleOf(domainOf([], false), [0, 10]).at(0)).toBe(0);
    expect(Number.isFinite(scaleOf(domainOf([0, 0], false), [0, 10]).at(0))).toBe(true);
    const one = scaleOf(domainOf([5, 5], true), [0, 10], { log: true });
    expect(one.at(5)).toBeCloseTo(5, 6);
  });
  it('offer a logarithm only where the ratio exceeds 50', () => {
    expect(spansMuch([1, 50])).toBe(false);
    expect(spansMuch([0, 1, null, 51])).toBe(true);
    expect(spansMuch([])).toBe(false);
  });
});

it('moves labels apart within their room', () => {
  expect(spread([10, 10, 10], 12, [0, 100])).toEqual([10, 22, 34]);
  expect(spread([98, 99], 12, [0, 100])).toEqual([88, 100]);
  expect(spread([50, 10], 12, [0, 100])).toEqual([50, 10]);
});

it('writes figures with their unit, and the unknown as a dash', () => {
  expect(inUnit(null, 'ms')).toBe('–');
  expect(inUnit(1.5, 'ratio')).toBe('1.5×');
  expect(inUnit(0.987, 'share')).toBe('98.7 %');
  expect(onAxis(5000, 'ms')).toBe('5 s');
  expect(onAxis(0.5, 'share')).toBe('50 %');
});
