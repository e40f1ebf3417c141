import { describe, expect, it } from 'vitest';
import { seeded } from '../random.ts';
import { kthDifference, pairCounts } from './pairs.ts';
import { logNormal, sample } from './testing.ts';

/** All differences, the slow way. */
const differences = (a: Float64Array, b: Float64Array): number[] =>
  [...a].flatMap((x) => [...b].map((y) => x - y)).sort((x, y) => x - y);

describe('pairs of two samples', () => {
  it('are counted as every pair would be', () => {
    const next = seeded(3);
    for (let trial = 0; trial < 200; trial++) {
      const draw = () =>
        sample(Array.from({ length: 1 + Math.floor(next() * 12) }, () => Math.floor(next() * 8) - 4));
      const [a, b] = [draw(), draw()];
      const all = differences(a.ascending, b.ascending);
      const pooled = [...a.ascending, ...b.ascending];
      const ties = [...new Set(pooled)]
        .map((value) => pooled.filter((other) => other === value).length)
        .reduce((sum, t) => sum + t ** 3 - t, 0);
      expect(pairCounts(a, b)).toEqual({
        above: all.filter((d) => d > 0).length,
        equal: all.filter((d) => d === 0).length,
        ties,
      });
    }
  });

  it.each([
    ['integers with many ties', (u: number) => Math.floor(u * 5) - 2],
    ['a point mass and a tail', (u: number) => (u < 0.7 ? 1 : 1 / (1 - u))],
    ['wildly different sizes', (u: number) => (u < 0.5 ? -1 : 1) * 10 ** (600 * Math.abs(u - 0.5) - 150)],
    ['neighbouring doubles', (u: number) => 1 + Math.floor(u * 4) * Number.EPSILON],
  ])('have the k-th difference of all, for every k: %s', (_name, shape) => {
    const next = seeded(5);
    for (let trial = 0; trial < 20; trial++) {
      const draw = (n: number) => sample(Array.from({ length: n }, () => shape(next())));
      const [a, b] = [draw(1 + trial), draw(21 - trial)];
      const all = differences(a.ascending, b.ascending);
      for (let k = 1; k <= all.length; k += 1 + Math.floor(k / 9)) {
        expect(kthDifference(a, b, k) - (all[k - 1] ?? Number.NaN)).toBe(0);
      }
      expect(kthDifference(a, b, all.length)).toBe(all.at(-1));
    }
  });

  it('does 100,000 against 100,000 without their ten thousand million differences', () => {
    const draw = logNormal(1);
    const [a, b] = [draw(100_000), draw(100_000)];
    const started = performance.now();
    const middle = kthDifference(a, b, 5e9);
    expect(Math.abs(middle)).toBeLessThan(1);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
