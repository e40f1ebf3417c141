import type { JobPage, JobRow } from '#shared/contract/types.ts';

/** Rows a page of the board holds. */
export const PAGE_ROWS = 200;

/** Numbers of the pages that hold rows `first` to `last`. */
export function pagesOf(first: number, last: number): readonly number[] {
  const from = Math.floor(Math.max(0, first) / PAGE_ROWS);
  const to = Math.floor(Math.max(0, last, first) / PAGE_ROWS);
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** What is loaded of a list: some pages of it, by number. */
export interface LoadedPages {
  readonly total: number;
  readonly pages: ReadonlyMap<number, readonly JobRow[]>;
}

export const rowAt = (loaded: LoadedPages, index: number): JobRow | undefined =>
  loaded.pages.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS];

export function sameLoaded(a: LoadedPages, b: LoadedPages | null): boolean {
  if (b === null || a.total !== b.total || a.pages.size !== b.pages.size) return false;
  return [...a.pages].every(([page, rows]) => b.pages.get(page) === rows);
}

/** Where a job stands among what is loaded, -1 when it does not. */
export function indexOfJob(loaded: LoadedPages, jobId: string): number {
  for (const [page, rows] of loaded.pages) {
    const at = rows.findIndex((row) => row.job_id === jobId);
    if (at !== -1) return page * PAGE_ROWS + at;
  }
  return -1;
}

/** The page with newer versions of the rows it already has, in place; the same object when none is on it. */
export function patchPage(page: JobPage, changed: ReadonlyMap<string, JobRow>): JobPage {
  if (!page.jobs.some((job) => changed.has(job.job_id))) return page;
  return { ...page, jobs: page.jobs.map((job) => newer(job, changed.get(job.job_id))) };
}

/** A batch may be older than the page it meets. */
function newer(known: JobRow, change: JobRow | undefined): JobRow {
  return change === undefined || change.updated_at < known.updated_at ? known : change;
}
