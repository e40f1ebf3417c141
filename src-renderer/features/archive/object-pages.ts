import type { ArchivedObject } from '#shared/model/archive.ts';

/** Rows a page of the list holds. */
export const PAGE_ROWS = 200;

/** Numbers of the pages that hold rows `first` to `last`. */
export function pagesOf(first: number, last: number): readonly number[] {
  const from = Math.floor(Math.max(0, first) / PAGE_ROWS);
  const to = Math.floor(Math.max(0, last, first) / PAGE_ROWS);
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** What is in hand of the list: some pages of it, by number. */
export interface LoadedPages {
  readonly total: number;
  readonly pages: ReadonlyMap<number, readonly ArchivedObject[]>;
}

export const rowAt = (loaded: LoadedPages, index: number): ArchivedObject | undefined =>
  index < 0 ? undefined : loaded.pages.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS];

export function sameLoaded(a: LoadedPages, b: LoadedPages | null): boolean {
  if (b === null || a.total !== b.total || a.pages.size !== b.pages.size) return false;
  return [...a.pages].every(([page, rows]) => b.pages.get(page) === rows);
}

/** Where a key stands among what is in hand, -1 when it does not. */
export function indexOfKey(loaded: LoadedPages, key: string): number {
  for (const [page, rows] of loaded.pages) {
    const at = rows.findIndex((row) => row.key === key);
    if (at !== -1) return page * PAGE_ROWS + at;
  }
  return -1;
}
