import type { GroupFigures, MeasureInfo } from '#shared/model/compare.ts';
import type { ChartTable } from './chart-table.ts';
import { groupName, MAX_SERIES, shortName } from './series.ts';
import { inUnit } from './units.ts';

/** One place on the axis: the share of each series' values up to it, as `s0`, `s1`, … */
export type EcdfRow = Readonly<Record<string, number | null>> & { readonly x: number };

/** Recharts slows down beyond. */
const MAX_ROWS = 900;

/** Series a chart of lines has room for: those with values, the first seven. */
export const drawnGroups = (
  groups: readonly GroupFigures[],
): readonly { readonly group: GroupFigures; readonly index: number }[] =>
  groups
    .map((group, index) => ({ group, index }))
    .filter(({ group, index }) => group.n > 0 && index < MAX_SERIES);

/** Steps of all series on common places; a series ends where its values do. Places of a log scale are positive. */
export function ecdfRows(groups: readonly GroupFigures[], log: boolean): readonly EcdfRow[] {
  const drawn = drawnGroups(groups);
  const all = [...new Set(drawn.flatMap(({ group }) => group.ecdf.x))]
    .filter((x) => !log || x > 0)
    .sort((a, b) => a - b);
  // Ends of series stay: a curve that does not reach 1 would be wrong.
  const ends = new Set(drawn.flatMap(({ group }) => [group.ecdf.x[0], group.ecdf.x.at(-1)]));
  const every = Math.ceil(all.length / MAX_ROWS);
  const kept = all.filter((x, at) => at % every === 0 || ends.has(x));
  const cursors = drawn.map(() => 0);
  return kept.map((x) => {
    const row: Record<string, number | null> = { x };
    for (const [at, { group, index }] of drawn.entries()) {
      const { x: xs, y: ys } = group.ecdf;
      let cursor = cursors[at] ?? 0;
      while (cursor < xs.length && (xs[cursor] ?? 0) <= x) cursor++;
      cursors[at] = cursor;
      const ended = cursor === xs.length && x > (xs.at(-1) ?? 0);
      row[`s${index}`] = ended ? null : cursor === 0 ? null : (ys[cursor - 1] ?? null);
    }
    return row as EcdfRow;
  });
}

/** The medians, from best to worst. */
export function ecdfTitle(groups: readonly GroupFigures[], measure: MeasureInfo): string {
  const known = groups
    .filter(({ median }) => median !== null)
    .toSorted((a, b) => ((a.median ?? 0) - (b.median ?? 0)) * (measure.better === 'lower' ? 1 : -1));
  const [best, worst] = [known[0], known.at(-1)];
  if (best === undefined || worst === undefined || best === worst)
    return `How is ${measure.title} distributed?`;
  return `Half of ${shortName(best.key)}'s jobs take ${inUnit(best.median, measure.unit)} or ${measure.better === 'lower' ? 'less' : 'more'}, half of ${shortName(worst.key)}'s ${inUnit(worst.median, measure.unit)}`.replace(
    /jobs take/,
    measure.unit === 'ms' ? 'jobs take' : 'jobs have',
  );
}

export function ecdfNote(groups: readonly GroupFigures[]): string {
  const drawn = drawnGroups(groups);
  const n = drawn.map(({ group }) => `${shortName(group.key)} ${group.n.toLocaleString('en-US')}`).join(', ');
  const left = groups.length - drawn.length;
  return `n: ${n}${left > 0 ? `; ${left} more ${left === 1 ? 'group is' : 'groups are'} in the table` : ''}`;
}

export function ecdfTable(groups: readonly GroupFigures[], measure: MeasureInfo): ChartTable {
  return {
    columns: [
      { id: 'group', title: 'Group' },
      {
        id: `${measure.measure}_${measure.unit}`,
        title: measure.title,
        format: (value) => inUnit(value, measure.unit),
      },
      {
        id: 'share_up_to',
        title: 'Share of jobs up to it',
        format: (value) => inUnit(value, 'share'),
      },
    ],
    rows: groups.flatMap(({ key, ecdf }) => ecdf.x.map((x, i) => [groupName(key), x, ecdf.y[i] ?? null])),
  };
}
