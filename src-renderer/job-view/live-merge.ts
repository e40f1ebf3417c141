import type { LiveSpan } from '#shared/contract/types.ts';
import { buildTrace, type TraceSpan } from '#shared/model/trace-build.ts';
import {
  allocateTrace,
  SPAN_CLAMPED,
  SPAN_OPEN,
  spanIdAt,
  type TraceColumns,
} from '#shared/model/trace-columns.ts';
import { buildTree, type TraceTree } from './layout/tree.ts';
import type { SpanIndex } from './span-index.ts';

/** A run of new spans and the old index before which it goes. */
interface Slice {
  readonly before: number;
  readonly parent: number;
  readonly from: number;
  readonly to: number;
}

export interface Merged {
  readonly trace: TraceColumns;
  /** New index of every old span. */
  readonly moved: Int32Array;
}

export const toTraceSpan = (span: LiveSpan): TraceSpan => ({
  span_id: span.span_id,
  parent_span_id: span.parent_span_id,
  name: span.name,
  start_us: span.start_us,
  duration_us: span.duration_ms === null ? null : span.duration_ms * 1000,
  event_id: span.event_id,
  flags: span.flags,
  label: span.label,
  call: null,
});

/** An end (or the loss) of a span that is already there. An end that was seen is never undone by a late start. */
export function endSpan(trace: TraceColumns, tree: TraceTree, i: number, span: LiveSpan): void {
  if (span.duration_ms === null) return;
  // An early child may have moved the start; the end stays where it was measured.
  const moved = Math.max(0, span.start_us - trace.originUs - (trace.startUs[i] as number));
  trace.durationUs[i] = moved + span.duration_ms * 1000;
  trace.eventId[i] = span.event_id;
  trace.flags[i] = ((trace.flags[i] as number) | span.flags) & ~SPAN_OPEN;
  // A parent that ended holds the children that had already ended.
  const last = tree.subtreeEnd[i] as number;
  for (let child = i + 1; child < last; child = tree.subtreeEnd[child] as number) widenParents(trace, child);
  widenParents(trace, i);
}

/** Widens ended ancestors to hold span i, as buildTrace does. */
export function widenParents(trace: TraceColumns, i: number): void {
  const { startUs, durationUs, parent, flags } = trace;
  for (let child = i, p = parent[i] as number; p >= 0; child = p, p = parent[p] as number) {
    const start = startUs[child] as number;
    const over = start + (durationUs[child] as number) - ((startUs[p] as number) + (durationUs[p] as number));
    const under = (startUs[p] as number) - start;
    if (!(over > 0) && !(under > 0)) return;
    if (under > 0) {
      startUs[p] = start;
      durationUs[p] = (durationUs[p] as number) + under;
    }
    if (over > 0) durationUs[p] = (durationUs[p] as number) + over;
    flags[p] = (flags[p] as number) | SPAN_CLAMPED;
  }
}

/**
 * Puts new spans into pre-order: after the siblings that began no later, with their own new children behind them.
 *
 *   old    job  ask  call            new   teardown (in job), chat (in call)
 *   merged job  ask  call  chat  teardown
 */
export function insertSpans(
  trace: TraceColumns,
  oldTree: TraceTree,
  index: SpanIndex,
  spans: readonly LiveSpan[],
): Merged {
  const parentIdOf = new Map(spans.map((span) => [span.span_id, span.parent_span_id]));
  const added = buildTrace(spans.map(toTraceSpan));
  const tree = buildTree(added);
  const slices: Slice[] = [];
  for (let root = 0; root < added.count; root = tree.subtreeEnd[root] as number) {
    const parentId = parentIdOf.get(spanIdAt(added, root)) ?? null;
    const parent = parentId === null ? -1 : index.find(parentId);
    const start = (added.startUs[root] as number) + added.originUs - trace.originUs;
    slices.push({
      before: placeAmong(trace, oldTree, parent, start),
      parent,
      from: root,
      to: tree.subtreeEnd[root] as number,
    });
  }
  // Where two parents end at the same row the deeper one (the larger index) closes first.
  slices.sort((a, b) => a.before - b.before || b.parent - a.parent || a.from - b.from);
  return splice(trace, added, slices);
}

/** Index before which a new child of `parent` goes. Looks from the end: what is new usually began last. */
function placeAmong(trace: TraceColumns, tree: TraceTree, parent: number, start: number): number {
  let place = parent < 0 ? trace.count : (tree.subtreeEnd[parent] as number);
  while (place - 1 > parent) {
    let sibling = place - 1;
    while ((trace.parent[sibling] as number) !== parent) sibling = trace.parent[sibling] as number;
    if ((trace.startUs[sibling] as number) <= start) break;
    place = sibling;
  }
  return place;
}

function splice(old: TraceColumns, added: TraceColumns, slices: readonly Slice[]): Merged {
  const count = old.count + added.count;
  const names = [...old.names];
  const labels = [...old.labels];
  const nameOf = internInto(names, added.names);
  const labelOf = internInto(labels, added.labels);
  const moved = new Int32Array(old.count);
  const trace =
    count <= old.startUs.length ? { ...old, count, names, labels } : grow(old, count, { names, labels });

  // Back to front, so that in place nothing is overwritten before it moved.
  let oldEnd = old.count;
  let shift = added.count;
  for (let s = slices.length - 1; s >= 0; s--) {
    const { before, from, to } = slices[s] as Slice;
    move(old, trace, before, oldEnd, shift);
    for (let i = before; i < oldEnd; i++) moved[i] = i + shift;
    shift -= to - from;
    oldEnd = before;
  }
  move(old, trace, 0, oldEnd, 0);
  for (let i = 0; i < oldEnd; i++) moved[i] = i;
  for (let i = 0; i < old.count; i++) {
    const at = moved[i] as number;
    const p = trace.parent[at] as number;
    if (p >= 0) trace.parent[at] = moved[p] as number;
  }
  let before = 0;
  for (const slice of slices) {
    const at = slice.before + before;
    const sinceOrigin = added.originUs - old.originUs;
    for (let i = slice.from; i < slice.to; i++) {
      const to = at + i - slice.from;
      trace.startUs[to] = (added.startUs[i] as number) + sinceOrigin;
      trace.durationUs[to] = added.durationUs[i] as number;
      trace.eventId[to] = added.eventId[i] as number;
      trace.spanId[to * 2] = added.spanId[i * 2] as number;
      trace.spanId[to * 2 + 1] = added.spanId[i * 2 + 1] as number;
      const p = added.parent[i] as number;
      trace.parent[to] =
        p >= 0 ? at + p - slice.from : slice.parent < 0 ? -1 : (moved[slice.parent] as number);
      trace.name[to] = nameOf[added.name[i] as number] as number;
      trace.label[to] = labelOf[added.label[i] as number] as number;
      trace.flags[to] = added.flags[i] as number;
    }
    widenParents(trace, at);
    before += slice.to - slice.from;
  }
  return {
    trace: { ...trace, calls: old.calls.map(([i, figures]) => [moved[i] ?? i, figures] as const) },
    moved,
  };
}

function move(from: TraceColumns, to: TraceColumns, start: number, end: number, shift: number): void {
  if (start >= end || (from.startUs === to.startUs && shift === 0)) return;
  for (const column of ['startUs', 'durationUs', 'eventId', 'parent', 'name', 'label', 'flags'] as const)
    to[column].set(from[column].subarray(start, end), start + shift);
  to.spanId.set(from.spanId.subarray(start * 2, end * 2), (start + shift) * 2);
}

/** Room for half as many again, so that a growing trace is copied seldom. */
function grow(old: TraceColumns, count: number, texts: Pick<TraceColumns, 'names' | 'labels'>): TraceColumns {
  const roomy = allocateTrace(Math.max(64, Math.ceil(count * 1.5)), old.originUs, {
    ...texts,
    calls: old.calls,
  });
  return { ...roomy, count };
}

/** Index in `texts` of each of `more`; the columns hold 65,536 of them, what is new beyond that is entry 0. */
function internInto(texts: string[], more: readonly string[]): Uint16Array {
  const known = new Map(texts.map((text, i) => [text, i]));
  return Uint16Array.from(more, (text) => {
    const at = known.get(text);
    if (at !== undefined) return at;
    if (texts.length > 0xffff) return 0;
    known.set(text, texts.length);
    return texts.push(text) - 1;
  });
}

/** All spans again from scratch, for when a parent arrived after its children. `parentOf` knows the late parents. */
export function rebuildTrace(
  trace: TraceColumns,
  more: readonly LiveSpan[],
  parentOf: ReadonlyMap<string, string>,
): TraceColumns {
  const calls = new Map(trace.calls);
  const spans: TraceSpan[] = [];
  for (let i = 0; i < trace.count; i++) {
    const id = spanIdAt(trace, i);
    const parent = trace.parent[i] as number;
    const duration = trace.durationUs[i] as number;
    spans.push({
      span_id: id,
      parent_span_id: parent >= 0 ? spanIdAt(trace, parent) : (parentOf.get(id) ?? null),
      name: trace.names[trace.name[i] as number] ?? '',
      start_us: (trace.startUs[i] as number) + trace.originUs,
      duration_us: Number.isNaN(duration) ? null : duration,
      event_id: trace.eventId[i] as number,
      flags: trace.flags[i] as number,
      label: trace.labels[trace.label[i] as number] ?? '',
      call: calls.get(i) ?? null,
    });
  }
  return buildTrace([...spans, ...more.map(toTraceSpan)]);
}
