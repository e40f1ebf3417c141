import type { TraceColumns } from '#shared/model/trace-columns.ts';
import type { Microseconds } from '#shared/model/units.ts';
import { endOf, type TimeRange, type TraceTree } from './tree.ts';

/**
 * The stretches of span i in which none of its children ran, in order of time.
 *
 *   span   |------------------|
 *   child     |---|
 *   child       |----|   |-|
 *   self   |--|      |---| |--|
 */
export function selfStretches(
  trace: TraceColumns,
  tree: TraceTree,
  i: number,
  nowUs: Microseconds,
): readonly TimeRange[] {
  const end = endOf(trace, i, nowUs);
  const stretches: TimeRange[] = [];
  let covered = trace.startUs[i] ?? 0;
  for (const child of childrenByStart(trace, tree, i)) {
    const start = Math.min(trace.startUs[child] as number, end);
    if (start > covered) stretches.push({ startUs: covered, endUs: start });
    covered = Math.max(covered, Math.min(end, endOf(trace, child, nowUs)));
  }
  if (end > covered) stretches.push({ startUs: covered, endUs: end });
  return stretches;
}

// Rows stand by start already, but for a child that was widened to before its older siblings.
function childrenByStart(trace: TraceColumns, tree: TraceTree, i: number): readonly number[] {
  const { startUs } = trace;
  const last = tree.subtreeEnd[i] ?? 0;
  const children: number[] = [];
  let latest = Number.NEGATIVE_INFINITY;
  let ordered = true;
  for (let child = i + 1; child < last; child = tree.subtreeEnd[child] as number) {
    ordered &&= (startUs[child] as number) >= latest;
    latest = startUs[child] as number;
    children.push(child);
  }
  return ordered ? children : children.sort((a, b) => (startUs[a] as number) - (startUs[b] as number));
}

/** Duration minus the union of the children's. */
export function selfTime(trace: TraceColumns, tree: TraceTree, i: number, nowUs: Microseconds): Microseconds {
  let sum = 0;
  for (const { startUs, endUs } of selfStretches(trace, tree, i, nowUs)) sum += endUs - startUs;
  return sum;
}
