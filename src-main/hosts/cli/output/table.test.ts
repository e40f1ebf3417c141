import { describe, expect, it } from 'vitest';
import { printable, table } from './table.ts';

describe('tables', () => {
  const columns = [
    { title: 'name', text: (row: [string, number]) => row[0] },
    { title: 'n', right: true, text: (row: [string, number]) => String(row[1]) },
  ];

  it('align by the widest cell, numbers to the right, without trailing blanks', () => {
    expect(
      table(columns, [
        ['a', 1],
        ['long name', 1000],
      ]),
    ).toBe('NAME          N\na             1\nlong name  1000');
  });

  it('count characters, not code units, and keep a cell on its line', () => {
    expect(
      table(columns, [
        ['🙂🙂🙂🙂🙂', 1],
        ['a\nb', 2],
      ]).split('\n'),
    ).toEqual(['NAME   N', '🙂🙂🙂🙂🙂  1', 'a b    2']);
  });

  it('let no text from a store act on the terminal', () => {
    expect(printable('\u001b[31mred\u001b[0m \u001b]0;title\u0007x\u0007\r\u009b1A\u0000')).not.toMatch(
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these must be gone
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/,
    );
    expect(printable('two\nlines\tand tab')).toBe('two\nlines\tand tab');
  });
});
