import type { Statement } from 'better-sqlite3';
import type { Clock, Logger } from '#core/ports/ports.ts';
import type { Collector } from '#core/telemetry/collector.ts';
import type { LiveSpan } from '#shared/contract/types.ts';
import type { Attributes, OpenSpan, SpanRecord } from '#shared/model/span.ts';
import { SPAN_ERROR, SPAN_LOST, SPAN_MODEL_CALL } from '#shared/model/trace-columns.ts';
import type { EpochMicroseconds, Milliseconds } from '#shared/model/units.ts';
import { type BulkInsert, bulkInsert } from './bulk-insert.ts';
import { createJobFollower } from './catch-up.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { Db } from './database.ts';
import { MAX_DURATION_MS } from './edge-rows.ts';
import { toJobRow } from './job-index.ts';
import { CALL_SPAN, JobSpanBatch } from './job-spans.ts';
import { labelOf, labelsJson, modelCallOf } from './labels.ts';
import { canonicalName } from './legacy.ts';
import { foldEvents, indexedEventId, RollupBatch } from './rollup.ts';
import type { RsJobRow } from './rows.ts';

/** In the order in which a row's values are written. */
export const EVENT_COLUMNS = [
  'id',
  'job_id',
  'event',
  'status',
  'duration_ms',
  'error_type',
  'labels_json',
  'recorded_at',
] as const;
export const SPAN_COLUMNS = [
  'event_id',
  'span_id',
  'parent_span_id',
  'start_us',
  'duration_us',
  'flags',
  'label',
] as const;

/** A batch is committed when it holds this many records, or after FLUSH_MS, whichever comes first. */
export const BATCH = 1024;
const FLUSH_MS: Milliseconds = 10;
/** When the disk refuses, this many records are kept for another try; more are dropped and counted. */
const MAX_WAITING = 100_000;
const RETRY_MS: Milliseconds = 250;

export interface WriterHealth {
  readonly dropped: number;
  readonly write_lag_ms: Milliseconds;
}

/**
 * The SQLite collector: the one writer of workflow_events and rs_span. Spans that end before a flush cost one row;
 * only those still open at a flush get a row in rs_open_span, so that another process sees them before they end.
 */
export class EventWriter implements Collector {
  readonly kind = 'sqlite';
  private waiting: SpanRecord[] = [];
  private readonly open = new Map<string, OpenSpan>();
  private freshStarts: OpenSpan[] = [];
  /** Span ids that have a row in rs_open_span. */
  private readonly written = new Set<string>();
  private readonly lost = new Set<string>();
  /** Spans written as lost whose work may still go on: their own late end is not a second span. */
  private readonly givenUp = new Set<string>();
  private timer: NodeJS.Timeout | null = null;
  private oldestMs: Milliseconds = 0;
  private droppedCount = 0;
  private lagMs: Milliseconds = 0;
  private closed = false;
  /** The last commit failed: the timer tries again, not each span that comes. */
  private refused = false;
  private othersWrote = true;
  /** Jobs of another process that the transaction under way has taken over. */
  private othersJobs: readonly string[] = [];
  /** The last workflow_events.id that the rollups include; -1 when it must be read again. */
  private indexedId = -1;

  private readonly db: Db;
  private readonly feed: ChangeFeed;
  private readonly clock: Clock;
  private readonly logger: Logger;
  private readonly insertEvents: BulkInsert;
  private readonly insertSpans: BulkInsert;
  private readonly insertOpen: Statement;
  private readonly deleteOpen: Statement;
  private readonly setIndexed: Statement;
  private readonly lastId: Statement;
  private readonly boardRow: Statement;
  private followJobs: () => readonly string[];

  constructor(db: Db, feed: ChangeFeed, clock: Clock, logger: Logger) {
    this.db = db;
    this.feed = feed;
    this.clock = clock;
    this.logger = logger;
    this.insertEvents = bulkInsert(db, 'workflow_events', EVENT_COLUMNS);
    this.insertSpans = bulkInsert(db, 'rs_span', SPAN_COLUMNS);
    this.insertOpen = db.prepare(
      'INSERT OR REPLACE INTO rs_open_span (span_id, job_id, parent_span_id, name, start_us, attributes_json) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.deleteOpen = db.prepare('DELETE FROM rs_open_span WHERE span_id = ?');
    // An id that was ever used has a side row, whatever became of its event.
    this.lastId = db
      .prepare(
        `SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'workflow_events'), 0),
          coalesce((SELECT max(id) FROM workflow_events), 0), coalesce((SELECT max(event_id) FROM rs_span), 0))`,
      )
      .pluck();
    this.boardRow = db.prepare('SELECT * FROM rs_job WHERE job_id = ?');
    this.followJobs = createJobFollower(db);
    this.setIndexed = db.prepare(
      "INSERT INTO rs_meta (key, value) VALUES ('indexed_event_id', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    );
  }

  health(): WriterHealth {
    // While the store refuses, nothing is committed that could tell how long spans have been waiting.
    const lag = this.refused ? this.clock.monotonicMs() - this.oldestMs : this.lagMs;
    return { dropped: this.droppedCount, write_lag_ms: lag };
  }

  start(span: OpenSpan): void {
    if (this.closed) return;
    this.open.set(span.span_id, span);
    this.freshStarts.push(span);
    this.schedule();
  }

  record(span: SpanRecord): void {
    if (this.closed) {
      this.droppedCount++;
      return;
    }
    if (this.givenUp.delete(span.span_id)) return;
    this.open.delete(span.span_id);
    this.waiting.push(span);
    this.schedule();
    if (this.waiting.length >= BATCH && !this.refused) this.flush();
  }

  /** Ends every open span of a job as lost: its owner died, or it did not end when the job was stopped. */
  loseOpenSpans(jobId: string): void {
    const now = this.clock.nowUs();
    for (const span of [...this.open.values()]) {
      if (span.job_id !== jobId) continue;
      this.lost.add(span.span_id);
      this.record(lostRecord(span, now));
      this.givenUp.add(span.span_id);
    }
  }

  /** Ends a span that an earlier process left in rs_open_span. */
  recoverLost(span: OpenSpan, endUs: EpochMicroseconds): void {
    this.lost.add(span.span_id);
    this.written.add(span.span_id);
    this.record(lostRecord(span, endUs));
  }

  flush(): void {
    this.commit(() => {});
  }

  /** Another process has written into the file: its jobs and events are taken over now, not with our next span. */
  takeOver(): void {
    this.othersWrote = true;
    this.flush();
  }

  /**
   * Commits what is waiting together with what `more` writes, in one transaction. Throws only what `more` or its
   * commit throws; a flush alone never throws.
   */
  flushWith<T>(more: () => T): T {
    let result: { value: T } | null = null;
    const failure = this.commit(() => {
      result = { value: more() };
    });
    if (result === null || failure !== null) throw failure?.thrown;
    return (result as { value: T }).value;
  }

  close(): void {
    this.flush();
    this.closed = true;
    this.droppedCount += this.waiting.length;
    if (this.timer !== null) clearTimeout(this.timer);
  }

  private schedule(): void {
    if (this.timer !== null) return;
    this.oldestMs = this.clock.monotonicMs();
    this.timer = setTimeout(() => this.flush(), FLUSH_MS);
  }

  private commit(more: () => void): { readonly thrown: unknown } | null {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const records = this.waiting;
    const starts = this.freshStarts.filter((span) => this.open.has(span.span_id));
    const ended = records.filter((record) => this.written.has(record.span_id));
    const live: LiveSpan[] = [];
    try {
      this.db
        .transaction(() => {
          this.write(records, starts, ended, live);
          more();
        })
        .immediate();
    } catch (thrown) {
      this.freshStarts = starts;
      this.keepForRetry(thrown);
      return { thrown };
    }
    this.refused = false;
    this.othersWrote = false;
    this.waiting = [];
    this.freshStarts = [];
    for (const span of starts) this.written.add(span.span_id);
    for (const record of ended) this.written.delete(record.span_id);
    for (const record of records) this.lost.delete(record.span_id);
    if (records.length + starts.length > 0) this.lagMs = this.clock.monotonicMs() - this.oldestMs;
    const jobs = this.feed.watched
      ? this.othersJobs.map((id) => toJobRow(this.boardRow.get(id) as RsJobRow))
      : [];
    if (live.length > 0 || jobs.length > 0) this.feed.emit({ jobs, spans: live });
    return null;
  }

  private write(
    records: readonly SpanRecord[],
    starts: readonly OpenSpan[],
    ended: readonly SpanRecord[],
    live: LiveSpan[],
  ): void {
    this.foldOthers();
    const rollup = new RollupBatch();
    const perJob = new JobSpanBatch();
    let eventId = this.indexedId;
    const { insertEvents, insertSpans } = this;
    // A transaction that failed may have left rows behind.
    insertEvents.values.length = 0;
    insertSpans.values.length = 0;
    for (const span of records) {
      const { attributes } = span;
      // NaN would be NULL, and one row that SQLite refuses would hold up all others for ever.
      const durationMs = Number.isFinite(span.duration_ms) ? span.duration_ms : 0;
      const durationUs = Math.round(durationMs * 1000);
      const failed = span.status === 'error';
      const call = modelCallOf(attributes);
      const flags =
        (failed ? SPAN_ERROR : 0) |
        (this.lost.has(span.span_id) ? SPAN_LOST : 0) |
        (call === null ? 0 : SPAN_MODEL_CALL);
      const label = labelOf(span.name, attributes);
      eventId++;
      insertEvents.values.push(
        eventId,
        span.job_id,
        span.name,
        span.status,
        durationMs,
        span.error_type,
        writable(span, labelsJson),
        (span.start_us + durationUs) / 1e6,
      );
      insertSpans.values.push(
        eventId,
        span.span_id,
        span.parent_span_id,
        span.start_us,
        durationUs,
        flags,
        label || null,
      );
      insertEvents.full();
      insertSpans.full();
      const backendType = attributes.backend_type;
      // As durationOf() reads it back.
      const countedMs = Math.min(Math.max(0, durationMs), MAX_DURATION_MS);
      const name = canonicalName(span.name);
      rollup.add(name, typeof backendType === 'string' ? backendType : '', span.status, countedMs);
      if (span.job_id !== null) {
        perJob.add(span.job_id, span.name, failed, countedMs);
        if (call !== null && name === CALL_SPAN) perJob.addCall(span.job_id, call);
      }
      if (this.feed.watched) live.push(liveSpan(span, label, flags, durationMs, eventId));
    }
    insertEvents.end();
    insertSpans.end();
    for (const span of ended) this.deleteOpen.run(span.span_id);
    for (const span of starts) {
      const { span_id, job_id, parent_span_id, name, start_us, attributes } = span;
      this.insertOpen.run(span_id, job_id, parent_span_id, name, start_us, writable(span, JSON.stringify));
      if (this.feed.watched) live.push(liveSpan(span, labelOf(name, attributes), 0, null, 0));
    }
    if (records.length === 0) return;
    rollup.apply(this.db);
    perJob.apply(this.db);
    this.setIndexed.run(String(eventId));
    this.indexedId = eventId;
  }

  /**
   * A RUNE process may have written events into this file since the last batch; they count before ours do. After
   * this the next free workflow_events.id is indexedId + 1, and inside this transaction nobody else can take it.
   */
  private foldOthers(): void {
    const last = this.lastId.get() as number;
    this.othersJobs = [];
    if (last === this.indexedId && !this.othersWrote) return;
    // An event counts on its job's board row, so that comes first.
    this.othersJobs = this.followJobs();
    this.indexedId = indexedEventId(this.db);
    while (this.indexedId < last && foldEvents(this.db, this.db) > 0)
      this.indexedId = indexedEventId(this.db);
    this.indexedId = last;
  }

  private keepForRetry(thrown: unknown): void {
    this.indexedId = -1;
    // What it has told was rolled back with the rest.
    this.followJobs = createJobFollower(this.db);
    this.othersWrote = true;
    this.refused = true;
    const excess = this.waiting.length - MAX_WAITING;
    if (excess > 0) {
      this.waiting.splice(0, excess);
      this.droppedCount += excess;
    }
    this.logger.log({
      level: 'warn',
      event: 'telemetry.write_failed',
      message: `${this.waiting.length} spans wait for another try: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    });
    if (!this.closed && this.timer === null) this.timer = setTimeout(() => this.flush(), RETRY_MS);
  }
}

/** Attributes as text; a value that JSON cannot hold costs the attributes, not the span, nor those that wait with it. */
function writable<T>(span: Pick<OpenSpan, 'attributes'>, encode: (attributes: Attributes) => T): T {
  try {
    return encode(span.attributes);
  } catch (thrown) {
    return encode({ 'rune.lost_attributes': thrown instanceof Error ? thrown.message : String(thrown) });
  }
}

/** The record of a span that nobody ended. */
function lostRecord(span: OpenSpan, endUs: EpochMicroseconds): SpanRecord {
  return {
    trace_id: span.trace_id,
    span_id: span.span_id,
    parent_span_id: span.parent_span_id,
    name: span.name,
    job_id: span.job_id,
    tenant_id: span.tenant_id,
    start_us: span.start_us,
    duration_ms: Math.max(0, endUs - span.start_us) / 1000,
    status: 'error',
    error_type: 'lost',
    attributes: span.attributes,
  };
}

function liveSpan(
  span: Pick<OpenSpan, 'span_id' | 'parent_span_id' | 'job_id' | 'name' | 'start_us'>,
  label: string,
  flags: number,
  durationMs: Milliseconds | null,
  eventId: number,
): LiveSpan {
  const { span_id, parent_span_id, job_id, name, start_us } = span;
  return {
    span_id,
    parent_span_id,
    job_id,
    name,
    label,
    start_us,
    duration_ms: durationMs,
    flags,
    event_id: eventId,
  };
}
