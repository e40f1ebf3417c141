import type { JobDetail, JobRow } from '#shared/contract/types.ts';
import type { JsonObject } from '#shared/model/job.ts';

const objectOf = (value: unknown): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};

/** What a list says of a job; every name that RUNE has is RUNE's. */
export const jobSummary = (job: JobRow) => ({
  job_id: job.job_id,
  tenant_id: job.tenant_id,
  kind: job.kind,
  status: job.status,
  // A failed job's reason: rune-ui shows nothing else.
  message: job.message ?? '',
  created_at: job.created_at,
  updated_at: job.updated_at,
  started_at: job.started_at,
  finished_at: job.finished_at,
  queue_ms: job.queue_ms,
  duration_ms: job.duration_ms,
  agent: job.agent,
  model: job.model,
  backend_type: job.backend_type,
  provider_type: job.provider_type,
  question: job.question,
  estimate_usd: job.estimate_usd,
  cost_usd: job.cost_usd,
  tokens_total: job.tokens_total,
  span_count: job.span_count,
  error_count: job.error_count,
  error_code: job.error_code,
  demo: job.demo,
});

/**
 * A job as RUNE's clients read it (reference: rune-api §4, §9): number times, a string message, `result` an object
 * always (null breaks rune-ui, so does its absence), `error` a string or absent (an object makes the operator poll on).
 */
export function jobDocument(job: JobDetail, tier: number | null) {
  const { question: _short, ...summary } = jobSummary(job);
  return {
    ...summary,
    message: job.status === 'failed' ? (job.error?.message ?? summary.message) : summary.message,
    result: resultOf(job, tier),
    ...(job.error === null ? {} : { error: job.error.message }),
    request: job.request ?? {},
    estimate: job.estimate,
  };
}

/** The result with what rune-ui's run page looks for beside what RUNE puts there. */
function resultOf(job: JobDetail, tier: number | null): JsonObject {
  const { result } = job;
  if (result === null) return {};
  if (!('answer' in result)) return result;
  const metadata = objectOf(result.metadata);
  return {
    ...result,
    metadata: {
      ...metadata,
      agent_name: metadata.agent_name ?? job.agent ?? 'unknown',
      tier: metadata.tier ?? tier,
    },
    telemetry: {
      ...objectOf(result.telemetry),
      duration_ms: job.duration_ms ?? 0,
      ...(job.cost_usd === null ? {} : { cost_usd: job.cost_usd }),
    },
    token_usage: { total_tokens: job.tokens_total ?? 0 },
  };
}
