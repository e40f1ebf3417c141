import { stripVTControlCharacters } from 'node:util';

export interface Column<Row> {
  readonly title: string;
  readonly right?: boolean;
  readonly text: (row: Row) => string;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text from a store or a model that cannot move the cursor, change colours or ring the bell. */
export const printable = (text: string): string => stripVTControlCharacters(text).replace(CONTROL, '\ufffd');

/** One line: for a cell. */
const cell = (text: string): string => printable(text).replaceAll(/\s+/g, ' ').trim();

/** Columns padded to their widest cell, two spaces apart, a title line first; every line ends without spaces. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = [
    columns.map(({ title }) => title.toUpperCase()),
    ...rows.map((row) => columns.map(({ text }) => cell(text(row)))),
  ];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => [...(line[i] ?? '')].length)));
  return cells
    .map((line) =>
      line
        .map((text, i) => {
          const padding = ' '.repeat((widths[i] ?? 0) - [...text].length);
          return columns[i]?.right === true ? padding + text : text + padding;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
