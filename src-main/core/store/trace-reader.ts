import { isTerminal } from '#shared/model/job.ts';
import type { ModelCallFigures } from '#shared/model/model-call.ts';
import { buildTrace, type TraceSpan } from '#shared/model/trace-build.ts';
import { encodeTrace, MAX_CALLS, SPAN_MODEL_CALL } from '#shared/model/trace-columns.ts';
import type { EpochMicroseconds } from '#shared/model/units.ts';
import { type Db, isStoreTrouble } from './database.ts';
import { readEventRow, readJobRow } from './edge-rows.ts';
import { inferSpans, labelsOf } from './infer.ts';
import { factsOf, readPayload } from './job-facts.ts';
import { normaliseStatus } from './job-index.ts';
import { joinSpans } from './joined-spans.ts';
import { labelOf, modelCallOf } from './labels.ts';
import { foreignSpans, lastOtlpSeq } from './otlp-rows.ts';
import { prepared } from './prepared.ts';
import type { RsOpenSpanRow, RuneJobRow } from './rows.ts';

/** Where a trace is read from. For our own store `index` is `source`. */
export interface TraceStore {
  readonly source: Db;
  /** Holds rs_trace. */
  readonly index: Db;
  /** `source` has rs_span, rs_open_span and rs_job_run: it is a store of ours. */
  readonly recorded: boolean;
  readonly quantised: boolean;
  readonly hasEvents: boolean;
}

/** Smaller traces are built faster than they are looked up. */
export const WORTH_PACKING = 1000;

/** encodeTrace() bytes of a job's spans, open ones included; null when there is no such job. */
export function readTrace(store: TraceStore, jobId: string, now: EpochMicroseconds): ArrayBuffer | null {
  const packed = readPacked(store, jobId);
  if (packed !== null) return packed;
  const raw = prepared(store.source, 'SELECT * FROM jobs WHERE job_id = ?').get(jobId);
  if (raw === undefined) return null;
  const job = readJobRow(raw);
  const last = lastOf(store, jobId);
  const { spans, open } = collectSpans(store, job, now);
  const encoded = encodeTrace(buildTrace(spans));
  if (spans.length >= WORTH_PACKING && !open && !store.index.readonly && !store.index.inTransaction) {
    writePacked(store, job, encoded, last);
  }
  return encoded;
}

/** Keeps a finished job's trace ready in rs_trace; false when it is not finished or its spans are not all closed. */
export function packTrace(db: Db, jobId: string): boolean {
  const store: TraceStore = { source: db, index: db, recorded: true, quantised: false, hasEvents: true };
  const raw = db.prepare('SELECT * FROM jobs WHERE job_id = ?').get(jobId);
  if (raw === undefined) return false;
  const job = readJobRow(raw);
  const last = lastOf(store, jobId);
  const { spans, open } = collectSpans(store, job, 0);
  return !open && writePacked(store, job, encodeTrace(buildTrace(spans)), last);
}

/** The id of a job's newest event: a packed trace is whole as long as this has not changed. */
export function lastEventId({ source, hasEvents }: TraceStore, jobId: string): number {
  if (!hasEvents) return 0;
  const last = prepared(
    source,
    'SELECT id FROM workflow_events WHERE job_id = ? ORDER BY id DESC LIMIT 1',
  ).pluck();
  return (last.get(jobId) as number | undefined) ?? 0;
}

/** The id of the newest event of all. */
export function newestEventId({ source, hasEvents }: TraceStore): number {
  if (!hasEvents) return 0;
  return (source.prepare('SELECT max(id) FROM workflow_events').pluck().get() as number | null) ?? 0;
}

/** What a packed trace must have seen to be whole. */
interface Last {
  readonly event: number;
  /** Of rs_otlp_span: those come after the job's end, too. */
  readonly otlp: number;
}

const lastOf = (store: TraceStore, jobId: string): Last => ({
  event: lastEventId(store, jobId),
  otlp: store.recorded ? lastOtlpSeq(store.source, jobId) : 0,
});

function isWhole(store: TraceStore, jobId: string, packed: Packed | undefined): packed is Packed {
  if (packed === undefined) return false;
  const last = lastOf(store, jobId);
  return packed.last_event_id === last.event && packed.last_otlp_seq === last.otlp;
}

interface Packed {
  readonly last_event_id: number;
  readonly last_otlp_seq: number;
}

/** Whether readTrace has nothing to build. */
export function isPacked(store: TraceStore, jobId: string): boolean {
  const packed = prepared(
    store.index,
    'SELECT last_event_id, last_otlp_seq FROM rs_trace WHERE job_id = ?',
  ).get(jobId) as Packed | undefined;
  return isWhole(store, jobId, packed);
}

function readPacked(store: TraceStore, jobId: string): ArrayBuffer | null {
  const row = prepared(
    store.index,
    'SELECT last_event_id, last_otlp_seq, columns FROM rs_trace WHERE job_id = ?',
  ).get(jobId) as (Packed & { readonly columns: Buffer<ArrayBuffer> }) | undefined;
  if (!isWhole(store, jobId, row)) return null;
  const { buffer, byteOffset, byteLength } = row.columns;
  return byteOffset === 0 && byteLength === buffer.byteLength
    ? buffer
    : buffer.slice(byteOffset, byteOffset + byteLength);
}

function writePacked(store: TraceStore, job: RuneJobRow, encoded: ArrayBuffer, last: Last): boolean {
  if (!isTerminal(normaliseStatus(job.status))) return false;
  try {
    store.index
      .prepare(
        'INSERT OR REPLACE INTO rs_trace (job_id, last_event_id, last_otlp_seq, columns) VALUES (?, ?, ?, ?)',
      )
      .run(job.job_id, last.event, last.otlp, Buffer.from(encoded));
    return true;
  } catch (thrown) {
    // A full disk, or a writer that holds the lock: whoever reads must still get what was read.
    if (isStoreTrouble(thrown)) return false;
    throw thrown;
  }
}

function collectSpans(
  store: TraceStore,
  job: RuneJobRow,
  now: EpochMicroseconds,
): { readonly spans: TraceSpan[]; readonly open: boolean } {
  const recorded = store.recorded ? recordedSpans(store.source, job.job_id) : [];
  const open = store.recorded ? openSpans(store.source, job.job_id) : [];
  const ours = store.recorded && isOurs(store.source, job.job_id);
  const inferred = inferSpans({
    job,
    facts: factsOf(job.kind, readPayload(job)),
    rows: store.hasEvents ? unrecordedRows(store, job.job_id) : [],
    quantised: store.quantised,
    withRoot: !ours,
    now,
  });
  const spans = recorded;
  for (const more of [open, inferred]) for (const span of more) spans.push(span);
  const foreign = store.recorded ? foreignSpans(store.source, job.job_id) : [];
  if (foreign.length > 0) for (const span of joinSpans(spans, foreign)) spans.push(span);
  return { spans, open: open.length > 0 || inferred.some((span) => span.duration_us === null) };
}

/** A job that this app ran; others in the same file were written by RUNE. */
const isOurs = (db: Db, jobId: string): boolean =>
  prepared(db, 'SELECT 1 FROM rs_job_run WHERE job_id = ?').get(jobId) !== undefined;

type RecordedTuple = [
  event_id: number,
  name: string,
  span_id: string,
  parent_span_id: string | null,
  start_us: number,
  duration_us: number,
  flags: number,
  label: string | null,
];

function recordedSpans(db: Db, jobId: string): TraceSpan[] {
  const tuples = prepared(
    db,
    'SELECT e.id, e.event, s.span_id, s.parent_span_id, s.start_us, s.duration_us, s.flags, s.label FROM workflow_events e JOIN rs_span s ON s.event_id = e.id WHERE e.job_id = ? ORDER BY e.id',
  )
    .raw()
    .all(jobId) as RecordedTuple[];
  const hasCalls = tuples.some(([, , , , , , flags]) => (flags & SPAN_MODEL_CALL) !== 0);
  const calls = hasCalls ? modelCalls(db, jobId) : null;
  return tuples.map(([event_id, name, span_id, parent_span_id, start_us, duration_us, flags, label]) => ({
    span_id,
    parent_span_id,
    name,
    start_us,
    duration_us,
    event_id,
    flags,
    label: label ?? '',
    call: (flags & SPAN_MODEL_CALL) === 0 ? null : (calls?.get(event_id) ?? null),
  }));
}

function modelCalls(db: Db, jobId: string): Map<number, ModelCallFigures> {
  const rows = db
    .prepare(
      'SELECT e.id, e.labels_json FROM workflow_events e JOIN rs_span s ON s.event_id = e.id WHERE e.job_id = ? AND s.flags & ? <> 0 ORDER BY e.id LIMIT ?',
    )
    .raw()
    .all(jobId, SPAN_MODEL_CALL, MAX_CALLS) as [number, string | null][];
  const calls = new Map<number, ModelCallFigures>();
  for (const [id, labels] of rows) {
    const call = modelCallOf(labelsOf(labels));
    if (call !== null) calls.set(id, call);
  }
  return calls;
}

function openSpans(db: Db, jobId: string): TraceSpan[] {
  const rows = prepared(db, 'SELECT * FROM rs_open_span WHERE job_id = ?').all(jobId) as RsOpenSpanRow[];
  return rows.map(({ span_id, parent_span_id, name, start_us, attributes_json }) => ({
    span_id,
    parent_span_id,
    name,
    start_us,
    duration_us: null,
    event_id: 0,
    flags: 0,
    label: labelOf(name, labelsOf(attributes_json)),
    call: null,
  }));
}

function unrecordedRows({ source, recorded }: TraceStore, jobId: string) {
  const sql = recorded
    ? 'SELECT e.* FROM workflow_events e LEFT JOIN rs_span s ON s.event_id = e.id WHERE e.job_id = ? AND s.event_id IS NULL ORDER BY e.id'
    : 'SELECT * FROM workflow_events WHERE job_id = ? ORDER BY id';
  return prepared(source, sql).all(jobId).map(readEventRow);
}
