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
  return db
    .transaction(() => {
      const stale = db
        .prepare(
          'SELECT j.* FROM jobs j LEFT JOIN rs_job r ON r.job_id = j.job_id WHERE r.job_id IS NULL OR r.updated_at <> j.updated_at',
        )
        .all();
      const before = db.prepare('SELECT * FROM rs_job WHERE job_id = ?');
      const upsert = upsertJobRow(db);
      for (const raw of stale) {
        const job = readJobRow(raw);
        upsert(deriveImportedJobRow(job, keptColumns(before.get(job.job_id) as RsJobRow | undefined), false));
        db.prepare('DELETE FROM rs_trace WHERE job_id = ?').run(job.job_id);
      }
      return stale.length;
    })
    .immediate();
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
