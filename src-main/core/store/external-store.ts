import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '#core/ports/ports.ts';
import { EXTERNAL } from '#shared/model/source.ts';
import { toEpochSeconds } from '#shared/model/units.ts';
import { type ChangeFeed, createChangeFeed } from './change-feed.ts';
import {
  type Db,
  guardStore,
  migrateRune,
  migrateRunescope,
  openDatabase,
  pendingMigrations,
} from './database.ts';
import { deriveJobRow, toJobRow, upsertJobRow } from './job-index.ts';
import { insertOtlpRow, OTLP_FAILED, type OtlpRow } from './otlp-rows.ts';
import { prepared } from './prepared.ts';
import type { RsJobRow, RuneJobRow } from './rows.ts';

/** The store of traces that belong to no job of ours. */
export const externalPath = (dataDir: string): string => join(dataDir, 'external.db');

/** More spans than this are not kept: the traces that came first go. */
const MAX_SPANS = 1_000_000;
/** Batches between two looks at how many there are, and traces that go at once. */
const TRIM_EVERY = 32;
const TRIM_TRACES = 500;

/** A span of an external trace; `model`: what it asked, where it is a model call. */
export interface ExternalRow extends OtlpRow {
  readonly model: string | null;
}

export interface ExternalStore {
  /** False while no such trace has come. */
  exists(): boolean;
  /** Throws `store.*`, and makes the file where there is none. */
  db(): Db;
  readonly path: string;
  readonly feed: ChangeFeed;
  /** In one transaction. Throws `store.*`. */
  add(rows: readonly ExternalRow[]): void;
  close(): void;
}

/**
 * Each external trace as a job that ended, in a file of RUNE's shape beside ours, so that every question is answered
 * by the same reader. It is made when the first one comes.
 */
export function createExternalStore({
  dataDir,
  clock,
  writable,
  maxSpans = MAX_SPANS,
}: {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly writable: boolean;
  readonly maxSpans?: number | undefined;
}): ExternalStore {
  const path = externalPath(dataDir);
  const feed = createChangeFeed();
  let opened: Db | null = null;
  let batches = 0;
  const now = (): number => toEpochSeconds(clock.nowUs());
  const open = (): Db => {
    opened ??= openExternal(path, writable, now());
    return opened;
  };
  return {
    path,
    feed,
    exists: () => opened !== null || existsSync(path),
    db: open,
    add: (rows) => {
      const db = open();
      const changed = guardStore(path, () =>
        db
          .transaction(() => {
            const traces = insertExternal(db, rows);
            if (batches++ % TRIM_EVERY === 0) trim(db, maxSpans);
            return traces;
          })
          .immediate(),
      );
      if (changed.length > 0 && feed.watched) feed.emit({ jobs: changed.map(toJobRow), spans: [] });
    },
    close: () => {
      opened?.close();
      opened = null;
    },
  };
}

function openExternal(path: string, writable: boolean, now: number): Db {
  const db = openDatabase(path, writable ? 'write' : 'read');
  try {
    guardStore(path, () => {
      if (writable) {
        migrateRune(db, now);
        migrateRunescope(db, 'own', now);
      } else pendingMigrations(db, 'own');
    });
    return db;
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

/** Within a transaction. Returns the rows of the traces that have more than before. */
export function insertExternal(db: Db, rows: readonly ExternalRow[]): readonly RsJobRow[] {
  const fresh = new Map<string, ExternalRow[]>();
  for (const row of rows) {
    if (!insertOtlpRow(db, row)) continue;
    const same = fresh.get(row.job_id);
    if (same === undefined) fresh.set(row.job_id, [row]);
    else same.push(row);
  }
  return [...fresh].map(([traceId, spans]) => writeTrace(db, traceId, spans));
}

/** The row of a trace with what has newly come of it. */
function writeTrace(db: Db, traceId: string, spans: readonly ExternalRow[]): RsJobRow {
  const before = prepared(db, 'SELECT * FROM rs_job WHERE job_id = ?').get(traceId) as RsJobRow | undefined;
  let start = before?.started_at ?? Number.POSITIVE_INFINITY;
  let end = before?.finished_at ?? 0;
  let errors = before?.error_count ?? 0;
  let first: ExternalRow | undefined;
  for (const span of spans) {
    start = Math.min(start, span.start_us / 1e6);
    end = Math.max(end, (span.start_us + span.duration_us) / 1e6);
    if ((span.flags & OTLP_FAILED) !== 0) errors++;
    if (first === undefined || span.start_us < first.start_us) first = span;
  }
  const root = spans.find(({ parent_span_id }) => parent_span_id === null);
  const named = root ?? (before === undefined ? first : undefined);
  const failed = root === undefined ? before?.status === 'failed' : (root.flags & OTLP_FAILED) !== 0;
  const job: RuneJobRow = {
    job_id: traceId,
    tenant_id: 'default',
    kind: EXTERNAL,
    status: failed ? 'failed' : 'succeeded',
    request_json: JSON.stringify({
      trace_id: traceId,
      name: named?.name ?? before?.question ?? null,
      service: named?.service ?? before?.agent ?? null,
    }),
    result_json: null,
    error: failed ? (root?.error_type ?? before?.message ?? 'error') : null,
    message: null,
    created_at: start,
    updated_at: end,
  };
  prepared(
    db,
    `INSERT INTO jobs (job_id, tenant_id, kind, status, request_json, result_json, error, message, created_at, updated_at)
     VALUES (@job_id, @tenant_id, @kind, @status, @request_json, @result_json, @error, @message, @created_at, @updated_at)
     ON CONFLICT (job_id) DO UPDATE SET status = excluded.status, request_json = excluded.request_json,
       error = excluded.error, created_at = excluded.created_at, updated_at = excluded.updated_at`,
  ).run(job);
  prepared(db, "INSERT OR IGNORE INTO rs_job_run (job_id, collector) VALUES (?, 'sqlite')").run(traceId);
  const row: RsJobRow = {
    ...deriveJobRow(job, {
      started_at: start,
      finished_at: end,
      model: spans.find(({ model }) => model !== null)?.model ?? before?.model ?? null,
      agent: named?.service ?? before?.agent ?? null,
      span_count: (before?.span_count ?? 0) + spans.length,
      error_count: errors,
    }),
    question: named?.name ?? before?.question ?? null,
  };
  upsertJobRow(db)(row);
  return row;
}

/** Traces go whole, those that came first before the others. */
function trim(db: Db, maxSpans: number): void {
  const { total } = prepared(db, 'SELECT count(*) AS total FROM rs_otlp_span').get() as { total: number };
  if (total <= maxSpans) return;
  const { cut } = prepared(db, 'SELECT seq AS cut FROM rs_otlp_span ORDER BY seq LIMIT 1 OFFSET ?').get(
    total - maxSpans,
  ) as { cut: number };
  const traces = prepared(
    db,
    'SELECT DISTINCT job_id FROM rs_otlp_span WHERE seq < ? ORDER BY seq LIMIT ?',
  ).all(cut, TRIM_TRACES) as { job_id: string }[];
  for (const { job_id } of traces) {
    for (const table of ['rs_otlp_span', 'jobs', 'rs_job', 'rs_job_run', 'rs_trace'])
      prepared(db, `DELETE FROM ${table} WHERE job_id = ?`).run(job_id);
  }
}
