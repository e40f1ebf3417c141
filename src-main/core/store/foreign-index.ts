import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { CodedError } from '#shared/model/failure.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import { keptColumns } from './catch-up.ts';
import { type Db, guardStore, migrateRunescope, openDatabase } from './database.ts';
import { readJobRow } from './edge-rows.ts';
import { deriveImportedJobRow, normaliseStatus, upsertJobRow } from './job-index.ts';
import { foldEvents, indexedEventId } from './rollup.ts';
import type { RsJobRow } from './rows.ts';

/** Raise it when board rows or rollups are derived in another way: older indexes are then built anew. */
const DERIVATION = '3';
/** What is derived of a store, beside what the index knows of itself. */
const INDEX_TABLES = [
  'rs_job',
  'rs_rollup',
  'rs_job_span',
  'rs_job_call',
  'rs_job_number',
  'rs_span_name',
  'rs_trace',
  'rs_meta',
];
const JOB_BATCH = 500;
/** Jobs that have not ended are looked at on each change; of those that never will, the newest so many. */
const MAX_PENDING = 2000;

/** What of RUNE's schema a file holds; told by tables, because older stores keep no schema_version. */
export interface ForeignShape {
  readonly hasEvents: boolean;
  readonly hasArtifacts: boolean;
  /** Our own tables stand beside RUNE's: it is a store of another data directory. */
  readonly recorded: boolean;
  readonly quantised: boolean;
}

const JOB_COLUMNS = [
  'job_id',
  'tenant_id',
  'kind',
  'status',
  'request_json',
  'result_json',
  'created_at',
  'updated_at',
];

/** Throws `store.not_rune` when the file has no jobs table of RUNE's. */
export function shapeOf(db: Db, path: string): ForeignShape {
  const columns = (table: string): unknown[] =>
    db.prepare('SELECT name FROM pragma_table_info(?)').pluck().all(table);
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
  const jobs = tables.includes('jobs') ? columns('jobs') : [];
  const missing = JOB_COLUMNS.filter((column) => !jobs.includes(column));
  if (missing.length > 0) {
    throw new CodedError(
      'store.not_rune',
      `${path} is a SQLite database, but no RUNE store: ${jobs.length === 0 ? 'it has no table "jobs"' : `its jobs have no ${missing.join(', ')}`}.`,
    );
  }
  const hasEvents = columns('workflow_events').includes('recorded_at');
  return {
    hasEvents,
    hasArtifacts: columns('audit_artifact').includes('sha256'),
    recorded:
      hasEvents && ['rs_span', 'rs_open_span', 'rs_job_run', 'rs_job'].every((name) => tables.includes(name)),
    quantised: isQuantised(db, hasEvents),
  };
}

/** Postgres keeps RUNE's times in 32-bit floats: multiples of 128 s. One other time and they are real. */
function isQuantised(db: Db, hasEvents: boolean): boolean {
  const notRounded = (column: string): string => `${column} / 128.0 <> CAST(${column} / 128.0 AS INTEGER)`;
  const exists = (sql: string): boolean => db.prepare(`SELECT EXISTS (${sql})`).pluck().get() === 1;
  if (!exists('SELECT 1 FROM jobs WHERE created_at > 0')) return false;
  if (exists(`SELECT 1 FROM jobs WHERE ${notRounded('created_at')} OR ${notRounded('updated_at')}`))
    return false;
  return !hasEvents || !exists(`SELECT 1 FROM workflow_events WHERE ${notRounded('recorded_at')}`);
}

/** The private index of the store with this digest; kept in memory where the data directory cannot be written. */
export function openIndex(indexDir: string, digest: string, now: EpochSeconds): Db {
  const path = join(indexDir, `${digest}.db`);
  const open = (at: string): Db => {
    const db = openDatabase(at, 'write');
    try {
      guardStore(at, () => migrateRunescope(db, 'index', now));
    } catch (thrown) {
      db.close();
      throw thrown;
    }
    return db;
  };
  try {
    mkdirSync(indexDir, { recursive: true, mode: 0o700 });
    return open(path);
  } catch (thrown) {
    const code = thrown instanceof CodedError ? thrown.code : null;
    if (code === 'store.damaged' || code === 'store.not_sqlite') {
      removeIndex(indexDir, digest);
      return open(path);
    }
    if (code === 'store.locked' || code === 'store.newer_schema') throw thrown;
    return open(':memory:');
  }
}

/** It holds nothing that the store does not: what is damaged is made anew. */
export function removeIndex(indexDir: string, digest: string): void {
  for (const side of ['', '-wal', '-shm']) rmSync(join(indexDir, `${digest}.db${side}`), { force: true });
}

/**
 * Board rows and rollups of a store that we may not write. All steps are chunks, each its own transaction on the
 * index and its own snapshot of the store, so that the caller can yield in between.
 */
export class ForeignIndex {
  readonly db: Db;

  constructor(db: Db) {
    this.db = db;
  }

  /** Empties the index when it belongs to other contents: another file in the same place, or another derivation. */
  resetUnlessOf(source: Db, shape: ForeignShape): void {
    const first = source.prepare('SELECT job_id, created_at FROM jobs ORDER BY rowid LIMIT 1').raw().get();
    const firstEvent = shape.hasEvents
      ? source.prepare('SELECT id, event, recorded_at FROM workflow_events ORDER BY id LIMIT 1').raw().get()
      : null;
    const last = shape.hasEvents
      ? ((source.prepare('SELECT max(id) FROM workflow_events').pluck().get() as number | null) ?? 0)
      : 0;
    const contents = [`${DERIVATION} ${shape.quantised}`, first, firstEvent].map((part) => part ?? null);
    const known = JSON.parse(this.meta('contents') ?? '[]') as unknown[];
    // A store that had no rows yet is still the same store when it has got its first.
    const same = contents.every(
      (part, i) => (known[i] ?? null) === null || isDeepStrictEqual(known[i], part),
    );
    this.db
      .transaction(() => {
        if (!same || known.length === 0 || indexedEventId(this.db) > last) {
          this.db.exec(INDEX_TABLES.map((table) => `DELETE FROM ${table}`).join('; '));
        }
        this.setMeta('contents', JSON.stringify(contents));
      })
      .immediate();
  }

  /** Compares the jobs after `fromRowid` with their board rows; null when there are no more. */
  scanJobs(source: Db, shape: ForeignShape, fromRowid: number): { next: number; changed: string[] } | null {
    const rows = source
      .prepare('SELECT rowid, job_id, status, updated_at FROM jobs WHERE rowid > ? ORDER BY rowid LIMIT ?')
      .raw()
      .all(fromRowid, JOB_BATCH) as [number, string, string, number][];
    const last = rows.at(-1);
    if (last === undefined) return null;
    const known = this.db.prepare('SELECT updated_at, status FROM rs_job WHERE job_id = ?').raw();
    const stale = rows.filter(([, jobId, status, updatedAt]) => {
      const [knownAt, knownStatus] = (known.get(jobId) as [number, string] | undefined) ?? [];
      return knownAt !== updatedAt || knownStatus !== normaliseStatus(String(status));
    });
    const changed = this.takeOver(
      source,
      shape,
      stale.map(([, jobId]) => jobId),
    );
    this.setMeta('indexed_rowid', String(last[0]));
    this.setMeta('indexed_job', String(last[1]));
    return { next: last[0], changed };
  }

  /** New jobs, and those that had not ended when last seen. Returns the ids of board rows that changed. */
  syncJobs(source: Db, shape: ForeignShape): string[] {
    const total = source.prepare('SELECT count(*) FROM jobs').pluck().get() as number;
    const highest = (source.prepare('SELECT max(rowid) FROM jobs').pluck().get() as number | null) ?? 0;
    let from = Number(this.meta('indexed_rowid') ?? 0);
    // SQLite gives the number of the newest job again when that job is gone.
    const lastJob = source.prepare('SELECT job_id FROM jobs WHERE rowid = ?').pluck().get(from);
    if (highest < from || String(lastJob) !== this.meta('indexed_job')) from = 0;
    const changed: string[] = [];
    for (
      let batch = this.scanJobs(source, shape, from);
      batch !== null;
      batch = this.scanJobs(source, shape, batch.next)
    ) {
      changed.push(...batch.changed);
    }
    // "cancelled" is not final for RUNE: a worker that comes back late overwrites it.
    const pending = this.db
      .prepare(
        "SELECT job_id, updated_at FROM rs_job WHERE status NOT IN ('succeeded', 'failed') ORDER BY updated_at DESC LIMIT ?",
      )
      .raw()
      .all(MAX_PENDING) as [string, number][];
    const current = source.prepare('SELECT updated_at FROM jobs WHERE job_id = ?').pluck();
    changed.push(
      ...this.takeOver(
        source,
        shape,
        pending.filter(([jobId, updatedAt]) => current.get(jobId) !== updatedAt).map(([jobId]) => jobId),
      ),
    );
    if (this.jobCount() > total) this.removeVanished(source);
    return changed;
  }

  /** Folds the next events; 0 when the index holds them all. */
  foldEvents(source: Db, shape: ForeignShape): number {
    return shape.hasEvents ? foldEvents(source, this.db, { quantised: shape.quantised }) : 0;
  }

  jobCount(): number {
    return this.db.prepare('SELECT count(*) FROM rs_job').pluck().get() as number;
  }

  private takeOver(source: Db, shape: ForeignShape, jobIds: readonly string[]): string[] {
    if (jobIds.length === 0) return [];
    const job = source.prepare('SELECT * FROM jobs WHERE job_id = ?');
    const theirs = shape.recorded ? source.prepare('SELECT * FROM rs_job WHERE job_id = ?') : null;
    const before = this.db.prepare('SELECT * FROM rs_job WHERE job_id = ?');
    const dropTrace = this.db.prepare('DELETE FROM rs_trace WHERE job_id = ?');
    const upsert = upsertJobRow(this.db);
    return this.db
      .transaction(() =>
        jobIds.flatMap((jobId) => {
          const raw = job.get(jobId);
          if (raw === undefined) return [];
          const counts = before.get(jobId) as RsJobRow | undefined;
          const known = theirs?.get(jobId) as RsJobRow | undefined;
          upsert(
            deriveImportedJobRow(
              readJobRow(raw),
              {
                ...keptColumns(known),
                error_code: known?.error_code ?? null,
                span_count: counts?.span_count ?? 0,
                error_count: counts?.error_count ?? 0,
              },
              shape.quantised,
            ),
          );
          dropTrace.run(jobId);
          return [jobId];
        }),
      )
      .immediate();
  }

  private removeVanished(source: Db): void {
    const there = source.prepare('SELECT 1 FROM jobs WHERE job_id = ?');
    const ids = this.db.prepare('SELECT job_id FROM rs_job').pluck().all() as string[];
    const gone = ids.filter((jobId) => there.get(jobId) === undefined);
    const remove = this.db.prepare('DELETE FROM rs_job WHERE job_id = ?');
    this.db
      .transaction(() => {
        for (const jobId of gone) remove.run(jobId);
      })
      .immediate();
  }

  private meta(key: string): string | null {
    return (
      (this.db.prepare('SELECT value FROM rs_meta WHERE key = ?').pluck().get(key) as string | undefined) ??
      null
    );
  }

  private setMeta(key: string, value: string): void {
    this.db
      .prepare(
        'INSERT INTO rs_meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      )
      .run(key, value);
  }
}
