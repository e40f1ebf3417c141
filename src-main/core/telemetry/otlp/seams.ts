import type { Attributes } from '#shared/model/span.ts';
import type { EpochMicroseconds } from '#shared/model/units.ts';

/** A span as OTLP brought it, decoded and checked, whichever encoding it had. */
export interface OtlpSpanIn {
  /** 32 and 16 lower-case hex digits. */
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_span_id: string | null;
  readonly name: string;
  readonly service: string | null;
  readonly start_us: EpochMicroseconds;
  /** Never negative. */
  readonly duration_us: number;
  readonly failed: boolean;
  readonly error_type: string | null;
  /** Its times were reversed or zero, and were mended. */
  readonly mended: boolean;
  /** Of the span as they came, its resource's and scope's below `resource.` and `scope.`; at most 128. */
  readonly attributes: Attributes;
}

export interface OtlpDecoded {
  readonly spans: readonly OtlpSpanIn[];
  /** Spans that could not be taken, and the first reasons. */
  readonly rejected: number;
  readonly reasons: readonly string[];
}
