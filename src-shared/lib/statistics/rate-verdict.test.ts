import { describe, expect, it } from 'vitest';
import { seeded } from '../random.ts';
import type { Count } from './proportion.ts';
import { exactDifference, rateDifferenceP, rateVerdicts } from './rate-verdict.ts';
import { need } from './testing.ts';

const count = (successes: number, n: number): Count => ({ successes, n });
const one = (a: Count, b: Count, smallest = 0.05) => {
  const [found] = rateVerdicts([{ a, b }], { smallest });
  if (found === undefined) throw new Error('no verdict');
  return found;
};

describe('the difference of two rates from exact limits', () => {
  // R 4.2.2: a <- binom.test(k, n, conf.level = level)$conf.int; b <- binom.test(l, m, conf.level = level)$conf.int
  //   k/n - l/m + c(-sqrt((k/n - a[1])^2 + (b[2] - l/m)^2), sqrt((a[2] - k/n)^2 + (l/m - b[1])^2))
  it.each([
    [56, 70, 48, 80, 0.95, 0.043886878207775537, 0.34417102320815784],
    [10, 10, 0, 20, 0.95, 0.64851699944385643, 1],
    [40, 40, 35, 40, 0.95, 0.0038659563114892825, 0.26803291736172041],
    [950, 1000, 990, 1000, 0.99, -0.061442543106675088, -0.020365803488656978],
    [2, 2, 0, 2, 0.95, -0.19060676462311599, 1],
  ])('%d of %d against %d of %d at %d', (k, n, l, m, level, low, high) => {
    const interval = need(exactDifference(count(k, n), count(l, m), level));
    expect(interval.low).toBeCloseTo(low, 10);
    expect(interval.high).toBeCloseTo(high, 10);
    expect(interval.estimate).toBe(k / n - l / m);
  });

  // R 4.2.2: 2 * pnorm(-uniroot(f, c(1e-6, 8), tol = 1e-13)$root), f(z) the end next to zero of the interval above at
  //   the level 1 - 2 * pnorm(-z). fisher.test(): 0.0125, 3.3e-8, 0.055, 1.1e-7, 0.029, 0.1
  it.each([
    [56, 70, 48, 80, 0.011028197159219905],
    [10, 10, 0, 20, 7.6713383812013091e-8],
    [40, 40, 35, 40, 0.042551439637364671],
    [950, 1000, 990, 1000, 1.0799270661055642e-7],
    [4, 4, 0, 4, 0.014718625761430055],
    [3, 3, 0, 3, 0.050252531694167511],
  ])('%d of %d against %d of %d has its p', (k, n, l, m, p) => {
    const [a, b] = [count(k, n), count(l, m)];
    expect((rateDifferenceP(a, b) ?? 0) / p).toBeCloseTo(1, 6);
    expect(rateDifferenceP(b, a)).toBe(rateDifferenceP(a, b));
  });

  it('is nothing to test where rates are equal or a group is empty, and ends where doubles do', () => {
    expect(rateDifferenceP(count(5, 10), count(10, 20))).toBe(1);
    expect(rateDifferenceP(count(0, 0), count(10, 20))).toBeNull();
    expect(exactDifference(count(0, 0), count(1, 2)).reason).toBe('empty');
    expect(rateDifferenceP(count(20_000, 20_000), count(0, 20_000))).toBeLessThan(1e-14);
    expect(() => exactDifference(count(3, 2), count(1, 2))).toThrow(RangeError);
  });
});

/** Verdicts of 2,000 seeded trials with these true rates. */
function simulate(n: number, m: number, rateA: number, rateB: number, smallest = 0.05) {
  const random = seeded(2026);
  const draw = (runs: number, rate: number): Count => {
    let successes = 0;
    for (let i = 0; i < runs; i++) if (random() < rate) successes++;
    return count(successes, runs);
  };
  const counts = { better: 0, worse: 0, no_difference: 0, not_enough: 0 };
  for (let trial = 0; trial < 2000; trial++) counts[one(draw(n, rateA), draw(m, rateB), smallest).verdict]++;
  return counts;
}

describe('verdicts on rates in simulation', () => {
  it.each([
    [2, 2, 0.5],
    [3, 100, 0.95],
    [5, 5, 0.5],
    [20, 20, 0.8],
    [20, 200, 0.98],
    [100, 100, 0.5],
    [100, 100, 0.9],
  ])(
    'claim a difference that is not there at most 6.5 times in 100: %d and %d runs, rate %d',
    (n, m, rate) => {
      const { better, worse } = simulate(n, m, rate, rate);
      expect((better + worse) / 2000).toBeLessThanOrEqual(0.065);
    },
  );

  it('find 20 points with 100 runs at least 8 times in 10, and never the wrong way round', () => {
    const { better, worse } = simulate(100, 100, 0.7, 0.9);
    expect(worse / 2000).toBeGreaterThanOrEqual(0.8);
    expect(better).toBe(0);
  });

  it('find the smallest difference about 8 times in 10 with as many runs as were said to be missing', () => {
    const { more } = one(count(18, 20), count(18, 20), 0.1);
    const n = 20 + (more?.a ?? 0);
    const { better } = simulate(n, n, 0.95, 0.85, 0.1);
    expect(better / 2000).toBeGreaterThan(0.7);
    expect(better / 2000).toBeLessThan(0.93);
  });

  it('say "no difference" of a true 10 points hardly ever', () => {
    expect(simulate(300, 300, 0.9, 0.8, 0.1).no_difference / 2000).toBeLessThan(0.03);
    expect(simulate(800, 800, 0.9, 0.9, 0.1).no_difference / 2000).toBeGreaterThan(0.9);
  });
});

describe('a verdict on rates', () => {
  it('has more successes as better, and is the opposite from the other side', () => {
    const [there, back] = [one(count(70, 100), count(95, 100)), one(count(95, 100), count(70, 100))];
    expect(there).toMatchObject({ verdict: 'worse', more: null, n: { a: 100, b: 100 } });
    expect(back.verdict).toBe('better');
    expect(need(back.difference).low).toBeCloseTo(-need(there.difference).high, 12);
    expect(need(there.difference).high).toBeLessThan(0);
  });

  it('is "no difference" only within the whole interval, before a difference too small to matter', () => {
    expect(one(count(950, 1000), count(950, 1000)).verdict).toBe('no_difference');
    expect(one(count(19, 20), count(19, 20)).verdict).toBe('not_enough');
    const small = one(count(98_000, 100_000), count(98_500, 100_000));
    expect(small.adjustedP).toBeLessThan(1e-10);
    expect(small.verdict).toBe('no_difference');
  });

  it.each([
    [0, 0],
    [0, 50],
    [1, 1],
    [3, 3],
  ])('is "not enough" for %d and %d runs, all against none, and says of how many more', (n, m) => {
    const found = one(count(n, n), count(0, m));
    expect(found.verdict).toBe('not_enough');
    expect(found.more?.a).toBeGreaterThanOrEqual(4 - n);
    expect(JSON.stringify(found)).not.toMatch(/NaN|Infinity/);
    expect(one(count(4, 4), count(0, 4)).verdict).toBe('better');
  });

  it('says of more runs also where the power is there and the interval is not, and of none that cannot be counted', () => {
    const wide = one(count(800, 2000), count(840, 2000), 0.04);
    expect(wide).toMatchObject({ verdict: 'not_enough' });
    expect(wide.more?.a).toBeGreaterThan(0);
    expect(one(count(1, 5), count(2, 5), 1e-12).more).toBeNull();
  });

  it('by Holm pays for every comparison with runs, interval and p together', () => {
    const clear = { a: count(60, 100), b: count(95, 100) };
    const results = rateVerdicts([clear, { a: count(0, 0), b: clear.b }, { a: count(93, 100), b: clear.b }], {
      smallest: 0.05,
    });
    const plain = rateDifferenceP(clear.a, clear.b) ?? 1;
    expect(results.map(({ adjustedP }) => adjustedP)).toEqual([
      plain * 2,
      null,
      rateDifferenceP(count(93, 100), clear.b),
    ]);
    expect(results.map(({ difference }) => difference.value?.level ?? null)).toEqual([0.975, null, 0.95]);
    for (const { verdict, difference } of results)
      if (verdict === 'not_enough' && difference.value !== null)
        expect(difference.value.low <= 0 && difference.value.high >= 0).toBe(true);
    expect(rateVerdicts([], { smallest: 0.05 })).toEqual([]);
    expect(() => rateVerdicts([clear], { smallest: 0 })).toThrow(RangeError);
  });

  it('tests 49 pairs of 20,000 runs in well under a second', () => {
    const started = performance.now();
    for (let i = 0; i < 49; i++) rateDifferenceP(count(19_000 - i * 10, 20_000), count(19_100, 20_000));
    expect(performance.now() - started).toBeLessThan(800);
  });
});
