import type { TraceColumns } from '#shared/model/trace-columns.ts';
import type { Gap } from './gaps.ts';
import type { TraceTree } from './tree.ts';

/** A row is a span (its index, from 0) or a gap (-1 for the first, -2, ...). */
export type Row = number;
export const isGapRow = (row: Row): boolean => row < 0;
export const gapNumber = (row: Row): number => -1 - row;
export const rowOfGap = (gap: number): Row => -1 - gap;

/** Visible rows from top to bottom; a collapsed subtree is skipped whole. `collapsed[i]` non-zero hides below i. */
export function buildRows(
  trace: TraceColumns,
  tree: TraceTree,
  collapsed: Uint8Array,
  gaps: readonly Gap[],
): Int32Array {
  const { count } = trace;
  const rows = new Int32Array(count + gaps.length);
  let length = 0;
  let g = 0;
  let hiddenFrom = Number.POSITIVE_INFINITY; // the collapsed span just skipped
  const gapsUpTo = (i: number): void => {
    for (let gap = gaps[g]; gap !== undefined && gap.before <= i; gap = gaps[++g]) {
      if (gap.before === i && gap.parent < hiddenFrom) rows[length++] = rowOfGap(g);
    }
  };
  let i = 0;
  while (i < count) {
    if (g < gaps.length) gapsUpTo(i);
    rows[length++] = i;
    if (collapsed[i] === 0) {
      hiddenFrom = Number.POSITIVE_INFINITY;
      i++;
    } else {
      hiddenFrom = i;
      i = tree.subtreeEnd[i] as number;
    }
  }
  gapsUpTo(count);
  return length === rows.length ? rows : rows.slice(0, length);
}

/** Position of a visible span's row, -1 when it is hidden. Spans stand in the rows by index, so it is a binary search. */
export function positionOfSpan(rows: Int32Array, gaps: readonly Gap[], span: number): number {
  let low = 0;
  let high = rows.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const row = rows[middle] as number;
    // A gap stands just above the span it precedes.
    const key = isGapRow(row) ? (gaps[gapNumber(row)]?.before ?? 0) - 0.5 : row;
    if (key === span) return middle;
    if (key < span) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

export const positionOfGap = (rows: Int32Array, gap: number): number => rows.indexOf(rowOfGap(gap));

/** Nearest collapsed ancestor from the top: the visible row that stands for a hidden span; the span itself if visible. */
export function visibleAncestor(trace: TraceColumns, collapsed: Uint8Array, span: number): number {
  let shown = span;
  for (let p = trace.parent[span] ?? -1; p >= 0; p = trace.parent[p] as number) {
    if (collapsed[p] !== 0) shown = p;
  }
  return shown;
}

/** Opens every ancestor of `span`. True when something changed. */
export function expandTo(trace: TraceColumns, collapsed: Uint8Array, span: number): boolean {
  let changed = false;
  for (let p = trace.parent[span] ?? -1; p >= 0; p = trace.parent[p] as number) {
    if (collapsed[p] !== 0) {
      collapsed[p] = 0;
      changed = true;
    }
  }
  return changed;
}
