import { median, quantileInterval } from '#shared/lib/statistics/quantile.ts';
import type { OutsideJobs, Trend, TrendPoint } from '#shared/model/compare.ts';
import type { Seconds } from '#shared/model/units.ts';
import { sampleAt } from './groups.ts';
import { FAILED, outcomesOf, SUCCEEDED } from './outcomes.ts';
import { cell, type Population } from './population.ts';
import type { Group } from './selection.ts';

/** Equal spans of time, the last one closed. */
export interface TimeBuckets {
  readonly from: number;
  readonly to: number;
  readonly width: number;
  readonly count: number;
  readonly outside: OutsideJobs | null;
}

/** Jobs at either end that a range is found without, as a share; and how many of its lengths away others may lie. */
const LOOSE_SHARE = 0.01;
const FAR = 9;
/** Fewer jobs are no range that others could be outside of. */
const JOBS_FOR_RANGE = 5;
const LEAST_RANGE: Seconds = 86_400;
const MAX_EXAMPLES = 3;

/**
 * Over all rows but those far from nearly all others, as of a wrong clock: one such job would put all others into one
 * span of time. Null when no row has a time.
 */
export function timeBuckets(
  population: Population,
  rows: Iterable<Int32Array>,
  count: number,
): TimeBuckets | null {
  const created: number[] = [];
  const all: number[] = [];
  for (const some of rows)
    for (const row of some) {
      const time = cell(population.created_at, row);
      if (!Number.isFinite(time)) continue;
      created.push(time);
      all.push(row);
    }
  const [low, high] = fences(Float64Array.from(created).sort());
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  const outside: number[] = [];
  for (const [i, time] of created.entries()) {
    if (time < low || time > high) {
      outside.push(all[i] ?? 0);
      continue;
    }
    from = Math.min(from, time);
    to = Math.max(to, time);
  }
  if (from > to) return null;
  // At least a second, so that jobs of one moment have a place.
  return { from, to, width: Math.max(1, to - from) / count, count, outside: outsideOf(population, outside) };
}

function fences(ascending: Float64Array): readonly [low: number, high: number] {
  const n = ascending.length;
  if (n < JOBS_FOR_RANGE) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const loose = Math.max(1, Math.floor(n * LOOSE_SHARE));
  const [first, last] = [cell(ascending, loose), cell(ascending, n - 1 - loose)];
  const far = FAR * Math.max(LEAST_RANGE, last - first);
  return [first - far, last + far];
}

function outsideOf(population: Population, rows: readonly number[]): OutsideJobs | null {
  if (rows.length === 0) return null;
  const examples = rows.slice(0, MAX_EXAMPLES).map((row) => ({
    source: population.sources[cell(population.origin, row)]?.source ?? '',
    job_id: population.job_id[row] ?? '',
    created_at: cell(population.created_at, row),
  }));
  return { jobs: rows.length, examples };
}

/** -1 for a time that is none, or outside. */
export function bucketOf({ from, to, width, count }: TimeBuckets, time: number): number {
  return time >= from && time <= to ? Math.min(count - 1, Math.floor((time - from) / width)) : -1;
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
  if (buckets === null) return { groups: groups.map(({ key }) => ({ key, points: [] })), outside: null };
  const outcomes = outcomesOf(population);
  return {
    outside: buckets.outside,
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
