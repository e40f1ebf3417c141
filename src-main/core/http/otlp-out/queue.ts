import type { Db } from '#core/store/database.ts';
import { prepared } from '#core/store/prepared.ts';
import type { Failure } from '#shared/model/failure.ts';
import type { EpochSeconds } from '#shared/model/units.ts';

export interface QueuedJob {
  readonly seq: number;
  readonly job_id: string;
}

/** rs_otlp_out: ended jobs on their way to a collector, in the order in which they ended. */
export interface OtlpOutQueue {
  /** Part of the caller's transaction. */
  add(jobId: string): void;
  waiting(limit: number): readonly QueuedJob[];
  sent(jobs: readonly QueuedJob[], at: EpochSeconds): void;
  /** The collector will not have it as it is, or as the settings are. */
  refused(job: QueuedJob, failure: Failure): void;
  /** There is no such job any more, or nothing of it. */
  gone(job: QueuedJob): void;
  /** The settings have changed: what was refused may go now. */
  reopen(): void;
  counts(): { readonly sent: number; readonly waiting: number; readonly last_sent_at: EpochSeconds | null };
  /** Why the latest of the refused was. */
  lastRefusal(): Failure | null;
}

export function createOtlpOutQueue(db: Db): OtlpOutQueue {
  // Read once: status is asked for every few seconds, and the table keeps a row for each job that was ever sent.
  let totals: { readonly sent: number; readonly last_sent_at: EpochSeconds | null } | null = null;
  const total = () => {
    totals ??= prepared(
      db,
      'SELECT count(sent_at) AS sent, max(sent_at) AS last_sent_at FROM rs_otlp_out',
    ).get() as NonNullable<typeof totals>;
    return totals;
  };
  return {
    add: (jobId) => void prepared(db, 'INSERT OR IGNORE INTO rs_otlp_out (job_id) VALUES (?)').run(jobId),
    waiting: (limit) =>
      prepared(
        db,
        'SELECT seq, job_id FROM rs_otlp_out WHERE sent_at IS NULL AND refused = 0 ORDER BY seq LIMIT ?',
      ).all(limit) as QueuedJob[],
    sent: (jobs, at) => {
      const mark = prepared(
        db,
        'UPDATE rs_otlp_out SET sent_at = ?, attempts = attempts + 1, failure_json = NULL WHERE seq = ?',
      );
      const { sent } = total();
      db.transaction(() => {
        for (const { seq } of jobs) mark.run(at, seq);
      })();
      totals = { sent: sent + jobs.length, last_sent_at: at };
    },
    refused: ({ seq }, failure) =>
      void prepared(
        db,
        'UPDATE rs_otlp_out SET refused = 1, attempts = attempts + 1, failure_json = ? WHERE seq = ?',
      ).run(JSON.stringify(failure), seq),
    gone: ({ seq }) => void prepared(db, 'DELETE FROM rs_otlp_out WHERE seq = ?').run(seq),
    reopen: () =>
      void prepared(db, 'UPDATE rs_otlp_out SET refused = 0 WHERE sent_at IS NULL AND refused = 1').run(),
    counts: () => {
      const waiting = prepared(db, 'SELECT count(*) FROM rs_otlp_out WHERE sent_at IS NULL').pluck().get();
      return { ...total(), waiting: waiting as number };
    },
    lastRefusal: () => {
      const json = prepared(
        db,
        'SELECT failure_json FROM rs_otlp_out WHERE sent_at IS NULL AND refused = 1 ORDER BY seq DESC LIMIT 1',
      ).get() as { readonly failure_json: string } | undefined;
      return json === undefined ? null : (JSON.parse(json.failure_json) as Failure);
    },
  };
}
