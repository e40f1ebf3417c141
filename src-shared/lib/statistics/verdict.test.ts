import { describe, expect, it } from 'vitest';
import { moreRuns } from './power.ts';
import { logsOf, standardDeviation } from './sample.ts';
import { logNormal, need, sample } from './testing.ts';
import { verdict, verdicts } from './verdict.ts';

const options = { better: 'lower', smallest: 0.05 } as const;
const equal = (n: number, value = 5) => sample(Array(n).fill(value));

/** Counts the verdicts of 2,000 seeded trials with log-sd 0.35. */
function simulate(n: number, ratio: number, smallest = 0.05) {
  const draw = logNormal(2026);
  const counts = { better: 0, worse: 0, no_difference: 0, not_enough: 0 };
  for (let trial = 0; trial < 2000; trial++)
    counts[verdict({ a: draw(n, 100 * ratio), b: draw(n) }, { better: 'lower', smallest }).verdict]++;
  return counts;
}

describe('verdicts in simulation', () => {
  it.each([5, 20, 100])('claim a difference that is not there at most 6.5 times in 100, n = %d', (n) => {
    const { better, worse } = simulate(n, 1);
    expect((better + worse) / 2000).toBeLessThanOrEqual(0.065);
  });

  it('find a shift of 20 % with 100 runs at least 9 times in 10, and never the wrong way round', () => {
    const { worse, better } = simulate(100, 1.2);
    expect(worse / 2000).toBeGreaterThanOrEqual(0.9);
    expect(better).toBe(0);
    expect(simulate(100, 1 / 1.2).better / 2000).toBeGreaterThanOrEqual(0.9);
  });

  it('say "no difference" of a true 20 % hardly ever, and of none mostly, when 15 % matter', () => {
    expect(simulate(100, 1.2, 0.15).no_difference / 2000).toBeLessThan(0.025);
    expect(simulate(200, 1, 0.15).no_difference / 2000).toBeGreaterThan(0.9);
  });

  it('make a false claim in at most 6.5 of 100 families of eight groups', () => {
    const draw = logNormal(77);
    let claimed = 0;
    for (let trial = 0; trial < 300; trial++) {
      const b = draw(30);
      const pairs = Array.from({ length: 7 }, () => ({ a: draw(30), b }));
      if (verdicts(pairs, options).some((each) => each.verdict === 'better' || each.verdict === 'worse'))
        claimed++;
    }
    expect(claimed / 300).toBeLessThanOrEqual(0.065);
  });
});

describe('a verdict', () => {
  const draw = logNormal(8);
  const slow = draw(60, 150);
  const fast = draw(60);

  it('names the effect as a ratio and in the unit, with interval and p', () => {
    const result = verdict({ a: slow, b: fast }, options);
    expect(result.verdict).toBe('worse');
    const [ratio, shift] = [need(result.ratio), need(result.shift)];
    expect(ratio.low).toBeGreaterThan(1);
    expect(ratio.low < ratio.estimate && ratio.estimate < ratio.high).toBe(true);
    expect(Math.abs(ratio.estimate - 1.5)).toBeLessThan(0.3);
    expect(shift.low).toBeGreaterThan(0);
    expect(result.p).toBeLessThan(0.001);
    expect(result).toMatchObject({ adjustedP: result.p, more: null, n: { a: 60, b: 60 } });
    expect(verdict({ a: slow, b: fast }, { ...options, better: 'higher' }).verdict).toBe('better');
  });

  it('is the opposite from the other side', () => {
    const [there, back] = [verdict({ a: slow, b: fast }, options), verdict({ a: fast, b: slow }, options)];
    expect(back.verdict).toBe('better');
    expect(need(back.ratio).low * need(there.ratio).high).toBeCloseTo(1, 12);
    expect(back.p).toBe(there.p);
  });

  it('is "no difference" only within the whole interval', () => {
    const [a, b] = [draw(3000), draw(3000)];
    expect(verdict({ a, b }, options).verdict).toBe('no_difference');
    expect(verdict({ a, b }, { ...options, smallest: 0.0001 }).verdict).not.toBe('no_difference');
    expect(verdict({ a: equal(50), b: equal(50) }, options).verdict).toBe('no_difference');
  });

  it('prefers "no difference" to a difference too small to matter', () => {
    const steps = (from: number) => sample(Array.from({ length: 500 }, (_, i) => from + i / 1e5));
    const result = verdict({ a: steps(100.01), b: steps(100) }, options);
    expect(result.adjustedP).toBeLessThan(1e-6);
    expect(result.verdict).toBe('no_difference');
  });

  it.each([
    [0, 0],
    [0, 50],
    [1, 1],
    [2, 2],
    [3, 3],
    [1, 3],
  ])('is "not enough" for groups of %d and %d, whatever their values', (n, m) => {
    for (const [x, y] of [
      [1, 1000],
      [5, 5],
      [-3, 3],
      [0, 0],
    ] as const) {
      const result = verdict({ a: equal(n, x), b: equal(m, y) }, options);
      expect(result.verdict).toBe('not_enough');
      expect(result.more?.a).toBeGreaterThanOrEqual(4 - n);
      expect(result.more?.b).toBeGreaterThanOrEqual(Math.max(0, 4 - m));
      expect(result.p === null).toBe(n === 0 || m === 0);
      expect(JSON.stringify(result)).not.toMatch(/NaN|Infinity/);
    }
  });

  it('says about how many more runs there must be, and on what that rests', () => {
    const ten = { a: draw(10), b: draw(10) };
    const few = verdict(ten, { ...options, smallest: 0.2 });
    const variances = [ten.a, ten.b].map((s) => need(standardDeviation(need(logsOf(s)).ascending)) ** 2);
    const logSd = Math.sqrt(((variances[0] ?? 0) + (variances[1] ?? 0)) / 2);
    expect(few).toMatchObject({ verdict: 'not_enough', more: { basis: 'power' } });
    expect(few.more).toMatchObject(moreRuns({ ratio: 1.2, logSd }, 10, 10));
    expect(few.more?.a).toBeGreaterThan(20);
    const alone = verdict({ a: equal(1), b: equal(1) }, options);
    expect(alone.more).toEqual({ a: 3, b: 3, basis: 'minimum' });
    // Enough to find 15 % and yet undecided: the interval has to shrink.
    const b = draw(300);
    const between = sample(b.ascending.map((value) => value * 1.05));
    const unclear = verdict({ a: between, b }, { ...options, smallest: 0.09 });
    expect(unclear).toMatchObject({ verdict: 'not_enough', more: { basis: 'precision' } });
    expect(unclear.more?.a).toBeGreaterThan(0);
    expect(unclear.more?.a).toBeLessThan(1200);
    // About equal: the interval has to shrink to the smallest difference, not to the estimate.
    const around = sample([...Array(40).keys()]);
    const alike = verdict({ a: around, b: around }, options).more;
    expect(alike?.basis).toBe('precision');
    expect(alike?.a).toBeGreaterThan(100);
    expect(alike?.a).toBeLessThan(10_000);
  });

  it('reads the smallest difference as a ratio, from either side', () => {
    for (const [ratio, found] of [
      [1.0495, 'no_difference'],
      [1.0505, 'worse'],
      [1 / 1.0495, 'no_difference'],
      [1 / 1.0505, 'better'],
    ] as const)
      expect(verdict({ a: equal(20, 100 * ratio), b: equal(20, 100) }, options).verdict).toBe(found);
  });

  it('takes values at and below zero, in their unit', () => {
    const around = (centre: number) => sample(draw(40).ascending.map((value) => value / 100 - 1 + centre));
    const result = verdict({ a: around(3), b: around(0) }, options);
    expect(result.verdict).toBe('worse');
    expect(result.ratio).toEqual({ value: null, reason: 'not_positive', needs: null });
    expect(need(result.shift).low).toBeGreaterThan(2);
  });

  it('knows no per cent of a baseline of zero: only an interval of exactly zero is "no difference"', () => {
    expect(verdict({ a: equal(50, 0), b: equal(50, 0) }, options).verdict).toBe('no_difference');
    const around = sample([...Array(60).keys()].map((i) => i - 29.5));
    const result = verdict({ a: around, b: sample(around.ascending.map((v) => v / 2)) }, options);
    expect(result).toMatchObject({ verdict: 'not_enough', more: null });
    expect(JSON.stringify(result)).not.toMatch(/NaN|Infinity/);
  });

  it('pays for every further comparison', () => {
    const pair = { a: draw(30, 121), b: draw(30) };
    const [alone, among] = [verdict(pair, options), verdict(pair, options, 20)];
    expect(among.adjustedP).toBeCloseTo(Math.min(1, (alone.p ?? 0) * 20), 12);
    expect(need(among.ratio).low).toBeLessThan(need(alone.ratio).low);
    expect(need(among.ratio).level).toBe(1 - 0.05 / 20);
    expect(() => verdict(pair, options, 0)).toThrow(RangeError);
    expect(() => verdict(pair, { ...options, smallest: 0 })).toThrow(RangeError);
    expect(() => verdict(pair, { ...options, alpha: 1 })).toThrow(RangeError);
  });

  it('by Holm leaves empty groups out of the family and holds the clearest against all', () => {
    const results = verdicts(
      [
        { a: slow, b: fast },
        { a: equal(0), b: fast },
        { a: draw(60), b: fast },
      ],
      options,
    );
    expect(results.map((result) => result.adjustedP)).toEqual([
      (results[0]?.p ?? 0) * 2,
      null,
      results[2]?.p ?? 0,
    ]);
    expect(results.map((result) => result.shift.value?.level ?? null)).toEqual([0.975, null, 0.95]);
    expect(results[0]?.verdict).toBe('worse');
    expect(verdicts([], options)).toEqual([]);
  });

  it('judges 20,000 against 20,000 in well under two seconds', () => {
    const pair = { a: draw(20_000, 110), b: draw(20_000) };
    const started = performance.now();
    expect(verdict(pair, options).verdict).toBe('worse');
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
