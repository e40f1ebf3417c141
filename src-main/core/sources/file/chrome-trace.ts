import { JsonWalk } from '#core/telemetry/otlp/json-walk.ts';
import { idOf } from '#core/telemetry/otlp/raw-span.ts';
import type { OtlpSpanIn } from '#core/telemetry/otlp/seams.ts';
import { cutText, doubleOf, invalid, MAX_MEMBERS, mapOf } from '#core/telemetry/otlp/values.ts';
import type { Attributes, AttributeValue } from '#shared/model/span.ts';
import type { EpochMicroseconds, Microseconds } from '#shared/model/units.ts';

export interface ChromeFile {
  readonly spans: readonly OtlpSpanIn[];
  /** Events that are no spans: instants, counters, flows. */
  readonly skipped: number;
  /** Events before one that cannot be read: the format allows an array without its end. Null: all could be. */
  readonly cutAfter: number | null;
  /** Times count from an unknown moment, which was taken for `from`. */
  readonly relative: boolean;
}

interface Begun {
  readonly name: string;
  readonly category: string;
  readonly lane: string;
  readonly ts: Microseconds;
  dur: Microseconds | null;
  args: Readonly<Record<string, unknown>>;
  parent: Begun | null;
  id: string;
}

/** Of one file. */
export const MAX_SPANS = 1_000_000;
const MAX_ATTRIBUTES = 128;
const MAX_DEPTH = 8;
/** The year 2001: earlier times are no dates. */
const FIRST_DATE: EpochMicroseconds = 1e15;

/**
 * Spans of a file in Chrome's trace event format: complete events, begin/end pairs of a thread, nestable async ones.
 * They are one trace, `traceId`; within a thread they nest by their times, unless they say what their parents are.
 * Throws `otlp.invalid` where the JSON is none.
 */
export function* readChrome(
  text: string,
  traceId: string,
  from: EpochMicroseconds,
): Generator<undefined, ChromeFile> {
  const events = new ChromeEvents();
  const walk = new JsonWalk(text);
  let origin: Microseconds | null = null;
  let saidTrace: string | null = null;
  let cutAfter: number | null = null;
  function* each(): Generator<undefined, void> {
    for (const _ of walk.elements()) {
      events.add(walk.value());
      yield;
    }
  }
  if (text.trimStart().startsWith('[')) {
    try {
      yield* each();
    } catch (thrown) {
      if (events.count === 0 || events.tooMany) throw thrown;
      cutAfter = events.count;
    }
  } else {
    for (const key of walk.members()) {
      if (key === 'traceEvents') yield* each();
      else if (key === 'otherData') {
        const other = walk.value();
        if (isMap(other)) {
          origin = /^\d{1,16}$/.test(String(other.origin_us)) ? Number(other.origin_us) : null;
          saidTrace = idOf(String(other.job_id).replaceAll('-', ''), 16);
        }
      } else walk.raw();
    }
    walk.end();
  }
  const begun = yield* events.all();
  const least = begun.reduce((at, { ts }) => Math.min(at, ts), Number.POSITIVE_INFINITY);
  const relative = origin === null && least < FIRST_DATE;
  const zero = origin ?? (relative ? from - (Number.isFinite(least) ? least : 0) : 0);
  const spans: OtlpSpanIn[] = [];
  for (const span of begun) {
    spans.push(spanOf(span, saidTrace ?? traceId, zero, events.namesOf(span.lane)));
    yield;
  }
  return { spans, skipped: events.skipped, cutAfter, relative };
}

/** Events as they come, with what begins and ends matched up. */
class ChromeEvents {
  count = 0;
  skipped = 0;
  private readonly spans: Begun[] = [];
  /** Of each thread or async id: what has begun and not ended. */
  private readonly open = new Map<string, Begun[]>();
  private readonly names = new Map<string, string>();

  get tooMany(): boolean {
    return this.spans.length > MAX_SPANS;
  }

  add(event: unknown): void {
    if (this.tooMany) throw invalid(`it holds more than ${MAX_SPANS} spans`);
    this.count++;
    if (!isMap(event) || !this.takes(event)) this.skipped++;
  }

  private takes(event: Readonly<Record<string, unknown>>): boolean {
    const { ph, ts } = event;
    const args = isMap(event.args) ? event.args : {};
    if (ph === 'M') {
      if (typeof args.name === 'string') this.names.set(`${event.name} ${laneOf(event)}`, args.name);
      return true;
    }
    if (typeof ts !== 'number' || !Number.isFinite(ts)) return false;
    const process = String(event.pid ?? 0);
    const thread = `${process} ${String(event.tid ?? 0)}`;
    switch (ph) {
      case 'X':
        this.begin(event, thread, ts, args, typeof event.dur === 'number' && event.dur >= 0 ? event.dur : 0);
        return true;
      case 'B':
        this.openIn(thread, event, ts, args);
        return true;
      case 'b':
        this.openIn(asyncLane(process, event), event, ts, args);
        return true;
      case 'E':
        return this.end(thread, ts, args);
      case 'e':
        return this.end(asyncLane(process, event), ts, args);
      default:
        return false;
    }
  }

  /** Parents before what is in them. What never ended lasts to the last moment of the file. */
  *all(): Generator<undefined, readonly Begun[]> {
    const last = this.spans.reduce((at, { ts, dur }) => Math.max(at, ts + (dur ?? 0)), 0);
    for (const span of this.spans) span.dur ??= Math.max(0, last - span.ts);
    this.spans.sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0));
    const stacks = new Map<string, Begun[]>();
    const ids = new Set<string>();
    for (const [i, span] of this.spans.entries()) {
      const said = typeof span.args.span_id === 'string' ? idOf(span.args.span_id, 8) : null;
      span.id = said !== null && !ids.has(said) ? said : (i + 1).toString(16).padStart(16, '0');
      ids.add(span.id);
      const stack = stacks.get(span.lane) ?? [];
      stacks.set(span.lane, stack);
      while (stack.length > 0 && endOf(stack.at(-1)) < endOf(span)) stack.pop();
      while (stack.length > 0 && endOf(stack.at(-1)) <= span.ts && endOf(span) > span.ts) stack.pop();
      span.parent ??= stack.at(-1) ?? null;
      stack.push(span);
      yield;
    }
    return this.spans;
  }

  namesOf(lane: string): { readonly process: string | null; readonly thread: string | null } {
    const [process = ''] = lane.split(' ');
    return {
      process: this.names.get(`process_name ${process}`) ?? null,
      thread: this.names.get(`thread_name ${lane}`) ?? null,
    };
  }

  private begin(
    event: Readonly<Record<string, unknown>>,
    lane: string,
    ts: Microseconds,
    args: Begun['args'],
    dur: Microseconds | null,
  ): Begun {
    const name = typeof event.name === 'string' && event.name !== '' ? event.name : '(no name)';
    const category = typeof event.cat === 'string' ? event.cat : '';
    const span: Begun = { name, category, lane, ts, dur, args, parent: null, id: '' };
    this.spans.push(span);
    return span;
  }

  private openIn(
    lane: string,
    event: Readonly<Record<string, unknown>>,
    ts: Microseconds,
    args: Begun['args'],
  ): void {
    const span = this.begin(event, lane, ts, args, null);
    const stack = this.open.get(lane) ?? [];
    this.open.set(lane, stack);
    stack.push(span);
  }

  private end(lane: string, ts: Microseconds, args: Begun['args']): boolean {
    const span = this.open.get(lane)?.pop();
    if (span === undefined) return false;
    span.dur = Math.max(0, ts - span.ts);
    span.args = { ...span.args, ...args };
    return true;
  }
}

const endOf = (span: Begun | undefined): Microseconds => (span === undefined ? 0 : span.ts + (span.dur ?? 0));
const laneOf = (event: Readonly<Record<string, unknown>>): string =>
  event.name === 'process_name' ? String(event.pid ?? 0) : `${event.pid ?? 0} ${event.tid ?? 0}`;
const asyncLane = (process: string, event: Readonly<Record<string, unknown>>): string =>
  `${process} async:${String(event.cat ?? '')}:${JSON.stringify(event.id2 ?? event.id ?? '')}`;

function spanOf(
  span: Begun,
  traceId: string,
  zero: Microseconds,
  names: { readonly process: string | null; readonly thread: string | null },
): OtlpSpanIn {
  const { args } = span;
  const said = typeof args.parent_span_id === 'string' ? idOf(args.parent_span_id, 8) : null;
  const failed = args.status === 'error' || typeof args.error_type === 'string';
  return {
    trace_id: traceId,
    span_id: span.id,
    // Our own exports say what each span's parent is, or that it has none.
    parent_span_id: 'parent_span_id' in args ? said : (span.parent?.id ?? null),
    name: cutText(span.name, 512),
    service: names.process === null ? null : cutText(names.process, 256),
    start_us: Math.max(1, Math.round(zero + span.ts)),
    duration_us: Math.round(span.dur ?? 0),
    failed,
    error_type: failed && typeof args.error_type === 'string' ? cutText(args.error_type, 512) : null,
    mended: false,
    attributes: attributesOf(span, names.thread),
  };
}

/** What our own exports say of a span beside its attributes. */
const OF_THE_SPAN = new Set(['job_id', 'span_id', 'parent_span_id', 'status', 'error_type']);

function attributesOf({ args, category }: Begun, thread: string | null): Attributes {
  const of = Object.entries(args)
    .filter(([key]) => !OF_THE_SPAN.has(key))
    .slice(0, MAX_ATTRIBUTES - 2)
    .map(([key, value]) => ({ key: cutText(key, 512), value: plain(value, MAX_DEPTH) }));
  if (category !== '') of.push({ key: 'chrome.cat', value: cutText(category, 512) });
  if (thread !== null) of.push({ key: 'thread.name', value: cutText(thread, 512) });
  return mapOf(of);
}

function plain(value: unknown, depth: number): AttributeValue {
  if (typeof value === 'string') return cutText(value);
  if (typeof value === 'number') return doubleOf(value);
  if (typeof value === 'boolean') return value;
  if (depth === 0 || typeof value !== 'object' || value === null) return null;
  if (Array.isArray(value)) return value.slice(0, MAX_MEMBERS).map((one) => plain(one, depth - 1));
  const entries = Object.entries(value).slice(0, MAX_MEMBERS);
  return mapOf(entries.map(([key, one]) => ({ key: cutText(key, 512), value: plain(one, depth - 1) })));
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
