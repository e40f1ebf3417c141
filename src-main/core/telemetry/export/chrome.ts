import type { JobDetail, SpanDetail } from '#shared/contract/types.ts';
import { layerOf } from '#shared/model/span.ts';
import { SPAN_EXTERNAL } from '#shared/model/trace-columns.ts';
import type { Microseconds } from '#shared/model/units.ts';

/** Chrome's trace event format, the part Perfetto and speedscope read. Times are microseconds. */
export interface ChromeTrace {
  readonly displayTimeUnit: 'ms';
  readonly otherData: { readonly [key: string]: string };
  readonly traceEvents: readonly ChromeEvent[];
}
export interface ChromeEvent {
  readonly name: string;
  readonly cat?: string;
  /** X: a complete span; M: a name for a process or thread. */
  readonly ph: 'X' | 'M';
  readonly ts?: Microseconds;
  readonly dur?: Microseconds;
  readonly pid: 1;
  readonly tid: number;
  readonly args: object;
}

/**
 * Spans as complete events. Viewers nest by time within a thread, so spans that overlap without containing one
 * another go to threads of their own:
 *
 *   lane 1  |--- a ---------|
 *   lane 1    |- b -|
 *   lane 2        |- c -|
 */
export function toChrome(job: JobDetail, spans: readonly SpanDetail[]): ChromeTrace {
  const origin = spans.reduce((least, span) => Math.min(least, span.start_us), Number.POSITIVE_INFINITY);
  const latest = spans.reduce(
    (most, span) => Math.max(most, span.start_us + (span.duration_ms ?? 0) * 1000),
    0,
  );
  const lanes = new Lanes();
  const laneOf = new Map<string, number>();
  const events = spans.map((span): ChromeEvent => {
    const start = span.start_us - origin;
    const open = span.duration_ms === null;
    const end = open ? latest - origin : start + Math.round((span.duration_ms ?? 0) * 1000);
    const lane = lanes.place(start, Math.max(start, end), laneOf.get(span.parent_span_id ?? '') ?? 0);
    laneOf.set(span.span_id, lane);
    return {
      name: span.name,
      cat: (span.flags & SPAN_EXTERNAL) === 0 ? layerOf(span.name) : 'external',
      ph: 'X',
      ts: start,
      dur: Math.max(0, end - start),
      pid: 1,
      tid: lane + 1,
      args: {
        ...span.attributes,
        job_id: job.job_id,
        span_id: span.span_id,
        parent_span_id: span.parent_span_id,
        status: span.status,
        ...(span.error_type === null ? {} : { error_type: span.error_type }),
        ...(open ? { open: true } : {}),
        ...(span.notes.length === 0 ? {} : { notes: span.notes }),
      },
    };
  });
  const name = (what: string, tid: number, text: string): ChromeEvent => ({
    name: what,
    ph: 'M',
    pid: 1,
    tid,
    args: { name: text },
  });
  return {
    displayTimeUnit: 'ms',
    otherData: {
      job_id: job.job_id,
      tenant_id: job.tenant_id,
      origin_us: String(spans.length === 0 ? 0 : origin),
    },
    traceEvents: [
      name('process_name', 0, `${job.kind} ${job.job_id}`),
      ...Array.from({ length: lanes.count }, (_, i) =>
        name('thread_name', i + 1, i === 0 ? 'job' : `parallel ${i}`),
      ),
      ...events,
    ],
  };
}

/** Each lane is a stack of ends of the spans open at the current start; spans come in pre-order. */
class Lanes {
  private readonly ends: Microseconds[][] = [];
  private readonly lastStart: Microseconds[] = [];

  get count(): number {
    return this.ends.length;
  }

  /** The parent's lane where the span fits, else the first that does, else a new one. */
  place(start: Microseconds, end: Microseconds, parentLane: number): number {
    const lanes = [parentLane, ...this.ends.keys()];
    const lane = lanes.find((candidate) => this.fits(candidate, start, end)) ?? this.ends.length;
    this.ends[lane] ??= [];
    this.ends[lane].push(end);
    this.lastStart[lane] = start;
    return lane;
  }

  private fits(lane: number, start: Microseconds, end: Microseconds): boolean {
    const stack = this.ends[lane];
    if (stack === undefined) return false;
    if (start < (this.lastStart[lane] ?? 0)) return false;
    while (stack.length > 0 && (stack.at(-1) ?? 0) <= start) stack.pop();
    return stack.length === 0 || (stack.at(-1) ?? 0) >= end;
  }
}
