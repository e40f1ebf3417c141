import { describe, expect, it } from 'vitest';
import type { ArchivedObject } from '#shared/model/archive.ts';
import {
  clearMarks,
  extendTo,
  extent,
  markAll,
  markedBytes,
  moveTo,
  NOTHING_SELECTED,
  type Selection,
  toggleMark,
} from './selection.ts';

const row = (i: number): ArchivedObject => ({
  key: `k${i}`,
  tenant: null,
  kind: null,
  date: null,
  job_id: null,
  size_bytes: i,
  last_modified: 0,
  etag: null,
  is_new: false,
});
const rows = Array.from({ length: 10 }, (_, i) => row(i));
const at = (index: number): ArchivedObject | undefined => rows[index];
const keys = (selection: Selection): readonly string[] => [...selection.marked.keys()];
function extend(selection: Selection, index: number): Selection {
  const [first, last] = extent(selection, index);
  return extendTo(selection, index, rows.slice(first, last + 1));
}

describe('the cursor', () => {
  it('stays in the list, and on nothing where there is nothing', () => {
    expect(moveTo(NOTHING_SELECTED, 99, 10).cursor).toBe(9);
    expect(moveTo(NOTHING_SELECTED, -5, 10).cursor).toBe(0);
    expect(moveTo(NOTHING_SELECTED, 3, 0).cursor).toBe(-1);
  });
});

describe('marks', () => {
  it('are drawn from the anchor, grow and shrink, and keep what was marked before', () => {
    let now = toggleMark(NOTHING_SELECTED, 8, at);
    now = moveTo(now, 2, 10);
    now = extend(now, 4);
    expect(keys(now)).toEqual(['k8', 'k2', 'k3', 'k4']);
    now = extend(now, 3);
    expect(keys(now)).toEqual(['k8', 'k2', 'k3']);
    now = extend(now, 1);
    expect(keys(now)).toEqual(['k8', 'k1', 'k2']);
    expect(markedBytes(now.marked)).toBe(11);
  });
  it('go on and off one by one, and a range may begin at the last', () => {
    let now = toggleMark(NOTHING_SELECTED, 2, at);
    now = extend(now, 4);
    expect(keys(now)).toEqual(['k2', 'k3', 'k4']);
    now = toggleMark(now, 3, at);
    expect(keys(now)).toEqual(['k2', 'k4']);
    expect(keys(clearMarks(now))).toEqual([]);
    expect(toggleMark(now, 77, at)).toBe(now);
  });
  it('can be all there is', () => {
    expect(keys(markAll(moveTo(NOTHING_SELECTED, 5, 10), rows))).toHaveLength(10);
  });
});
