import { SPAN_OPEN, type TraceColumns } from '#shared/model/trace-columns.ts';
import type { Microseconds } from '#shared/model/units.ts';

/** What pre-order alone says about a trace, 14 bytes a span. */
export interface TraceTree {
  /** Index after the last descendant: the subtree of i is [i, subtreeEnd[i]). */
  readonly subtreeEnd: Int32Array;
  /** 0 for a root. */
  readonly depth: Uint16Array;
  /** Place among its siblings by start, from 1. */
  readonly ordinal: Int32Array;
  readonly childCount: Int32Array;
  readonly rootCount: number;
}

/**
 *   index       0 job
 *               1 +- ask          subtreeEnd 4   depth 1   ordinal 1
 *               2 |  +- call
 *               3 |  +- call
 *               4 +- teardown     subtreeEnd 5   depth 1   ordinal 2
 */
export function buildTree(trace: TraceColumns): TraceTree {
  const { count, parent } = trace;
  const subtreeEnd = new Int32Array(count);
  const depth = new Uint16Array(count);
  const ordinal = new Int32Array(count);
  const childCount = new Int32Array(count);
  let rootCount = 0;
  for (let i = 0; i < count; i++) {
    subtreeEnd[i] = i + 1;
    const p = parent[i] as number;
    if (p < 0) {
      ordinal[i] = ++rootCount;
    } else {
      depth[i] = (depth[p] as number) + 1;
      const place = (childCount[p] as number) + 1;
      childCount[p] = place;
      ordinal[i] = place;
    }
  }
  for (let i = count - 1; i > 0; i--) {
    const p = parent[i] as number;
    if (p >= 0 && (subtreeEnd[i] as number) > (subtreeEnd[p] as number))
      subtreeEnd[p] = subtreeEnd[i] as number;
  }
  return { subtreeEnd, depth, ordinal, childCount, rootCount };
}

/** Where span i ends; an open one ends now. */
export function endOf(trace: TraceColumns, i: number, nowUs: Microseconds): Microseconds {
  const start = trace.startUs[i] as number;
  const duration = trace.durationUs[i] as number;
  return Number.isNaN(duration) ? Math.max(start, nowUs) : start + duration;
}

export const isOpen = (trace: TraceColumns, i: number): boolean =>
  ((trace.flags[i] as number) & SPAN_OPEN) !== 0 || Number.isNaN(trace.durationUs[i]);

export interface TimeRange {
  readonly startUs: Microseconds;
  readonly endUs: Microseconds;
}

/** From the first start to the last end; an empty or instantaneous trace still has a width of 1 us. */
export function extentOf(trace: TraceColumns, nowUs: Microseconds): TimeRange {
  let startUs = Number.POSITIVE_INFINITY;
  let endUs = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < trace.count; i++) {
    const start = trace.startUs[i] as number;
    const duration = trace.durationUs[i] as number;
    if (start < startUs) startUs = start;
    const end = Number.isNaN(duration) ? Math.max(start, nowUs) : start + duration;
    if (end > endUs) endUs = end;
  }
  if (startUs > endUs) return { startUs: 0, endUs: 1 };
  return { startUs, endUs: Math.max(endUs, startUs + 1) };
}
