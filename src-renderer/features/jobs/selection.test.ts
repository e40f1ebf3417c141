import { describe, expect, it } from 'vitest';
import type { JobRow } from '#shared/contract/types.ts';
import { clearMarks, moveTo, NOTHING_SELECTED, targets, toggleMark } from './selection.ts';

const rows = Array.from({ length: 10 }, (_, i) => ({ job_id: `job-${i}` }) as JobRow);
const at = (index: number): JobRow | undefined => rows[index];
const ids = (marked: ReadonlyMap<string, JobRow>): string[] => [...marked.keys()].sort();

describe('the board’s cursor', () => {
  it('stays on the board', () => {
    expect(moveTo(NOTHING_SELECTED, -3, 10, at).cursorIndex).toBe(0);
    expect(moveTo(NOTHING_SELECTED, 99, 10, at).cursorIndex).toBe(9);
    expect(moveTo(NOTHING_SELECTED, 5, 0, at)).toMatchObject({ cursorIndex: 0, cursorId: 'job-0' });
  });

  it('knows its job', () => {
    expect(moveTo(NOTHING_SELECTED, 4, 10, at).cursorId).toBe('job-4');
  });
});

describe('a range with shift', () => {
  it('grows and shrinks around where it started', () => {
    const three = moveTo(NOTHING_SELECTED, 3, 10, at);
    const down = moveTo(three, 5, 10, at, true);
    expect(ids(down.marked)).toEqual(['job-3', 'job-4', 'job-5']);
    const back = moveTo(down, 4, 10, at, true);
    expect(ids(back.marked)).toEqual(['job-3', 'job-4']);
    const over = moveTo(back, 2, 10, at, true);
    expect(ids(over.marked)).toEqual(['job-2', 'job-3']);
  });

  it('keeps marks made elsewhere', () => {
    const marked = toggleMark(NOTHING_SELECTED, 8, at);
    const moved = moveTo(marked, 1, 10, at);
    expect(ids(moveTo(moved, 2, 10, at, true).marked)).toEqual(['job-1', 'job-2', 'job-8']);
  });

  it('leaves out rows that are not loaded', () => {
    const sparse = (index: number): JobRow | undefined => (index === 1 ? undefined : at(index));
    expect(ids(moveTo(NOTHING_SELECTED, 2, 10, sparse, true).marked)).toEqual(['job-0', 'job-2']);
  });
});

describe('what an action works on', () => {
  it('is the row under the cursor, unless rows are marked', () => {
    const moved = moveTo(NOTHING_SELECTED, 4, 10, at);
    expect(targets(moved, at).map((job) => job.job_id)).toEqual(['job-4']);
    const marked = moveTo(toggleMark(moved, 7, at), 1, 10, at);
    expect(targets(marked, at).map((job) => job.job_id)).toEqual(['job-7']);
    expect(targets(clearMarks(marked), at).map((job) => job.job_id)).toEqual(['job-1']);
    expect(targets(NOTHING_SELECTED, () => undefined)).toEqual([]);
  });

  it('forgets a mark that is made twice', () => {
    expect(toggleMark(toggleMark(NOTHING_SELECTED, 2, at), 2, at).marked.size).toBe(0);
  });
});
