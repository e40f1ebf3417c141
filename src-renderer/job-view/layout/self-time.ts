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
  const last = tree.subtreeEnd[i] ?? 0;
  const stretches: TimeRange[] = [];
  let covered = trace.startUs[i] ?? 0;
  for (let child = i + 1; child < last; child = tree.subtreeEnd[child] as number) {
    const start = Math.min(trace.startUs[child] as number, end);
    if (start > covered) stretches.push({ startUs: covered, endUs: start });
    covered = Math.max(covered, Math.min(end, endOf(trace, child, nowUs)));
  }
  if (end > covered) stretches.push({ startUs: covered, endUs: end });
  return stretches;
}

/** Duration minus the union of the children's. */
export function selfTime(trace: TraceColumns, tree: TraceTree, i: number, nowUs: Microseconds): Microseconds {
  let sum = 0;
  for (const { startUs, endUs } of selfStretches(trace, tree, i, nowUs)) sum += endUs - startUs;
  return sum;
}
