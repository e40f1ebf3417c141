import { describe, expect, it } from 'vitest';
import type { JobRow } from '#shared/contract/types.ts';
import { indexOfJob, PAGE_ROWS, pagesOf, patchPage, rowAt, sameLoaded } from './board-pages.ts';

const row = (job_id: string, updated_at = 1, status = 'running'): JobRow =>
  ({ job_id, updated_at, status }) as JobRow;

describe('pages of the board', () => {
  it('are those that hold the rows in view', () => {
    expect(pagesOf(0, 0)).toEqual([0]);
    expect(pagesOf(PAGE_ROWS - 1, PAGE_ROWS)).toEqual([0, 1]);
    expect(pagesOf(3 * PAGE_ROWS, 3 * PAGE_ROWS + 40)).toEqual([3]);
    expect(pagesOf(-5, -1)).toEqual([0]);
  });

  it('find a row by its place and a place by its job', () => {
    const loaded = { total: 1_000, pages: new Map([[2, [row('a'), row('b')]]]) };
    expect(rowAt(loaded, 2 * PAGE_ROWS + 1)?.job_id).toBe('b');
    expect(rowAt(loaded, 0)).toBeUndefined();
    expect(indexOfJob(loaded, 'b')).toBe(2 * PAGE_ROWS + 1);
    expect(indexOfJob(loaded, 'z')).toBe(-1);
  });

  it('are the same only with the same rows', () => {
    const rows = [row('a')];
    const one = { total: 1, pages: new Map([[0, rows]]) };
    expect(sameLoaded(one, { total: 1, pages: new Map([[0, rows]]) })).toBe(true);
    expect(sameLoaded(one, { total: 2, pages: new Map([[0, rows]]) })).toBe(false);
    expect(sameLoaded(one, { total: 1, pages: new Map([[0, [row('a')]]]) })).toBe(false);
    expect(sameLoaded(one, null)).toBe(false);
  });
});

describe('a live change', () => {
  const page = { total: 2, jobs: [row('a'), row('b')] };

  it('is put where the job stands, and moves nothing', () => {
    const patched = patchPage(page, new Map([['b', row('b', 2, 'succeeded')]]));
    expect(patched.jobs.map((job) => [job.job_id, job.status])).toEqual([
      ['a', 'running'],
      ['b', 'succeeded'],
    ]);
    expect(patched.jobs[0]).toBe(page.jobs[0]);
  });

  it('of another job leaves the page as it is', () => {
    expect(patchPage(page, new Map([['z', row('z')]]))).toBe(page);
  });

  it('that is older than the page does not undo it', () => {
    const ended = { total: 1, jobs: [row('a', 5, 'succeeded')] };
    expect(patchPage(ended, new Map([['a', row('a', 4, 'running')]])).jobs[0]?.status).toBe('succeeded');
  });
});
