import type { TraceColumns } from '#shared/model/trace-columns.ts';
import type { Microseconds } from '#shared/model/units.ts';
import type { TimeRange, TraceTree } from './tree.ts';

/** Time inside a parent in which none of its children ran. */
export interface Gap extends TimeRange {
  readonly parent: number;
  /** The gap's row stands before the row of this span (the end of the parent's subtree for the last one). */
  readonly before: number;
}

const MAX_GAPS = 200;
const SHARE_OF_TRACE = 0.01;
const SHARE_OF_PARENT = 0.01;
const SHORTEST_US = 500;

/**
 * Gaps worth a row, in row order: at least 1 % of the trace and of their parent and half a millisecond; of more
 * than MAX_GAPS the longest. What an open child or parent leaves is not known yet, and not a gap.
 *
 *   parent  |------------------|
 *   child      |---|    |---|
 *   gaps    |--|   |----|   |--|
 */
export function findGaps(trace: TraceColumns, tree: TraceTree, extent: TimeRange): readonly Gap[] {
  const { count, startUs, durationUs, parent } = trace;
  const least = Math.max(SHORTEST_US, (extent.endUs - extent.startUs) * SHARE_OF_TRACE);
  const coveredTo = new Float64Array(count);
  const found: Gap[] = [];
  const add = (p: number, before: number, from: Microseconds, to: Microseconds): void => {
    const length = to - from;
    if (length >= least && length >= (durationUs[p] as number) * SHARE_OF_PARENT)
      found.push({ parent: p, before, startUs: from, endUs: to });
  };
  for (let i = 0; i < count; i++) {
    const start = startUs[i] as number;
    coveredTo[i] = start;
    const p = parent[i] as number;
    if (p < 0) continue;
    const covered = coveredTo[p] as number;
    if (start - covered >= least) add(p, i, covered, start);
    const duration = durationUs[i] as number;
    const end = Number.isNaN(duration) ? Number.POSITIVE_INFINITY : start + duration;
    if (end > covered) coveredTo[p] = end;
  }
  for (let p = 0; p < count; p++) {
    const end = (startUs[p] as number) + (durationUs[p] as number);
    if ((tree.childCount[p] as number) > 0 && end - (coveredTo[p] as number) >= least)
      add(p, tree.subtreeEnd[p] as number, coveredTo[p] as number, end);
  }
  return inRowOrder(longest(found));
}

function longest(gaps: Gap[]): Gap[] {
  if (gaps.length <= MAX_GAPS) return gaps;
  return gaps.sort((a, b) => b.endUs - b.startUs - (a.endUs - a.startUs)).slice(0, MAX_GAPS);
}

// Where several parents end at the same row, the deeper one (the larger index) closes first.
const inRowOrder = (gaps: Gap[]): Gap[] => gaps.sort((a, b) => a.before - b.before || b.parent - a.parent);
