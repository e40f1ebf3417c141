import { expect, it } from 'vitest';
import { costNote, costPlot, costTable, costTitle } from './cost-data.ts';
import { ASK, groupOf, SPEED } from './testing.ts';

const priced = (key: string, value: number, cost: number) =>
  groupOf(key, [value], {
    cost_per_success: cost,
    cost_at_least: cost,
    cost_note: null,
    cost_known: 1,
  });
const groups = [
  priced('quick', 100, 0.09),
  priced('cheap', 900, 0.01),
  priced('beaten', 900, 0.09),
  groupOf('free', [5]),
];

it('finds who is beaten in neither speed nor cost, along the axis', () => {
  const plot = costPlot(groups, ASK);
  expect(plot.front.map(({ group }) => group.key)).toEqual(['quick', 'cheap']);
  expect(plot.points.map(({ index, onFront }) => [index, onFront])).toEqual([
    [0, true],
    [1, true],
    [2, false],
  ]);
  expect(costTitle(plot)).toBe('quick and cheap are not beaten in both cost and speed');
  expect(costTable(plot, ASK).rows.map((row) => [row[0], row.at(-1)])).toEqual([
    ['quick', 'yes'],
    ['cheap', 'yes'],
    ['beaten', 'no'],
    ['free', 'No ended job of this group has a known cost.'],
  ]);
  expect(costNote(plot)).toContain('free: No ended job of this group has a known cost.');
});

it('takes more as better where it is', () => {
  const plot = costPlot(groups, SPEED);
  expect(plot.front.map(({ group }) => group.key)).toEqual(['cheap']);
  expect(costTitle(plot)).toBe('cheap is best in both cost and speed');
});

it('calls it a trade only where nobody is beaten', () => {
  expect(costTitle(costPlot(groups.slice(0, 2), ASK))).toContain('Every group is a trade');
  expect(costTitle(costPlot(groups.slice(0, 1), ASK))).toContain('What does a successful job cost');
});

it('gives no place to a group of which only a part of the cost is known, and says so', () => {
  const why = 'At least $0.01: the cost of 3 of its 9 ended jobs is not known.';
  const bounded = groupOf('bounded', [100], { cost_at_least: 0.01, cost_note: why, cost_known: 6 });
  const plot = costPlot([...groups, bounded], ASK);
  expect(plot.front.map(({ group }) => group.key)).toEqual(['quick', 'cheap']);
  expect(plot.unplaced).toContainEqual({ key: 'bounded', why });
  expect(costNote(plot)).toContain(`bounded: ${why}`);
  expect(costTable(plot, ASK).rows.at(-1)).toEqual(['bounded', null, null, null, null, null, why]);
});
