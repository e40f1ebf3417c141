import { AsyncLocalStorage } from 'node:async_hooks';
import { randomFillSync } from 'node:crypto';
import type { Clock } from '#core/ports/ports.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { Attributes, AttributeValue, SpanRecord } from '#shared/model/span.ts';
import type { Collector } from './collector.ts';

/** What a span inherits: where it is recorded, the job it belongs to, and its parent. */
export interface TelemetryContext {
  readonly collector: Collector;
  readonly clock: Clock;
  readonly trace_id: string;
  readonly job_id: string | null;
  readonly tenant_id: string | null;
  readonly parent_span_id: string | null;
}

/** Handed to the timed function: attributes that are only known along the way. */
export interface SpanHandle {
  readonly span_id: string | null;
  set(key: string, value: AttributeValue): void;
}

const storage = new AsyncLocalStorage<TelemetryContext>();
const UNRECORDED: SpanHandle = { span_id: null, set: () => {} };

export const currentContext = (): TelemetryContext | undefined => storage.getStore();

/** Runs `fn`, and all it awaits, inside `context`. */
export const withContext = <T>(context: TelemetryContext, fn: () => T): T => storage.run(context, fn);

/**
 * Times `fn` as a span named `name`, child of the span around it. A throw ends the span as an error with the class
 * name of what was thrown, and is rethrown unchanged. Without a context, or with the Null collector, only `fn` runs.
 */
export function span<T>(name: string, attributes: Attributes, fn: (span: SpanHandle) => T): T {
  const context = storage.getStore();
  if (context === undefined || context.collector.kind === 'null') return fn(UNRECORDED);
  const live = new LiveSpan(name, attributes, context);
  let result: T;
  try {
    context.collector.start(live);
    result = storage.run(live.inner(), fn, live);
  } catch (thrown) {
    live.end(thrown, true);
    throw thrown;
  }
  if (result instanceof Promise) {
    return result.then(
      (value) => {
        live.end(null, false);
        return value;
      },
      (thrown: unknown) => {
        live.end(thrown, true);
        throw thrown;
      },
    ) as T;
  }
  live.end(null, false);
  return result;
}

class LiveSpan implements SpanHandle {
  readonly span_id = newSpanId();
  readonly trace_id: string;
  readonly parent_span_id: string | null;
  readonly job_id: string | null;
  readonly tenant_id: string | null;
  readonly name: string;
  readonly start_us: number;
  attributes: Attributes;
  private readonly startedMs: number;
  private readonly context: TelemetryContext;
  private ownsAttributes = false;

  constructor(name: string, attributes: Attributes, context: TelemetryContext) {
    this.name = name;
    this.attributes = attributes;
    this.context = context;
    this.trace_id = context.trace_id;
    this.parent_span_id = context.parent_span_id;
    this.job_id = context.job_id;
    this.tenant_id = context.tenant_id;
    this.startedMs = context.clock.monotonicMs();
    this.start_us = context.clock.nowUs();
  }

  inner(): TelemetryContext {
    const { collector, clock, trace_id, job_id, tenant_id } = this.context;
    return { collector, clock, trace_id, job_id, tenant_id, parent_span_id: this.span_id };
  }

  set(key: string, value: AttributeValue): void {
    if (this.ownsAttributes) (this.attributes as Record<string, AttributeValue>)[key] = value;
    else {
      this.attributes = { ...this.attributes, [key]: value };
      this.ownsAttributes = true;
    }
  }

  end(thrown: unknown, failed: boolean): void {
    const record: SpanRecord = {
      trace_id: this.trace_id,
      span_id: this.span_id,
      parent_span_id: this.parent_span_id,
      name: this.name,
      job_id: this.job_id,
      tenant_id: this.tenant_id,
      start_us: this.start_us,
      duration_ms: this.context.clock.monotonicMs() - this.startedMs,
      status: failed ? 'error' : 'ok',
      error_type: failed ? errorType(thrown) : null,
      attributes: this.attributes,
    };
    this.context.collector.record(record);
  }
}

/** Class name of what was thrown, as RUNE's `type(e).__name__`; an expected failure gives its code, which says more. */
function errorType(thrown: unknown): string {
  if (thrown instanceof CodedError) return thrown.code;
  if (!(thrown instanceof Error)) return typeof thrown;
  return thrown.name === 'Error' ? thrown.constructor.name : thrown.name;
}

const pool = new Uint8Array(8192);
let used = pool.length;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** 8 random bytes as 16 hex digits, never all zero. Reads the system's randomness 1,024 ids at a time. */
export function newSpanId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  let id = '';
  for (const end = used + 8; used < end; used++) id += HEX[pool[used] as number];
  return id === '0000000000000000' ? newSpanId() : id;
}
