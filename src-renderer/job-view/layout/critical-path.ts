import type { TraceColumns } from '#shared/model/trace-columns.ts';
import type { Microseconds } from '#shared/model/units.ts';
import { endOf, type TraceTree } from './tree.ts';

/** Stretches that the end of the trace waited for, by span index, then time. */
export interface CriticalPath {
  readonly span: Int32Array;
  readonly startUs: Float64Array;
  readonly endUs: Float64Array;
}

interface Frame {
  readonly span: number;
  /** Children by end, latest first. */
  readonly children: readonly number[];
  next: number;
  /** Everything after this is already on the path. */
  cursorUs: Microseconds;
}

/**
 * Walks back from the end: a span waited for the child that ended last before the point reached so far; between
 * children it worked itself. A child that still ran when the next one began did not hold it up, and is left out.
 *
 *   job   |--------------------|     path: ..      ....   ....   job (0-2, 8-10, 16-20)
 *   a       |-----|                          -----               a   (2-8)
 *   b           |------|                                         b ran on while c began: not waited for
 *   c               |-----|                            -----     c   (10-16)
 */
export function criticalPath(trace: TraceColumns, tree: TraceTree, nowUs: Microseconds): CriticalPath {
  const found: { span: number; startUs: number; endUs: number }[] = [];
  const add = (span: number, startUs: Microseconds, endUs: Microseconds): void => {
    if (span >= 0 && endUs > startUs) found.push({ span, startUs, endUs });
  };
  const enter = (span: number, untilUs: Microseconds): Frame => ({
    span,
    children: childrenByEnd(trace, tree, span, nowUs),
    next: 0,
    cursorUs: untilUs,
  });
  const stack: Frame[] = [enter(-1, Number.POSITIVE_INFINITY)];
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const child = frame.children[frame.next++];
    if (child === undefined) {
      add(frame.span, trace.startUs[frame.span] ?? 0, frame.cursorUs);
      stack.pop();
      continue;
    }
    const start = trace.startUs[child] as number;
    const end = endOf(trace, child, nowUs);
    if (end > frame.cursorUs || end === start) continue;
    add(frame.span, end, frame.cursorUs);
    frame.cursorUs = start;
    stack.push(enter(child, end));
  }
  found.sort((a, b) => a.span - b.span || a.startUs - b.startUs);
  return {
    span: Int32Array.from(found, (s) => s.span),
    startUs: Float64Array.from(found, (s) => s.startUs),
    endUs: Float64Array.from(found, (s) => s.endUs),
  };
}

function childrenByEnd(trace: TraceColumns, tree: TraceTree, span: number, nowUs: Microseconds): number[] {
  const children: number[] = [];
  const last = span < 0 ? trace.count : (tree.subtreeEnd[span] as number);
  for (let child = span + 1; child < last; child = tree.subtreeEnd[child] as number) children.push(child);
  if (children.length < 2) return children;
  return children.sort(
    (a, b) =>
      endOf(trace, b, nowUs) - endOf(trace, a, nowUs) ||
      (trace.startUs[a] as number) - (trace.startUs[b] as number),
  );
}

/** Place in the path of the first stretch of span i or of a later one. */
export function firstOn(path: CriticalPath, i: number): number {
  let low = 0;
  let high = path.span.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((path.span[middle] as number) < i) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How much of the path is span i itself. */
export function timeOn(path: CriticalPath, i: number): Microseconds {
  let sum = 0;
  for (let k = firstOn(path, i); path.span[k] === i; k++)
    sum += (path.endUs[k] as number) - (path.startUs[k] as number);
  return sum;
}
