import { type Interval, type Known, known, missing, requireProbability } from './known.ts';
import { normalQuantile } from './normal.ts';
import { pairCounts, ranksIn } from './pairs.ts';
import { at, type Sample } from './sample.ts';

/**
 * Cliff's delta, P(a > b) - P(a < b), with his asymmetric interval from the unbiased variance (Cliff 1996,
 * ch. 5; Feng & Cliff 2004), a normal quantile in place of t. Where the groups do not overlap at all the variance is
 * zero and the interval ends at (n - z^2) / (n + z^2), n the smaller group. O(n log n).
 */
export function cliffsDelta(a: Sample, b: Sample, level = 0.95): Known<Interval> {
  requireProbability('level', level);
  if (a.n < 2 || b.n < 2) return missing(a.n === 0 || b.n === 0 ? 'empty' : 'too_few', 2);
  const pairs = a.n * b.n;
  const { above, equal } = pairCounts(a, b);
  const delta = (2 * above + equal - pairs) / pairs;
  const z2 = normalQuantile((1 + level) / 2) ** 2;
  if (Math.abs(delta) === 1) {
    const n = Math.min(a.n, b.n);
    const bound = (n - z2) / (n + z2);
    return known({ estimate: delta, low: delta > 0 ? bound : -1, high: delta > 0 ? 1 : -bound, level });
  }
  const spreadA = dominanceSpread(a, b, delta);
  const spreadB = dominanceSpread(b, a, -delta);
  const spreadPairs = pairs - equal - pairs * delta * delta;
  const unbiased =
    (b.n * b.n * spreadA + a.n * a.n * spreadB - spreadPairs) / (pairs * (a.n - 1) * (b.n - 1));
  // The unbiased estimate may fall below zero; Cliff's lower bound replaces it there.
  const variance = Math.max(unbiased, (1 - delta * delta) / (pairs - 1));
  const side = Math.sqrt(z2 * variance * ((1 - delta * delta) ** 2 + z2 * variance));
  const centre = delta - delta ** 3;
  const scale = 1 - delta * delta + z2 * variance;
  return known({
    estimate: delta,
    low: Math.max(-1, (centre - side) / scale),
    high: Math.min(1, (centre + side) / scale),
    level,
  });
}

/** Sum over a of (mean dominance of that value over b - delta)^2. */
function dominanceSpread(a: Sample, b: Sample, delta: number): number {
  const { below, upTo } = ranksIn(a.ascending, b.ascending);
  let sum = 0;
  for (let i = 0; i < a.n; i++) sum += ((at(below, i) + at(upTo, i) - b.n) / b.n - delta) ** 2;
  return sum;
}
