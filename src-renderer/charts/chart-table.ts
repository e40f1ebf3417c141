/** What is behind a chart, in rows: shown, copied and exported as it is. */
export interface ChartTable {
  readonly columns: readonly ChartColumn[];
  readonly rows: readonly (readonly (string | number | null)[])[];
  /** By row: where its first cell leads; null for nowhere. */
  readonly links?: readonly (string | null)[];
}
export interface ChartColumn {
  /** In files. */
  readonly id: string;
  /** On the page. */
  readonly title: string;
  readonly format?: (value: number) => string;
}

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** A text that a spreadsheet would take for a formula is not one. */
function cell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  return quoted(/^[=+\-@\t]/.test(value) ? `'${value}` : value);
}

/** RFC 4180, exact figures. */
export function toCsv({ columns, rows }: ChartTable): string {
  const lines = [columns.map(({ id }) => cell(id)), ...rows.map((row) => row.map(cell))];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}

/** An object per row, by column. */
export function toJson({ columns, rows }: ChartTable, about: Readonly<Record<string, unknown>>): string {
  const records = rows.map((row) => Object.fromEntries(columns.map(({ id }, at) => [id, row[at] ?? null])));
  return `${JSON.stringify({ ...about, rows: records }, null, 2)}\n`;
}

/** Lower case, digits and dashes; never empty. */
export const fileStem = (...parts: readonly string[]): string =>
  parts
    .join('-')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 80) || 'chart';
