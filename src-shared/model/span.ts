import type { EpochMicroseconds, EpochSeconds, Milliseconds } from './units.ts';

export type AttributeValue =
  | string
  | number
  | boolean
  | null
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue };
export type Attributes = { readonly [key: string]: AttributeValue };

export type SpanStatus = 'ok' | 'error';

/** A span that has ended. Ids are W3C: trace_id 32, span_id 16 lower-case hex digits. */
export interface SpanRecord {
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_span_id: string | null;
  readonly name: string;
  readonly job_id: string | null;
  readonly tenant_id: string | null;
  readonly start_us: EpochMicroseconds;
  readonly duration_ms: Milliseconds;
  readonly status: SpanStatus;
  /** Class name of what was thrown. */
  readonly error_type: string | null;
  readonly attributes: Attributes;
}

/** A span that has begun and not ended. */
export type OpenSpan = Pick<
  SpanRecord,
  'trace_id' | 'span_id' | 'parent_span_id' | 'name' | 'job_id' | 'tenant_id' | 'start_us' | 'attributes'
>;

/** What must travel with work into another thread or process (AsyncLocalStorage does not cross either). */
export interface TraceContext {
  readonly traceparent: string;
  readonly job_id: string | null;
  readonly tenant_id: string | null;
}

/** RUNE's row of `InMemoryCollector.summary_rows`: mean over ok and error, rounded to one decimal. */
export interface EventSummaryRow {
  readonly event: string;
  readonly total: number;
  readonly ok: number;
  readonly error: number;
  readonly avg_ms: Milliseconds;
  readonly min_ms: Milliseconds;
  readonly max_ms: Milliseconds;
}

/** trace_id of a job: its id without dashes, so that one job is one trace. */
export const traceIdOf = (jobId: string): string => jobId.replaceAll('-', '').toLowerCase();

export const SPAN_LAYERS = ['job', 'driver', 'agent', 'backend', 'provider', 'cost', 'external'] as const;
export type SpanLayer = (typeof SPAN_LAYERS)[number];

/** The layer of the span contract that emits a span of this name. */
export function layerOf(name: string): SpanLayer {
  const head = name.slice(0, name.indexOf('.') === -1 ? name.length : name.indexOf('.'));
  switch (head) {
    case 'job':
    case 'driver':
    case 'agent':
    case 'backend':
    case 'provider':
    case 'cost':
      return head;
    case 'vastai':
      return 'provider';
    case 'chain':
      return 'job';
    default:
      return 'external';
  }
}

/** One row of RUNE's workflow_events, by its canonical name. */
export interface EventRow {
  readonly id: number;
  readonly job_id: string | null;
  readonly event: string;
  readonly status: string;
  readonly duration_ms: Milliseconds | null;
  readonly error_type: string | null;
  readonly labels: Attributes;
  /** Epoch seconds, at its end. */
  readonly recorded_at: EpochSeconds;
}
