import { describe, expect, it } from 'vitest';
import {
  type HeldLines,
  indexOfSeq,
  MOST_LINES,
  shiftOf,
  toJsonLines,
  withNewer,
  withOlder,
} from './log-lines.ts';
import { madeLine } from './testing.ts';

const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => madeLine({ seq: from + i }));
const held = (from: number, to: number, more = false): HeldLines => ({ lines: lines(from, to), more });
const ends = ({ lines: all }: HeldLines) => [all[0]?.seq, all.at(-1)?.seq, all.length];

describe('lines that come', () => {
  it('are put below, once', () => {
    const now = withNewer(held(5, 9, true), { lines: lines(8, 12), more: false });
    expect(ends(now)).toEqual([5, 12, 8]);
    expect(now.more).toBe(true);
  });

  it('change nothing when there are none', () => {
    const was = held(1, 3);
    expect(withNewer(was, { lines: [], more: false })).toBe(was);
    expect(withNewer(was, { lines: lines(2, 3), more: false })).toBe(was);
  });

  it('take the place of what is held where there would be a hole', () => {
    const now = withNewer(held(1, 3), { lines: lines(10, 12), more: true });
    expect(ends(now)).toEqual([10, 12, 3]);
    expect(now.more).toBe(true);
  });

  it('push out the oldest beyond what the page holds', () => {
    const now = withNewer(held(1, MOST_LINES), { lines: lines(MOST_LINES + 1, MOST_LINES + 4), more: false });
    expect(ends(now)).toEqual([5, MOST_LINES + 4, MOST_LINES]);
    expect(now.more).toBe(true);
  });
});

describe('older lines', () => {
  it('are put above, and say whether more are there', () => {
    const now = withOlder(held(5, 9, true), { lines: lines(2, 4), more: false });
    expect(ends(now)).toEqual([2, 9, 8]);
    expect(now.more).toBe(false);
  });
});

describe('rows that stay', () => {
  it('are found by number, holes and all', () => {
    const some = [3, 8, 20].map((seq) => madeLine({ seq }));
    expect([3, 8, 20, 9, 1, 21].map((seq) => indexOfSeq(some, seq))).toEqual([0, 1, 2, -1, -1, -1]);
  });

  it('move by what came above them or left', () => {
    expect(shiftOf(lines(5, 9), lines(2, 9))).toBe(3);
    expect(shiftOf(lines(5, 9), lines(7, 12))).toBe(-2);
    expect(shiftOf(lines(5, 9), lines(5, 12))).toBe(0);
    expect(shiftOf([], lines(1, 2))).toBe(0);
  });
});

it('are one JSON object a line for programs', () => {
  const text = toJsonLines(lines(1, 2));
  expect(text.endsWith('\n')).toBe(true);
  expect(
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).seq),
  ).toEqual([1, 2]);
});
