import type { PriceRow } from '#shared/model/costs.ts';
import type { PriceKind } from './costs-url.ts';

export const PRICE_COLUMNS = [
  'provider',
  'name',
  'gpu',
  'region',
  'usd_hour',
  'usd_gpu_hour',
  'usd_million_in',
  'usd_million_out',
  'source',
  'as_of',
  'origin',
] as const;
export type PriceColumn = (typeof PRICE_COLUMNS)[number];
export interface PriceSort {
  readonly by: PriceColumn;
  readonly desc: boolean;
}

/** Of one GPU of a machine; null where it has none, or is billed by the token. */
export const perGpu = ({ usd_hour, gpu, gpu_count }: PriceRow): number | null =>
  usd_hour === null || gpu === null || gpu_count <= 0 ? null : usd_hour / gpu_count;

const cellOf = (row: PriceRow, by: PriceColumn): string | number | null =>
  by === 'usd_gpu_hour' ? perGpu(row) : row[by];

/** By name where nothing else is chosen; what has no value stands last either way round. */
export function sortPrices(rows: readonly PriceRow[], sort: PriceSort | null): readonly PriceRow[] {
  const byName = (x: PriceRow, y: PriceRow): number =>
    x.provider.localeCompare(y.provider) || x.name.localeCompare(y.name, 'en', { numeric: true });
  if (sort === null) return rows.toSorted(byName);
  const sign = sort.desc ? -1 : 1;
  return rows.toSorted((x, y) => {
    const [a, b] = [cellOf(x, sort.by), cellOf(y, sort.by)];
    if (a === null || b === null) return Number(a === null) - Number(b === null) || byName(x, y);
    const order = typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));
    return order * sign || byName(x, y);
  });
}

/** Ascending first: the cheapest is what is looked for; the third click takes the order away. */
export const nextPriceSort = (sort: PriceSort | null, by: PriceColumn): PriceSort | null =>
  sort?.by !== by ? { by, desc: false } : sort.desc ? null : { by, desc: true };

/** Rows of a kind that hold every word of the search, in whatever column. */
export function findPrices(rows: readonly PriceRow[], text: string, kind: PriceKind): readonly PriceRow[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    if (kind === 'machines' && row.usd_hour === null) return false;
    if (kind === 'models' && row.usd_hour !== null) return false;
    if (kind === 'own' && row.source !== 'override') return false;
    const all = [row.provider, row.name, row.gpu, row.region, row.source, row.origin].join(' ').toLowerCase();
    return words.every((word) => all.includes(word));
  });
}
