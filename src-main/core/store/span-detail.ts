import { normalise } from '#core/telemetry/otlp/normalise.ts';
import type { SpanDetail } from '#shared/contract/types.ts';
import type { SourceId } from '#shared/model/source.ts';
import { type Attributes, traceIdOf } from '#shared/model/span.ts';
import {
  indexOfSpan,
  SPAN_CLAMPED,
  SPAN_ERROR,
  SPAN_EXTERNAL,
  SPAN_INFERRED,
  SPAN_LOST,
  SPAN_OPEN,
  spanIdAt,
  type TraceColumns,
} from '#shared/model/trace-columns.ts';
import { isErrorStatus, readEventRow } from './edge-rows.ts';
import { labelsOf } from './infer.ts';
import type { JobFacts } from './job-facts.ts';
import { canonicalise } from './legacy.ts';
import { type ForeignDetail, foreignDetail, OTLP_MENDED } from './otlp-rows.ts';
import { prepared } from './prepared.ts';
import type { RsOpenSpanRow, WorkflowEventRow } from './rows.ts';
import type { TraceStore } from './trace-reader.ts';

export interface SpanSource {
  readonly store: TraceStore;
  readonly source: SourceId;
  readonly jobId: string;
  readonly kind: string;
  readonly facts: JobFacts;
  readonly trace: TraceColumns;
}

/** Row of a span in the trace by its event, or by its id when it has none; -1 when it is not there. */
export function findSpan(trace: TraceColumns, spanId: string, eventId: number): number {
  const byEvent = eventId === 0 ? -1 : trace.eventId.indexOf(eventId);
  return byEvent === -1 ? indexOfSpan(trace, spanId) : byEvent;
}

/** The event behind a row of a trace, when it has ended and was recorded. */
export function eventOf({ source, hasEvents }: TraceStore, eventId: number): WorkflowEventRow | null {
  if (eventId === 0 || !hasEvents) return null;
  const raw = prepared(source, 'SELECT * FROM workflow_events WHERE id = ?').get(eventId);
  return raw === undefined ? null : readEventRow(raw);
}

/** Everything about the span at row `i`; `event` is its own event, null for open and synthetic spans. */
export function spanDetail(of: SpanSource, i: number, event: WorkflowEventRow | null): SpanDetail {
  const { trace, jobId } = of;
  const flags = trace.flags[i] ?? 0;
  const parent = trace.parent[i] ?? -1;
  const spanId = spanIdAt(trace, i);
  const name = trace.names[trace.name[i] ?? 0] ?? '';
  const duration = trace.durationUs[i] ?? 0;
  const startUs = trace.originUs + (trace.startUs[i] ?? 0);
  const foreign = isForeign(flags, event, of) ? foreignDetail(of.store.source, jobId, spanId) : null;
  const described = foreign === null ? describe(of, spanId, name, event) : describeForeign(foreign);
  return {
    source: of.source,
    job_id: jobId,
    trace_id: traceIdOf(jobId),
    span_id: spanId,
    parent_span_id: parent === -1 ? null : spanIdAt(trace, parent),
    name,
    raw_name: event !== null && event.event !== name ? event.event : null,
    start_us: startUs,
    duration_ms: Number.isNaN(duration) ? null : duration / 1000,
    status: (flags & SPAN_ERROR) === 0 ? 'ok' : 'error',
    error_type: event?.error_type ?? foreign?.row.error_type ?? ((flags & SPAN_LOST) === 0 ? null : 'lost'),
    attributes: described.attributes,
    flags,
    notes: [
      ...(foreign === null
        ? flagNotes(flags, event === null, of.store.quantised)
        : foreignNotes(flags, foreign, parent === -1, startUs)),
      ...described.notes,
      ...statusNotes(event),
    ],
  };
}

const isForeign = (flags: number, event: WorkflowEventRow | null, { store }: SpanSource): boolean =>
  event === null && (flags & SPAN_EXTERNAL) !== 0 && store.recorded;

const describeForeign = ({
  attributes,
}: ForeignDetail): { readonly attributes: Attributes; readonly notes: readonly string[] } => ({
  attributes: normalise(attributes),
  notes: [],
});

/** What was done to it so that it could join. */
function foreignNotes(
  flags: number,
  { row }: ForeignDetail,
  isRoot: boolean,
  startUs: number,
): readonly string[] {
  const notes = [`It came over OTLP from ${row.service ?? 'a sender that did not name itself'}.`];
  if ((row.flags & OTLP_MENDED) !== 0)
    notes.push('Its times were missing or reversed: its place is near the truth, its length is not known.');
  if ((flags & SPAN_INFERRED) !== 0)
    notes.push(
      'It names no parent that is known here: it stands below the driver call that ran when it began.',
    );
  else if (isRoot && row.parent_span_id !== null)
    notes.push(`Its parent ${row.parent_span_id} has not arrived.`);
  if ((flags & SPAN_CLAMPED) !== 0)
    notes.push(
      startUs === row.start_us
        ? `By its own clock it took ${row.duration_us / 1000} ms, which is not what the spans around it say.`
        : `By its own clock it began at ${isoOf(row.start_us)} and took ${row.duration_us / 1000} ms: that clock is not ours, so it was moved.`,
    );
  return notes;
}

const isoOf = (us: number): string => new Date(us / 1000).toISOString();

function describe(
  { store, jobId, kind, facts }: SpanSource,
  spanId: string,
  name: string,
  event: WorkflowEventRow | null,
): { readonly attributes: Attributes; readonly notes: readonly string[] } {
  if (event !== null) return canonicalise(event.event, labelsOf(event.labels_json), facts);
  const open = store.recorded
    ? (store.source
        .prepare('SELECT * FROM rs_open_span WHERE span_id = ? AND job_id = ?')
        .get(spanId, jobId) as RsOpenSpanRow | undefined)
    : undefined;
  if (open !== undefined) return { attributes: labelsOf(open.attributes_json), notes: [] };
  return canonicalise(name, name === 'job.execute' ? { kind, synthetic: true } : { synthetic: true }, facts);
}

function flagNotes(flags: number, synthetic: boolean, quantised: boolean): string[] {
  const notes: string[] = [];
  if ((flags & SPAN_INFERRED) !== 0) {
    if (synthetic) notes.push('This span was not recorded; it is drawn around what was.');
    else if (quantised)
      notes.push('Times in this store are rounded to 128 s: the bar has its length, not its place.');
    else notes.push('start: recorded end minus duration. parent: found by time.');
  }
  if ((flags & SPAN_CLAMPED) !== 0) notes.push('Widened to hold its children, which another clock measured.');
  if ((flags & SPAN_LOST) !== 0)
    notes.push(
      'It never ended: its process died, or its job was stopped. Its length reaches to the last moment known.',
    );
  if ((flags & SPAN_OPEN) !== 0) notes.push('Still open.');
  return notes;
}

function statusNotes(event: WorkflowEventRow | null): string[] {
  if (event === null || event.status === 'ok' || event.status === 'error') return [];
  return [
    `status: "${event.status}" in the store, read as ${isErrorStatus(event.status, event.error_type) ? 'error' : 'ok'}.`,
  ];
}
