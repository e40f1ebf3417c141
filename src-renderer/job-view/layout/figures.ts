import type { TraceColumns } from '#shared/model/trace-columns.ts';
import type { Microseconds } from '#shared/model/units.ts';
import { type CriticalPath, timeOn } from './critical-path.ts';
import { selfTime } from './self-time.ts';
import { endOf, extentOf, isOpen, type TraceTree } from './tree.ts';

/** What the tooltip says about a span. Shares are of one; null where there is nothing to be a share of. */
export interface SpanFigures {
  /** Since the start of the trace. */
  readonly startUs: Microseconds;
  readonly durationUs: Microseconds;
  readonly open: boolean;
  readonly selfUs: Microseconds;
  readonly criticalUs: Microseconds;
  readonly shareOfParent: number | null;
  readonly shareOfJob: number | null;
  /** Share of the ended spans of the same name that took no longer than this one; null when it is the only one. */
  readonly percentile: number | null;
  readonly likeSpans: number;
  readonly descendants: number;
}

export function figuresOf(
  trace: TraceColumns,
  tree: TraceTree,
  path: CriticalPath,
  i: number,
  nowUs: Microseconds,
): SpanFigures {
  const start = trace.startUs[i] as number;
  const durationUs = endOf(trace, i, nowUs) - start;
  const parent = trace.parent[i] as number;
  const share = (whole: Microseconds): number | null => (whole > 0 ? durationUs / whole : null);
  let root = i;
  while ((trace.parent[root] as number) >= 0) root = trace.parent[root] as number;
  const { percentile, likeSpans } = percentileOf(trace, i, durationUs);
  return {
    startUs: start - extentOf(trace, nowUs).startUs,
    durationUs,
    open: isOpen(trace, i),
    selfUs: selfTime(trace, tree, i, nowUs),
    criticalUs: timeOn(path, i),
    shareOfParent: parent < 0 ? null : share(endOf(trace, parent, nowUs) - (trace.startUs[parent] as number)),
    shareOfJob: parent < 0 ? null : share(endOf(trace, root, nowUs) - (trace.startUs[root] as number)),
    percentile,
    likeSpans,
    descendants: (tree.subtreeEnd[i] as number) - i - 1,
  };
}

/** Rank of a duration among the ended spans of i's name, i itself included. */
function percentileOf(
  trace: TraceColumns,
  i: number,
  durationUs: Microseconds,
): Pick<SpanFigures, 'percentile' | 'likeSpans'> {
  const name = trace.name[i];
  let like = 0;
  let notLonger = 0;
  for (let k = 0; k < trace.count; k++) {
    if (trace.name[k] !== name) continue;
    const other = trace.durationUs[k] as number;
    if (Number.isNaN(other) && k !== i) continue;
    like++;
    if (k === i || other <= durationUs) notLonger++;
  }
  return { percentile: like > 1 ? notLonger / like : null, likeSpans: like };
}
