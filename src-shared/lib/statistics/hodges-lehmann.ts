import { type Interval, type Known, known, missing, requireProbability } from './known.ts';
import { choose, isExact, rankSumCdf, rankSumQuantile } from './mann-whitney.ts';
import { normalCdf, normalQuantile } from './normal.ts';
import { kthDifference, pairCounts } from './pairs.ts';
import type { Sample } from './sample.ts';

export interface Shift extends Interval {
  /** What the interval covers in truth (exact) or by the normal approximation; at least `level`. */
  readonly coverage: number;
  readonly method: 'exact' | 'asymptotic';
}

/**
 * Hodges-Lehmann shift: the median of all differences a_i - b_j, with the interval that inverts the Mann-Whitney
 * test (Hollander, Wolfe & Chicken 2014, section 4.3). Assumes that the groups differ by a shift; exact under the same
 * condition as the test, else with the normal rank of untied data, which ties only make wider. O((n + m) log).
 */
export function hodgesLehmann(a: Sample, b: Sample, level = 0.95): Known<Shift> {
  requireProbability('level', level);
  if (a.n === 0 || b.n === 0) return missing('empty', 1);
  const pairs = a.n * b.n;
  const exact = isExact(a.n, b.n, pairCounts(a, b).ties);
  const tail = (1 - level) / 2;
  const rank = exact ? rankSumQuantile(tail, a.n, b.n) : normalRank(a.n, b.n, tail);
  if (rank < 1) return missing('too_few', runsForShift(level));
  const middle = Math.floor((pairs + 1) / 2);
  const lower = kthDifference(a, b, middle);
  const upper = pairs % 2 === 1 ? lower : kthDifference(a, b, middle + 1);
  const missed = exact ? rankSumCdf(rank - 1, a.n, b.n) : normalMiss(a.n, b.n, rank);
  return known({
    estimate: lower + (upper - lower) / 2,
    low: kthDifference(a, b, rank),
    high: kthDifference(a, b, pairs + 1 - rank),
    level,
    coverage: 1 - 2 * missed,
    method: exact ? 'exact' : 'asymptotic',
  });
}

/** Runs per group (of two equal ones) from which a shift can be told at all: 4 at 95 %. */
export function runsForShift(level = 0.95): number {
  let n = 1;
  while (1 / choose(2 * n, n) > (1 - level) / 2) n++;
  return n;
}

const spread = (n: number, m: number): number => Math.sqrt((n * m * (n + m + 1)) / 12);

/** The largest rank whose lower tail, with continuity correction, is at most `tail`. */
const normalRank = (n: number, m: number, tail: number): number =>
  Math.floor((n * m) / 2 + 0.5 + normalQuantile(tail) * spread(n, m));

const normalMiss = (n: number, m: number, rank: number): number =>
  normalCdf((rank - 0.5 - (n * m) / 2) / spread(n, m));
