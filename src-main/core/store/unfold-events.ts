import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Db } from './database.ts';
import { durationOf, textOf } from './edge-rows.ts';
import { backendTypeOf, canonicalName, rawNamesOf } from './legacy.ts';
import { prepared } from './prepared.ts';
import { indexedEventId, labelledBackendType, RollupBatch } from './rollup.ts';

type Row = [id: number, event: unknown, status: unknown, durationMs: unknown, labels: unknown];

/** Names of events whose shortest or longest was deleted: what is that now has to be looked for. */
export type Extremes = Set<string>;

/**
 * Deletes up to `limit` of a job's events with what we hold beside them, and takes them out of the totals. In the
 * caller's transaction. Answers how many there were. `backendType` is the job's.
 */
export function deleteEvents(
  db: Db,
  jobId: string,
  backendType: string | null,
  limit: number,
  extremes: Extremes,
): number {
  const rows = prepared(
    db,
    'SELECT id, event, status, duration_ms, labels_json FROM workflow_events WHERE job_id = ? ORDER BY id LIMIT ?',
  )
    .raw()
    .all(jobId, limit) as Row[];
  const indexed = indexedEventId(db);
  const batch = new RollupBatch();
  const dropEvent = prepared(db, 'DELETE FROM workflow_events WHERE id = ?');
  const dropSpan = prepared(db, 'DELETE FROM rs_span WHERE event_id = ?');
  for (const [id, name, status, duration, labels] of rows) {
    dropEvent.run(id);
    dropSpan.run(id);
    if (id > indexed) continue;
    const event = textOf(name) ?? '';
    const type = backendTypeOf(event, labelledBackendType(labels), () => backendType);
    const ms = typeof duration === 'number' ? durationOf(duration) : null;
    batch.add(canonicalName(event), type, textOf(status) ?? '', ms);
  }
  for (const event of batch.takeFrom(db)) extremes.add(event);
  return rows.length;
}

const CHUNK = 20_000;

/** Finds the shortest and the longest of these events anew, a part of the store at a time. */
export async function findExtremes(db: Db, events: Extremes): Promise<void> {
  for (const event of events) {
    if (!db.open) return;
    let found: Found = { low: null, high: null };
    let from = 0;
    const upTo = indexedEventId(db);
    while (from < upTo) {
      found = wider(found, extremesIn(db, event, from, Math.min(upTo, from + CHUNK)));
      from += CHUNK;
      await nextTurn();
      if (!db.open) return;
    }
    db.transaction(() => {
      const { low, high } = wider(found, extremesIn(db, event, upTo, indexedEventId(db)));
      prepared(db, 'UPDATE rs_rollup SET min_ms = ?, max_ms = ? WHERE event = ?').run(low, high, event);
    }).immediate();
  }
  events.clear();
}

interface Found {
  readonly low: number | null;
  readonly high: number | null;
}

const least = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.min(a, b);
const most = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.max(a, b);
const wider = (a: Found, b: Found): Found => ({ low: least(a.low, b.low), high: most(a.high, b.high) });

function extremesIn(db: Db, event: string, after: number, upTo: number): Found {
  const durations = prepared(
    db,
    // The unary plus: ids are one range, names are everywhere.
    'SELECT min(duration_ms) AS low, max(duration_ms) AS high FROM workflow_events WHERE id > ? AND id <= ? AND +event IN (SELECT value FROM json_each(?)) AND duration_ms BETWEEN -1.7e308 AND 1.7e308',
  ).get(after, upTo, JSON.stringify(rawNamesOf(event))) as Found;
  const clean = (ms: number | null): number | null => (ms === null ? null : durationOf(ms));
  return { low: clean(durations.low), high: clean(durations.high) };
}
