import type { Db } from './database.ts';

/** Rows per statement: enough that the cost of a statement (and of AUTOINCREMENT's own row) is shared. */
export const ROWS_PER_STATEMENT = 64;

export interface BulkInsert {
  /** Where a row's values are pushed, column by column; call `full()` after each row. */
  readonly values: unknown[];
  /** Writes when a statement's rows are complete. */
  full(): void;
  /** Writes the rest. */
  end(): void;
}

/** Inserts many rows with few statements; what does not fill one goes row by row. */
export function bulkInsert(db: Db, table: string, columns: readonly string[]): BulkInsert {
  const marks = `(${columns.map(() => '?').join(', ')})`;
  const statement = (rows: number) =>
    db.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ${Array(rows).fill(marks).join(', ')}`);
  const many = statement(ROWS_PER_STATEMENT);
  const one = statement(1);
  const chunk = ROWS_PER_STATEMENT * columns.length;
  const values: unknown[] = [];
  return {
    values,
    full: () => {
      if (values.length < chunk) return;
      many.run(values);
      values.length = 0;
    },
    end: () => {
      for (let at = 0; at < values.length; at += columns.length)
        one.run(values.slice(at, at + columns.length));
      values.length = 0;
    },
  };
}
