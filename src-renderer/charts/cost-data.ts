import { paretoFront } from '#shared/lib/pareto.ts';
import type { GroupFigures, MeasureInfo } from '#shared/model/compare.ts';
import type { ChartTable } from './chart-table.ts';
import { groupName, shortName } from './series.ts';
import { inUnit } from './units.ts';

export interface CostPoint {
  readonly group: GroupFigures;
  /** In the result, which gives it its colour. */
  readonly index: number;
  readonly x: number;
  readonly y: number;
  readonly onFront: boolean;
}
export interface CostPlot {
  readonly points: readonly CostPoint[];
  /** Along the front, by x. */
  readonly front: readonly CostPoint[];
  /** Groups without a place, each with its reason. */
  readonly unplaced: readonly { readonly key: string; readonly why: string }[];
}

/** Groups by their median and what a success costs, and which no other beats in both. */
export function costPlot(groups: readonly GroupFigures[], measure: MeasureInfo): CostPlot {
  const placed = groups.flatMap((group, index) =>
    group.median !== null && group.cost_per_success !== null
      ? [{ group, index, x: group.median, y: group.cost_per_success }]
      : [],
  );
  const { front } = paretoFront(
    Float64Array.from(placed, ({ x }) => x),
    Float64Array.from(placed, ({ y }) => y),
    { x: measure.better === 'lower' ? 'min' : 'max', y: 'min' },
  );
  const best = new Set(front);
  const points = placed.map((point, at): CostPoint => ({ ...point, onFront: best.has(at) }));
  return {
    points,
    front: points.filter(({ onFront }) => onFront).toSorted((a, b) => a.x - b.x),
    unplaced: groups
      .filter((group) => !placed.some((point) => point.group === group))
      .map((group) => ({
        key: group.key,
        why: group.cost_note ?? 'No job has a value of this measure.',
      })),
  };
}

export function costTitle({ points, front }: CostPlot): string {
  const [one, two] = front;
  if (points.length < 2 || one === undefined) return 'What does a successful job cost, and how fast is it?';
  if (two === undefined) return `${shortName(one.group.key)} is best in both cost and speed`;
  const names = front.map(({ group }) => shortName(group.key));
  if (front.length === points.length) return 'Every group is a trade: what is faster costs more';
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)} are not beaten in both cost and speed`;
}

export function costNote({ points, unplaced }: CostPlot): string {
  const n = points.reduce((sum, { group }) => sum + group.n, 0);
  const placed = `n ${n.toLocaleString('en-US')} in ${points.length} ${points.length === 1 ? 'group' : 'groups'}`;
  const missing = unplaced.slice(0, 3).map(({ key, why }) => `${shortName(key)}: ${why}`);
  const more = unplaced.length > 3 ? [`${unplaced.length - 3} more without a place.`] : [];
  return [`${placed}; whiskers: interval of the median.`, ...missing, ...more].join(' ');
}

export function costTable(plot: CostPlot, measure: MeasureInfo): ChartTable {
  const { unit } = measure;
  const figure = { format: (value: number) => inUnit(value, unit) };
  return {
    columns: [
      { id: 'group', title: 'Group' },
      { id: 'n', title: 'n', format: (value) => value.toLocaleString('en-US') },
      { id: `median_${unit}`, title: `Median ${measure.title}`, ...figure },
      { id: `low_${unit}`, title: 'Low', ...figure },
      { id: `high_${unit}`, title: 'High', ...figure },
      { id: 'cost_per_success_usd', title: 'Cost per success', format: (value) => inUnit(value, 'usd') },
      { id: 'front', title: 'Not beaten in both' },
    ],
    rows: [
      ...plot.points.map(({ group, onFront }) => [
        groupName(group.key),
        group.n,
        group.median,
        group.median_low,
        group.median_high,
        group.cost_per_success,
        onFront ? 'yes' : 'no',
      ]),
      ...plot.unplaced.map(({ key, why }) => [groupName(key), null, null, null, null, null, why]),
    ],
  };
}
