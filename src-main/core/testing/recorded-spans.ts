import type { Collector } from '#core/telemetry/collector.ts';
import { withContext } from '#core/telemetry/span.ts';
import type { SpanRecord } from '#shared/model/span.ts';
import { realClock } from './ports.ts';

export interface Recorded<T> {
  /** In the order in which they ended: children before parents. */
  readonly spans: readonly SpanRecord[];
  readonly value: T | undefined;
  readonly thrown: unknown;
}

/** Runs `fn` inside a job's context and keeps every span that ends. */
export async function recordSpans<T>(fn: () => Promise<T>): Promise<Recorded<T>> {
  const spans: SpanRecord[] = [];
  const collector: Collector = {
    kind: 'memory',
    start: () => {},
    record: (span) => spans.push(span),
    flush: () => {},
  };
  const context = {
    collector,
    clock: realClock(),
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    job_id: '0af76519-16cd-43dd-8448-eb211c80319c',
    tenant_id: 'default',
    parent_span_id: null,
  };
  try {
    return { value: await withContext(context, fn), spans, thrown: undefined };
  } catch (thrown) {
    return { value: undefined, spans, thrown };
  }
}

/** The CodedError's code that `fn` fails with; fails itself when it does not. */
export async function failureOf(
  fn: () => Promise<unknown>,
): Promise<{ code: string; message: string; detail: string }> {
  try {
    await fn();
  } catch (thrown) {
    const { code, message, detail } = thrown as { code?: string; message?: string; detail?: string };
    return { code: code ?? 'no code', message: message ?? '', detail: detail ?? '' };
  }
  throw new Error('expected a failure, and there was none');
}
