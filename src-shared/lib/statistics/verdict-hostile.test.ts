import { describe, expect, it } from 'vitest';
import { logNormal, need, sample } from './testing.ts';
import { verdict, verdicts } from './verdict.ts';

const options = { better: 'lower', smallest: 0.05 } as const;
/** `ones` times 1, `twos` times 2, and so on. */
const counted = (...times: number[]) => sample(times.flatMap((n, i) => Array<number>(n).fill(i + 1)));

describe('a verdict of a family', () => {
  it('never leaves an interval on one side of 1 beside "not enough"', () => {
    const draw = logNormal(12);
    for (let trial = 0; trial < 150; trial++) {
      const b = draw(20);
      const pairs = Array.from({ length: 5 }, (_, i) => ({ a: draw(20, 100 * (1 + 0.06 * i)), b }));
      for (const result of verdicts(pairs, options)) {
        const { low, high } = need(result.ratio);
        if (result.verdict === 'not_enough') expect(low <= 1 && high >= 1).toBe(true);
        if (result.verdict === 'better') expect(low).toBeLessThan(1);
        if (result.verdict === 'worse') expect(high).toBeGreaterThan(1);
      }
    }
  });

  it('is the same for equal pairs, in whichever order the family comes', () => {
    const draw = logNormal(5);
    const [b, fast] = [draw(60), draw(60, 75)];
    const pairs = [
      { a: fast, b },
      { a: draw(60, 110), b },
      { a: fast, b },
    ];
    const [first, , third] = verdicts(pairs, options);
    expect(first).toEqual(third);
    expect(verdicts(pairs.toReversed(), options).toReversed()).toEqual(verdicts(pairs, options));
  });

  it('has corrected p-values in the order of the plain ones, none below its own', () => {
    const draw = logNormal(9);
    const b = draw(40);
    const results = verdicts(
      Array.from({ length: 12 }, (_, i) => ({ a: draw(40, 100 + 3 * i), b })),
      options,
    ).toSorted((x, y) => (x.p ?? 0) - (y.p ?? 0));
    for (const [i, { p, adjustedP }] of results.entries()) {
      expect(adjustedP).toBeGreaterThanOrEqual(p ?? 1);
      expect(adjustedP).toBeLessThanOrEqual(1);
      expect(adjustedP).toBeGreaterThanOrEqual(results[i - 1]?.adjustedP ?? 0);
    }
  });
});

describe('a verdict of groups whose order is changed', () => {
  const opposite = {
    better: 'worse',
    worse: 'better',
    no_difference: 'no_difference',
    not_enough: 'not_enough',
  };
  const draw = logNormal(31);
  const zeros = (n: number, zero: number, centre: number) =>
    sample(Array.from({ length: n }, (_, i) => (i < zero ? 0 : centre + i / 1000)));
  it.each([
    ['log-normal', draw(50, 120), draw(70)],
    ['2 and 2,000', draw(2, 1000), draw(2000)],
    ['one that holds zeros', zeros(60, 1, 100), zeros(60, 0, 104.9)],
    ['zeros, just within 5 % of one and not of the other', zeros(400, 1, 100), zeros(400, 0, 105.1)],
    ['ties', counted(50, 50), counted(95, 5)],
  ])('%s: is the opposite, with the opposite interval', (_, a, b) => {
    const [there, back] = [verdict({ a, b }, options), verdict({ a: b, b: a }, options)];
    expect(back.verdict).toBe(opposite[there.verdict]);
    expect(back.p).toBe(there.p);
    expect(need(back.shift).low).toBeCloseTo(-need(there.shift).high, 9);
    expect(need(back.shift).estimate).toBeCloseTo(-need(there.shift).estimate, 9);
  });
});

it('a smallest difference of next to nothing is not reached, and says no number of runs rather than fail', () => {
  const draw = logNormal(3);
  const result = verdict({ a: draw(30), b: draw(30) }, { ...options, smallest: 1e-17 });
  expect(result.verdict).toBe('not_enough');
  expect(JSON.stringify(result)).not.toMatch(/NaN|Infinity/);
});

it('values of 1e300 and of 5e-324 have a verdict with finite figures', () => {
  const around = (centre: number) => sample(Array.from({ length: 40 }, (_, i) => centre * (1 + (i % 7))));
  for (const [x, y] of [
    [1e299, 1e-300],
    [5e-324, 5e-324],
    [5e-324, 1e299],
  ] as const) {
    const result = verdict({ a: around(x), b: around(y) }, options);
    expect(JSON.parse(JSON.stringify(result, (_, v: unknown) => (v === Infinity ? 'inf' : v)))).toBeTruthy();
    expect(Number.isNaN(result.shift.value?.low ?? 0)).toBe(false);
  }
});
