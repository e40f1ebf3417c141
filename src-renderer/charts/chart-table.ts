import { toCsv } from '#shared/lib/csv.ts';

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
  /** A text as the page has it, where files have another. */
  readonly shown?: (text: string) => string;
}

/** With exact figures. */
export const tableCsv = ({ columns, rows }: ChartTable): string =>
  toCsv([columns.map(({ id }) => id), ...rows]);

/** An object per row, by column. */
export function tableJson({ columns, rows }: ChartTable, about: Readonly<Record<string, unknown>>): string {
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
