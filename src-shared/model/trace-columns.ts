import { CodedError } from './failure.ts';
import type { ModelCallFigures } from './model-call.ts';
import type { EpochMicroseconds } from './units.ts';

/** Bits of `TraceColumns.flags`. */
export const SPAN_ERROR = 1;
export const SPAN_OPEN = 2;
export const SPAN_LOST = 4;
/** Start computed from end minus duration, or parent found by time: not recorded. */
export const SPAN_INFERRED = 8;
/** Widened to contain children that another clock measured. */
export const SPAN_CLAMPED = 16;
/** A model call: its figures stand in `TraceColumns.calls`. */
export const SPAN_MODEL_CALL = 32;
/** It came over OTLP: its name and attributes are its sender's, and its layer is external whatever its name. */
export const SPAN_EXTERNAL = 64;

/**
 * A whole trace as columns, 41 bytes a span: what crosses from the store to the canvas.
 *
 * Spans stand in pre-order (a parent before its children, siblings by start), so a subtree is a slice and
 * `parent[i] < i`. Times are microseconds since `originUs`; an open span has duration NaN.
 */
export interface TraceColumns {
  readonly count: number;
  readonly originUs: EpochMicroseconds;
  readonly startUs: Float64Array;
  readonly durationUs: Float64Array;
  /** workflow_events.id, the key for span details; 0 while the span is open. */
  readonly eventId: Float64Array;
  /** Span id, two big-endian 32-bit halves per span. */
  readonly spanId: Uint32Array;
  /** Index of the parent, -1 for a root. */
  readonly parent: Int32Array;
  /** Index into `names`. */
  readonly name: Uint16Array;
  readonly flags: Uint8Array;
  /** Index into `labels`. */
  readonly label: Uint16Array;
  readonly names: readonly string[];
  /** Short texts beside the name (a backend_type, a transport); entry 0 is empty. */
  readonly labels: readonly string[];
  /** Figures of model calls by span index, at most MAX_CALLS of them. */
  readonly calls: readonly (readonly [index: number, figures: ModelCallFigures])[];
}

export const MAX_CALLS = 1000;
type Texts = Pick<TraceColumns, 'names' | 'labels' | 'calls'>;

const MAGIC = 0x31435452; // "RTC1", little-endian
const HEADER_BYTES = 32;
const align8 = (n: number): number => (n + 7) & ~7;

export function allocateTrace(count: number, originUs: EpochMicroseconds, texts: Texts): TraceColumns {
  return {
    count,
    originUs,
    startUs: new Float64Array(count),
    durationUs: new Float64Array(count),
    eventId: new Float64Array(count),
    spanId: new Uint32Array(count * 2),
    parent: new Int32Array(count),
    name: new Uint16Array(count),
    flags: new Uint8Array(count),
    label: new Uint16Array(count),
    names: texts.names,
    labels: texts.labels,
    calls: texts.calls,
  };
}

const columnsBytes = (n: number): number =>
  align8(HEADER_BYTES + n * 24 + n * 8 + n * 4) + 2 * align8(n * 2) + align8(n);

/** One buffer: header (magic, count, length of the texts, origin), the columns widest first, the texts as JSON. */
export function encodeTrace(trace: TraceColumns): ArrayBuffer {
  const { names, labels, calls } = trace;
  const texts = new TextEncoder().encode(JSON.stringify({ names, labels, calls }));
  const n = trace.count;
  const buffer = new ArrayBuffer(columnsBytes(n) + texts.length);
  const header = new DataView(buffer);
  header.setUint32(0, MAGIC, true);
  header.setUint32(4, n, true);
  header.setUint32(8, texts.length, true);
  header.setFloat64(16, trace.originUs, true);
  const view = viewColumns(buffer, n, trace.originUs, trace);
  view.startUs.set(trace.startUs.subarray(0, n));
  view.durationUs.set(trace.durationUs.subarray(0, n));
  view.eventId.set(trace.eventId.subarray(0, n));
  view.spanId.set(trace.spanId.subarray(0, n * 2));
  view.parent.set(trace.parent.subarray(0, n));
  view.name.set(trace.name.subarray(0, n));
  view.flags.set(trace.flags.subarray(0, n));
  view.label.set(trace.label.subarray(0, n));
  new Uint8Array(buffer, columnsBytes(n)).set(texts);
  return buffer;
}

/** Views into `buffer`, nothing copied. Throws `internal` when it is not an encoded trace. */
export function decodeTrace(buffer: ArrayBuffer): TraceColumns {
  const header = buffer.byteLength >= HEADER_BYTES ? new DataView(buffer) : null;
  if (header?.getUint32(0, true) !== MAGIC) throw new CodedError('internal', 'These bytes are not a trace.');
  const n = header.getUint32(4, true);
  const textsLength = header.getUint32(8, true);
  const textsAt = columnsBytes(n);
  if (textsAt + textsLength !== buffer.byteLength) throw new CodedError('internal', 'A trace was cut short.');
  const texts = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, textsAt, textsLength))) as Texts;
  return viewColumns(buffer, n, header.getFloat64(16, true), texts);
}

function viewColumns(
  buffer: ArrayBuffer,
  n: number,
  originUs: EpochMicroseconds,
  texts: Texts,
): TraceColumns {
  let at = HEADER_BYTES;
  const take = (bytes: number): number => {
    const here = at;
    at += bytes;
    return here;
  };
  return {
    count: n,
    originUs,
    startUs: new Float64Array(buffer, take(n * 8), n),
    durationUs: new Float64Array(buffer, take(n * 8), n),
    eventId: new Float64Array(buffer, take(n * 8), n),
    spanId: new Uint32Array(buffer, take(n * 8), n * 2),
    parent: new Int32Array(buffer, take(align8(n * 4)), n),
    name: new Uint16Array(buffer, take(align8(n * 2)), n),
    label: new Uint16Array(buffer, take(align8(n * 2)), n),
    flags: new Uint8Array(buffer, take(align8(n)), n),
    names: texts.names,
    labels: texts.labels,
    calls: texts.calls,
  };
}

/** The 16 hex digits of span `i`. */
export function spanIdAt(trace: TraceColumns, i: number): string {
  const hex = (half: number): string => (half >>> 0).toString(16).padStart(8, '0');
  return hex(trace.spanId[i * 2] ?? 0) + hex(trace.spanId[i * 2 + 1] ?? 0);
}

export function setSpanId(trace: TraceColumns, i: number, id: string): void {
  trace.spanId[i * 2] = Number.parseInt(id.slice(0, 8), 16);
  trace.spanId[i * 2 + 1] = Number.parseInt(id.slice(8, 16), 16);
}

/** Index of the span with this id, -1 when there is none. O(n) over 8 bytes a span. */
export function indexOfSpan(trace: TraceColumns, id: string): number {
  const high = Number.parseInt(id.slice(0, 8), 16);
  const low = Number.parseInt(id.slice(8, 16), 16);
  for (let i = 0; i < trace.count; i++) {
    if (trace.spanId[i * 2] === high && trace.spanId[i * 2 + 1] === low) return i;
  }
  return -1;
}
