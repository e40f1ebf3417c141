import type { GroupFigures } from '#shared/model/compare.ts';

export const GROUP_COLUMNS = [
  'key',
  'n',
  'failures',
  'unknown',
  'cancelled',
  'median',
  'interval',
  'p90',
  'success_rate',
  'cost_per_success',
  'speed',
] as const;
export type GroupColumn = (typeof GROUP_COLUMNS)[number];

export interface GroupSort {
  readonly by: GroupColumn;
  readonly desc: boolean;
}

export interface GroupRow {
  readonly group: GroupFigures;
  /** In the result, which gives it its colour. */
  readonly index: number;
  /** Median tokens per second of generation; null when not known. */
  readonly speed: number | null;
}

function cellOf({ group, speed }: GroupRow, by: GroupColumn): number | string | null {
  switch (by) {
    case 'speed':
      return speed;
    case 'interval':
      return group.median_low === null || group.median_high === null
        ? null
        : group.median_high - group.median_low;
    default:
      return group[by];
  }
}

/** The unknown stand last either way round. */
export function sortRows(rows: readonly GroupRow[], sort: GroupSort | null): readonly GroupRow[] {
  if (sort === null) return rows;
  const sign = sort.desc ? -1 : 1;
  return rows.toSorted((x, y) => {
    const [a, b] = [cellOf(x, sort.by), cellOf(y, sort.by)];
    if (a === null || b === null) return Number(a === null) - Number(b === null) || x.index - y.index;
    const order = typeof a === 'string' || typeof b === 'string' ? String(a).localeCompare(String(b)) : a - b;
    return order * sign || x.index - y.index;
  });
}

/** A click on a heading: figures descending first, names ascending; the third click takes the order away. */
export function nextSort(sort: GroupSort | null, by: GroupColumn): GroupSort | null {
  const first = by !== 'key';
  if (sort?.by !== by) return { by, desc: first };
  return sort.desc === first ? { by, desc: !first } : null;
}
