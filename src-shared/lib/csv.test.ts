import { describe, expect, it } from 'vitest';
import { toCsv } from './csv.ts';

describe('comma-separated values', () => {
  it('quote what would end a cell or a line, and end every line', () => {
    expect(toCsv([['a', 'b,c', 'say "x"', 'two\nlines'], [1]])).toBe(
      'a,"b,c","say ""x""","two\nlines"\r\n1\r\n',
    );
    expect(toCsv([])).toBe('');
  });
  it('keep figures exact, and leave the unknown empty', () => {
    expect(toCsv([[0.1 + 0.2, -3, null, false]])).toBe('0.30000000000000004,-3,,false\r\n');
  });
  it('are no formula to a spreadsheet, whatever a text begins with', () => {
    for (const first of ['=', '+', '-', '@', '\t']) expect(toCsv([[`${first}cmd`]])).toBe(`'${first}cmd\r\n`);
    expect(toCsv([['\rcmd']])).toBe('"\'\rcmd"\r\n');
  });
});
