import type { ArchivedObject } from '#shared/model/archive.ts';

/** Where the reader is in the list and what is marked. Marks hold keys, so that they outlive the rows that were loaded. */
export interface Selection {
  /** -1: on no row. */
  readonly cursor: number;
  /** Where a range began, and the marks there were before it; null when no range is being drawn. */
  readonly range: { readonly anchor: number; readonly before: Marks } | null;
  readonly marked: Marks;
}
/** Bytes by key. */
export type Marks = ReadonlyMap<string, number>;

export const NOTHING_SELECTED: Selection = { cursor: -1, range: null, marked: new Map() };

type RowAt = (index: number) => ArchivedObject | undefined;
type Named = Pick<ArchivedObject, 'key' | 'size_bytes'>;

/** The cursor at `index`, kept in the list. */
export const moveTo = (selection: Selection, index: number, total: number): Selection => ({
  ...selection,
  cursor: Math.max(Math.min(index, total - 1), Math.min(0, total - 1)),
  range: null,
});

/** The cursor at `index` with everything from the anchor to it marked; `rows` are the rows between the two. */
export function extendTo(selection: Selection, index: number, rows: readonly Named[]): Selection {
  const range = selection.range ?? { anchor: Math.max(0, selection.cursor), before: selection.marked };
  const marked = new Map(range.before);
  for (const row of rows) marked.set(row.key, row.size_bytes);
  return { cursor: index, range, marked };
}

/** First and last row of the range that extending to `index` would mark. */
export function extent(selection: Selection, index: number): readonly [first: number, last: number] {
  const anchor = selection.range?.anchor ?? Math.max(0, selection.cursor);
  return [Math.min(anchor, index), Math.max(anchor, index)];
}

export function toggleMark(selection: Selection, index: number, at: RowAt): Selection {
  const row = at(index);
  if (row === undefined) return selection;
  const marked = new Map(selection.marked);
  if (!marked.delete(row.key)) marked.set(row.key, row.size_bytes);
  return { cursor: index, range: { anchor: index, before: marked }, marked };
}

export const markAll = (selection: Selection, rows: readonly Named[]): Selection => ({
  ...selection,
  range: null,
  marked: new Map(rows.map((row) => [row.key, row.size_bytes])),
});

export const clearMarks = (selection: Selection): Selection => ({
  ...selection,
  range: null,
  marked: new Map(),
});

export const markedBytes = (marks: Marks): number => [...marks.values()].reduce((sum, size) => sum + size, 0);
