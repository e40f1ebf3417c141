import { SPAN_ERROR, SPAN_OPEN, spanIdAt, type TraceColumns } from '#shared/model/trace-columns.ts';
import type { EpochMicroseconds, Microseconds } from '#shared/model/units.ts';
import { type CriticalPath, criticalPath } from './layout/critical-path.ts';
import { findErrors, searchTrace } from './layout/find.ts';
import { findGaps, type Gap } from './layout/gaps.ts';
import { buildPyramid, type Pyramid } from './layout/pyramid.ts';
import {
  buildRows,
  gapNumber,
  isGapRow,
  positionOfGap,
  positionOfSpan,
  type Row,
  visibleAncestor,
} from './layout/rows.ts';
import { endOf, extentOf, type TimeRange, type TraceTree } from './layout/tree.ts';
import type { TraceChange, TraceStore } from './trace-store.ts';

/** How long a critical path with open spans in it is good for. */
const PATH_FRESH_MS = 500;

/**
 * What the waterfall shows of a trace, without drawing it: which rows are open, where the cursor is, what was found.
 * Everything derived is computed when first asked for and kept until the trace changes.
 */
export class TraceView {
  readonly store: TraceStore;
  cursor: Row = 0;
  private collapsedFlags: Uint8Array;
  private wanted = '';
  private readonly clock: () => EpochMicroseconds | null;
  private known: {
    gaps?: readonly Gap[];
    rows?: Int32Array;
    pyramid?: Pyramid;
    path?: CriticalPath;
    pathAt?: number;
    errors?: Int32Array;
    matches?: Int32Array;
    ended?: { readonly extent: TimeRange; readonly open: number };
  } = {};

  /** `clock` gives the wall clock while the trace may grow, null when it has stopped. */
  constructor(store: TraceStore, clock: () => EpochMicroseconds | null) {
    this.store = store;
    this.clock = clock;
    this.collapsedFlags = new Uint8Array(store.trace.count);
  }

  get trace(): TraceColumns {
    return this.store.trace;
  }
  get tree(): TraceTree {
    return this.store.tree;
  }
  get collapsed(): Uint8Array {
    return this.collapsedFlags;
  }

  private get ended(): { readonly extent: TimeRange; readonly open: number } {
    if (this.known.ended === undefined) {
      let open = 0;
      for (let i = 0; i < this.trace.count; i++) if (Number.isNaN(this.trace.durationUs[i])) open++;
      this.known.ended = { extent: extentOf(this.trace, Number.NEGATIVE_INFINITY), open };
    }
    return this.known.ended;
  }

  get openCount(): number {
    return this.ended.open;
  }

  /** The end of open spans: the clock while it runs, else the last thing known. */
  nowUs(): Microseconds {
    const { extent, open } = this.ended;
    const wall = open > 0 ? this.clock() : null;
    return wall === null ? extent.endUs : Math.max(extent.endUs, wall - this.trace.originUs);
  }

  extent(): TimeRange {
    return { startUs: this.ended.extent.startUs, endUs: this.nowUs() };
  }

  get gaps(): readonly Gap[] {
    this.known.gaps ??= findGaps(this.trace, this.tree, this.ended.extent);
    return this.known.gaps;
  }
  get rows(): Int32Array {
    this.known.rows ??= buildRows(this.trace, this.tree, this.collapsedFlags, this.gaps);
    return this.known.rows;
  }
  get pyramid(): Pyramid {
    this.known.pyramid ??= buildPyramid(this.trace);
    return this.known.pyramid;
  }
  get errors(): Int32Array {
    this.known.errors ??= findErrors(this.trace);
    return this.known.errors;
  }
  get path(): CriticalPath {
    const now = performance.now();
    const stale = this.openCount > 0 && now - (this.known.pathAt ?? 0) > PATH_FRESH_MS;
    if (this.known.path === undefined || stale) {
      this.known.path = criticalPath(this.trace, this.tree, this.nowUs());
      this.known.pathAt = now;
    }
    return this.known.path;
  }

  get query(): string {
    return this.wanted;
  }
  set query(text: string) {
    this.wanted = text;
    delete this.known.matches;
  }
  get matches(): Int32Array {
    this.known.matches ??= searchTrace(this.trace, this.wanted);
    return this.known.matches;
  }

  /** The span a row is about; a gap's is its parent. -1 in an empty trace. */
  spanOf(row: Row): number {
    if (!isGapRow(row)) return row < this.trace.count ? row : -1;
    return this.gaps[gapNumber(row)]?.parent ?? -1;
  }

  timesOf(row: Row): TimeRange {
    const gap = isGapRow(row) ? this.gaps[gapNumber(row)] : undefined;
    if (gap !== undefined) return gap;
    const startUs = this.trace.startUs[row] ?? 0;
    return { startUs, endUs: row < this.trace.count ? endOf(this.trace, row, this.nowUs()) : startUs };
  }

  /** Where a row stands from the top; a hidden one's is that of the collapsed span that stands for it. */
  positionOf(row: Row): number {
    if (isGapRow(row)) {
      const shown = positionOfGap(this.rows, gapNumber(row));
      const parent = this.spanOf(row);
      return shown >= 0 || parent < 0 ? shown : this.positionOf(parent);
    }
    if (row >= this.trace.count) return -1;
    return positionOfSpan(this.rows, this.gaps, visibleAncestor(this.trace, this.collapsedFlags, row));
  }

  setCollapsed(span: number, collapse: boolean): void {
    if ((this.tree.childCount[span] ?? 0) === 0) return;
    this.collapsedFlags[span] = collapse ? 1 : 0;
    this.rowsChanged();
  }

  /** Collapses every span with children below the roots, or opens everything. */
  setAllCollapsed(collapse: boolean): void {
    const { childCount, depth } = this.tree;
    for (let i = 0; i < this.trace.count; i++)
      this.collapsedFlags[i] = collapse && (childCount[i] as number) > 0 && (depth[i] as number) > 0 ? 1 : 0;
    this.rowsChanged();
  }

  rowsChanged(): void {
    delete this.known.rows;
  }

  /** Follows the store's change: moves collapsed marks and the cursor with their spans. */
  follow(change: TraceChange): void {
    const { trace } = this;
    const at = this.follower(change);
    const cursor = at(this.spanOf(this.cursor));
    if (change.kind !== 'updated') {
      const flags = new Uint8Array(trace.count);
      for (let i = 0; i < this.collapsedFlags.length; i++) {
        const now = this.collapsedFlags[i] === 0 ? -1 : at(i);
        if (now >= 0) flags[now] = 1;
      }
      this.collapsedFlags = flags;
    }
    if (change.kind !== 'updated' || isGapRow(this.cursor)) this.cursor = Math.max(0, cursor);
    this.known = {};
  }

  /** Old index to new one under a change. */
  follower(change: TraceChange): (i: number) => number {
    switch (change.kind) {
      case 'updated':
        return (i) => i;
      case 'inserted':
        return (i) => change.moved[i] ?? -1;
      case 'replaced':
        return (i) => (i < 0 || i >= change.before.count ? -1 : this.store.find(spanIdAt(change.before, i)));
    }
  }

  /** The same wall-clock window after the change: another reading may count from another origin. */
  rangeAfter(change: TraceChange, range: TimeRange): TimeRange {
    if (change.kind !== 'replaced' || change.before.count === 0 || this.trace.count === 0) return range;
    const earlier = change.before.originUs - this.trace.originUs;
    return { startUs: range.startUs + earlier, endUs: range.endUs + earlier };
  }

  hasError(span: number): boolean {
    return ((this.trace.flags[span] ?? 0) & SPAN_ERROR) !== 0;
  }
  isOpen(span: number): boolean {
    return ((this.trace.flags[span] ?? 0) & SPAN_OPEN) !== 0;
  }
}
