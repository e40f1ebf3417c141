import type { Db } from './database.ts';

/** Values of all rows one after another, column by column. */
export type BulkInsert = (values: readonly unknown[]) => void;

/** Rows per statement: enough that the cost of a statement (and of AUTOINCREMENT's own row) is shared. */
const ROWS = 64;

/** Inserts many rows with few statements; what does not fill one goes row by row. */
export function bulkInsert(db: Db, table: string, columns: readonly string[]): BulkInsert {
  const marks = `(${columns.map(() => '?').join(', ')})`;
  const statement = (rows: number) =>
    db.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ${Array(rows).fill(marks).join(', ')}`);
  const many = statement(ROWS);
  const one = statement(1);
  const chunk = ROWS * columns.length;
  return (values) => {
    let at = 0;
    for (; at + chunk <= values.length; at += chunk) many.run(values.slice(at, at + chunk));
    for (; at < values.length; at += columns.length) one.run(values.slice(at, at + columns.length));
  };
}
