import { pythonRound } from '#shared/lib/python-round.ts';
import { MODEL_CALL_ATTRIBUTE, type ModelCallFigures } from '#shared/model/model-call.ts';
import type { EventSummaryRow } from '#shared/model/span.ts';
import type { Milliseconds, Seconds } from '#shared/model/units.ts';
import type { Db } from './database.ts';
import { durationOf, MAX_DURATION_MS, textOf } from './edge-rows.ts';
import { CALL_SPAN, JobSpanBatch } from './job-spans.ts';
import { modelCallOf } from './labels.ts';
import { AROUND_WARMUP, backendTypeOf, canonicalName, rawNamesOf } from './legacy.ts';
import { isObject, parseLenient } from './lenient-json.ts';
import type { RsRollupRow } from './rows.ts';

type Totals = { -readonly [K in keyof RsRollupRow]: RsRollupRow[K] };

/** Totals per event and backend_type of one batch, added up here and written in one pass (reference: performance). */
export class RollupBatch {
  private readonly byEvent = new Map<string, Map<string, Totals>>();

  /** `event` is the canonical name; `backendType` '' when the span has none. */
  add(event: string, backendType: string, status: string, durationMs: Milliseconds | null): void {
    let byBackend = this.byEvent.get(event);
    if (byBackend === undefined) {
      byBackend = new Map();
      this.byEvent.set(event, byBackend);
    }
    let totals = byBackend.get(backendType);
    if (totals === undefined) {
      totals = { ...NOTHING, event, backend_type: backendType };
      byBackend.set(backendType, totals);
    }
    totals.total++;
    if (status === 'ok') totals.ok++;
    else if (status === 'error') totals.error++;
    if (durationMs === null) return;
    totals.timed++;
    totals.sum_ms += durationMs;
    if (totals.min_ms === null || durationMs < totals.min_ms) totals.min_ms = durationMs;
    if (totals.max_ms === null || durationMs > totals.max_ms) totals.max_ms = durationMs;
  }

  /** Adds the batch to rs_rollup; call it inside the transaction that writes the batch's events. */
  apply(db: Db): void {
    const upsert = db.prepare(UPSERT);
    for (const byBackend of this.byEvent.values()) {
      for (const totals of byBackend.values()) upsert.run(totals);
    }
  }

  /**
   * Takes the batch out of rs_rollup again, in the transaction that deletes its events. Sums over the backend types of
   * an event stay exact. Answers the events whose least or most may have been among them.
   */
  takeFrom(db: Db): readonly string[] {
    const upsert = db.prepare(UPSERT);
    const ends = db.prepare('SELECT min(min_ms), max(max_ms) FROM rs_rollup WHERE event = ?').raw();
    const drop = db.prepare(
      'DELETE FROM rs_rollup WHERE event = @event AND (SELECT sum(total) FROM rs_rollup WHERE event = @event) <= 0',
    );
    const touched: string[] = [];
    for (const [event, byBackend] of this.byEvent) {
      const [low, high] = ends.get(event) as [number | null, number | null];
      let isTouched = false;
      for (const totals of byBackend.values()) {
        isTouched ||= low !== null && totals.min_ms !== null && totals.min_ms <= low;
        isTouched ||= high !== null && totals.max_ms !== null && totals.max_ms >= high;
        const { total, ok, error, timed, sum_ms } = totals;
        upsert.run({
          ...totals,
          ...{ total: -total, ok: -ok, error: -error, timed: -timed, sum_ms: -sum_ms },
          ...{ min_ms: null, max_ms: null },
        });
      }
      if (drop.run({ event }).changes === 0 && isTouched) touched.push(event);
    }
    return touched;
  }
}

const NOTHING = { total: 0, ok: 0, error: 0, timed: 0, sum_ms: 0, min_ms: null, max_ms: null };

// coalesce: SQLite's two-argument min() is NULL when either is.
const UPSERT = `
INSERT INTO rs_rollup (event, backend_type, total, ok, error, timed, sum_ms, min_ms, max_ms)
VALUES (@event, @backend_type, @total, @ok, @error, @timed, @sum_ms, @min_ms, @max_ms)
ON CONFLICT (event, backend_type) DO UPDATE SET
  total = total + excluded.total, ok = ok + excluded.ok, error = error + excluded.error,
  timed = timed + excluded.timed, sum_ms = sum_ms + excluded.sum_ms,
  min_ms = min(coalesce(min_ms, excluded.min_ms), coalesce(excluded.min_ms, min_ms)),
  max_ms = max(coalesce(max_ms, excluded.max_ms), coalesce(excluded.max_ms, max_ms))`;

export type Sums = Omit<RsRollupRow, 'backend_type'>;

/** RUNE's rows: an event without any duration has 0.0 everywhere, as RUNE's own store reports it. */
const summaryRow = ({ event, total, ok, error, timed, sum_ms, min_ms, max_ms }: Sums): EventSummaryRow => ({
  event,
  total,
  ok,
  error,
  avg_ms: timed === 0 ? 0 : pythonRound(sum_ms / timed, 1),
  min_ms: pythonRound(min_ms ?? 0, 1),
  max_ms: pythonRound(max_ms ?? 0, 1),
});

/** The summary of everything, over all backend types, by event name in code-point order. */
export function summaryFromRollup(db: Db): EventSummaryRow[] {
  const rows = db
    .prepare(
      'SELECT event, sum(total) AS total, sum(ok) AS ok, sum(error) AS error, sum(timed) AS timed, sum(sum_ms) AS sum_ms, min(min_ms) AS min_ms, max(max_ms) AS max_ms FROM rs_rollup GROUP BY event ORDER BY event',
    )
    .all() as Sums[];
  return rows.map(summaryRow);
}

// What durationOf() makes of a number. SQLite keeps text and blobs there too, and sorts them above every number.
const DURATION = `CASE WHEN duration_ms BETWEEN -1.7e308 AND 1.7e308 THEN min(max(duration_ms, 0), ${MAX_DURATION_MS}) END`;
const SCAN = `
SELECT event, count(*) AS total, total(status = 'ok') AS ok, total(status = 'error') AS error,
  count(ms) AS timed, total(ms) AS sum_ms, min(ms) AS min_ms, max(ms) AS max_ms
FROM (SELECT job_id, coalesce(CAST(event AS TEXT), '') AS event, status, ${DURATION} AS ms FROM workflow_events)`;

/** The same of one job, counted from its events; `canonical` gives each event's name of today. */
export function summaryOfJob(db: Db, jobId: string, canonical: (raw: string) => string): EventSummaryRow[] {
  return mergeByName(db.prepare(`${SCAN} WHERE job_id = ? GROUP BY event`).all(jobId) as Sums[], canonical);
}

/** The summary of everything by a full scan, for a store whose rollup is not complete yet. */
export function summaryByScan(db: Db): EventSummaryRow[] {
  return mergeByName(db.prepare(`${SCAN} GROUP BY event`).all() as Sums[], canonicalName);
}

/** What one tenant's jobs did, in the events above `after` and up to `upTo`. */
export const tenantSums = (db: Db, tenantId: string, after: number, upTo: number): Sums[] =>
  db.prepare(TENANT_SCAN).all(after, upTo, tenantId) as Sums[];

const TENANT_SCAN = `${SCAN.replace('SELECT job_id,', 'SELECT id, job_id,')}
WHERE id > ? AND id <= ? AND job_id IN (SELECT job_id FROM jobs WHERE tenant_id = ?) GROUP BY event`;

const mergeByName = (rows: readonly Sums[], canonical: (raw: string) => string): EventSummaryRow[] => {
  const merged = new Map<string, Sums>();
  addSums(merged, rows, canonical);
  return summaryRows(merged);
};

/** Adds rows to the sums of the same name of today. */
export function addSums(
  sums: Map<string, Sums>,
  rows: readonly Sums[],
  canonical: (raw: string) => string = canonicalName,
): void {
  const least = (a: number | null, b: number | null): number | null =>
    a === null || b === null ? (a ?? b) : Math.min(a, b);
  const most = (a: number | null, b: number | null): number | null =>
    a === null || b === null ? (a ?? b) : Math.max(a, b);
  for (const row of rows) {
    const event = canonical(row.event);
    const known = sums.get(event);
    sums.set(
      event,
      known === undefined
        ? { ...row, event }
        : {
            event,
            total: known.total + row.total,
            ok: known.ok + row.ok,
            error: known.error + row.error,
            timed: known.timed + row.timed,
            sum_ms: known.sum_ms + row.sum_ms,
            min_ms: least(known.min_ms, row.min_ms),
            max_ms: most(known.max_ms, row.max_ms),
          },
    );
  }
}

/** RUNE's rows of sums, by event name. */
export function summaryRows(sums: ReadonlyMap<string, Sums>): EventSummaryRow[] {
  // SQLite's bytewise order is code-point order; JavaScript's own comparison is not beyond the basic plane.
  return [...sums.values()]
    .sort((a, b) => Buffer.compare(Buffer.from(a.event), Buffer.from(b.event)))
    .map(summaryRow);
}

const INDEXED = 'indexed_event_id';

/** The last workflow_events.id that rollups and counters include. */
export const indexedEventId = (index: Db): number =>
  Number(index.prepare('SELECT value FROM rs_meta WHERE key = ?').pluck().get(INDEXED) ?? 0);

/** As they lie in the store: of any type. */
type EventTuple = [
  id: number,
  jobId: unknown,
  event: unknown,
  status: unknown,
  durationMs: unknown,
  labels: unknown,
];
const FOLD_BATCH = 5000;

/** Clocks of one machine, read one after the other; and times of a Postgres store, rounded to multiples of 128 s. */
const TOLERANCE: Seconds = 0.001;
const QUANTISED_TOLERANCE: Seconds = 128;

export interface FoldOptions {
  readonly limit?: number;
  /** The source's times are rounded to 128 s. */
  readonly quantised?: boolean;
}

/**
 * Adds the next events of `source` to the totals and counters in `index`; 0 when there are none. Jobs must stand in
 * rs_job before their events are folded. Safe beside another process that folds the same index.
 */
export function foldEvents(
  source: Db,
  index: Db,
  { limit = FOLD_BATCH, quantised = false }: FoldOptions = {},
): number {
  return index
    .transaction(() => {
      const rows = source
        .prepare(
          'SELECT id, job_id, event, status, duration_ms, labels_json FROM workflow_events WHERE id > ? AND id <= 9007199254740991 ORDER BY id LIMIT ?',
        )
        .raw()
        .all(indexedEventId(index), limit) as EventTuple[];
      const last = rows.at(-1);
      if (last === undefined) return 0;
      const rollup = new RollupBatch();
      const perJob = new JobSpanBatch();
      const backendOf = backendTypes(index);
      for (const [id, job, name, state, duration, labels] of rows) {
        const jobId = textOf(job);
        const event = textOf(name) ?? '';
        const status = textOf(state) ?? '';
        const durationMs = typeof duration === 'number' ? durationOf(duration) : null;
        const backendType = backendTypeOf(event, labelledBackendType(labels), () => backendOf(jobId));
        rollup.add(canonicalName(event), backendType, status, durationMs);
        if (jobId === null) continue;
        const isAround = event === AROUND_WARMUP && holdsWarmup(source, id, quantised);
        // RUNE's summary has it as 0; a comparison must not take it for the fastest of all.
        const isNegative = typeof duration === 'number' && duration < 0;
        perJob.add(jobId, event, status === 'error', isNegative ? null : durationMs, isAround);
        const call = event === CALL_SPAN ? labelledCall(labels) : null;
        if (call !== null) perJob.addCall(jobId, call);
      }
      rollup.apply(index);
      perJob.apply(index);
      index
        .prepare(
          'INSERT INTO rs_meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
        )
        .run(INDEXED, String(last[0]));
      return rows.length;
    })
    .immediate();
}

const WARMUPS = rawNamesOf('backend.warmup').filter((name) => name !== AROUND_WARMUP);
const HOLDS_WARMUP = `
SELECT EXISTS (SELECT 1 FROM workflow_events a JOIN workflow_events w ON w.job_id = a.job_id AND w.id < a.id
  WHERE a.id = @id AND w.event IN (${WARMUPS.map((name) => `'${name}'`).join(', ')})
    AND w.recorded_at BETWEEN a.recorded_at - a.duration_ms / 1000 - @tolerance AND a.recorded_at + @tolerance)`;

/** A warm-up of the same job ended within the span of this event. */
function holdsWarmup(source: Db, id: number, quantised: boolean): boolean {
  const tolerance = quantised ? QUANTISED_TOLERANCE : TOLERANCE;
  return source.prepare(HOLDS_WARMUP).pluck().get({ id, tolerance }) === 1;
}

function labelledCall(labels: unknown): ModelCallFigures | null {
  const text = textOf(labels);
  if (text === null || !text.includes(MODEL_CALL_ATTRIBUTE)) return null;
  const { value } = parseLenient(text);
  return isObject(value) ? modelCallOf(value) : null;
}

function backendTypes(index: Db): (jobId: string | null) => string | null {
  const get = index.prepare('SELECT backend_type FROM rs_job WHERE job_id = ?').pluck();
  const known = new Map<string, string | null>();
  return (jobId) => {
    if (jobId === null) return null;
    let type = known.get(jobId);
    if (type === undefined) {
      type = (get.get(jobId) as string | null | undefined) ?? null;
      known.set(jobId, type);
    }
    return type;
  };
}

/** Label texts repeat from row to row, so what was read from one is remembered. */
const remembered = new Map<string, unknown>();
const MAX_REMEMBERED = 4096;
/** Longer ones hardly repeat, and 4,096 of them would fill the memory. */
const MAX_REMEMBERED_CHARACTERS = 1000;

/** The backend_type among an event's labels. */
export function labelledBackendType(labels: unknown): unknown {
  if (typeof labels !== 'string' || !labels.includes('"backend_type"')) return undefined;
  if (remembered.has(labels)) return remembered.get(labels);
  const { value } = parseLenient(labels);
  const type = isObject(value) ? value.backend_type : undefined;
  if (labels.length > MAX_REMEMBERED_CHARACTERS) return type;
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(labels, type);
  return type;
}
