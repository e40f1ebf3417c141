import { expect, it } from 'vitest';
import { fileStem, tableCsv, tableJson } from './chart-table.ts';

const TABLE = {
  columns: [
    { id: 'group', title: 'Group' },
    { id: 'median_ms', title: 'Median' },
  ],
  rows: [
    ['a, "b"', 1240.5],
    ['=HYPERLINK("x")', null],
  ],
};

it('writes CSV that a spreadsheet reads and does not execute', () => {
  expect(tableCsv(TABLE)).toBe('group,median_ms\r\n"a, ""b""",1240.5\r\n"\'=HYPERLINK(""x"")",\r\n');
});

it('writes JSON with an object per row, the unknown as null', () => {
  expect(JSON.parse(tableJson(TABLE, { title: 'T' }))).toEqual({
    title: 'T',
    rows: [
      { group: 'a, "b"', median_ms: 1240.5 },
      { group: '=HYPERLINK("x")', median_ms: null },
    ],
  });
});

it('names files by what is in them', () => {
  expect(fileStem('Compare', 'agent.ask', 'backend_type')).toBe('compare-agent-ask-backend-type');
  expect(fileStem('…')).toBe('chart');
});
