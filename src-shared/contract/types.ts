import type { JobDetail, JobRow } from '#shared/model/job.ts';
import type { SourceId } from '#shared/model/source.ts';
import type { Attributes, SpanStatus } from '#shared/model/span.ts';
import type { EpochMicroseconds, Milliseconds } from '#shared/model/units.ts';

export type { JobDetail, JobRow };

export const JOB_SORT_COLUMNS = [
  'created_at',
  'started_at',
  'finished_at',
  'updated_at',
  'status',
  'kind',
  'tenant_id',
  'agent',
  'backend_type',
  'provider_type',
  'model',
  'queue_ms',
  'duration_ms',
  'cost_usd',
  'estimate_usd',
  'tokens_total',
  'span_count',
  'error_count',
] as const;
export type JobSortColumn = (typeof JOB_SORT_COLUMNS)[number];

export const JOB_FACETS = [
  'status',
  'kind',
  'backend_type',
  'model',
  'agent',
  'tenant_id',
  'provider_type',
] as const;
export type JobFacet = (typeof JOB_FACETS)[number];

export interface JobPage {
  readonly jobs: readonly JobRow[];
  /** How many match the filter, whatever the page. */
  readonly total: number;
}

export type JobFacets = {
  readonly [F in JobFacet]: readonly { readonly value: string | null; readonly count: number }[];
};

/** One span's start or end on its way to a live view. */
export interface LiveSpan {
  readonly span_id: string;
  readonly parent_span_id: string | null;
  readonly job_id: string | null;
  readonly name: string;
  readonly label: string;
  readonly start_us: EpochMicroseconds;
  /** Null: it began; it has not ended. */
  readonly duration_ms: Milliseconds | null;
  readonly flags: number;
  readonly event_id: number;
}

/**
 * What changed since the last batch. `seq` grows by one; a receiver that sees it jump, or `gap` true (the sender
 * dropped batches because nobody read), reads the view anew.
 */
export interface LiveBatch {
  readonly seq: number;
  readonly gap: boolean;
  readonly jobs: readonly JobRow[];
  readonly spans: readonly LiveSpan[];
  readonly status: EngineStatus | null;
}

export interface EngineStatus {
  readonly collector: 'sqlite' | 'memory' | 'null';
  /** Span records that could not be kept since start. */
  readonly dropped: number;
  /** Age of the oldest record at the last commit. */
  readonly write_lag_ms: Milliseconds;
  readonly running: number;
  readonly queued: number;
  readonly archive_pending: number;
  /** One sentence while a target is down, is gone or refuses results; null while delivery goes as it should. */
  readonly archive_trouble: string | null;
}

export interface SpanDetail {
  readonly source: SourceId;
  readonly job_id: string | null;
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_span_id: string | null;
  readonly name: string;
  /** The name in the store when it is an older one. */
  readonly raw_name: string | null;
  readonly start_us: EpochMicroseconds;
  readonly duration_ms: Milliseconds | null;
  readonly status: SpanStatus;
  readonly error_type: string | null;
  readonly attributes: Attributes;
  readonly flags: number;
  /** What was inferred or mapped, in sentences ("backend_type: from request"). */
  readonly notes: readonly string[];
}

export interface AppInfo {
  readonly version: string;
  readonly host_kind: 'electron' | 'web' | 'cli';
  readonly platform: string;
  readonly node: string;
  readonly data_dir: string;
  /** Whether secrets can be kept in the OS keychain here, and the sentence to show when not. */
  readonly keychain: { readonly available: boolean; readonly reason: string | null };
  /** Only a desktop has these; a view hides what its host cannot do. */
  readonly native_open_dialog: boolean;
}

export interface ModelInfo {
  readonly name: string;
  readonly size_bytes: number | null;
  readonly context_length: number | null;
  readonly loaded: boolean | null;
}

export interface DiscoveredBackend {
  readonly backend_type: 'ollama' | 'openai' | 'demo';
  /** The product found there: Ollama, vLLM, LM Studio, llama.cpp, demo. */
  readonly product: string;
  readonly base_url: string;
  readonly models: readonly string[];
}

/** Answer of a Test button: each step that was tried, and what to change when one failed. */
export interface TestReport {
  readonly ok: boolean;
  readonly steps: readonly {
    readonly name: string;
    readonly ok: boolean;
    readonly ms: Milliseconds;
    readonly message: string;
  }[];
}

export interface AgentInfo {
  readonly name: string;
  /** Catalogue name ("HolmesGPT"). */
  readonly title: string;
  readonly scope: string;
  readonly tier: number | null;
  readonly builtin: boolean;
  /** Where its driver was found. */
  readonly configured_by: 'builtin' | 'environment' | 'settings' | 'default';
  readonly mode: 'builtin' | 'stdio' | 'http' | 'manual' | 'browser';
  /** Names of settings or variables that are required and missing. */
  readonly missing: readonly string[];
}

export interface ExportedTrace {
  readonly filename: string;
  readonly media_type: string;
  readonly text: string;
}
