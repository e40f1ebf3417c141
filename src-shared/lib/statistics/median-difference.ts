import { seeded } from '../random.ts';
import { binomialCdf } from './beta.ts';
import { type Interval, type Known, known, missing, requireProbability } from './known.ts';
import { normalQuantile } from './normal.ts';
import { median, quantile, runsForQuantile } from './quantile.ts';
import { at, type Sample, sampleOf } from './sample.ts';

export interface MedianDifference extends Interval {
  readonly method: 'bootstrap' | 'price-bonett';
}

/** Above this many values in a group the closed form is used: the bootstrap gains nothing and costs a second. */
const BOOTSTRAP_UP_TO = 2000;

/** Difference of medians a - b with its interval, by the bootstrap or, for large groups, in closed form. */
export function medianDifference(
  a: Sample,
  b: Sample,
  { level = 0.95, seed = 1 }: { readonly level?: number; readonly seed?: number } = {},
): Known<MedianDifference> {
  return Math.max(a.n, b.n) <= BOOTSTRAP_UP_TO
    ? bootstrapMedianDifference(a, b, { level, seed })
    : priceBonett(a, b, level);
}

/**
 * Percentile bootstrap (Efron & Tibshirani 1993, section 13.3). Not BCa: its acceleration comes from the jackknife,
 * which is inconsistent for medians. Needs, per group, the n from which a median has an interval at all (6 at 95 %):
 * under it resampled medians cannot spread as far as the true ones.
 */
export function bootstrapMedianDifference(
  a: Sample,
  b: Sample,
  options: { readonly level?: number; readonly seed?: number; readonly resamples?: number } = {},
): Known<MedianDifference> {
  const { level = 0.95, seed = 1, resamples = 2000 } = options;
  const estimate = differenceOfMedians(a, b, level);
  if (estimate.value === null) return estimate;
  const next = seeded(seed);
  const [fromA, fromB] = [resampledMedian(a, next), resampledMedian(b, next)];
  const sorted = sampleOf(Float64Array.from({ length: resamples }, () => fromA() - fromB())).value;
  const edge = (p: number): number => (sorted && quantile(sorted, p).value) ?? estimate.value;
  const tail = (1 - level) / 2;
  return known({
    estimate: estimate.value,
    low: edge(tail),
    high: edge(1 - tail),
    level,
    method: 'bootstrap',
  });
}

/** Draws the median of n values with replacement, by counting draws per rank: O(n), nothing is sorted. */
function resampledMedian({ n, ascending }: Sample, next: () => number): () => number {
  const counts = new Uint32Array(n);
  const [first, second] = [Math.floor((n - 1) / 2), Math.floor(n / 2)];
  return () => {
    counts.fill(0);
    for (let i = 0; i < n; i++) {
      const rank = Math.floor(next() * n);
      counts[rank] = at(counts, rank) + 1;
    }
    let rank = 0;
    let seen = at(counts, 0);
    while (seen <= first) seen += at(counts, ++rank);
    const low = at(ascending, rank);
    while (seen <= second) seen += at(counts, ++rank);
    return (low + at(ascending, rank)) / 2;
  };
}

/** Interval of a difference of medians from two order statistics per group (Price & Bonett 2002), after one sort. */
export function priceBonett(a: Sample, b: Sample, level = 0.95): Known<MedianDifference> {
  const estimate = differenceOfMedians(a, b, level);
  if (estimate.value === null) return estimate;
  const half = normalQuantile((1 + level) / 2) * Math.hypot(medianError(a), medianError(b));
  return known({
    estimate: estimate.value,
    low: estimate.value - half,
    high: estimate.value + half,
    level,
    method: 'price-bonett',
  });
}

/** Standard error of a median: the distance of two order statistics over that of their normal quantiles. */
function medianError({ n, ascending }: Sample): number {
  const rank = Math.max(1, Math.round((n + 1) / 2 - Math.sqrt(n)));
  const z = -normalQuantile(binomialCdf(rank - 1, n, 0.5));
  return (at(ascending, n - rank) - at(ascending, rank - 1)) / (2 * z);
}

function differenceOfMedians(a: Sample, b: Sample, level: number): Known<number> {
  requireProbability('level', level);
  const needs = runsForQuantile(0.5, level);
  const [x, y] = [median(a).value, median(b).value];
  if (x === null || y === null) return missing('empty', needs);
  return Math.min(a.n, b.n) < needs ? missing('too_few', needs) : known(x - y);
}
