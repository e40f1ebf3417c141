import { formatDateTime, formatPercent, formatUsd } from '#shared/lib/format.ts';
import { median as medianOf } from '#shared/lib/statistics/quantile.ts';
import { sampleOf } from '#shared/lib/statistics/sample.ts';
import type { EstimateOutcome } from '#shared/model/costs.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import type { ChartTable } from './chart-table.ts';
import type { ScatterGroup } from './scatter-plot.tsx';
import { inUnit } from './units.ts';

/** confidence_score claims that the actual cost lies within this factor of the projected one. */
export const FACTOR = 1.25;
/** Estimates that the running median looks at. */
export const MEDIAN_WINDOW = 31;

/** A job that succeeded, whose cost was projected and is known: what an estimate is judged by. */
export interface Judged {
  readonly outcome: EstimateOutcome;
  readonly projected: number;
  readonly actual: number;
  readonly ratio: number;
  readonly at: EpochSeconds;
  /** Place of its backend among the groups. */
  readonly group: number;
}

export interface EstimatePlot {
  readonly judged: readonly Judged[];
  readonly groups: readonly ScatterGroup[];
  readonly leftOut: {
    readonly unfinished: number;
    readonly unsuccessful: number;
    readonly unknown: number;
  };
}

/** Estimates that can be judged, by backend, the most frequent first; and how many cannot. */
export function estimatePlot(outcomes: readonly EstimateOutcome[]): EstimatePlot {
  const leftOut = { unfinished: 0, unsuccessful: 0, unknown: 0 };
  const usable = outcomes.filter(({ ended_at, status, projected_usd, actual_usd }) => {
    if (ended_at === null) leftOut.unfinished++;
    else if (status !== 'succeeded') leftOut.unsuccessful++;
    else if (!isPositive(projected_usd) || !isPositive(actual_usd)) leftOut.unknown++;
    else return true;
    return false;
  });
  const counts = new Map<string, number>();
  for (const { backend_type } of usable)
    counts.set(backend_type ?? '', (counts.get(backend_type ?? '') ?? 0) + 1);
  const groups = [...counts]
    .sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))
    .map(([key, n], style) => ({ key, n, style }));
  const styles = new Map(groups.map(({ key, style }) => [key, style]));
  const judged = usable.map((outcome): Judged => {
    const [projected, actual] = [outcome.projected_usd ?? 0, outcome.actual_usd ?? 0];
    return {
      outcome,
      projected,
      actual,
      ratio: actual / projected,
      at: outcome.ended_at ?? outcome.estimated_at,
      group: styles.get(outcome.backend_type ?? '') ?? 0,
    };
  });
  return { judged: judged.sort((a, b) => a.at - b.at), groups, leftOut };
}

const isPositive = (usd: number | null): usd is number => usd !== null && usd > 0;

const withinFactor = ({ ratio }: Judged): boolean => ratio <= FACTOR && ratio >= 1 / FACTOR;

export function estimatesTitle({ judged }: EstimatePlot): string {
  if (judged.length === 0) return 'Did jobs cost what was estimated?';
  const share = judged.filter(withinFactor).length / judged.length;
  return `${formatPercent(share)} of jobs cost within a factor of ${FACTOR} of their estimate`;
}

export function estimatesNote({ judged, leftOut }: EstimatePlot): string {
  const parts = [
    [leftOut.unfinished, 'not ended'],
    [leftOut.unsuccessful, 'failed or cancelled'],
    [leftOut.unknown, 'with an unknown cost'],
  ] as const;
  const out = parts.filter(([n]) => n > 0).map(([n, why]) => `${n.toLocaleString('en-US')} ${why}`);
  return `n ${judged.length.toLocaleString('en-US')}${out.length === 0 ? '' : `; left out: ${out.join(', ')}`}; line: as estimated, band: within a factor of ${FACTOR}`;
}

/** The middle ratio; null without any. */
const middle = (judged: readonly Judged[]): number | null => {
  const { value: sample } = sampleOf(judged.map(({ ratio }) => ratio));
  return sample === null ? null : medianOf(sample).value;
};

/** `a tenth above its estimate` in figures: `1.1× its estimate`. */
export function errorTitle({ judged }: EstimatePlot): string {
  const recent = middle(judged.slice(-MEDIAN_WINDOW));
  if (recent === null) return 'How far off are estimates, over time?';
  const of = judged.length > MEDIAN_WINDOW ? `the latest ${MEDIAN_WINDOW} jobs` : 'jobs';
  return `The middle one of ${of} cost ${inUnit(recent, 'ratio')} its estimate`;
}

/** The median of the latest ratios at each job, in the order in which they ended; from 5 on. */
export function runningMedian(
  judged: readonly Judged[],
): readonly { readonly at: EpochSeconds; readonly ratio: number }[] {
  return judged.flatMap(({ at }, i) => {
    if (i < 4) return [];
    const ratio = middle(judged.slice(Math.max(0, i + 1 - MEDIAN_WINDOW), i + 1));
    return ratio === null ? [] : [{ at, ratio }];
  });
}

export const estimatesSummary = (plot: EstimatePlot): string =>
  plot.groups
    .map(({ key, n, style }) => {
      const mine = plot.judged.filter(({ group }) => group === style);
      const within = mine.filter(withinFactor).length;
      return `${key === '' ? 'no backend' : key}: ${within} of ${n} within a factor of ${FACTOR}, median ratio ${inUnit(middle(mine), 'ratio')}`;
    })
    .join('; ');

/** Every estimate, those that cannot be judged, too. */
export function estimatesTable(
  outcomes: readonly EstimateOutcome[],
  hrefOf: (jobId: string) => string,
): ChartTable {
  const usd = { format: (value: number) => formatUsd(value) };
  return {
    columns: [
      { id: 'job_id', title: 'Job' },
      { id: 'estimated_at', title: 'Estimated', format: formatDateTime },
      { id: 'status', title: 'Status' },
      { id: 'provider', title: 'Provider' },
      { id: 'backend_type', title: 'Backend' },
      { id: 'model', title: 'Model' },
      { id: 'agent', title: 'Agent' },
      { id: 'projected_usd', title: 'Projected', ...usd },
      { id: 'low_usd', title: 'Low', ...usd },
      { id: 'high_usd', title: 'High', ...usd },
      { id: 'confidence_score', title: 'Confidence', format: formatPercent },
      { id: 'actual_usd', title: 'Actual', ...usd },
      { id: 'actual_basis', title: 'Basis' },
      { id: 'actual_by_projected', title: 'Actual / projected', format: (value) => inUnit(value, 'ratio') },
    ],
    rows: outcomes.map((one) => [
      one.job_id,
      one.estimated_at,
      one.status,
      one.provider,
      one.backend_type,
      one.model,
      one.agent,
      one.projected_usd,
      one.low_usd,
      one.high_usd,
      one.confidence_score,
      one.actual_usd,
      one.actual_basis,
      ratioOf(one),
    ]),
    links: outcomes.map(({ job_id }) => hrefOf(job_id)),
  };
}

/** actual / projected; null where one of them is unknown or nothing. */
export const ratioOf = ({ actual_usd, projected_usd }: EstimateOutcome): number | null =>
  isPositive(projected_usd) && actual_usd !== null ? actual_usd / projected_usd : null;
