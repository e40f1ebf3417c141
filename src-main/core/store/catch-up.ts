import { isTerminal } from '#shared/model/job.ts';
import type { Db } from './database.ts';
import { readJobRow } from './edge-rows.ts';
import { deriveImportedJobRow, upsertJobRow } from './job-index.ts';
import { foldEvents } from './rollup.ts';
import type { RsJobRow } from './rows.ts';

/**
 * Takes over what a RUNE process wrote into our own store while we were not looking: jobs that have no board row or
 * an older one, then events that the rollups do not include.
 */
export function catchUpOwn(db: Db): { readonly jobs: number; readonly events: number } {
  const jobs = catchUpJobs(db);
  let events = 0;
  for (let folded = foldEvents(db, db); folded > 0; folded = foldEvents(db, db)) events += folded;
  return { jobs, events };
}

function catchUpJobs(db: Db): number {
  const stale = db.prepare(
    'SELECT j.* FROM jobs j LEFT JOIN rs_job r ON r.job_id = j.job_id WHERE r.job_id IS NULL OR r.updated_at <> j.updated_at',
  );
  return db.transaction(() => takeOver(db, stale.all()).length).immediate();
}

/**
 * The same while both write, for whoever has the write lock: jobs that came since the last look, and those that had
 * not ended. "cancelled" is not final for RUNE. Gives the ids of the jobs that changed.
 */
export function createJobFollower(db: Db): () => readonly string[] {
  const highest = db.prepare('SELECT coalesce(max(rowid), 0) FROM jobs').pluck();
  const fresh = db.prepare(
    'SELECT j.* FROM jobs j LEFT JOIN rs_job r ON r.job_id = j.job_id WHERE j.rowid > ? AND r.job_id IS NULL',
  );
  const pending = db.prepare(
    "SELECT j.* FROM rs_job r JOIN jobs j ON j.job_id = r.job_id WHERE r.status NOT IN ('succeeded', 'failed') AND r.updated_at <> j.updated_at",
  );
  let seen = 0;
  return () => {
    const upTo = highest.get() as number;
    const changed = takeOver(db, [...fresh.all(Math.min(seen, upTo)), ...pending.all()]);
    seen = upTo;
    return changed;
  };
}

function takeOver(db: Db, rows: readonly unknown[]): string[] {
  const before = db.prepare('SELECT * FROM rs_job WHERE job_id = ?');
  const dropTrace = db.prepare('DELETE FROM rs_trace WHERE job_id = ?');
  const upsert = upsertJobRow(db);
  return rows.map((raw) => {
    const job = readJobRow(raw);
    upsert(deriveImportedJobRow(job, keptColumns(before.get(job.job_id) as RsJobRow | undefined), false));
    dropTrace.run(job.job_id);
    return job.job_id;
  });
}

/** What an older board row knows and RUNE's row does not. */
export function keptColumns(row: RsJobRow | undefined): Partial<RsJobRow> {
  if (row === undefined) return {};
  const { demo, started_at, estimate_usd, cost_usd, span_count, error_count } = row;
  return {
    demo,
    started_at,
    estimate_usd,
    cost_usd,
    span_count,
    error_count,
    ...(isTerminal(row.status) ? { finished_at: row.finished_at } : {}),
  };
}
