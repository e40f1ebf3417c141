import type { Clock } from '#core/ports/ports.ts';
import type { TraceContext } from '#shared/model/span.ts';
import type { Collector } from './collector.ts';
import { currentContext, newSpanId, type TelemetryContext } from './span.ts';

/** The context as a value, for another thread or process; its parent is the span that is open here. */
export function currentTraceContext(): TraceContext | null {
  const context = currentContext();
  if (context === undefined || context.parent_span_id === null) return null;
  const { trace_id, parent_span_id, job_id, tenant_id } = context;
  return { traceparent: `00-${trace_id}-${parent_span_id}-01`, job_id, tenant_id };
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** W3C trace context: null for anything malformed or all zero; later versions are read by their first four parts. */
export function parseTraceparent(
  value: string,
): { readonly trace_id: string; readonly span_id: string; readonly sampled: boolean } | null {
  const [, version, trace_id = '', span_id = '', flags = '', more] = TRACEPARENT.exec(value) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (/^0+$/.test(trace_id) || /^0+$/.test(span_id)) return null;
  return { trace_id, span_id, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** The other side of currentTraceContext(): what to run work under in the thread or process that received it. */
export function contextFrom(trace: TraceContext, collector: Collector, clock: Clock): TelemetryContext {
  const parent = parseTraceparent(trace.traceparent);
  const { job_id, tenant_id } = trace;
  return {
    collector,
    clock,
    trace_id: parent?.trace_id ?? newSpanId() + newSpanId(),
    job_id,
    tenant_id,
    parent_span_id: parent?.span_id ?? null,
  };
}
