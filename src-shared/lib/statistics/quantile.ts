import { binomialCdf, binomialTail, firstTrue } from './beta.ts';
import { type Interval, type Known, known, missing, requireProbability } from './known.ts';
import { at, type Sample } from './sample.ts';

/** Quantile by linear interpolation between order statistics (Hyndman & Fan 1996, type 7: R's and numpy's default). */
export function quantile({ n, ascending }: Sample, p: number): Known<number> {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`p must lie in [0, 1], got ${p}`);
  if (n === 0) return missing('empty', 1);
  const position = (n - 1) * p;
  const index = Math.floor(position);
  const low = at(ascending, index);
  const high = at(ascending, Math.min(index + 1, n - 1));
  return known(low + (position - index) * (high - low));
}

export const median = (sample: Sample): Known<number> => quantile(sample, 0.5);

export interface QuantileInterval extends Interval {
  readonly n: number;
  /** What the interval covers in truth, at least `level`: ranks are whole numbers. */
  readonly coverage: number;
  /** Ranks of the two order statistics, counted from 1. */
  readonly ranks: readonly [low: number, high: number];
}

/**
 * Distribution-free interval of a quantile from two order statistics, at most (1 - level) / 2 missed on each side
 * (Conover 1999, section 3.2). Holds for any distribution; ties only widen its coverage.
 */
export function quantileInterval(sample: Sample, p: number, level = 0.95): Known<QuantileInterval> {
  const needs = runsForQuantile(p, level);
  const { n, ascending } = sample;
  const estimate = quantile(sample, p).value;
  if (estimate === null || n < needs) return missing(n === 0 ? 'empty' : 'too_few', needs);
  const tail = (1 - level) / 2;
  const low = firstTrue(1, n, (rank) => binomialCdf(rank, n, p) > tail);
  const high = firstTrue(1, n, (rank) => binomialTail(rank, n, p) <= tail);
  return known({
    n,
    estimate,
    low: at(ascending, low - 1),
    high: at(ascending, high - 1),
    level,
    coverage: 1 - binomialCdf(low - 1, n, p) - binomialTail(high, n, p),
    ranks: [low, high],
  });
}

/**
 * Runs from which a two-sided interval of a quantile exists: below it even the whole range may miss on one side.
 * At 95 %: 6 for the median, 36 for p90, 368 for p99. A percentile is not shown under this n.
 */
export function runsForQuantile(p: number, level = 0.95): number {
  requireProbability('p', p);
  requireProbability('level', level);
  return Math.max(1, Math.ceil(Math.log((1 - level) / 2) / Math.log(Math.max(p, 1 - p))));
}
