import { siblingOf, stepThrough } from './layout/find.ts';
import { expandTo, gapNumber, isGapRow, type Row } from './layout/rows.ts';
import type { TraceView } from './trace-view.ts';

/** Moves the cursor by rows, staying inside. */
export function moveBy(view: TraceView, rows: number): void {
  if (view.rows.length === 0) return;
  const at = Math.min(view.rows.length - 1, Math.max(0, view.positionOf(view.cursor) + rows));
  view.cursor = view.rows[at] as Row;
}

/** Left: closes an open row; on a closed one or a leaf goes to the parent. */
export function collapseOrLeave(view: TraceView): void {
  const span = view.spanOf(view.cursor);
  if (span < 0) return;
  const parent = view.trace.parent[span] as number;
  if (isGapRow(view.cursor)) view.cursor = span;
  else if ((view.tree.childCount[span] as number) > 0 && view.collapsed[span] === 0)
    view.setCollapsed(span, true);
  else if (parent >= 0) view.cursor = parent;
}

/** Right: opens a closed row; on an open one goes to its first child. */
export function expandOrEnter(view: TraceView): void {
  const span = view.cursor;
  if (isGapRow(span) || (view.tree.childCount[span] ?? 0) === 0) return;
  if (view.collapsed[span] !== 0) view.setCollapsed(span, false);
  else view.cursor = span + 1;
}

/** Puts the cursor on a span, opening what hides it. */
export function reveal(view: TraceView, span: number): void {
  if (span < 0 || span >= view.trace.count) return;
  if (expandTo(view.trace, view.collapsed, span)) view.rowsChanged();
  view.cursor = span;
}

/** The next of `sorted` after the cursor, around the end. False when there is none. */
export function stepTo(view: TraceView, sorted: Int32Array, direction: 1 | -1): boolean {
  // A gap stands between two spans, not on its parent.
  const gap = isGapRow(view.cursor) ? view.gaps[gapNumber(view.cursor)] : undefined;
  const from = gap === undefined ? view.spanOf(view.cursor) : gap.before - (direction === 1 ? 1 : 0);
  const at = stepThrough(sorted, from, direction);
  if (at < 0) return false;
  reveal(view, sorted[at] as number);
  return true;
}

export function stepSibling(view: TraceView, direction: 1 | -1): boolean {
  const span = view.spanOf(view.cursor);
  const sibling = span < 0 ? -1 : siblingOf(view.trace, view.tree, span, direction);
  if (sibling < 0) return false;
  view.cursor = sibling;
  return true;
}
