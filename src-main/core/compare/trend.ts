import { median, quantileInterval } from '#shared/lib/statistics/quantile.ts';
import type { Trend, TrendPoint } from '#shared/model/compare.ts';
import { sampleAt } from './groups.ts';
import { FAILED, outcomesOf, SUCCEEDED } from './outcomes.ts';
import { cell, type Population } from './population.ts';
import type { Group } from './selection.ts';

/** Equal spans of time over all rows, the last one closed. */
export interface TimeBuckets {
  readonly from: number;
  readonly width: number;
  readonly count: number;
}

/** Null when no row has a time. */
export function timeBuckets(
  population: Population,
  rows: Iterable<Int32Array>,
  count: number,
): TimeBuckets | null {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const some of rows)
    for (const row of some) {
      const created = cell(population.created_at, row);
      if (!Number.isFinite(created)) continue;
      from = Math.min(from, created);
      to = Math.max(to, created);
    }
  if (from > to) return null;
  // At least a second, so that jobs of one moment have a place.
  return { from, width: Math.max(1, to - from) / count, count };
}

/** -1 for a time that is none. */
export function bucketOf({ from, width, count }: TimeBuckets, time: number): number {
  const at = Math.floor((time - from) / width);
  return at >= 0 ? Math.min(count - 1, at) : -1;
}

/** Median of each group over time. */
export function trendOf(
  population: Population,
  groups: readonly Group[],
  values: Float64Array,
  count: number,
): Trend {
  const buckets = timeBuckets(
    population,
    groups.map(({ rows }) => rows),
    count,
  );
  if (buckets === null) return { groups: groups.map(({ key }) => ({ key, points: [] })) };
  const outcomes = outcomesOf(population);
  return {
    groups: groups.map(({ key, rows }) => {
      const measured = Array.from({ length: count }, (): number[] => []);
      const failures = new Int32Array(count);
      for (const row of rows) {
        const at = bucketOf(buckets, cell(population.created_at, row));
        if (at === -1) continue;
        const outcome = cell(outcomes, row);
        if (outcome === FAILED) failures[at] = cell(failures, at) + 1;
        if (outcome === SUCCEEDED && !Number.isNaN(cell(values, row))) measured[at]?.push(row);
      }
      const points = measured.map((own, at): TrendPoint => {
        const sample = sampleAt(values, Int32Array.from(own));
        const interval = quantileInterval(sample, 0.5).value;
        return {
          from: buckets.from + at * buckets.width,
          to: buckets.from + (at + 1) * buckets.width,
          n: sample.n,
          median: median(sample).value,
          low: interval?.low ?? null,
          high: interval?.high ?? null,
          failures: cell(failures, at),
        };
      });
      return { key, points };
    }),
  };
}
