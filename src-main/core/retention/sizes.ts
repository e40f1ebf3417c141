import type { Db } from '#core/store/database.ts';
import type { Bytes } from '#shared/model/units.ts';

/** Of a larger job a part is read, and the rest is taken to be like it. */
const READ_WHOLE = 2000;
const SAMPLE = 500;

/** What SQLite needs beside the texts of a row, its span's or its board row's included: pages of 300 demo jobs, by dbstat. */
const EVENT_ROW: Bytes = 245;
const JOB_ROWS: Bytes = 1300;
const OTHER_ROW: Bytes = 200;

/** Of one row of these tables: its texts and bytes. */
const WHOLE = [
  ['jobs', 'octet_length(request_json) + coalesce(octet_length(result_json), 0)'],
  ['rs_job_run', 'coalesce(octet_length(estimate_json), 0)'],
  ['rs_trace', 'octet_length(columns)'],
  ['chain_state', 'octet_length(state_json)'],
  ['audit_artifact', 'octet_length(content)'],
  ['rs_log', 'octet_length(message) + coalesce(octet_length(fields_json), 0)'],
  ['rs_otlp_span', 'octet_length(attributes_json) + octet_length(name)'],
] as const;

export interface Sized {
  readonly job_id: string;
  readonly span_count: number;
}

/** About how many bytes each of some jobs takes in the store. */
export function createSizes(db: Db): (jobs: readonly Sized[]) => ReadonlyMap<string, Bytes> {
  const whole = WHOLE.map(([table, bytes]) =>
    db
      .prepare(
        `SELECT job_id, sum(${bytes} + ${OTHER_ROW}) FROM ${table} WHERE job_id IN (SELECT value FROM json_each(?)) GROUP BY job_id`,
      )
      .raw(),
  );
  const events = db
    .prepare(
      `SELECT job_id, sum(coalesce(octet_length(labels_json), 0) + ${EVENT_ROW}) FROM workflow_events WHERE job_id IN (SELECT value FROM json_each(?)) GROUP BY job_id`,
    )
    .raw();
  const sampled = db
    .prepare(
      `SELECT avg(coalesce(octet_length(labels_json), 0) + ${EVENT_ROW}) FROM (SELECT labels_json FROM workflow_events WHERE job_id = ? LIMIT ${SAMPLE})`,
    )
    .pluck();
  return (jobs) => {
    const sizes = new Map<string, Bytes>(jobs.map(({ job_id }) => [job_id, JOB_ROWS]));
    const add = (rows: readonly unknown[]): void => {
      for (const [id, bytes] of rows as readonly (readonly [string, number])[])
        sizes.set(id, (sizes.get(id) ?? 0) + bytes);
    };
    const ids = JSON.stringify(jobs.map(({ job_id }) => job_id));
    for (const statement of whole) add(statement.all(ids));
    const small = jobs.filter(({ span_count }) => span_count <= READ_WHOLE);
    add(events.all(JSON.stringify(small.map(({ job_id }) => job_id))));
    for (const { job_id, span_count } of jobs) {
      if (span_count > READ_WHOLE)
        add([[job_id, ((sampled.get(job_id) as number | null) ?? 0) * span_count]]);
    }
    return sizes;
  };
}

/** What of the file is in use: what was deleted is used again before the file grows. */
export function usedBytes(db: Db): Bytes {
  const pragma = (name: string): number => db.pragma(name, { simple: true }) as number;
  return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
}
