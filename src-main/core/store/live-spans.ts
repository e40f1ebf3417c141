import type { LiveSpan } from '#shared/contract/types.ts';
import { spanIdAt, type TraceColumns } from '#shared/model/trace-columns.ts';

/** Jobs whose last told spans are remembered. */
const MAX_JOBS = 32;

/**
 * Spans of a job that are new or have changed since they were last told: in a store that records neither starts nor
 * parents, a span that ends later may become the parent of one that was told before.
 */
export class LiveSpans {
  private readonly told = new Map<string, Map<string, string>>();

  changes(jobId: string, trace: TraceColumns): LiveSpan[] {
    const before = this.told.get(jobId);
    const now = new Map<string, string>();
    const changed: LiveSpan[] = [];
    for (let i = 0; i < trace.count; i++) {
      const span = liveSpanAt(jobId, trace, i);
      const signature = `${span.parent_span_id} ${span.start_us} ${span.duration_ms} ${span.flags} ${span.event_id}`;
      if (before?.get(span.span_id) !== signature) changed.push(span);
      now.set(span.span_id, signature);
    }
    this.told.delete(jobId);
    this.told.set(jobId, now);
    const [oldest] = this.told.keys();
    if (this.told.size > MAX_JOBS && oldest !== undefined) this.told.delete(oldest);
    return changed;
  }
}

function liveSpanAt(jobId: string, trace: TraceColumns, i: number): LiveSpan {
  const parent = trace.parent[i] ?? -1;
  const duration = trace.durationUs[i] ?? Number.NaN;
  return {
    span_id: spanIdAt(trace, i),
    parent_span_id: parent === -1 ? null : spanIdAt(trace, parent),
    job_id: jobId,
    name: trace.names[trace.name[i] ?? 0] ?? '',
    label: trace.labels[trace.label[i] ?? 0] ?? '',
    start_us: trace.originUs + (trace.startUs[i] ?? 0),
    duration_ms: Number.isNaN(duration) ? null : duration / 1000,
    flags: trace.flags[i] ?? 0,
    event_id: trace.eventId[i] ?? 0,
  };
}
