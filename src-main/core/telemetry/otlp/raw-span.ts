import type { Attributes } from '#shared/model/span.ts';
import type { EpochMicroseconds, Microseconds } from '#shared/model/units.ts';
import type { OtlpSpanIn } from './seams.ts';
import { cutText, type KeyedValue, mapOf } from './values.ts';

/** A span as either encoding gives it, nothing checked yet. */
export interface RawSpan {
  readonly traceId: string | null;
  readonly spanId: string | null;
  /** Null where it has none, or only zeros. */
  readonly parentSpanId: string | null;
  readonly name: string;
  /** SpanKind by number. */
  readonly kind: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  /** At most one more than are kept. */
  readonly attributes: readonly KeyedValue[];
  /** Attributes that were left out, by the sender or here. */
  readonly dropped: number;
  readonly events: readonly RawEvent[];
  readonly links: readonly RawLink[];
  readonly traceState: string;
  readonly failed: boolean;
  readonly statusMessage: string;
}
export interface RawEvent {
  readonly name: string;
  readonly timeNs: bigint;
  readonly attributes: readonly KeyedValue[];
}
export interface RawLink {
  readonly traceId: string | null;
  readonly spanId: string | null;
  readonly attributes: readonly KeyedValue[];
}

/** What the spans of one scope share. */
export interface SpanOrigin {
  readonly resource: readonly KeyedValue[];
  readonly scopeName: string;
  readonly scopeVersion: string;
  readonly scope: readonly KeyedValue[];
}

export const MAX_ATTRIBUTES = 128;
export const MAX_EVENTS = 32;
const MAX_NAME = 512;
const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
/** The year 2255: no double holds the microseconds of later times. */
const LAST_US = BigInt(Number.MAX_SAFE_INTEGER);
const ZEROS = /^0+$/;

/** Lower-case hex digits of an id, from hex of any case or base64; null when it is neither, or of another length. */
export function idOf(given: string, bytes: 8 | 16): string | null {
  if (given.length === bytes * 2 && /^[0-9a-fA-F]+$/.test(given)) return given.toLowerCase();
  // Writers that treat ids as any other bytes: 12 or 24 characters with their padding.
  if (given.length !== Math.ceil(bytes / 3) * 4 || !/^[A-Za-z0-9+/_-]+={1,2}$/.test(given)) return null;
  const decoded = Buffer.from(given, 'base64');
  return decoded.length === bytes ? decoded.toString('hex') : null;
}

/** The span, or why it cannot be taken. */
export function readSpan(raw: RawSpan, origin: SpanOrigin): OtlpSpanIn | string {
  const { traceId, spanId } = raw;
  if (traceId === null || ZEROS.test(traceId)) return 'a trace id is not 32 hex digits, or all zero';
  if (spanId === null || ZEROS.test(spanId)) return 'a span id is not 16 hex digits, or all zero';
  if (raw.name === '') return 'a span has no name';
  const { start_us, duration_us, mended } = timesOf(raw.startNs, raw.endNs);
  const { attributes, service } = attributesOf(raw, origin);
  return {
    trace_id: traceId,
    span_id: spanId,
    parent_span_id: raw.parentSpanId,
    name: cutText(raw.name, MAX_NAME),
    service,
    start_us,
    duration_us,
    failed: raw.failed,
    error_type: raw.failed ? errorTypeOf(raw) : null,
    mended,
    attributes,
  };
}

/** Microseconds of nanoseconds that fit no double. A time that is missing is the other one; 0 where both are. */
function timesOf(
  startNs: bigint,
  endNs: bigint,
): { readonly start_us: EpochMicroseconds; readonly duration_us: Microseconds; readonly mended: boolean } {
  const start = startNs > 0n && startNs / 1000n <= LAST_US ? startNs : 0n;
  const end = endNs > 0n && endNs / 1000n <= LAST_US ? endNs : 0n;
  if (start > 0n && end >= start)
    return {
      start_us: Number(start / 1000n),
      duration_us: Number((end - start + 500n) / 1000n),
      mended: false,
    };
  return { start_us: Number((start > 0n ? start : end) / 1000n), duration_us: 0, mended: true };
}

function attributesOf(
  raw: RawSpan,
  { resource, scope, scopeName, scopeVersion }: SpanOrigin,
): { readonly attributes: Attributes; readonly service: string | null } {
  let service: string | null = null;
  const more: KeyedValue[] = [];
  const kind = KINDS[raw.kind];
  if (kind !== undefined && raw.kind > 0) more.push({ key: 'otel.kind', value: kind });
  if (raw.statusMessage !== '')
    more.push({ key: 'otel.status_description', value: cutText(raw.statusMessage) });
  if (raw.traceState !== '') more.push({ key: 'otel.trace_state', value: cutText(raw.traceState, MAX_NAME) });
  if (raw.events.length > 0) more.push({ key: 'otel.events', value: raw.events.map(eventValue) });
  if (raw.links.length > 0) more.push({ key: 'otel.links', value: raw.links.map(linkValue) });
  if (scopeName !== '') more.push({ key: 'scope.name', value: cutText(scopeName, MAX_NAME) });
  if (scopeVersion !== '') more.push({ key: 'scope.version', value: cutText(scopeVersion, MAX_NAME) });
  for (const { key, value } of scope) more.push({ key: `scope.${key}`, value });
  for (const { key, value } of resource) {
    if (key === 'service.name' && typeof value === 'string' && value !== '')
      service = cutText(value, MAX_NAME);
    more.push({ key: `resource.${key}`, value });
  }
  const all = [...raw.attributes, ...more];
  if (raw.dropped === 0 && all.length <= MAX_ATTRIBUTES) return { attributes: mapOf(all), service };
  // How many were left out takes the place of one.
  const kept = all.slice(0, MAX_ATTRIBUTES - 1);
  const dropped = raw.dropped + all.length - kept.length;
  const attributes = mapOf([...kept, { key: DROPPED, value: dropped }]);
  return { attributes, service };
}
const DROPPED = 'otel.dropped_attributes_count';

const eventValue = ({ name, timeNs, attributes }: RawEvent) => ({
  name: cutText(name, MAX_NAME),
  time_us: Number(timeNs / 1000n),
  ...(attributes.length === 0 ? {} : { attributes: mapOf(attributes) }),
});

const linkValue = ({ traceId, spanId, attributes }: RawLink) => ({
  trace_id: traceId,
  span_id: spanId,
  ...(attributes.length === 0 ? {} : { attributes: mapOf(attributes) }),
});

/** The convention's attribute, or the class of the exception that was recorded. */
function errorTypeOf({ attributes, events }: RawSpan): string | null {
  const texts = (of: readonly KeyedValue[], wanted: string): string | null => {
    const found = of.find(({ key }) => key === wanted)?.value;
    return typeof found === 'string' && found !== '' ? cutText(found, MAX_NAME) : null;
  };
  const said = texts(attributes, 'error.type');
  if (said !== null) return said;
  const exception = events.find(({ name }) => name === 'exception');
  return exception === undefined ? null : texts(exception.attributes, 'exception.type');
}
