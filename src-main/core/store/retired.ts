import type { Db } from './database.ts';
import { prepared } from './prepared.ts';

/** What retention left of a job: whose it was, and when it was deleted. */
export interface RetiredJob {
  readonly job_id: string;
  readonly tenant_id: string;
  readonly retired_at: number;
  /** Where archives had it then. */
  readonly keys: readonly string[];
}

/** Null: it was not deleted, or nothing is ever deleted in this store. */
export function retiredJob(db: Db, jobId: string): RetiredJob | null {
  const has = prepared(db, "SELECT count(*) FROM sqlite_master WHERE name = 'rs_retired'").pluck().get();
  if (has === 0) return null;
  const job = prepared(db, 'SELECT job_id, tenant_id, retired_at FROM rs_retired WHERE job_id = ?').get(
    jobId,
  ) as Omit<RetiredJob, 'keys'> | undefined;
  if (job === undefined) return null;
  const keys = prepared(
    db,
    "SELECT target || ': ' || key FROM rs_archive_delivery WHERE job_id = ? ORDER BY target",
  )
    .pluck()
    .all(jobId) as string[];
  return { ...job, keys };
}
