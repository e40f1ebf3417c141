import { setTimeout as pause } from 'node:timers/promises';
import type { Db } from '#core/store/database.ts';
import { deleteEvents, type Extremes, findExtremes } from '#core/store/unfold-events.ts';
import type { EpochSeconds, Milliseconds } from '#shared/model/units.ts';

/** A transaction ends with the step during which this is over; then whoever else has something to do does it. */
const TRANSACTION_MS: Milliseconds = 12;
/** Between two of them. */
const REST_MS: Milliseconds = 8;
/** Transactions until what they wrote is taken into the file: left to SQLite, that is tens of milliseconds at once. */
const CHECKPOINT_EVERY = 8;
/** Rows of one step: a few milliseconds. */
const EVENTS = 400;
const ROWS = 400;

export interface Removal {
  /** Deletes a job whole, sooner or later: once it has begun, nobody sees the job any more. False: it was not there. */
  begin(jobId: string, at: EpochSeconds): boolean;
  /** One step of what is left of the jobs that were begun; false when nothing is. */
  step(): boolean;
}

/** In the caller's transactions. A process that dies in between is continued by its successor. */
export function createRemoval(db: Db, extremes: Extremes): Removal {
  const retire = db.prepare(
    `INSERT OR IGNORE INTO rs_retired (job_id, tenant_id, kind, backend_type, finished_at, retired_at, open)
     SELECT job_id, tenant_id, kind, backend_type, finished_at, ?, 1 FROM rs_job WHERE job_id = ?`,
  );
  const whole = ['jobs', 'rs_job', 'rs_job_run', 'chain_state', 'rs_otlp_out', 'rs_open_span'].map((table) =>
    db.prepare(`DELETE FROM ${table} WHERE job_id = ?`),
  );
  const count = db.prepare(
    "INSERT INTO rs_meta (key, value) VALUES ('retired', '1') ON CONFLICT (key) DO UPDATE SET value = value + 1",
  );
  const open = db.prepare('SELECT job_id, backend_type FROM rs_retired WHERE open = 1 LIMIT 1');
  const some = (table: string, limit: number) =>
    db.prepare(
      `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE job_id = ? LIMIT ${limit})`,
    );
  // A trace or an artifact may have tens of megabytes.
  const pieces = [
    some('rs_trace', 1),
    some('audit_artifact', 1),
    some('rs_log', ROWS),
    some('rs_otlp_span', ROWS),
  ];
  const spans = db.prepare(
    'DELETE FROM rs_job_span WHERE name_id IN (SELECT id FROM rs_span_name) AND number = (SELECT number FROM rs_job_number WHERE job_id = ?)',
  );
  const calls = db.prepare(
    'DELETE FROM rs_job_call WHERE number = (SELECT number FROM rs_job_number WHERE job_id = ?)',
  );
  const number = db.prepare('DELETE FROM rs_job_number WHERE job_id = ?');
  const close = db.prepare('UPDATE rs_retired SET open = 0 WHERE job_id = ?');
  const changed = db.prepare('UPDATE rs_version SET jobs = jobs + 1');

  return {
    begin(jobId, at) {
      if (retire.run(at, jobId).changes === 0) return false;
      for (const statement of whole) statement.run(jobId);
      return true;
    },
    step() {
      const job = open.get() as { readonly job_id: string; readonly backend_type: string | null } | undefined;
      if (job === undefined) return false;
      const { job_id } = job;
      if (pieces.some((piece) => piece.run(job_id).changes > 0)) return true;
      if (deleteEvents(db, job_id, job.backend_type, EVENTS, extremes) === EVENTS) return true;
      spans.run(job_id);
      calls.run(job_id);
      number.run(job_id);
      close.run(job_id);
      count.run();
      changed.run();
      return true;
    },
  };
}

/** Deletes jobs in transactions of a few milliseconds. `mayGo` is asked in the one in which a job's deletion begins. */
export async function removeJobs(
  db: Db,
  ids: readonly string[],
  { now, mayGo, isClosed }: { now(): EpochSeconds; mayGo(jobId: string): boolean; isClosed(): boolean },
): Promise<readonly string[]> {
  const extremes: Extremes = new Set();
  const removal = createRemoval(db, extremes);
  const removed: string[] = [];
  let at = 0;
  const work = db.transaction((): boolean => {
    const began = performance.now();
    while (performance.now() - began < TRANSACTION_MS) {
      if (removal.step()) continue;
      const id = ids[at++];
      if (id === undefined) return false;
      if (mayGo(id) && removal.begin(id, now())) removed.push(id);
    }
    return true;
  });
  for (let turn = 1; !isClosed() && work.immediate(); turn++) {
    await pause(REST_MS);
    if (turn % CHECKPOINT_EVERY === 0 && !isClosed()) db.pragma('wal_checkpoint(PASSIVE)');
  }
  if (!isClosed()) await findExtremes(db, extremes);
  return removed;
}
