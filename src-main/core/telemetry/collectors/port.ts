import type { MessagePort, Worker } from 'node:worker_threads';
import type { Collector } from '#core/telemetry/collector.ts';
import type { OpenSpan, SpanRecord } from '#shared/model/span.ts';

type Batch = { readonly starts: readonly OpenSpan[]; readonly records: readonly SpanRecord[] };
const BATCH = 256;
const PLAIN = ({
  trace_id,
  span_id,
  parent_span_id,
  name,
  job_id,
  tenant_id,
  start_us,
  attributes,
}: OpenSpan): OpenSpan => ({
  trace_id,
  span_id,
  parent_span_id,
  name,
  job_id,
  tenant_id,
  start_us,
  attributes,
});

/**
 * A worker thread's end of a collector that lives in another thread: spans cross `port` in batches, at the latest
 * when the worker's current task ends. Call flush() before the worker exits.
 */
export function portCollector(port: MessagePort): Collector {
  let starts = new Map<string, OpenSpan>();
  let records: SpanRecord[] = [];
  let scheduled = false;
  const flush = (): void => {
    scheduled = false;
    if (starts.size === 0 && records.length === 0) return;
    port.postMessage({ starts: [...starts.values()], records } satisfies Batch);
    starts = new Map();
    records = [];
  };
  const schedule = (): void => {
    if (starts.size + records.length >= BATCH) flush();
    else if (!scheduled) {
      scheduled = true;
      setImmediate(flush);
    }
  };
  return {
    kind: 'sqlite',
    start: (span) => {
      starts.set(span.span_id, PLAIN(span));
      schedule();
    },
    record: (span) => {
      starts.delete(span.span_id);
      records.push(span);
      schedule();
    },
    flush,
  };
}

/** The owning thread's end: everything that arrives on `port` goes to `collector`. */
export function receiveFromPort(port: Pick<MessagePort | Worker, 'on'>, collector: Collector): void {
  port.on('message', (batch: Batch) => {
    for (const span of batch.starts) collector.start(span);
    for (const span of batch.records) collector.record(span);
  });
}
