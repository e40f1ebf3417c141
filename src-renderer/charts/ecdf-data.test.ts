import { describe, expect, it } from 'vitest';
import { drawnGroups, ecdfRows, ecdfTable, ecdfTitle } from './ecdf-data.ts';
import { ASK, groupOf, SPEED } from './testing.ts';

describe('the rows of distributions', () => {
  it('hold the share of each series up to and with each value, from its first to its last', () => {
    const rows = ecdfRows([groupOf('a', [1, 2, 2, 4]), groupOf('b', [2, 8])], false);
    expect(rows).toEqual([
      { x: 1, s0: 0.25, s1: null },
      { x: 2, s0: 0.75, s1: 0.5 },
      { x: 4, s0: 1, s1: 0.5 },
      { x: 8, s0: null, s1: 1 },
    ]);
  });
  it('have no place for zero on a logarithm, and count it all the same', () => {
    expect(ecdfRows([groupOf('a', [0, 5])], true)).toEqual([{ x: 5, s0: 1 }]);
  });
  it('are thinned where there are many, and every curve still reaches 1', () => {
    const of = (from: number) => Array.from({ length: 400 }, (_, i) => from + i * 7 + 1);
    const groups = [0, 0.1, 0.2, 0.3, 0.4].map((from, i) => groupOf(`g${i}`, of(from)));
    const rows = ecdfRows(groups, false);
    expect(rows.length).toBeLessThan(1000);
    for (const [i] of groups.entries()) expect(rows.some((row) => row[`s${i}`] === 1)).toBe(true);
  });
  it('keep a group’s place in the result, whose colour it is, past groups without values', () => {
    const groups = Array.from({ length: 9 }, (_, i) => groupOf(`g${i}`, i === 1 ? [] : [i + 1]));
    expect(drawnGroups(groups).map(({ index }) => index)).toEqual([0, 2, 3, 4, 5, 6]);
  });
});

it('says who is best by its median, whichever way is better', () => {
  const groups = [groupOf('slow', [900]), groupOf('quick', [100]), groupOf('none', [])];
  expect(ecdfTitle(groups, ASK)).toBe("Half of quick's jobs take 100 ms or less, half of slow's 900 ms");
  expect(ecdfTitle(groups, SPEED)).toBe(
    "Half of slow's jobs have 900 tok/s or more, half of quick's 100 tok/s",
  );
  expect(ecdfTitle(groups.slice(0, 1), ASK)).toBe('How is agent.ask distributed?');
});

it('puts every step of every group into the table', () => {
  expect(ecdfTable([groupOf('a', [1, 3]), groupOf('', [2])], ASK).rows).toEqual([
    ['a', 1, 0.5],
    ['a', 3, 1],
    ['(none)', 2, 1],
  ]);
});
