import type { ReadRecord, RecordView } from '#core/archive/record/read-record.ts';
import { bulkInsert } from '#core/store/bulk-insert.ts';
import { chainOf, writeChain } from '#core/store/chain-state.ts';
import type { Db } from '#core/store/database.ts';
import { EVENT_COLUMNS, SPAN_COLUMNS } from '#core/store/event-writer.ts';
import { deriveImportedJobRow, deriveJobRow, upsertJobRow } from '#core/store/job-index.ts';
import { isObject, numberAt } from '#core/store/lenient-json.ts';
import { insertOtlpRow, OTLP_FAILED, type OtlpRow } from '#core/store/otlp-rows.ts';
import { foldEvents } from '#core/store/rollup.ts';
import type { RsJobRow, RuneJobRow } from '#core/store/rows.ts';
import type { JsonObject } from '#shared/model/job.ts';
import { type Fill, fillOf } from './fill-spans.ts';

export interface Filled {
  /** The record holds starts and parents of its spans. */
  readonly recorded: boolean;
  /** What of it had to be mapped, in sentences. */
  readonly notes: readonly string[];
  readonly row: RsJobRow;
}

/**
 * Writes an archived result into a store with RUNE's tables and ours as if its job had run there, in one transaction.
 * The store must not hold the job. An empty store keeps the numbers of its events.
 */
export function fillStore(db: Db, read: ReadRecord): Filled {
  return db.transaction(() => fill(db, read)).immediate();
}

function fill(db: Db, { view, is_ours }: ReadRecord): Filled {
  const spans = fillOf(view);
  const job = jobRow(view);
  db.prepare(
    `INSERT INTO jobs (job_id, tenant_id, kind, status, request_json, result_json, error, message, created_at, updated_at)
     VALUES (@job_id, @tenant_id, @kind, @status, @request_json, @result_json, @error, @message, @created_at, @updated_at)`,
  ).run(job);
  // What a RUNE process ran has no row of ours, and its root and durations are inferred.
  const isRun = is_ours && (spans.recorded || spans.rows.length === 0);
  if (isRun) insertRun(db, view, spans);
  insertArtifacts(db, view);
  if (view.chain !== null) {
    const { nodes, edges, overall_status } = chainOf(view.job_id, view.chain, view.chain.overall_status);
    writeChain(db, view.job_id, { nodes, edges }, view.updated_at, overall_status);
  }
  const more: Partial<RsJobRow> = {
    demo: view.demo ? 1 : 0,
    model: modelOf(view),
    started_at: view.started_at,
    estimate_usd: numberAt(view.estimate, 'projected_cost_usd'),
    cost_usd: view.actual_cost,
    ...(view.error !== null && isRun && { error_code: view.error.code }),
  };
  const row = isRun
    ? deriveJobRow(job, { ...more, finished_at: view.updated_at })
    : deriveImportedJobRow(job, more, false);
  upsertJobRow(db)(row);
  insertEvents(db, job.job_id, spans);
  while (foldEvents(db, db) > 0);
  const errors = insertForeign(db, job.job_id, spans.foreign);
  const counted = {
    ...row,
    span_count: spans.rows.length + spans.foreign.length,
    error_count: spans.rows.filter(({ status }) => status === 'error').length + errors,
  };
  return { recorded: spans.recorded, notes: spans.notes, row: counted };
}

const jobRow = (view: RecordView): RuneJobRow => ({
  job_id: view.job_id,
  tenant_id: view.tenant_id,
  kind: view.kind,
  status: view.status,
  request_json: JSON.stringify(view.request),
  result_json: view.result === null ? null : JSON.stringify(view.result),
  error: view.error?.message ?? null,
  message: view.message,
  created_at: view.created_at,
  updated_at: view.updated_at,
});

/** A job that ran has a span at the least, unless its spans were not kept. */
function insertRun(db: Db, view: RecordView, { rows }: Fill): void {
  const kept = rows.length > 0 || view.started_at === null;
  db.prepare('INSERT INTO rs_job_run (job_id, collector, estimate_json, error_json) VALUES (?, ?, ?, ?)').run(
    view.job_id,
    kept ? 'sqlite' : 'null',
    view.estimate === null ? null : JSON.stringify(view.estimate),
    view.error === null ? null : JSON.stringify(view.error),
  );
}

/** An agent is asked with the model that was chosen, which its request need not name. */
function modelOf({ spans }: RecordView): string | null {
  for (const span of spans) {
    if (!isObject(span) || span.name !== 'agent.ask' || !isObject(span.attributes ?? null)) continue;
    const { model } = span.attributes as JsonObject;
    if (typeof model === 'string' && model !== '') return model;
  }
  return null;
}

/** Results name their artifacts; the files themselves are not in the archive. */
function insertArtifacts(db: Db, { job_id, artifacts, updated_at }: RecordView): void {
  const insert = db.prepare('INSERT INTO audit_artifact VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  artifacts.filter(isObject).forEach(({ kind, name, size_bytes, sha256 }, i) => {
    const id = `${job_id}:${String(i).padStart(6, '0')}`;
    const size = typeof size_bytes === 'number' && size_bytes >= 0 ? Math.floor(size_bytes) : 0;
    insert.run(id, job_id, text(kind), text(name), size, text(sha256), Buffer.alloc(0), updated_at);
  });
}

function insertEvents(db: Db, jobId: string, { rows }: Fill): void {
  const last = lastEventId(db);
  const ids = rows.flatMap(({ id }) => id ?? []);
  const keepIds = last === 0 && ids.length === rows.length && new Set(ids).size === ids.length;
  const events = bulkInsert(db, 'workflow_events', EVENT_COLUMNS);
  const sides = bulkInsert(db, 'rs_span', SPAN_COLUMNS);
  rows.forEach((row, i) => {
    const { event, status, duration_ms, error_type, labels_json, recorded_at, side } = row;
    const id = keepIds && row.id !== null ? row.id : last + i + 1;
    events.values.push(id, jobId, event, status, duration_ms, error_type, labels_json, recorded_at);
    events.full();
    if (side === null) return;
    const { span_id, parent_span_id, start_us, duration_us, flags, label } = side;
    sides.values.push(id, span_id, parent_span_id, start_us, duration_us, flags, label);
    sides.full();
  });
  events.end();
  sides.end();
}

/** Gives how many of them had failed. */
function insertForeign(db: Db, jobId: string, rows: readonly OtlpRow[]): number {
  if (rows.length === 0) return 0;
  for (const row of rows) insertOtlpRow(db, row);
  const errors = rows.filter(({ flags }) => (flags & OTLP_FAILED) !== 0).length;
  db.prepare(
    'UPDATE rs_job SET span_count = span_count + ?, error_count = error_count + ? WHERE job_id = ?',
  ).run(rows.length, errors, jobId);
  return errors;
}

/** The highest number that an event ever had here. */
const lastEventId = (db: Db): number =>
  db
    .prepare<[], number>(
      `SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'workflow_events'), 0),
          coalesce((SELECT max(id) FROM workflow_events), 0))`,
    )
    .pluck()
    .get() ?? 0;
