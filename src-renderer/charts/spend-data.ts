import { formatCount, formatUsd } from '#shared/lib/format.ts';
import type { SpendReport } from '#shared/model/costs.ts';
import { COST_BASES, type CostBasis } from '#shared/model/estimate.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import type { ChartTable } from './chart-table.ts';
import { groupName, MAX_SERIES } from './series.ts';
import type { TimePoint, TimeSeries } from './time-data.ts';

/** What was spent on one basis, over time; colours mean the same key in every panel. */
export interface SpendPanel {
  readonly basis: CostBasis;
  readonly usd: number;
  readonly jobs: number;
  readonly series: readonly TimeSeries[];
}

type Row = SpendReport['rows'][number];
type Bucket = Pick<TimePoint, 'from' | 'to'>;

const OTHERS = 'others';
/** More bars than this are too thin to point at. */
const MAX_DAYS = 120;

/** Local midnight of `2026-11-22`, some days later. */
const midnight = (day: string, later = 0): EpochSeconds => {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + later).getTime() / 1000;
};

/** `2026-11-22` where the clock is local. */
export function localDay(at: EpochSeconds): string {
  const date = new Date(at * 1000);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** Days, or weeks where there are many, from the first to the last; days without spending are among them. */
export function spendBuckets(first: string, last: string): readonly Bucket[] {
  const days = Math.round((midnight(last) - midnight(first)) / 86_400) + 1;
  const step = days > MAX_DAYS ? 7 : 1;
  return Array.from({ length: Math.max(1, Math.ceil(days / step)) }, (_, i) => ({
    from: midnight(first, i * step),
    to: midnight(first, (i + 1) * step),
  }));
}

/** The keys that have a series of their own, the most expensive first; the others share the last colour. */
function rankedKeys(rows: readonly Row[]): readonly string[] {
  const totals = new Map<CostBasis, number>();
  for (const { basis, usd } of rows) totals.set(basis, (totals.get(basis) ?? 0) + usd);
  // Shares, as dollars of different bases are never added.
  const weights = new Map<string, number>();
  for (const { key, basis, usd } of rows)
    weights.set(key ?? '', (weights.get(key ?? '') ?? 0) + usd / (totals.get(basis) || 1));
  return [...weights].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([key]) => key);
}

/** One panel per basis that has any spending. `first` and `last` are days; null: as far as the rows go. */
export function spendPanels(
  { rows, totals }: Pick<SpendReport, 'rows' | 'totals'>,
  { first, last }: { readonly first: string | null; readonly last: string },
): readonly SpendPanel[] {
  const days = rows.map(({ day }) => day).sort();
  const buckets = spendBuckets(first ?? days[0] ?? last, [last, days.at(-1) ?? last].sort().at(-1) ?? last);
  const keys = rankedKeys(rows);
  const own = keys.length > MAX_SERIES ? keys.slice(0, MAX_SERIES - 1) : keys;
  const styles = new Map(own.map((key, index) => [key, index]));
  return COST_BASES.flatMap((basis): readonly SpendPanel[] => {
    const total = totals.find((one) => one.basis === basis);
    const mine = rows.filter((row) => row.basis === basis);
    if (total === undefined || mine.length === 0 || basis === 'unknown') return [];
    const sums = new Map<number, { usd: number; jobs: number }[]>();
    for (const { key, day, usd, jobs } of mine) {
      const style = styles.get(key ?? '') ?? MAX_SERIES - 1;
      const at = midnight(day);
      const bucket = buckets.findIndex(({ from, to }) => at >= from && at < to);
      const line = sums.get(style) ?? buckets.map(() => ({ usd: 0, jobs: 0 }));
      sums.set(style, line);
      const cell = line[bucket];
      if (cell === undefined) continue;
      cell.usd += usd;
      cell.jobs += jobs;
    }
    const series = [...sums]
      .sort(([a], [b]) => a - b)
      .map(([style, line]) => ({
        key: keys.length > MAX_SERIES && style === MAX_SERIES - 1 ? OTHERS : (own[style] ?? ''),
        style,
        points: buckets.map((bucket, i) => ({
          ...bucket,
          value: line[i]?.usd ?? 0,
          low: null,
          high: null,
          n: line[i]?.jobs ?? 0,
        })),
      }));
    return [{ basis, usd: total.usd, jobs: total.jobs, series }];
  });
}

/** Each row as the engine told it, for one basis. */
export function spendTable(rows: readonly Row[], basis: CostBasis, by: string): ChartTable {
  return {
    columns: [
      { id: 'day', title: 'Day' },
      { id: by, title: by },
      { id: 'usd', title: 'US dollars', format: (value) => formatUsd(value) },
      { id: 'jobs', title: 'Jobs', format: (value) => formatCount(value) },
      { id: 'basis', title: 'Basis' },
    ],
    rows: rows
      .filter((row) => row.basis === basis)
      .map(({ day, key, usd, jobs }) => [day, groupName(key ?? ''), usd, jobs, basis]),
  };
}

/** What each key cost on one basis, in words. */
export const spendSummary = ({ series }: SpendPanel): string =>
  series
    .map(({ key, points }) => {
      const usd = points.reduce((sum, { value }) => sum + (value ?? 0), 0);
      return `${groupName(key)}: ${formatUsd(usd)}, ${points.reduce((sum, { n }) => sum + n, 0)} jobs`;
    })
    .join('; ');
