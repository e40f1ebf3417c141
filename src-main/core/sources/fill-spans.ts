import { hash } from 'node:crypto';
import type { RecordView } from '#core/archive/record/read-record.ts';
import { toEpoch } from '#core/archive/record/read-times.ts';
import { durationOf, isErrorStatus } from '#core/store/edge-rows.ts';
import { labelOf, labelsJson, modelCallOf } from '#core/store/labels.ts';
import { isObject } from '#core/store/lenient-json.ts';
import { OTLP_FAILED, type OtlpRow } from '#core/store/otlp-rows.ts';
import { normalise } from '#core/telemetry/otlp/normalise.ts';
import type { Json, JsonObject } from '#shared/model/job.ts';
import { type Attributes, traceIdOf } from '#shared/model/span.ts';
import { SPAN_ERROR, SPAN_INFERRED, SPAN_LOST, SPAN_MODEL_CALL } from '#shared/model/trace-columns.ts';
import { toEpochMicroseconds } from '#shared/model/units.ts';
import { isModelCall } from './model-call-shape.ts';

/** One row of workflow_events, and of rs_span where `side` is not null. */
export interface EventFill {
  /** As the record has it; null where it has none. */
  readonly id: number | null;
  readonly event: string;
  readonly status: string;
  readonly duration_ms: number | null;
  readonly error_type: string | null;
  readonly labels_json: string | null;
  readonly recorded_at: number;
  readonly side: SideFill | null;
}

export interface SideFill {
  readonly span_id: string;
  readonly parent_span_id: string | null;
  readonly start_us: number;
  readonly duration_us: number;
  readonly flags: number;
  readonly label: string | null;
}

export interface Fill {
  readonly rows: readonly EventFill[];
  /** Spans that had come over OTLP. */
  readonly foreign: readonly OtlpRow[];
  /** Ids, starts and parents of at least one span were recorded. */
  readonly recorded: boolean;
  readonly notes: readonly string[];
}

/** The spans and events of a record as rows, in its order; nothing of it is left out without a note. */
export function fillOf(view: Pick<RecordView, 'job_id' | 'spans' | 'events' | 'updated_at'>): Fill {
  const notes: string[] = [];
  const all = objectsOf(view.spans, 'spans', notes);
  const spans = all.filter(({ external }) => external !== true);
  const events = objectsOf(view.events, 'events', notes);
  const ids = new SpanIds(view.job_id);
  const eventFor = pairing(spans, events);
  const used = new Set<JsonObject>();
  const rows = spans.map((span, i): EventFill => {
    const event = eventFor(span, i);
    if (event !== null) used.add(event);
    return spanRow(span, event, ids, view.updated_at);
  });
  // Only an event says that these happened: their starts and parents are inferred, as in RUNE's own stores.
  for (const event of events) if (!used.has(event)) rows.push(eventRow(event, view.updated_at));
  if (rows.length > spans.length && rows.every(({ id }) => id !== null))
    rows.sort((a, b) => (a.id ?? 0) - (b.id ?? 0));
  const foreign = all.flatMap((span) => (span.external === true ? foreignRow(span, view) : []));
  return {
    rows,
    foreign,
    recorded: rows.some(({ side }) => side !== null),
    notes: [...notes, ...ids.notes()],
  };
}

function objectsOf(list: readonly Json[], name: string, notes: string[]): readonly JsonObject[] {
  const objects = list.filter(isObject);
  const other = list.length - objects.length;
  if (other > 0) notes.push(`${name}: ${other} entries are no objects and are not shown.`);
  return objects;
}

type Pairing = (span: JsonObject, i: number) => JsonObject | null;

/** Our own records have both lists in one order; elsewhere a span's event has its name and ends when it does. */
function pairing(spans: readonly JsonObject[], events: readonly JsonObject[]): Pairing {
  const inOrder = spans.length === events.length && spans.every((span, i) => span.name === events[i]?.event);
  if (inOrder) return (_, i) => events[i] ?? null;
  const byEnd = new Map<string, JsonObject[]>();
  const keyOf = (name: unknown, end: number): string => `${Math.round(end * 1000)} ${String(name)}`;
  for (const event of events) {
    const key = keyOf(event.event, toEpoch(event.recorded_at) ?? 0);
    const same = byEnd.get(key);
    if (same === undefined) byEnd.set(key, [event]);
    else same.push(event);
  }
  return (span) => {
    const end = (toEpoch(span.start_time) ?? 0) + (durationOf(span.duration_ms) ?? 0) / 1000;
    return byEnd.get(keyOf(span.name, end))?.shift() ?? null;
  };
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
const idOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null;
const attributesOf = (value: unknown): Attributes => (isObject(value) ? value : {});

function spanRow(span: JsonObject, event: JsonObject | null, ids: SpanIds, fallback: number): EventFill {
  const durationMs = durationOf(span.duration_ms) ?? 0;
  const durationUs = Math.round(durationMs * 1000);
  const endedAt = toEpoch(event?.recorded_at);
  const startedAt = toEpoch(span.start_time) ?? (endedAt ?? fallback) - durationMs / 1000;
  const startUs = toEpochMicroseconds(Math.max(0, startedAt));
  const name = textOf(span.name) ?? textOf(event?.event) ?? 'span';
  const attributes = attributesOf(span.attributes ?? event?.labels);
  const errorType = textOf(event?.error_type ?? span.error_type);
  const status = textOf(event?.status) ?? textOf(span.status) ?? 'ok';
  const failed = isErrorStatus(textOf(span.status) ?? status, errorType);
  const call = modelCallOf(attributes);
  const flags =
    (failed ? SPAN_ERROR : 0) |
    (span.lost === true ? SPAN_LOST : 0) |
    (span.inferred === true ? SPAN_INFERRED : 0) |
    (call !== null && isModelCall(call) ? SPAN_MODEL_CALL : 0);
  const eventId = idOf(event?.id);
  return {
    id: eventId,
    event: name,
    status,
    duration_ms: event === null ? durationMs : durationOf(event.duration_ms),
    error_type: errorType,
    labels_json: labelsJson(attributes),
    recorded_at: endedAt ?? startedAt + durationMs / 1000,
    side: wasInferred(span, eventId)
      ? null
      : {
          span_id: ids.of(span.span_id),
          parent_span_id: ids.parent(span.parent_span_id),
          start_us: startUs,
          duration_us: durationUs,
          flags,
          label: labelOf(name, attributes) || null,
        },
  };
}

/** An event of a RUNE process in our store has its number for an id when it is archived: nothing of it was recorded. */
const wasInferred = (span: JsonObject, eventId: number | null): boolean =>
  span.inferred === true &&
  eventId !== null &&
  (span.parent_span_id ?? null) === null &&
  span.span_id === eventId.toString(16).padStart(16, '0');

function eventRow(event: JsonObject, fallback: number): EventFill {
  const labels = attributesOf(event.labels);
  return {
    id: idOf(event.id),
    event: textOf(event.event) ?? textOf(event.name) ?? 'event',
    status: textOf(event.status) ?? 'ok',
    duration_ms: durationOf(event.duration_ms),
    error_type: textOf(event.error_type),
    labels_json: labelsJson(labels),
    recorded_at: toEpoch(event.recorded_at) ?? fallback,
    side: null,
  };
}

/** What is no span of ours was checked when it came; where that was another program, its ids are checked here. */
function foreignRow(
  span: JsonObject,
  { job_id, updated_at }: Pick<RecordView, 'job_id' | 'updated_at'>,
): OtlpRow | readonly [] {
  if (typeof span.span_id !== 'string' || !W3C.test(span.span_id)) return [];
  const attributes = attributesOf(span.attributes);
  const errorType = textOf(span.error_type);
  const service = attributes['resource.service.name'];
  const model = normalise(attributes)['gen_ai.request.model'];
  const label = [model, service].find((text) => typeof text === 'string' && text !== '');
  return {
    trace_id: traceIdOf(job_id),
    span_id: span.span_id,
    parent_span_id:
      typeof span.parent_span_id === 'string' && W3C.test(span.parent_span_id) ? span.parent_span_id : null,
    job_id,
    name: textOf(span.name) ?? 'span',
    service: typeof service === 'string' ? service : null,
    start_us: toEpochMicroseconds(Math.max(0, toEpoch(span.start_time) ?? updated_at)),
    duration_us: Math.round((durationOf(span.duration_ms) ?? 0) * 1000),
    error_type: errorType,
    flags: isErrorStatus(textOf(span.status) ?? 'ok', errorType) ? OTLP_FAILED : 0,
    label: typeof label === 'string' ? label.slice(0, 256) : null,
    attributes_json: JSON.stringify(attributes),
  };
}

const W3C = /^[0-9a-f]{16}$/;

/** Span ids as the trace holds them: 16 hex digits. Others get one that is the same each time, and a note. */
class SpanIds {
  private readonly jobId: string;
  private readonly seen = new Set<string>();
  private mapped = 0;
  private example = '';
  private repeated = 0;

  constructor(jobId: string) {
    this.jobId = jobId;
  }

  of(given: unknown): string {
    const id = this.read(given);
    if (this.seen.has(id)) this.repeated++;
    this.seen.add(id);
    return id;
  }

  parent(given: unknown): string | null {
    return given === null || given === undefined || given === '' ? null : w3cId(this.jobId, given);
  }

  notes(): readonly string[] {
    const notes: string[] = [];
    if (this.mapped > 0)
      notes.push(
        `span ids: ${this.mapped} are not 16 hex digits (${this.example}); each is shown under one derived from it.`,
      );
    if (this.repeated > 0)
      notes.push(
        `span ids: ${this.repeated} spans have the id of another; children stand below the last of them.`,
      );
    return notes;
  }

  private read(given: unknown): string {
    if (typeof given === 'string' && W3C.test(given)) return given;
    this.mapped++;
    if (this.example === '') this.example = JSON.stringify(given ?? null).slice(0, 40);
    return given === null || given === undefined || given === ''
      ? w3cId(this.jobId, `unnamed ${this.mapped}`)
      : w3cId(this.jobId, given);
  }
}

function w3cId(jobId: string, given: unknown): string {
  if (typeof given === 'string') {
    if (W3C.test(given)) return given;
    if (W3C.test(given.toLowerCase())) return given.toLowerCase();
  }
  return hash('sha256', `span:${jobId}:${JSON.stringify(given)}`, 'hex').slice(0, 16);
}
