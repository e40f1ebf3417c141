import type { CompareFilter } from '#shared/contract/compare.ts';
import { quantile, runsForQuantile } from '#shared/lib/statistics/quantile.ts';
import { type Sample, sampleOf } from '#shared/lib/statistics/sample.ts';
import type { ExploreBucket, ExploreResult } from '#shared/model/compare.ts';
import { eventTotals, scattered } from './measures.ts';
import { cell, type Population } from './population.ts';
import { filterRows, type Group, groupRows, MAX_GROUPS } from './selection.ts';
import { bucketOf, timeBuckets } from './trend.ts';

export interface ExploreQuery {
  readonly where: CompareFilter;
  readonly event: string;
  readonly by: string | null;
  readonly buckets: number;
}

/** One span name over the time its jobs were created, cut by a dimension; the 50 series with most spans, in the order of Compare's groups. */
export function explore(population: Population, query: ExploreQuery): Omit<ExploreResult, 'took_ms'> {
  const { rows } = filterRows(population, query.where);
  const column = (name: 'count' | 'errors' | 'sum_ms', missing: number): Float64Array =>
    scattered(
      population,
      ({ figures }) => {
        const spans = figures.spans(query.event);
        return { row: spans.row, value: spans[name] };
      },
      missing,
    );
  const counts = column('count', 0);
  const errors = column('errors', 0);
  const sums = column('sum_ms', Number.NaN);
  const having = rows.filter((row) => cell(counts, row) > 0);
  // In Compare's order, so that a group has its place, and with it its colour, in both.
  const groups: readonly Group[] =
    query.by === null ? [{ key: '', rows }] : groupRows(population, rows, query.by);
  const buckets = timeBuckets(population, [having], query.buckets);
  // There may be as many values as jobs: only those that are shown get their buckets.
  const largest = groups
    .map(({ key, rows: own }, place) => ({
      key,
      place,
      own: own.filter((row) => cell(counts, row) > 0),
      total: own.reduce((sum, row) => sum + cell(counts, row), 0),
    }))
    .filter(({ total }) => total > 0 || query.by === null)
    .sort((a, b) => b.total - a.total || a.place - b.place)
    .slice(0, MAX_GROUPS)
    .sort((a, b) => a.place - b.place);
  const series = largest.map(({ key, place, own, total }) => {
    const filled = Array.from({ length: query.buckets }, () => ({
      count: 0,
      errors: 0,
      means: [] as number[],
    }));
    for (const row of own) {
      const count = cell(counts, row);
      const bucket = buckets && filled[bucketOf(buckets, cell(population.created_at, row))];
      if (!bucket) continue;
      bucket.count += count;
      bucket.errors += cell(errors, row);
      const mean = cell(sums, row) / count;
      if (mean >= 0) bucket.means.push(mean);
    }
    const times = buckets ?? { from: 0, width: 0 };
    return {
      key,
      place,
      total,
      buckets:
        buckets === null
          ? []
          : filled.map(
              (bucket, at): ExploreBucket => ({
                from: times.from + at * times.width,
                to: times.from + (at + 1) * times.width,
                count: bucket.count,
                errors: bucket.errors,
                ...percentiles(bucket.means),
              }),
            ),
    };
  });
  return {
    event: query.event,
    by: query.by,
    series,
    outside: buckets?.outside ?? null,
    events: eventTotals(population.sources),
    complete: population.sources.every(({ figures }) => figures.complete()),
  };
}

function percentiles(means: readonly number[]): Pick<ExploreBucket, 'p50' | 'p90' | 'p99'> {
  const sample = sampleOf(means).value;
  return { p50: percentile(sample, 0.5), p90: percentile(sample, 0.9), p99: percentile(sample, 0.99) };
}

/** Only where there are values enough for an interval of it. */
const percentile = (sample: Sample | null, p: number): number | null =>
  sample === null || sample.n < runsForQuantile(p) ? null : quantile(sample, p).value;
