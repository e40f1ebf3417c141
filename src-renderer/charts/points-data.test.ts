import { describe, expect, it } from 'vitest';
import { jitterOf, placePoints, pointNear, pointsNote, pointsTable } from './points-data.ts';
import { ASK, groupOf } from './testing.ts';

const at = (value: number): number => value * 10;
const room = { rowHeight: 44, log: false };

describe('points', () => {
  it('lie in the row of their group, apart from their neighbours', () => {
    const placed = placePoints([groupOf('a', [1, 1, 1]), groupOf('b', [2])], at, room);
    expect(placed.map(({ x, group }) => [x, group])).toEqual([
      [10, 0],
      [10, 0],
      [10, 0],
      [20, 1],
    ]);
    for (const { y, group } of placed) expect(Math.abs(y - (group * 44 + 22))).toBeLessThanOrEqual(17);
    expect(Math.abs(jitterOf(0) - jitterOf(1))).toBeGreaterThan(0.5);
  });
  it('have no place on a logarithm at zero', () => {
    const groups = [groupOf('a', [0, 3])];
    expect(placePoints(groups, at, { ...room, log: true })).toHaveLength(1);
    expect(placePoints(groups, at, room)).toHaveLength(2);
  });
  it('are found by the pointer: the nearest within reach', () => {
    const placed = placePoints([groupOf('a', [1, 2])], () => 50, room);
    const [one, two] = placed;
    expect(pointNear(placed, 50, (one?.y ?? 0) - 1, 7)).toBe(one);
    expect(pointNear(placed, 50, (two?.y ?? 0) + 1, 7)).toBe(two);
    expect(pointNear(placed, 58, one?.y ?? 0, 7)).toBeNull();
  });
});

it('says how many points stand for how many jobs, and links each', () => {
  expect(pointsNote([groupOf('a', [1, 2])])).toContain('Every one of 2 jobs');
  expect(pointsNote([groupOf('a', [1, 2], { n: 1200 })])).toContain('2 of 1,200 jobs are points');
  const table = pointsTable([groupOf('a', [7])], ASK, ({ source, job_id }) => `#/${source}/${job_id}`);
  expect(table.rows).toEqual([['a-0', 'a', 7, 'own']]);
  expect(table.links).toEqual(['#/own/a-0']);
});
