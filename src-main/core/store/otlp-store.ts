import type { Clock } from '#core/ports/ports.ts';
import { normalise } from '#core/telemetry/otlp/normalise.ts';
import type { OtlpSpanIn } from '#core/telemetry/otlp/seams.ts';
import type { LiveSpan } from '#shared/contract/types.ts';
import type { Attributes } from '#shared/model/span.ts';
import { decodeTrace, SPAN_EXTERNAL } from '#shared/model/trace-columns.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { Db } from './database.ts';
import type { ExternalRow, ExternalStore } from './external-store.ts';
import { toJobRow } from './job-index.ts';
import { LiveSpans } from './live-spans.ts';
import { insertOtlpRow, OTLP_FAILED, OTLP_MENDED } from './otlp-rows.ts';
import { prepared } from './prepared.ts';
import type { RsJobRow } from './rows.ts';
import { readTrace, type TraceStore } from './trace-reader.ts';

/** The trace of a larger job is not built anew for each batch: its spans are told as they came. */
const MAX_LIVE_SPANS = 5000;
/** How our own export names itself: what comes back to us is there already. */
const OWN_SERVICE = 'runescope';
const OWN_SCOPE = 'rune.jobs';

export interface OtlpStore {
  /** Keeps them, in one transaction for each of the two stores. Throws `store.*`; then try again with the same. */
  write(spans: readonly OtlpSpanIn[]): void;
}

/** Spans that came over OTLP: a job's own go to its trace, all others to the external traces. */
export function createOtlpStore({
  db,
  writer,
  feed,
  external,
  clock,
  clean,
}: {
  readonly db: Db;
  /** Spans of ours that wait are written before those of others that stand below them. */
  readonly writer: { flushWith<T>(more: () => T): T };
  readonly feed: ChangeFeed;
  readonly external: ExternalStore;
  readonly clock: Clock;
  /** Takes credentials out. */
  readonly clean: (attributes: Attributes) => Attributes;
}): OtlpStore {
  const trace: TraceStore = { source: db, index: db, recorded: true, quantised: false, hasEvents: true };
  const live = new LiveSpans();

  const jobOf = (traceId: string): string | null => {
    const jobId = traceId.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    const known = prepared(db, 'SELECT 1 FROM jobs WHERE job_id = ?').get(jobId);
    return known === undefined ? null : jobId;
  };

  const writeOwn = (rows: readonly ExternalRow[]): ReadonlyMap<string, readonly ExternalRow[]> =>
    writer.flushWith(() => {
      const fresh = new Map<string, ExternalRow[]>();
      for (const row of rows) {
        if (!insertOtlpRow(db, row)) continue;
        const same = fresh.get(row.job_id);
        if (same === undefined) fresh.set(row.job_id, [row]);
        else same.push(row);
      }
      for (const [jobId, spans] of fresh) {
        const errors = spans.filter(({ flags }) => (flags & OTLP_FAILED) !== 0).length;
        prepared(
          db,
          'UPDATE rs_job SET span_count = span_count + ?, error_count = error_count + ? WHERE job_id = ?',
        ).run(spans.length, errors, jobId);
      }
      return fresh;
    });

  const tell = (jobId: string, rows: readonly ExternalRow[]): void => {
    const row = prepared(db, 'SELECT * FROM rs_job WHERE job_id = ?').get(jobId) as RsJobRow | undefined;
    if (row === undefined) return;
    const bytes = row.span_count <= MAX_LIVE_SPANS ? readTrace(trace, jobId, clock.nowUs()) : null;
    const spans =
      bytes === null
        ? rows.map(liveSpan)
        : live.changes(jobId, decodeTrace(bytes)).filter(({ flags }) => (flags & SPAN_EXTERNAL) !== 0);
    feed.emit({ jobs: [toJobRow(row)], spans });
  };

  return {
    write: (spans) => {
      const jobs = new Map<string, string | null>();
      const own: ExternalRow[] = [];
      const others: ExternalRow[] = [];
      for (const span of spans) {
        let jobId = jobs.get(span.trace_id);
        if (jobId === undefined) {
          jobId = jobOf(span.trace_id);
          jobs.set(span.trace_id, jobId);
        }
        const row = otlpRowOf(span, jobId ?? span.trace_id, clock.nowUs(), clean);
        if (jobId === null) others.push(row);
        else if (!isOurExport(span)) own.push(row);
      }
      const fresh = own.length > 0 ? writeOwn(own) : new Map<string, readonly ExternalRow[]>();
      if (feed.watched) for (const [jobId, rows] of fresh) tell(jobId, rows);
      if (others.length > 0) external.add(others);
    },
  };
}

const isOurExport = ({ service, attributes }: OtlpSpanIn): boolean =>
  service === OWN_SERVICE && attributes['scope.name'] === OWN_SCOPE;

/** A span as a row of `jobId`; `nowUs` is its start where it has none. */
export function otlpRowOf(
  span: OtlpSpanIn,
  jobId: string,
  nowUs: number,
  clean: (attributes: Attributes) => Attributes,
): ExternalRow {
  const attributes = clean(span.attributes);
  const { name, service, error_type } = clean({
    name: span.name,
    service: span.service,
    error_type: span.error_type,
  });
  const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  const named = normalise(attributes);
  const text = (key: string): string | null => {
    const value = named[key];
    return typeof value === 'string' && value !== '' ? value.slice(0, 256) : null;
  };
  const model = text('gen_ai.request.model') ?? text('gen_ai.response.model');
  return {
    trace_id: span.trace_id,
    span_id: span.span_id,
    parent_span_id: span.parent_span_id,
    job_id: jobId,
    name: textOf(name) ?? '',
    service: textOf(service),
    start_us: span.start_us === 0 ? nowUs : span.start_us,
    duration_us: span.duration_us,
    error_type: textOf(error_type),
    flags: (span.failed ? OTLP_FAILED : 0) | (span.mended ? OTLP_MENDED : 0),
    label: model ?? text('gen_ai.tool.name') ?? text('gen_ai.agent.name') ?? textOf(service),
    attributes_json: JSON.stringify(attributes),
    model,
  };
}

const liveSpan = (row: ExternalRow): LiveSpan => ({
  span_id: row.span_id,
  parent_span_id: row.parent_span_id,
  job_id: row.job_id,
  name: row.name,
  label: row.label ?? '',
  start_us: row.start_us,
  duration_ms: row.duration_us / 1000,
  flags: SPAN_EXTERNAL | ((row.flags & OTLP_FAILED) === 0 ? 0 : 1),
  event_id: 0,
});
