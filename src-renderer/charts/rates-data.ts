import { formatPercent } from '#shared/lib/format.ts';
import type { GroupFigures } from '#shared/model/compare.ts';
import type { ChartTable } from './chart-table.ts';
import { groupName, shortName } from './series.ts';

const finished = ({ succeeded, failures }: GroupFigures): number => succeeded + failures;

/** What the success rates say, as a title. */
export function ratesTitle(groups: readonly GroupFigures[]): string {
  const known = groups.filter((group) => group.success_rate !== null);
  if (known.length === 0) return 'No job has finished';
  if (known.every(({ success_rate }) => success_rate === 1)) return 'Every finished job succeeded';
  const sorted = known.toSorted((a, b) => (b.success_rate ?? 0) - (a.success_rate ?? 0));
  const [best, second] = sorted;
  if (best === undefined || second === undefined) return 'How many jobs succeed?';
  if ((best.success_low ?? 0) > (second.success_high ?? 1))
    return `${shortName(best.key)} succeeds most often: ${formatPercent(best.success_rate)}`;
  const worst = sorted.at(-1);
  if (worst !== undefined && (best.success_low ?? 0) > (worst.success_high ?? 1))
    return `${shortName(best.key)} succeeds more often than ${shortName(worst.key)}: ${formatPercent(best.success_rate)} against ${formatPercent(worst.success_rate)}`;
  return 'No group stands out in success: the intervals overlap';
}

export const rateFigure = (group: GroupFigures): string =>
  group.success_rate === null
    ? '–'
    : `${formatPercent(group.success_rate)}  ${group.succeeded}/${finished(group)}`;

export const rateWords = (group: GroupFigures): string =>
  group.success_rate === null
    ? `${groupName(group.key)}: no finished job.`
    : `${groupName(group.key)}: ${formatPercent(group.success_rate)} of ${finished(group)} jobs succeeded, 95 % interval ${formatPercent(group.success_low)} to ${formatPercent(group.success_high)}.`;

export function ratesTable(groups: readonly GroupFigures[]): ChartTable {
  const share = { format: (value: number) => formatPercent(value) };
  const count = { format: (value: number) => value.toLocaleString('en-US') };
  return {
    columns: [
      { id: 'group', title: 'Group' },
      { id: 'success_rate', title: 'Success', ...share },
      { id: 'success_low', title: 'Low', ...share },
      { id: 'success_high', title: 'High', ...share },
      { id: 'succeeded', title: 'Succeeded', ...count },
      { id: 'failures', title: 'Failed', ...count },
      { id: 'cancelled', title: 'Cancelled', ...count },
      { id: 'unfinished', title: 'Unfinished', ...count },
    ],
    rows: groups.map((one) => [
      groupName(one.key),
      one.success_rate,
      one.success_low,
      one.success_high,
      one.succeeded,
      one.failures,
      one.cancelled,
      one.unfinished,
    ]),
  };
}
