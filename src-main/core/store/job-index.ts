import type { Statement } from 'better-sqlite3';
import { cleanUrl } from '#shared/lib/clean-url.ts';
import { isTerminal, type JobRow } from '#shared/model/job.ts';
import type { Db } from './database.ts';
import { factsOf, readPayload } from './job-facts.ts';
import type { RsJobRow, RuneJobRow } from './rows.ts';

const COLUMNS = [
  'job_id',
  'tenant_id',
  'kind',
  'status',
  'demo',
  'agent',
  'backend_type',
  'provider_type',
  'model',
  'created_at',
  'started_at',
  'finished_at',
  'updated_at',
  'queue_ms',
  'duration_ms',
  'estimate_usd',
  'cost_usd',
  'tokens_total',
  'span_count',
  'error_count',
  'suspected_failure',
  'error_code',
  'message',
  'question',
  'tokens_in',
  'tokens_out',
  'backend_url',
] as const satisfies readonly (keyof RsJobRow)[];

const QUESTION_CHARACTERS = 200;
const MESSAGE_CHARACTERS = 500;

const upserts = new WeakMap<Db, Statement>();

/** Writes a board row, whole; prepared once per connection. */
export function upsertJobRow(db: Db): (row: RsJobRow) => void {
  let statement = upserts.get(db);
  if (statement === undefined) {
    const values = COLUMNS.map((column) => `@${column}`).join(', ');
    const updates = COLUMNS.slice(1).map((column) => `${column} = excluded.${column}`);
    statement = db.prepare(
      `INSERT INTO rs_job (${COLUMNS.join(', ')}) VALUES (${values}) ON CONFLICT (job_id) DO UPDATE SET ${updates.join(', ')}`,
    );
    upserts.set(db, statement);
  }
  const prepared = statement;
  return (row) => void prepared.run(row);
}

/** A board row as the contract has it. */
export function toJobRow({ tokens_in, tokens_out, backend_url, ...row }: RsJobRow): JobRow {
  return { ...row, demo: row.demo !== 0, suspected_failure: row.suspected_failure !== 0 };
}

/** Spellings of other RUNE clients (reference: job store §4); anything unheard of stays as it is. */
const STATUS_SPELLINGS: Readonly<Record<string, string>> = {
  success: 'succeeded',
  completed: 'succeeded',
  error: 'failed',
  canceled: 'cancelled',
};
export const normaliseStatus = (status: string): string =>
  Object.hasOwn(STATUS_SPELLINGS, status) ? (STATUS_SPELLINGS[status] ?? status) : status;

/** A kind's older name (reference: job store §1). */
export const normaliseKind = (kind: string): string => (kind === 'ollama-instance' ? 'llm-instance' : kind);

/**
 * The board row of a job from RUNE's own row. `more` holds what that row cannot: started_at, finished_at, estimate,
 * cost, counts, error_code; a null in it means unknown and lets the payload speak.
 */
export function deriveJobRow(job: RuneJobRow, more: Partial<RsJobRow>): RsJobRow {
  const facts = factsOf(job.kind, readPayload(job));
  const status = normaliseStatus(job.status);
  const startedAt = more.started_at ?? null;
  const finishedAt = isTerminal(status) ? (more.finished_at ?? null) : null;
  return {
    job_id: job.job_id,
    tenant_id: job.tenant_id,
    kind: normaliseKind(job.kind),
    status,
    demo: more.demo ?? (facts.backend_type === 'demo' ? 1 : 0),
    agent: more.agent ?? facts.agent,
    backend_type: more.backend_type ?? facts.backend_type,
    provider_type: more.provider_type ?? facts.provider_type,
    model: more.model ?? facts.model,
    created_at: job.created_at,
    started_at: startedAt,
    finished_at: finishedAt,
    updated_at: job.updated_at,
    queue_ms: startedAt === null ? null : Math.max(0, (startedAt - job.created_at) * 1000),
    duration_ms:
      startedAt !== null && finishedAt !== null
        ? Math.max(0, (finishedAt - startedAt) * 1000)
        : (more.duration_ms ?? null),
    estimate_usd: more.estimate_usd ?? facts.estimate_usd,
    cost_usd: more.cost_usd ?? facts.cost_usd,
    tokens_total: more.tokens_total ?? facts.tokens_total,
    span_count: more.span_count ?? 0,
    error_count: more.error_count ?? 0,
    suspected_failure: more.suspected_failure ?? (status === 'succeeded' && facts.suspected_failure ? 1 : 0),
    error_code: more.error_code ?? errorCodeOf(status, job.error),
    message: messageOf(status, job)?.slice(0, MESSAGE_CHARACTERS) ?? null,
    question: facts.question?.slice(0, QUESTION_CHARACTERS) ?? null,
    tokens_in: facts.tokens_in,
    tokens_out: facts.tokens_out,
    backend_url: facts.backend_url === null ? null : cleanUrl(facts.backend_url),
  };
}

/**
 * The board row of a job that RUNE ran: it keeps no start, so the duration is RUNE's own, created to updated, queue
 * time included. `quantised`: the times are rounded to 128 s and give no duration.
 */
export function deriveImportedJobRow(job: RuneJobRow, more: Partial<RsJobRow>, quantised: boolean): RsJobRow {
  const ended = isTerminal(normaliseStatus(job.status));
  return deriveJobRow(job, {
    ...more,
    finished_at: more.finished_at ?? (ended ? job.updated_at : null),
    // Two clocks that disagree make no time: it would be the fastest job of all.
    duration_ms:
      ended && !quantised && job.updated_at >= job.created_at
        ? Math.max((job.updated_at - job.created_at) * 1000, 1)
        : null,
  });
}

const INTERRUPTED = 'server restarted before job completion';

/** RUNE keeps an error's text only; null while a job has not ended badly. */
export function errorCodeOf(status: string, error: string | null): string | null {
  if (status === 'cancelled') return 'job.cancelled';
  if (status !== 'failed') return null;
  return error === INTERRUPTED ? 'job.interrupted' : 'job.failed';
}

/** RUNE's later versions leave "accepted" on jobs that failed long ago; the error then says more. */
function messageOf(status: string, job: RuneJobRow): string | null {
  const stale = job.message === null || job.message === 'accepted' || job.message === 'job is running';
  return stale && (status === 'failed' || status === 'cancelled') ? (job.error ?? job.message) : job.message;
}
