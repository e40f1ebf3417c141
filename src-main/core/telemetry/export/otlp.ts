import type { JobDetail, SpanDetail } from '#shared/contract/types.ts';
import type { Attributes, AttributeValue } from '#shared/model/span.ts';
import { SPAN_INFERRED, SPAN_LOST, SPAN_OPEN } from '#shared/model/trace-columns.ts';
import type { EpochMicroseconds } from '#shared/model/units.ts';
import { openTelemetryOf } from './otel-names.ts';

/** The JSON encoding of OTLP's ExportTraceServiceRequest, as far as we fill it (reference: otel §2). */
export type AnyValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number | string }
  | { readonly arrayValue: { readonly values: readonly AnyValue[] } }
  | { readonly kvlistValue: { readonly values: readonly KeyValue[] } }
  | Record<string, never>;
export interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}
export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly flags: number;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly KeyValue[];
  readonly status: { readonly code?: 2; readonly message?: string };
}
export interface OtlpRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string; readonly version: string };
      readonly spans: readonly OtlpSpan[];
    }[];
    readonly schemaUrl: string;
  }[];
}

const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.41.0';
/** W3C "sampled", and bit 8: whether the parent is remote is known (it is not). */
const FLAGS = 0x101;

/**
 * One export request of a job's spans. Names and attributes are the span contract's own; OpenTelemetry's name stands
 * in `rune.otel_name`, its attributes beside ours.
 */
export const toOtlp = (job: JobDetail, spans: readonly SpanDetail[]): OtlpRequest =>
  otlpRequest(otlpSpans(job, spans));

/** Spans of one job as OTLP has them. */
export function otlpSpans(job: JobDetail, spans: readonly SpanDetail[]): readonly OtlpSpan[] {
  const latest = spans.reduce((at, span) => Math.max(at, endOf(span) ?? span.start_us), 0);
  return spans.map((span) => otlpSpan(job, span, latest));
}

/** How our exports name themselves. */
export const OTLP_SERVICE = 'runescope';
export const OTLP_SCOPE = 'rune.jobs';

const otlpRequest = (spans: readonly OtlpSpan[]): OtlpRequest => ({
  resourceSpans: [
    {
      resource: { attributes: keyValues({ 'service.name': OTLP_SERVICE }) },
      scopeSpans: [{ scope: { name: OTLP_SCOPE, version: '1' }, spans }],
      schemaUrl: SCHEMA_URL,
    },
  ],
});

function otlpSpan(job: JobDetail, span: SpanDetail, latest: EpochMicroseconds): OtlpSpan {
  const { kind, otel_name, attributes } = openTelemetryOf(job, span);
  return {
    traceId: hexId(span.trace_id, 32),
    spanId: span.span_id,
    parentSpanId: span.parent_span_id ?? '',
    flags: FLAGS,
    name: span.name,
    kind,
    startTimeUnixNano: nanos(span.start_us),
    // OTLP has no open spans: one that has not ended reaches to the latest instant known, and says so.
    endTimeUnixNano: nanos(endOf(span) ?? latest),
    attributes: keyValues({
      ...span.attributes,
      job_id: job.job_id,
      tenant_id: job.tenant_id,
      'rune.otel_name': otel_name,
      ...attributes,
      ...(span.error_type === null ? {} : { 'error.type': span.error_type }),
      ...((span.flags & SPAN_INFERRED) === 0 ? {} : { 'rune.inferred': true }),
      ...((span.flags & SPAN_LOST) === 0 ? {} : { 'rune.lost': true }),
      ...((span.flags & SPAN_OPEN) === 0 ? {} : { 'rune.open': true }),
    }),
    status:
      span.status === 'ok'
        ? {}
        : { code: 2, ...(span.error_type === null ? {} : { message: span.error_type }) },
  };
}

const endOf = (span: SpanDetail): EpochMicroseconds | null =>
  span.duration_ms === null ? null : span.start_us + Math.round(span.duration_ms * 1000);

/** Nanoseconds as a decimal string: a double cannot hold them. */
const nanos = (at: EpochMicroseconds): string => String(BigInt(Math.round(at)) * 1000n);

/** A foreign job_id need not be a uuid: whatever it is becomes an id of the right length, never all zero. */
function hexId(id: string, length: number): string {
  if (new RegExp(`^[0-9a-f]{${length}}$`).test(id) && !/^0+$/.test(id)) return id;
  let hex = '';
  for (const character of id) hex += (character.codePointAt(0) ?? 0).toString(16);
  return `${hex}1`.padStart(length, '0').slice(-length);
}

const keyValues = (attributes: Attributes): KeyValue[] =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));

/** Null becomes the empty value: the key is there, its value is not known. */
function anyValue(value: AttributeValue): AnyValue {
  if (value === null) return {};
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return { intValue: String(value) };
    return { doubleValue: Number.isFinite(value) ? value : String(value) };
  }
  if (Array.isArray(value))
    return { arrayValue: { values: (value as readonly AttributeValue[]).map(anyValue) } };
  return { kvlistValue: { values: keyValues(value as Attributes) } };
}

const [HEAD = '', TAIL = ''] = JSON.stringify(otlpRequest([])).split('"spans":[]');

/** The JSON of one export request, of spans that are JSON already; they may be of several jobs. */
export const otlpRequestText = (spans: readonly string[]): string =>
  `${HEAD}"spans":[${spans.join(',')}]${TAIL}`;
