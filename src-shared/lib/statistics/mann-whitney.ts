import { type Known, known, missing } from './known.ts';
import { normalCdf } from './normal.ts';
import { pairCounts } from './pairs.ts';
import type { Sample } from './sample.ts';

export interface MannWhitney {
  /** Pairs with a > b, ties counting half: R's W. */
  readonly u: number;
  /** Two-sided. */
  readonly p: number;
  readonly method: 'exact' | 'asymptotic';
}

/**
 * Mann-Whitney U (Wilcoxon rank sum), two-sided. Exact without ties and under 50 values a group, else normal with
 * tie and continuity correction: the rule and the figures of R's wilcox.test. All values equal: p = 1.
 */
export function mannWhitney(a: Sample, b: Sample): Known<MannWhitney> {
  if (a.n === 0 || b.n === 0) return missing('empty', 1);
  const { above, equal, ties } = pairCounts(a, b);
  const u = above + equal / 2;
  if (isExact(a.n, b.n, ties)) {
    const nearer = Math.min(u, a.n * b.n - u);
    return known({ u, p: Math.min(1, 2 * rankSumCdf(nearer, a.n, b.n)), method: 'exact' });
  }
  const total = a.n + b.n;
  const variance = ((a.n * b.n) / 12) * (total + 1 - ties / (total * (total - 1)));
  const distance = Math.max(0, Math.abs(u - (a.n * b.n) / 2) - 0.5);
  const p = variance > 0 ? Math.min(1, 2 * normalCdf(-distance / Math.sqrt(variance))) : 1;
  return known({ u, p, method: 'asymptotic' });
}

export const isExact = (n: number, m: number, ties: number): boolean => ties === 0 && n < 50 && m < 50;

/** P(U <= u) without a true difference and without ties. */
export function rankSumCdf(u: number, n: number, m: number): number {
  if (u < 0) return 0;
  const counts = rankSumCounts(n, m);
  const half = Math.floor((n * m) / 2);
  const sum = (to: number): number => counts.slice(0, to + 1).reduce((total, count) => total + count, 0);
  const all = choose(n + m, n);
  return u <= half ? sum(Math.floor(u)) / all : 1 - rankSumCdf(n * m - Math.floor(u) - 1, n, m);
}

/** The smallest u with P(U <= u) >= p, for p up to 1/2. */
export function rankSumQuantile(p: number, n: number, m: number): number {
  const all = choose(n + m, n);
  const counts = rankSumCounts(n, m);
  let sum = 0;
  let u = 0;
  for (; u < counts.length; u++) {
    sum += counts[u] as number;
    if (sum / all >= p) break;
  }
  return u;
}

/**
 * How many of the orders of n and m values have U = 0 .. n m / 2 (the rest is symmetric): coefficients of the
 * Gaussian binomial, whose factors (1 - q^(m+i)) / (1 - q^i) are multiplied in one by one (Andrews 1976, ch. 3).
 */
function rankSumCounts(n: number, m: number): Float64Array {
  if (lastCounts.n === n && lastCounts.m === m) return lastCounts.counts;
  const counts = new Float64Array(Math.floor((n * m) / 2) + 1);
  counts[0] = 1;
  for (let i = 1; i <= n; i++) {
    for (let u = counts.length - 1; u >= m + i; u--) counts[u] = (counts[u] ?? 0) - (counts[u - m - i] ?? 0);
    for (let u = i; u < counts.length; u++) counts[u] = (counts[u] ?? 0) + (counts[u - i] ?? 0);
  }
  lastCounts = { n, m, counts };
  return counts;
}

/** The latest distribution: one comparison asks for the same one several times. */
let lastCounts = { n: 0, m: 0, counts: Float64Array.of(1) };

export function choose(n: number, k: number): number {
  let result = 1;
  for (let i = 1; i <= Math.min(k, n - k); i++) result *= (n + 1 - i) / i;
  return result;
}
