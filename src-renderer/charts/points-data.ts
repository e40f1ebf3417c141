import type { ComparedJob, GroupFigures, MeasureInfo } from '#shared/model/compare.ts';
import type { ChartTable } from './chart-table.ts';
import { groupName } from './series.ts';
import { inUnit } from './units.ts';

/** Spreads points of one row over its height, -1 to 1: the golden ratio leaves no two neighbours alike. */
export const jitterOf = (index: number): number => (((index + 1) * 0.618_033_988_749_895) % 1) * 2 - 1;

export interface PlacedPoint {
  readonly x: number;
  readonly y: number;
  readonly group: number;
  readonly job: ComparedJob;
}

/** Where every point lies; those a log scale has no place for are left out. */
export function placePoints(
  groups: readonly GroupFigures[],
  at: (value: number) => number,
  { rowHeight, log }: { readonly rowHeight: number; readonly log: boolean },
): readonly PlacedPoint[] {
  const reach = rowHeight / 2 - 5;
  return groups.flatMap((group, row) =>
    group.points.flatMap((job, i) =>
      log && job.value <= 0
        ? []
        : [{ x: at(job.value), y: row * rowHeight + rowHeight / 2 + jitterOf(i) * reach, group: row, job }],
    ),
  );
}

/** The point under the pointer, the nearest within `reach` px; null for none. */
export function pointNear(
  points: readonly PlacedPoint[],
  x: number,
  y: number,
  reach: number,
): PlacedPoint | null {
  let best: PlacedPoint | null = null;
  let least = reach * reach;
  for (const point of points) {
    const distance = (point.x - x) ** 2 + (point.y - y) ** 2;
    if (distance > least) continue;
    least = distance;
    best = point;
  }
  return best;
}

/** How many points stand for how many values: above 500 the engine chooses evenly. */
export function pointsNote(groups: readonly GroupFigures[]): string {
  const shown = groups.reduce((sum, { points }) => sum + points.length, 0);
  const all = groups.reduce((sum, { n }) => sum + n, 0);
  const count = (value: number): string => value.toLocaleString('en-US');
  return shown === all
    ? `Every one of ${count(all)} jobs is a point; box: quartiles, whiskers to 1.5 box lengths, line: median.`
    : `${count(shown)} of ${count(all)} jobs are points, chosen evenly; box: quartiles, line: median, of all.`;
}

export function pointsTable(
  groups: readonly GroupFigures[],
  measure: MeasureInfo,
  hrefOf: (job: ComparedJob) => string,
): ChartTable {
  const rows = groups.flatMap(({ key, points }) => points.map((job) => ({ key, job })));
  return {
    columns: [
      { id: 'job_id', title: 'Job' },
      { id: 'group', title: 'Group' },
      {
        id: `${measure.measure}_${measure.unit}`,
        title: measure.title,
        format: (value) => inUnit(value, measure.unit),
      },
      { id: 'source', title: 'Source' },
    ],
    rows: rows.map(({ key, job }) => [job.job_id, groupName(key), job.value, job.source]),
    links: rows.map(({ job }) => hrefOf(job)),
  };
}
