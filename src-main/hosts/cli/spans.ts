import type { Client } from '#core/engine.ts';
import type { SourceId } from '#shared/model/source.ts';
import type { Attributes, SpanStatus } from '#shared/model/span.ts';
import { decodeTrace, SPAN_INFERRED, SPAN_LOST, spanIdAt } from '#shared/model/trace-columns.ts';

/** A span as `jobs show` prints it: the archived result's members, and how deep it lies. */
export interface ShownSpan {
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_span_id: string | null;
  readonly name: string;
  /** Epoch seconds. */
  readonly start_time: number;
  /** Null while it is open. */
  readonly duration_ms: number | null;
  readonly status: SpanStatus;
  readonly error_type: string | null;
  readonly attributes: Attributes;
  readonly inferred: boolean;
  readonly lost: boolean;
  readonly depth: number;
}

/** All spans of a job, parents before children, siblings by start. */
export async function readSpans(client: Client, source: SourceId, jobId: string): Promise<ShownSpan[]> {
  const blob = await client.trace.columns({ source, job_id: jobId });
  const trace = decodeTrace(await blob.arrayBuffer());
  const spans: ShownSpan[] = [];
  const depths: number[] = [];
  for (let i = 0; i < trace.count; i++) {
    const span = await client.trace.span({
      source,
      job_id: jobId,
      span_id: spanIdAt(trace, i),
      event_id: trace.eventId[i] ?? 0,
    });
    const flags = trace.flags[i] ?? 0;
    const parent = trace.parent[i] ?? -1;
    const depth = parent < 0 ? 0 : (depths[parent] ?? 0) + 1;
    depths.push(depth);
    spans.push({
      trace_id: span.trace_id,
      span_id: span.span_id,
      parent_span_id: span.parent_span_id,
      name: span.name,
      start_time: span.start_us / 1e6,
      duration_ms: span.duration_ms,
      status: span.status,
      error_type: span.error_type,
      attributes: span.attributes,
      inferred: (flags & SPAN_INFERRED) !== 0,
      lost: (flags & SPAN_LOST) !== 0,
      depth,
    });
  }
  return spans;
}
