import type { LiveSpan } from '#shared/contract/types.ts';
import { allocateTrace, type TraceColumns } from '#shared/model/trace-columns.ts';
import { buildTree, type TraceTree } from './layout/tree.ts';
import { endSpan, insertSpans, rebuildTrace } from './live-merge.ts';
import { SpanIndex } from './span-index.ts';

/** What happened to the indices that a view holds. */
export type TraceChange =
  | { readonly kind: 'updated' }
  /** `moved[i]` is the new index of span i. */
  | { readonly kind: 'inserted'; readonly moved: Int32Array }
  /** Nothing keeps its index: find spans again by id. `before` is the trace that was. */
  | { readonly kind: 'replaced'; readonly before: TraceColumns };

type Listener = (change: TraceChange) => void;

/** Runs `task` soon, once: a frame in a browser, where a hidden page has none after a second. */
const nextFrame = (task: () => void): void => {
  let done = false;
  const once = (): void => {
    if (!done) task();
    done = true;
  };
  if (typeof requestAnimationFrame === 'function') requestAnimationFrame(once);
  setTimeout(once, 1000);
};

export const emptyTrace = (): TraceColumns => allocateTrace(0, 0, { names: [], labels: [''], calls: [] });

/**
 * A trace that grows. Owns the columns it is given and changes them in place; live spans gather and are merged once
 * a frame. Reading the same batch twice changes nothing.
 */
export class TraceStore {
  private columns: TraceColumns;
  private knownTree: TraceTree | null = null;
  private knownIndex: SpanIndex | null = null;
  private pending = new Map<string, LiveSpan>();
  /** Spans whose parent has not arrived: parent id by span id. */
  private readonly orphans = new Map<string, string>();
  private readonly listeners = new Set<Listener>();
  private scheduled = false;
  private readonly schedule: (task: () => void) => void;

  constructor(trace: TraceColumns = emptyTrace(), schedule: (task: () => void) => void = nextFrame) {
    this.columns = trace;
    this.schedule = schedule;
  }

  get trace(): TraceColumns {
    return this.columns;
  }

  get tree(): TraceTree {
    this.knownTree ??= buildTree(this.columns);
    return this.knownTree;
  }

  /** Index of the span with this id, -1 when it has not arrived. */
  find(spanId: string): number {
    this.knownIndex ??= new SpanIndex(this.columns);
    return this.knownIndex.find(spanId);
  }

  subscribe(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Queues starts and ends; they show at the next frame. */
  apply(spans: readonly LiveSpan[]): void {
    for (const span of spans) {
      const queued = this.pending.get(span.span_id);
      if (queued !== undefined && queued.duration_ms !== null && span.duration_ms === null) continue;
      this.pending.set(span.span_id, span);
    }
    if (this.scheduled || this.pending.size === 0) return;
    this.scheduled = true;
    this.schedule(() => this.flush());
  }

  /** Merges what is queued now. */
  flush(): void {
    this.scheduled = false;
    if (this.pending.size === 0) return;
    const batch = this.pending;
    this.pending = new Map();
    const fresh: LiveSpan[] = [];
    for (const span of batch.values()) {
      const i = this.find(span.span_id);
      if (i === -1) fresh.push(span);
      else endSpan(this.columns, this.tree, i, span);
    }
    if (fresh.length === 0) {
      this.columns = { ...this.columns };
      this.announce({ kind: 'updated' });
      return;
    }
    this.insert(fresh, batch);
  }

  /** Another reading of the same trace (after a gap, or at the job's end, when it holds what live spans lack). */
  replace(trace: TraceColumns): void {
    const before = this.columns;
    this.columns = trace;
    this.orphans.clear();
    this.forget();
    this.announce({ kind: 'replaced', before });
  }

  private insert(fresh: readonly LiveSpan[], batch: ReadonlyMap<string, LiveSpan>): void {
    const awaited = new Set(this.orphans.values());
    const late = fresh.some((span) => awaited.has(span.span_id));
    for (const { span_id, parent_span_id } of fresh) {
      if (parent_span_id !== null && !batch.has(parent_span_id) && this.find(parent_span_id) === -1)
        this.orphans.set(span_id, parent_span_id);
    }
    const before = this.columns;
    // The first spans bring their own origin; a late parent changes the order of everything below it.
    if (late || before.count === 0) {
      this.columns = rebuildTrace(before, fresh, this.orphans);
      for (const [child, parent] of this.orphans) if (batch.has(parent)) this.orphans.delete(child);
      this.forget();
      this.announce({ kind: 'replaced', before });
      return;
    }
    const { trace, moved } = insertSpans(before, this.tree, this.knownIndex ?? new SpanIndex(before), fresh);
    this.columns = trace;
    this.forget();
    this.announce({ kind: 'inserted', moved });
  }

  private forget(): void {
    this.knownTree = null;
    this.knownIndex = null;
  }

  private announce(change: TraceChange): void {
    for (const listener of this.listeners) listener(change);
  }
}
