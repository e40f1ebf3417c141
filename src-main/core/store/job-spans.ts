import type { Statement } from 'better-sqlite3';
import type { ModelCallFigures } from '#shared/model/model-call.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import type { Db } from './database.ts';
import { addCall, type CallTotals } from './job-calls.ts';
import { canonicalName } from './legacy.ts';

/** The span whose attributes hold the figures of a model call. */
export const CALL_SPAN = 'backend.chat';

interface SpanTotals {
  count: number;
  errors: number;
  timed: number;
  sumMs: Milliseconds;
}

interface JobTotals {
  spans: number;
  errors: number;
  /** By name as recorded. */
  readonly byName: Map<string, SpanTotals>;
  calls: CallTotals | null;
}

/** Totals per job and span name of one batch, added up here and written in one pass, like RollupBatch. */
export class JobSpanBatch {
  private readonly jobs = new Map<string, JobTotals>();
  /** Spans of one job come together. */
  private lastId: string | null = null;
  private last: JobTotals | null = null;

  /** `isAround`: another span that has the same name today lies within it, so it counts on the board only. */
  add(
    jobId: string,
    event: string,
    failed: boolean,
    durationMs: Milliseconds | null,
    isAround = false,
  ): void {
    const job = this.of(jobId);
    job.spans++;
    if (failed) job.errors++;
    if (isAround) return;
    let totals = job.byName.get(event);
    if (totals === undefined) {
      totals = { count: 0, errors: 0, timed: 0, sumMs: 0 };
      job.byName.set(event, totals);
    }
    totals.count++;
    if (failed) totals.errors++;
    if (durationMs === null) return;
    totals.timed++;
    totals.sumMs += durationMs;
  }

  addCall(jobId: string, call: ModelCallFigures): void {
    const job = this.of(jobId);
    job.calls = addCall(job.calls, call);
  }

  /** Adds the batch to rs_job, rs_job_span and rs_job_call; call it inside the transaction that writes its events. */
  apply(db: Db): void {
    if (this.jobs.size === 0) return;
    const write = statementsOf(db);
    const nameIds = new Map<string, number>();
    const nameId = (raw: string): number => {
      let id = nameIds.get(raw);
      if (id === undefined) {
        id = idOf(write.findName, write.addName, canonicalName(raw));
        nameIds.set(raw, id);
      }
      return id;
    };
    for (const [jobId, { spans, errors, byName, calls }] of this.jobs) {
      write.counts.run(spans, errors, jobId);
      const number = idOf(write.findJob, write.addJob, jobId);
      for (const [raw, { count, errors: failed, timed, sumMs }] of byName)
        write.spans.run(nameId(raw), number, count, failed, timed, sumMs);
      if (calls !== null) write.calls.run({ ...calls, number });
    }
  }

  private of(jobId: string): JobTotals {
    if (this.last !== null && this.lastId === jobId) return this.last;
    let job = this.jobs.get(jobId);
    if (job === undefined) {
      job = { spans: 0, errors: 0, byName: new Map(), calls: null };
      this.jobs.set(jobId, job);
    }
    this.lastId = jobId;
    this.last = job;
    return job;
  }
}

function idOf(find: Statement, add: Statement, key: string): number {
  const known = find.get(key) as number | undefined;
  return known ?? Number(add.run(key).lastInsertRowid);
}

const prepared = new WeakMap<Db, ReturnType<typeof prepare>>();

function statementsOf(db: Db): ReturnType<typeof prepare> {
  let statements = prepared.get(db);
  if (statements === undefined) {
    statements = prepare(db);
    prepared.set(db, statements);
  }
  return statements;
}

const prepare = (db: Db) => ({
  counts: db.prepare(
    'UPDATE rs_job SET span_count = span_count + ?, error_count = error_count + ? WHERE job_id = ?',
  ),
  findJob: db.prepare('SELECT number FROM rs_job_number WHERE job_id = ?').pluck(),
  addJob: db.prepare('INSERT INTO rs_job_number (job_id) VALUES (?)'),
  findName: db.prepare('SELECT id FROM rs_span_name WHERE name = ?').pluck(),
  addName: db.prepare('INSERT INTO rs_span_name (name) VALUES (?)'),
  spans: db.prepare(`
INSERT INTO rs_job_span (name_id, number, count, errors, timed, sum_ms) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (name_id, number) DO UPDATE SET count = count + excluded.count, errors = errors + excluded.errors,
  timed = timed + excluded.timed, sum_ms = sum_ms + excluded.sum_ms`),
  // The first call of a job stays the first.
  calls: db.prepare(`
INSERT INTO rs_job_call (number, calls, input_tokens, input_known, output_tokens, output_known, first_token_ms,
  load_ms, prompt_tokens, prompt_ms, generated_tokens, generated_ms, speed_source)
VALUES (@number, @calls, @input_tokens, @input_known, @output_tokens, @output_known, @first_token_ms,
  @load_ms, @prompt_tokens, @prompt_ms, @generated_tokens, @generated_ms, @speed_source)
ON CONFLICT (number) DO UPDATE SET calls = calls + excluded.calls,
  input_tokens = input_tokens + excluded.input_tokens, input_known = input_known + excluded.input_known,
  output_tokens = output_tokens + excluded.output_tokens, output_known = output_known + excluded.output_known,
  load_ms = CASE WHEN load_ms IS NULL THEN excluded.load_ms ELSE load_ms + coalesce(excluded.load_ms, 0) END,
  prompt_tokens = prompt_tokens + excluded.prompt_tokens, prompt_ms = prompt_ms + excluded.prompt_ms,
  generated_tokens = generated_tokens + excluded.generated_tokens,
  generated_ms = generated_ms + excluded.generated_ms,
  speed_source = max(speed_source, excluded.speed_source)`),
});
