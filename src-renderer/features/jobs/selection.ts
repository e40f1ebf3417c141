import type { JobRow } from '#shared/contract/types.ts';

/** Where the reader is on the board and what is marked. The cursor follows its job, not its line. */
export interface Selection {
  readonly cursorIndex: number;
  readonly cursorId: string | null;
  /** Where a range started; null when none did. */
  readonly anchorIndex: number | null;
  readonly marked: ReadonlyMap<string, JobRow>;
}

export const NOTHING_SELECTED: Selection = {
  cursorIndex: 0,
  cursorId: null,
  anchorIndex: null,
  marked: new Map(),
};

type RowAt = (index: number) => JobRow | undefined;

/** The cursor at `index`, kept on the board; with `extend`, everything from the anchor to it is marked. */
export function moveTo(
  selection: Selection,
  index: number,
  total: number,
  at: RowAt,
  extend = false,
): Selection {
  const next = Math.max(0, Math.min(total - 1, index));
  const cursorId = at(next)?.job_id ?? null;
  if (!extend) return { ...selection, cursorIndex: next, cursorId, anchorIndex: null };
  const anchor = selection.anchorIndex ?? selection.cursorIndex;
  const marked = new Map(selection.marked);
  // What the range covered before and no longer does loses its mark.
  for (const i of between(anchor, selection.cursorIndex)) marked.delete(at(i)?.job_id ?? '');
  for (const i of between(anchor, next)) {
    const row = at(i);
    if (row !== undefined) marked.set(row.job_id, row);
  }
  return { cursorIndex: next, cursorId, anchorIndex: anchor, marked };
}

export function toggleMark(selection: Selection, index: number, at: RowAt): Selection {
  const row = at(index);
  if (row === undefined) return selection;
  const marked = new Map(selection.marked);
  if (!marked.delete(row.job_id)) marked.set(row.job_id, row);
  return { cursorIndex: index, cursorId: row.job_id, anchorIndex: index, marked };
}

export const clearMarks = (selection: Selection): Selection => ({
  ...selection,
  anchorIndex: null,
  marked: new Map(),
});

/** What an action works on: the marked rows, else the row under the cursor. */
export function targets(selection: Selection, at: RowAt): readonly JobRow[] {
  if (selection.marked.size > 0) return [...selection.marked.values()];
  const row = at(selection.cursorIndex);
  return row === undefined ? [] : [row];
}

function between(a: number, b: number): readonly number[] {
  const low = Math.min(a, b);
  return Array.from({ length: Math.abs(a - b) + 1 }, (_, i) => low + i);
}
