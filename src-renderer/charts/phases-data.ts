import { formatDuration, formatPercent } from '#shared/lib/format.ts';
import type { PhaseBreakdown } from '#shared/model/compare.ts';
import type { ChartTable } from './chart-table.ts';
import { groupName, MAX_SERIES } from './series.ts';

export interface Phase {
  /** Null: several small ones together, or what none of the named spans accounts for. */
  readonly name: string | null;
  readonly title: string;
  readonly index: number;
}
export interface PhaseBar {
  readonly key: string;
  readonly n: number;
  readonly total: number;
  readonly parts: readonly { readonly phase: Phase; readonly ms: number; readonly from: number }[];
}

const OTHERS = 'other spans';
/** Between spans, the job's own time, and spans whose place in a job is not known. */
const REST = 'the rest';
const SMALL = 0.01;

/** The largest phases by their share over all groups, in one order for every group; the rest as one. */
export function phaseBars({ names, groups }: PhaseBreakdown): {
  readonly phases: readonly Phase[];
  readonly bars: readonly PhaseBar[];
} {
  const totalOf = (group: PhaseBreakdown['groups'][number]): number =>
    group.own_ms.reduce((sum, ms) => sum + ms, 0) + group.rest_ms;
  const weights = names.map((_, i) =>
    groups.reduce((sum, group) => sum + (group.own_ms[i] ?? 0) / (totalOf(group) || 1), 0),
  );
  const kept = [...names.keys()]
    .filter((i) => (weights[i] ?? 0) / Math.max(1, groups.length) >= SMALL)
    .sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0))
    .slice(0, MAX_SERIES - 1);
  const phases: Phase[] = kept.map((i, index) => ({ name: names[i] ?? '', title: names[i] ?? '', index }));
  const hasOthers = names.some((_, i) => !kept.includes(i) && (weights[i] ?? 0) > 0);
  const hasRest = groups.some(({ rest_ms }) => rest_ms > 0);
  const others: Phase = { name: null, title: OTHERS, index: MAX_SERIES - 1 };
  const rest: Phase = { name: null, title: REST, index: MAX_SERIES };
  const bars = groups.map((group): PhaseBar => {
    let from = 0;
    const part = (phase: Phase, ms: number) => {
      const placed = { phase, ms, from };
      from += ms;
      return placed;
    };
    const parts = kept.map((i, at) => part(phases[at] ?? others, group.own_ms[i] ?? 0));
    if (hasOthers) {
      const ms = group.own_ms.reduce((sum, own, i) => (kept.includes(i) ? sum : sum + own), 0);
      parts.push(part(others, ms));
    }
    if (hasRest) parts.push(part(rest, Math.max(0, group.rest_ms)));
    return { key: group.key, n: group.n, total: from, parts };
  });
  return { phases: [...phases, ...(hasOthers ? [others] : []), ...(hasRest ? [rest] : [])], bars };
}

/** Where the time goes, as a title. */
export function phasesTitle({ phases, bars }: ReturnType<typeof phaseBars>): string {
  const first = phases[0];
  const shares = bars.flatMap(({ parts, total }) => (total > 0 ? [(parts[0]?.ms ?? 0) / total] : []));
  if (first === undefined || shares.length === 0) return 'Where does the time go?';
  const [low, high] = [Math.min(...shares), Math.max(...shares)];
  const range =
    shares.length === 1 || high - low < 0.02
      ? formatPercent(high)
      : `${formatPercent(low)} to ${formatPercent(high)}`;
  return `${first.title} takes ${range} of a job's time`;
}

export const barWords = ({ key, n, total, parts }: PhaseBar): string =>
  `${groupName(key)}: ${formatDuration(total)} per job (n ${n}): ${parts
    .filter(({ ms }) => ms > 0)
    .map(({ phase, ms }) => `${phase.title} ${formatDuration(ms)}, ${formatPercent(ms / total)}`)
    .join('; ')}.`;

export function phasesTable(breakdown: PhaseBreakdown): ChartTable {
  const ms = { format: (value: number) => formatDuration(value) };
  return {
    columns: [
      { id: 'group', title: 'Group' },
      { id: 'n', title: 'n', format: (value) => value.toLocaleString('en-US') },
      ...breakdown.names.map((name) => ({ id: `${name}_ms`, title: name, ...ms })),
      { id: 'rest_ms', title: REST, ...ms },
    ],
    rows: breakdown.groups.map(({ key, n, own_ms, rest_ms }) => [groupName(key), n, ...own_ms, rest_ms]),
  };
}
