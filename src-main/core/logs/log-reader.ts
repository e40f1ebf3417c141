import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Db } from '#core/store/database.ts';
import type { LogQuery } from '#shared/contract/http.ts';
import type { LogPage } from '#shared/model/logs.ts';
import { levelNumber, type RsLogRow, toLogLine } from './log-rows.ts';

/** So many rows are looked through before everything else has a turn: about 10 ms. */
const WINDOW = 25_000;

/** The newest lines that match, the oldest of them first. */
export async function listLogs(db: Db, query: LogQuery, signal?: AbortSignal): Promise<LogPage> {
  const { where, values } = conditionsOf(query);
  const wanted = query.limit + 1;
  const first = query.after_seq ?? 0;
  const last = (db.prepare('SELECT max(seq) FROM rs_log').pluck().get() as number | null) ?? 0;
  const select = db.prepare<unknown[], RsLogRow>(
    `SELECT * FROM rs_log WHERE ${[...where, 'seq > ?', 'seq <= ?'].join(' AND ')} ORDER BY seq DESC LIMIT ?`,
  );
  // The lines of one job have an index.
  const window = query.job_id === undefined ? WINDOW : Number.POSITIVE_INFINITY;
  const rows: RsLogRow[] = [];
  for (let to = Math.min(last, (query.before_seq ?? last + 1) - 1); to > first && rows.length < wanted; ) {
    const from = Math.max(first, to - window);
    rows.push(...select.all(...values, from, to, wanted - rows.length));
    to = from;
    if (to > first && rows.length < wanted) {
      await nextTurn();
      signal?.throwIfAborted();
    }
  }
  return {
    lines: rows.slice(0, query.limit).reverse().map(toLogLine),
    more: rows.length > query.limit,
  };
}

function conditionsOf(query: LogQuery): { readonly where: string[]; readonly values: unknown[] } {
  const where: string[] = [];
  const values: unknown[] = [];
  const add = (sql: string, ...given: readonly unknown[]): void => {
    where.push(sql);
    values.push(...given);
  };
  const { job_id, tenant_id, level, event, text, from, to } = query;
  if (job_id !== undefined) add('job_id = ?', job_id);
  if (tenant_id !== undefined) add('tenant_id = ?', tenant_id);
  if (level !== 'debug') add('level >= ?', levelNumber(level));
  // "job" is all of job.*
  const name = event?.trim().replace(/\.?\*?$/, '') ?? '';
  if (name !== '') add("(event = ? OR event LIKE ? ESCAPE '\\')", name, `${likeText(name)}.%`);
  for (const word of text?.trim().split(/\s+/) ?? []) {
    if (word === '') continue;
    const like = `%${likeText(word)}%`;
    add(
      "(message LIKE ? ESCAPE '\\' OR event LIKE ? ESCAPE '\\' OR fields_json LIKE ? ESCAPE '\\' OR job_id LIKE ? ESCAPE '\\')",
      like,
      like,
      like,
      like,
    );
  }
  if (from !== undefined) add('at >= ?', from);
  if (to !== undefined) add('at < ?', to);
  return { where, values };
}

const likeText = (text: string): string => text.replace(/[\\%_]/g, '\\$&');
