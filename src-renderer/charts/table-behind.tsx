import type { ReactNode } from 'react';
import { UNKNOWN } from '#shared/lib/format.ts';
import styles from './chart.module.css';
import type { ChartColumn, ChartTable } from './chart-table.ts';

/** More rows stand in the CSV. */
const SHOWN_ROWS = 500;

/** The figures behind a chart. */
export function TableBehind(props: { readonly table: ChartTable; readonly title: string }): ReactNode {
  const { columns, rows, links } = props.table;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className={styles.tableRoom} aria-label={`Figures: ${props.title}`} tabIndex={0}>
      <table className={styles.table} aria-label={props.title}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.id} scope="col" data-number={column.format !== undefined}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, SHOWN_ROWS).map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of one table never move
            <tr key={at}>
              {columns.map((column, i) => {
                const value = row[i] ?? null;
                const text = value === null ? UNKNOWN : textOf(value, column);
                const link = i === 0 ? (links?.[at] ?? null) : null;
                return (
                  <td
                    key={column.id}
                    data-number={column.format !== undefined}
                    title={value === null ? text : String(value)}
                  >
                    {link === null ? text : <a href={link}>{text}</a>}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > SHOWN_ROWS && (
        <p className="dim">
          {SHOWN_ROWS} of {rows.length.toLocaleString('en-US')} rows; the exports have all.
        </p>
      )}
    </section>
  );
}

function textOf(value: string | number, { format, shown }: ChartColumn): string {
  if (typeof value === 'number') return format?.(value) ?? String(value);
  return shown?.(value) ?? value;
}
