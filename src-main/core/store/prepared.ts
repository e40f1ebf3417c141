import type { Statement } from 'better-sqlite3';
import type { Db } from './database.ts';

const MAX_PREPARED = 64;
const preparedBy = new WeakMap<Db, Map<string, Statement>>();

/** Statements by text: preparing costs more than running most of them. For `get` and `all`, never for `iterate`. */
export function prepared(db: Db, sql: string): Statement {
  let held = preparedBy.get(db);
  if (held === undefined) {
    held = new Map();
    preparedBy.set(db, held);
  }
  let statement = held.get(sql);
  if (statement === undefined) {
    if (held.size >= MAX_PREPARED) held.clear();
    statement = db.prepare(sql);
    held.set(sql, statement);
  }
  return statement;
}
