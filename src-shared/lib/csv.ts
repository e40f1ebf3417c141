export type CsvCell = string | number | boolean | null;

/** RFC 4180: a line a row, null is an empty cell. A text that a spreadsheet would take for a formula is made none. */
export const toCsv = (rows: readonly (readonly CsvCell[])[]): string =>
  rows.map((row) => `${row.map(encode).join(',')}\r\n`).join('');

function encode(cell: CsvCell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
