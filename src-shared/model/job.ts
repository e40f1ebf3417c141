import type { Failure } from './failure.ts';
import type { AttributeValue } from './span.ts';
import type { EpochSeconds, Milliseconds, Usd } from './units.ts';

export const JOB_KINDS = ['agentic-agent', 'benchmark', 'llm-instance', 'cost-estimate', 'chain'] as const;
export type JobKind = (typeof JOB_KINDS)[number];

export const JOB_STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];
export const TERMINAL_STATUSES: readonly JobStatus[] = ['succeeded', 'failed', 'cancelled'];
export const isTerminal = (status: string): boolean =>
  (TERMINAL_STATUSES as readonly string[]).includes(status);

export const BACKEND_TYPES = ['ollama', 'openai', 'bedrock', 'k8s-inference', 'demo'] as const;
export type BackendType = (typeof BACKEND_TYPES)[number];

export const PROVIDER_TYPES = ['existing', 'vastai'] as const;
export type ProviderType = (typeof PROVIDER_TYPES)[number];

export type Json = AttributeValue;
export type JsonObject = { readonly [key: string]: Json };

/**
 * One row of the Jobs board. `kind` and `status` are text, not unions: a RUNE store may hold values nobody has
 * heard of, and they are shown as they are.
 */
export interface JobRow {
  readonly job_id: string;
  readonly tenant_id: string;
  readonly kind: string;
  readonly status: string;
  readonly demo: boolean;
  readonly agent: string | null;
  readonly backend_type: string | null;
  readonly provider_type: string | null;
  readonly model: string | null;
  /** The question's first 200 characters, for the board and for text search. */
  readonly question: string | null;
  readonly message: string | null;
  readonly error_code: string | null;
  readonly created_at: EpochSeconds;
  readonly started_at: EpochSeconds | null;
  readonly finished_at: EpochSeconds | null;
  readonly updated_at: EpochSeconds;
  readonly queue_ms: Milliseconds | null;
  /** From start to end; while it runs, null. */
  readonly duration_ms: Milliseconds | null;
  readonly estimate_usd: Usd | null;
  readonly cost_usd: Usd | null;
  readonly tokens_total: number | null;
  readonly span_count: number;
  readonly error_count: number;
  /** The answer looks like an error message that a driver returned as a success. */
  readonly suspected_failure: boolean;
}

export interface JobArtifact {
  readonly artifact_id: string;
  readonly kind: string;
  readonly name: string;
  readonly size_bytes: number;
  readonly sha256: string;
  readonly created_at: EpochSeconds;
}

/** Everything about one job but its spans. */
export interface JobDetail extends JobRow {
  /** As stored; null when it is not a JSON object (then see `raw`). */
  readonly request: JsonObject | null;
  readonly result: JsonObject | null;
  readonly error:
    | (Pick<Failure, 'message'> & { readonly code: string; readonly detail?: string | undefined })
    | null;
  readonly estimate: JsonObject | null;
  readonly artifacts: readonly JobArtifact[];
  /** False when the job ran with a collector that does not persist: its spans are not lost, they were never kept. */
  readonly spans_recorded: boolean;
  /** What was inferred, mapped or odd about this record, in sentences. */
  readonly notes: readonly string[];
}
