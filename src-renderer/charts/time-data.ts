import { formatDateTime, formatId } from '#shared/lib/format.ts';
import { runsForQuantile } from '#shared/lib/statistics/quantile.ts';
import type { ExploreResult, MeasureInfo, OutsideJobs, Trend } from '#shared/model/compare.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import type { ChartTable } from './chart-table.ts';
import { groupName, MAX_SERIES, shortName } from './series.ts';
import { type ChartUnit, inUnit } from './units.ts';

/** One series over time; every series of a chart has the same buckets. */
export interface TimeSeries {
  readonly key: string;
  readonly points: readonly TimePoint[];
  /** Which colour it has, where several charts share their series; else its place among them. */
  readonly style?: number;
}
export interface TimePoint {
  readonly from: EpochSeconds;
  readonly to: EpochSeconds;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** What the value rests on. */
  readonly n: number;
}

/** What the metrics explorer can show. */
export const EXPLORE_MEASURES = ['count', 'rate', 'errors', 'p50', 'p90', 'p99'] as const;
export type ExploreMeasure = (typeof EXPLORE_MEASURES)[number];

export const EXPLORE_TITLES: Readonly<Record<ExploreMeasure, string>> = {
  count: 'Count',
  rate: 'Rate',
  errors: 'Error rate',
  p50: 'p50',
  p90: 'p90',
  p99: 'p99',
};
export const exploreUnit = (measure: ExploreMeasure): ChartUnit =>
  measure === 'count' ? 'count' : measure === 'rate' ? 'rate' : measure === 'errors' ? 'share' : 'ms';

export const trendSeries = ({ groups }: Trend): readonly TimeSeries[] =>
  groups.map(({ key, points }) => ({
    key,
    points: points.map(({ from, to, n, median, low, high }) => ({ from, to, n, value: median, low, high })),
  }));

/** A group has its colour of Compare; those that have none there take what is left over, while there is some. */
export function stylesOf(places: readonly number[]): readonly number[] {
  const free = Array.from({ length: MAX_SERIES }, (_, style) => style).filter(
    (style) => !places.includes(style),
  );
  return places.map((place) => (place < MAX_SERIES ? place : (free.shift() ?? MAX_SERIES)));
}

export const exploreSeries = (
  { series }: Pick<ExploreResult, 'series'>,
  measure: ExploreMeasure,
): readonly TimeSeries[] => {
  const styles = stylesOf(series.map(({ place }) => place));
  return series.map(({ key, buckets }, at) => ({
    key,
    style: styles[at] ?? MAX_SERIES,
    points: buckets.map((bucket) => {
      const { from, to, count, errors } = bucket;
      const value =
        measure === 'count'
          ? count
          : measure === 'rate'
            ? count / ((to - from) / 3600)
            : measure === 'errors'
              ? count === 0
                ? null
                : errors / count
              : bucket[measure];
      return { from, to, n: count, value, low: null, high: null };
    }),
  }));
};

export type TimeRow = Readonly<Record<string, number | readonly [number, number] | null>> & {
  readonly at: number;
};

/** A row per bucket: `s0` the value of the first series, `i0` its interval; at most seven series. */
export function timeRows(series: readonly TimeSeries[]): readonly TimeRow[] {
  const drawn = series.slice(0, MAX_SERIES);
  const buckets = drawn[0]?.points ?? [];
  return buckets.map(({ from, to }, at) => {
    const row: Record<string, number | readonly [number, number] | null> = { at: (from + to) / 2 };
    for (const [index, one] of drawn.entries()) {
      const point = one.points[at];
      row[`s${index}`] = point?.value ?? null;
      row[`i${index}`] =
        point === undefined || point.low === null || point.high === null ? null : [point.low, point.high];
    }
    return row as TimeRow;
  });
}

/** Round times of the local clock for an axis of `count` or so ticks. */
export function timeTicks(from: EpochSeconds, to: EpochSeconds, count: number): readonly EpochSeconds[] {
  const steps = [
    1, 5, 15, 60, 300, 900, 3600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600, 2_592_000,
  ];
  const span = Math.max(1, to - from);
  const step = steps.find((one) => span / one <= count) ?? span / count;
  // Summer time begins and ends within an axis: each tick has its own distance to UTC.
  const zone = (at: EpochSeconds): number => new Date(at * 1000).getTimezoneOffset() * 60;
  const ticks: EpochSeconds[] = [];
  for (let local = Math.ceil((from - zone(from)) / step) * step; ; local += step) {
    const at = local + zone(local + zone(local));
    if (!(at <= to)) break;
    if (at >= from && at !== ticks.at(-1)) ticks.push(at);
  }
  return ticks.length > 0 ? ticks : [from];
}

/** As short as the span allows: a clock within two days, else a date. */
export function timeLabel(at: EpochSeconds, span: number): string {
  const full = formatDateTime(at);
  if (span < 300) return full.slice(11);
  return span <= 2 * 86_400
    ? full.slice(11, 16)
    : span <= 14 * 86_400
      ? full.slice(5, 16)
      : full.slice(5, 10);
}

export const bucketText = ({ from, to }: Pick<TimePoint, 'from' | 'to'>): string =>
  `${formatDateTime(from).slice(0, to - from < 300 ? 19 : 16)} to ${formatDateTime(to).slice(
    formatDateTime(from).slice(0, 10) === formatDateTime(to).slice(0, 10) ? 11 : 0,
    to - from < 300 ? 19 : 16,
  )}`;

/** A bucket of every series in words. */
export const bucketWords = (at: number, series: readonly TimeSeries[], unit: ChartUnit): string => {
  const [bucket] = series.flatMap(({ points }) => points[at] ?? []);
  const figures = series.map(({ key, points }) => {
    const { value, n } = points[at] ?? { value: null, n: 0 };
    return `${series.length === 1 && key === '' ? '' : `${groupName(key)} `}${inUnit(value, unit)}, n ${n}`;
  });
  return bucket === undefined ? '' : `${bucketText(bucket)}: ${figures.join('; ')}. Shows the jobs.`;
};

export function trendTitle(series: readonly TimeSeries[], measure: MeasureInfo): string {
  const moved = series.flatMap(({ key, points }) => {
    const known = points.filter(({ value, low }) => value !== null && low !== null);
    const [first, last] = [known[0], known.at(-1)];
    if (first === undefined || last === undefined || first === last) return [];
    const apart = (last.low ?? 0) > (first.high ?? 0) || (last.high ?? 0) < (first.low ?? 0);
    return apart ? [{ key, ratio: (last.value ?? 0) / (first.value || 1), first, last }] : [];
  });
  const most = moved.toSorted((a, b) => Math.abs(Math.log(b.ratio)) - Math.abs(Math.log(a.ratio)))[0];
  if (most === undefined) return `Did the median of ${measure.title} change over time?`;
  return `${shortName(most.key)} went from ${inUnit(most.first.value, measure.unit)} to ${inUnit(most.last.value, measure.unit)} over this time`;
}

/** How finely time can be cut so that most buckets of the series have enough values for a quantile. */
export function bucketsFor(totals: readonly number[], quantile: number): number {
  const drawn = totals.slice(0, MAX_SERIES).filter((total) => total > 0);
  const needs = runsForQuantile(quantile) * 1.6;
  return Math.max(2, Math.min(MOST_BUCKETS, Math.floor(Math.min(...drawn) / needs) || 2));
}
const MOST_BUCKETS = 40;

/** How many values the chart rests on. */
export function seriesNote(series: readonly TimeSeries[], what: string): string {
  const drawn = series.slice(0, MAX_SERIES);
  const n = drawn.map(({ key, points }) => {
    const count = points.reduce((sum, point) => sum + point.n, 0).toLocaleString('en-US');
    return drawn.length === 1 && key === '' ? count : `${shortName(key)} ${count}`;
  });
  const left = series.length - drawn.length;
  return `${what}: ${n.join(', ')}${left > 0 ? `; ${left} more in the table` : ''}`;
}

/** As the axis has it; files keep ISO 8601 in UTC. */
const localTime = (iso: string): string => formatDateTime(Date.parse(iso) / 1000);

/** Jobs that are not drawn because of their time; '' for none. */
export function outsideNote(outside: OutsideJobs | null): string {
  if (outside === null) return '';
  const named = outside.examples.map(
    ({ job_id, created_at }) => `${formatId(job_id)} of ${formatDateTime(created_at)}`,
  );
  const more = outside.jobs - named.length;
  const many = outside.jobs === 1 ? '1 job is' : `${outside.jobs.toLocaleString('en-US')} jobs are`;
  return `; ${many} not drawn, far from all others in time, as of a wrong clock: ${named.join(', ')}${more > 0 ? ` and ${more.toLocaleString('en-US')} more` : ''}`;
}

export function timeTable(series: readonly TimeSeries[], title: string, unit: ChartUnit): ChartTable {
  const figure = { format: (value: number) => inUnit(value, unit) };
  const hasIntervals = series.some(({ points }) => points.some(({ low }) => low !== null));
  const filled = series.flatMap(({ key, points }) =>
    points.filter(({ n }) => n > 0).map((point) => ({ key, point })),
  );
  return {
    columns: [
      { id: 'from', title: 'From', shown: localTime },
      { id: 'to', title: 'To', shown: localTime },
      { id: 'group', title: 'Group' },
      { id: 'n', title: 'n', format: (value) => value.toLocaleString('en-US') },
      { id: 'value', title, ...figure },
      ...(hasIntervals
        ? [
            { id: 'low', title: 'Low', ...figure },
            { id: 'high', title: 'High', ...figure },
          ]
        : []),
    ],
    rows: filled.map(({ key, point }) => [
      new Date(point.from * 1000).toISOString(),
      new Date(point.to * 1000).toISOString(),
      groupName(key),
      point.n,
      point.value,
      ...(hasIntervals ? [point.low, point.high] : []),
    ]),
  };
}
