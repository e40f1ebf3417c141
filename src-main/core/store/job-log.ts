import { LOG_LEVELS } from '#shared/model/logs.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import type { Db } from './database.ts';

/** A log line as an archived result holds it. */
export interface JobLogLine {
  readonly at: EpochSeconds;
  readonly level: (typeof LOG_LEVELS)[number];
  readonly event: string;
  readonly message: string;
  readonly span_id: string | null;
}

const MOST = 1000;

/** What was said of a job until it ended; who asked for it over HTTP is no part of it. */
export const readJobLog = (db: Db, jobId: string, until: EpochSeconds): readonly JobLogLine[] =>
  db
    .prepare<[string, number, number], Omit<JobLogLine, 'level'> & { readonly level: number }>(
      `SELECT at, level, event, message, span_id FROM rs_log
        WHERE job_id = ? AND at <= ? AND event <> 'http.request' ORDER BY seq LIMIT ?`,
    )
    .all(jobId, until, MOST)
    .map(({ level, ...line }) => ({ ...line, level: LOG_LEVELS[level] ?? 'info' }));
