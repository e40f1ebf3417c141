import { expect, it } from 'vitest';
import { rowOfGap } from '../layout/rows.ts';
import { backgroundOf } from './bars.ts';

it('a row stands on what its state says, and no gap looks selected while no span is', () => {
  const nothing = { selectedSpan: -1, hoverRow: null };
  expect(backgroundOf(rowOfGap(0), 0, nothing)).toBe('page');
  expect(backgroundOf(rowOfGap(0), 1, nothing)).toBe('stripe');
  expect(backgroundOf(rowOfGap(0), 0, { selectedSpan: -1, hoverRow: rowOfGap(0) })).toBe('hover');
  expect(backgroundOf(4, 0, { selectedSpan: 4, hoverRow: 4 })).toBe('selected');
  expect(backgroundOf(3, 1, { selectedSpan: 4, hoverRow: 4 })).toBe('stripe');
});
