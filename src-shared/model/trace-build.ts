import type { ModelCallFigures } from './model-call.ts';
import {
  allocateTrace,
  MAX_CALLS,
  SPAN_CLAMPED,
  SPAN_MODEL_CALL,
  SPAN_OPEN,
  setSpanId,
  type TraceColumns,
} from './trace-columns.ts';
import type { EpochMicroseconds, Microseconds } from './units.ts';

/** One span on its way into columns, in any order. `duration_us` null: still open. */
export interface TraceSpan {
  readonly span_id: string;
  readonly parent_span_id: string | null;
  readonly name: string;
  readonly start_us: EpochMicroseconds;
  readonly duration_us: Microseconds | null;
  readonly event_id: number;
  readonly flags: number;
  /** Short text beside the name; empty for none. */
  readonly label: string;
  readonly call: ModelCallFigures | null;
}

/**
 * Columns in pre-order from spans in any order. A span whose parent is not there becomes a root, a cycle is cut at
 * its earliest member, and a parent is widened to hold its children (flag SPAN_CLAMPED):
 *
 *   parent  |--------|            parent  |------------|~   clamped
 *   child       |--------|   ->   child       |--------|
 */
export function buildTrace(spans: readonly TraceSpan[]): TraceColumns {
  const n = spans.length;
  const indexById = new Map<string, number>();
  for (let i = 0; i < n; i++) indexById.set((spans[i] as TraceSpan).span_id, i);

  const parentOf = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const parentId = (spans[i] as TraceSpan).parent_span_id;
    const parent = parentId === null ? undefined : indexById.get(parentId);
    parentOf[i] = parent === undefined || parent === i ? -1 : parent;
  }
  cutCycles(parentOf);

  const byStart = Uint32Array.from({ length: n }, (_, i) => i).sort((a, b) => {
    const x = spans[a] as TraceSpan;
    const y = spans[b] as TraceSpan;
    return x.start_us - y.start_us || (y.duration_us ?? Infinity) - (x.duration_us ?? Infinity) || a - b;
  });

  // Linked child lists, filled back to front so that each list reads by start.
  const firstChild = new Int32Array(n).fill(-1);
  const nextSibling = new Int32Array(n).fill(-1);
  let firstRoot = -1;
  for (let k = n - 1; k >= 0; k--) {
    const i = byStart[k] as number;
    const parent = parentOf[i] as number;
    if (parent === -1) {
      nextSibling[i] = firstRoot;
      firstRoot = i;
    } else {
      nextSibling[i] = firstChild[parent] as number;
      firstChild[parent] = i;
    }
  }

  const names = new Interner();
  const labels = new Interner();
  labels.index('');
  const calls: [number, ModelCallFigures][] = [];
  const originUs = n === 0 ? 0 : (spans[byStart[0] as number] as TraceSpan).start_us;
  const trace = allocateTrace(n, originUs, { names: names.texts, labels: labels.texts, calls });
  const rowOf = new Int32Array(n);
  let row = 0;
  for (let i = firstRoot; i !== -1; ) {
    const span = spans[i] as TraceSpan;
    rowOf[i] = row;
    trace.startUs[row] = span.start_us - originUs;
    trace.durationUs[row] = span.duration_us ?? Number.NaN;
    trace.eventId[row] = span.event_id;
    setSpanId(trace, row, span.span_id);
    trace.parent[row] = parentOf[i] === -1 ? -1 : (rowOf[parentOf[i] as number] as number);
    trace.name[row] = names.index(span.name);
    trace.label[row] = labels.index(span.label);
    const called = span.call !== null && calls.length < MAX_CALLS;
    if (called) calls.push([row, span.call as ModelCallFigures]);
    trace.flags[row] =
      (span.flags & ~SPAN_MODEL_CALL) |
      (span.duration_us === null ? SPAN_OPEN : 0) |
      (called ? SPAN_MODEL_CALL : 0);
    row++;
    let next = firstChild[i] as number;
    for (let up = i; next === -1 && up !== -1; up = parentOf[up] as number) next = nextSibling[up] as number;
    i = next;
  }
  clampParents(trace);
  return trace;
}

/** Texts by number; past 65,535 distinct ones (the column's width) everything new is entry 0. */
class Interner {
  readonly texts: string[] = [];
  private readonly known = new Map<string, number>();

  index(text: string): number {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    if (this.texts.length > 0xffff) return 0;
    this.known.set(text, this.texts.length);
    return this.texts.push(text) - 1;
  }
}

function cutCycles(parentOf: Int32Array): void {
  const state = new Uint8Array(parentOf.length); // 0 new, 1 on the path, 2 done
  for (let start = 0; start < parentOf.length; start++) {
    let i = start;
    while (i !== -1 && state[i] === 0) {
      state[i] = 1;
      const parent = parentOf[i] as number;
      if (parent !== -1 && state[parent] === 1) parentOf[i] = -1;
      i = parentOf[i] as number;
    }
    for (let k = start; k !== -1 && state[k] === 1; k = parentOf[k] as number) state[k] = 2;
  }
}

function clampParents(trace: TraceColumns): void {
  const { startUs, durationUs, parent, flags } = trace;
  for (let i = trace.count - 1; i > 0; i--) {
    const p = parent[i] as number;
    if (p === -1) continue;
    const start = startUs[i] as number;
    if (start < (startUs[p] as number)) {
      durationUs[p] = (durationUs[p] as number) + ((startUs[p] as number) - start);
      startUs[p] = start;
      flags[p] = (flags[p] as number) | SPAN_CLAMPED;
    }
    const end = start + (durationUs[i] as number);
    if (end > (startUs[p] as number) + (durationUs[p] as number)) {
      durationUs[p] = end - (startUs[p] as number);
      flags[p] = (flags[p] as number) | SPAN_CLAMPED;
    }
  }
}
