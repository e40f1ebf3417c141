import { exportTrace } from '#core/telemetry/export/export.ts';
import type { JobQuery, TraceFormat } from '#shared/contract/contract.ts';
import type { ArtifactContent } from '#shared/contract/http.ts';
import type { ExportedTrace, JobDetail, JobFacets, JobPage, SpanDetail } from '#shared/contract/types.ts';
import type { ChainState } from '#shared/model/chain.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { SourceId } from '#shared/model/source.ts';
import type { EventRow, EventSummaryRow } from '#shared/model/span.ts';
import { decodeTrace, SPAN_OPEN, type TraceColumns } from '#shared/model/trace-columns.ts';
import type { EpochMicroseconds } from '#shared/model/units.ts';
import { chainOf, readChain } from './chain-state.ts';
import { guardStore } from './database.ts';
import { readEventRow, readJobRow } from './edge-rows.ts';
import { readJobDetail } from './job-detail.ts';
import { factsOf, readPayload } from './job-facts.ts';
import type { JobFigures } from './job-figures.ts';
import { createJobFigures } from './job-figures-reader.ts';
import { normaliseKind } from './job-index.ts';
import { jobFacets, listJobs } from './job-query.ts';
import { readArtifact, readEvents } from './job-rows.ts';
import { canonicalName } from './legacy.ts';
import { lastOtlpSeq } from './otlp-rows.ts';
import { prepared } from './prepared.ts';
import { retiredJob } from './retired.ts';
import { indexedEventId, summaryByScan, summaryFromRollup, summaryOfJob } from './rollup.ts';
import type { WorkflowEventRow } from './rows.ts';
import { eventOf, findSpan, type SpanSource, spanDetail } from './span-detail.ts';
import { TenantSummaries } from './tenant-summary.ts';
import { isPacked, lastEventId, newestEventId, readTrace, type TraceStore } from './trace-reader.ts';

export interface ReadableStore extends TraceStore {
  readonly path: string;
  readonly hasArtifacts: boolean;
}

/** Builds large traces beside the thread that answers everything else. */
export interface TraceThread {
  read(store: TraceStore, jobId: string, now: EpochMicroseconds): Promise<ArrayBuffer | null>;
}

/** From here on building a trace takes longer than a frame. */
const WORTH_A_THREAD = 10_000;
/** More spans than this do not fit into one text. */
const MAX_EXPORTED = 250_000;

/** Every question the contract asks of a store, ours or RUNE's, answered over one pair of connections. */
export class RuneStore {
  private readonly source: SourceId;
  /** Asked anew each time: a foreign store changes its connection when a writer comes or goes. */
  private readonly store: () => ReadableStore;
  private readonly now: () => EpochMicroseconds;
  private readonly thread: TraceThread | null;
  private readonly jobFigures: JobFigures;
  private readonly tenantSummaries: TenantSummaries;
  private held: { readonly key: string; readonly trace: TraceColumns } | null = null;

  constructor(
    source: SourceId,
    store: () => ReadableStore,
    now: () => EpochMicroseconds,
    thread: TraceThread | null,
  ) {
    this.source = source;
    this.store = store;
    this.now = now;
    this.thread = thread;
    this.jobFigures = createJobFigures(store);
    this.tenantSummaries = new TenantSummaries(store);
  }

  listJobs(query: JobQuery): JobPage {
    return this.guarded(({ index }) => listJobs(index, query));
  }

  facets(): JobFacets {
    return this.guarded(({ index }) => jobFacets(index));
  }

  /** What is known of all jobs at once. */
  figures(): JobFigures {
    return this.jobFigures;
  }

  job(jobId: string): JobDetail {
    return this.guarded((store) => readJobDetail(store, jobId, this.now()) ?? gone(store, jobId));
  }

  trace(jobId: string): ArrayBuffer {
    return this.guarded((store) => readTrace(store, jobId, this.now()) ?? notFound(jobId));
  }

  /** The same, built in the thread when it is large and not packed; here when the thread cannot. */
  async traceLater(jobId: string): Promise<ArrayBuffer> {
    const thread = this.thread;
    const store = this.store();
    if (thread === null || !this.guarded((of) => isWorthAThread(of, jobId))) return this.trace(jobId);
    try {
      return (await thread.read(store, jobId, this.now())) ?? notFound(jobId);
    } catch {
      return this.trace(jobId);
    }
  }

  span(jobId: string, spanId: string, eventId: number): SpanDetail {
    return this.guarded((store) => {
      const of = this.spansOf(store, jobId);
      const i = findSpan(of.trace, spanId, eventId);
      if (i === -1) {
        throw new CodedError(
          'job.not_found',
          `Job ${jobId} has no span ${spanId}; it may have ended just now.`,
          {
            retryable: true,
          },
        );
      }
      return spanDetail(of, i, eventOf(store, of.trace.eventId[i] ?? 0));
    });
  }

  /** Rows of a trace in pre-order, from its row `from` on. */
  spans(jobId: string, from: number, limit: number): readonly SpanDetail[] {
    return this.guarded((store) => {
      const of = this.spansOf(store, jobId);
      const { trace } = of;
      return Array.from({ length: Math.max(0, Math.min(limit, trace.count - from)) }, (_, i) =>
        spanDetail(of, from + i, eventOf(store, trace.eventId[from + i] ?? 0)),
      );
    });
  }

  exportTrace(jobId: string, format: TraceFormat): ExportedTrace {
    return this.guarded((store) => {
      const of = this.spansOf(store, jobId);
      const { trace } = of;
      if (trace.count > MAX_EXPORTED) {
        throw new CodedError(
          'source.cannot_provide',
          `This trace has ${trace.count} spans; at most ${MAX_EXPORTED} can be exported as one text.`,
        );
      }
      const events = this.eventsOf(store, jobId);
      const spans = Array.from({ length: trace.count }, (_, i) =>
        spanDetail(of, i, events.get(trace.eventId[i] ?? 0) ?? null),
      );
      return exportTrace(format, this.job(jobId), spans);
    });
  }

  summary(jobId: string | undefined): readonly EventSummaryRow[] {
    return this.guarded((store) => {
      if (!store.hasEvents) return [];
      if (jobId !== undefined) return summaryOfJob(store.source, jobId, canonicalName);
      return indexedEventId(store.index) < this.lastEvent(store)
        ? summaryByScan(store.source)
        : summaryFromRollup(store.index);
    });
  }

  /** RUNE's rows of one job after `afterId`; none of a job that a store without events holds. */
  events(jobId: string, afterId: number, limit: number): readonly EventRow[] {
    return this.guarded((store) => {
      if (!hasJob(store, jobId)) return notFound(jobId);
      return store.hasEvents ? readEvents(store.source, jobId, afterId, limit) : [];
    });
  }

  artifact(jobId: string, artifactId: string): ArtifactContent {
    return this.guarded((store) => {
      if (!hasJob(store, jobId)) return notFound(jobId);
      const found = store.hasArtifacts ? readArtifact(store.source, jobId, artifactId) : null;
      if (found !== null) return found;
      throw new CodedError('artifact.not_found', `Job ${jobId} has no artifact ${artifactId}.`);
    });
  }

  /** As RUNE's chain_state has it; pending and empty where nothing is written. */
  chain(jobId: string): ChainState {
    return this.guarded((store) => {
      if (!hasJob(store, jobId)) return notFound(jobId);
      return readChain(store.source, jobId) ?? chainOf(jobId, null, null);
    });
  }

  /** What one tenant's jobs did; grows with the store, so that only new events are read. */
  tenantSummary(tenantId: string): Promise<readonly EventSummaryRow[]> {
    return this.tenantSummaries.of(tenantId);
  }

  /** The id of the newest event; where the rollups stand is indexedEventId. */
  lastEvent(store = this.store()): number {
    return newestEventId(store);
  }

  private spansOf(store: ReadableStore, jobId: string): SpanSource {
    const raw = store.source.prepare('SELECT * FROM jobs WHERE job_id = ?').get(jobId);
    if (raw === undefined) return notFound(jobId);
    const job = readJobRow(raw);
    // Walking through the spans of one job asks for one trace; it is kept while nothing in it can have changed.
    const key = `${jobId} ${job.status} ${job.updated_at} ${lastEventId(store, jobId)} ${store.recorded ? lastOtlpSeq(store.source, jobId) : 0}`;
    let trace = this.held?.key === key ? this.held.trace : null;
    if (trace === null) {
      trace = decodeTrace(readTrace(store, jobId, this.now()) ?? notFound(jobId));
      this.held = trace.flags.some((flags) => (flags & SPAN_OPEN) !== 0) ? null : { key, trace };
    }
    const kind = normaliseKind(job.kind);
    return { store, source: this.source, jobId, kind, facts: factsOf(kind, readPayload(job)), trace };
  }

  private eventsOf({ source, hasEvents }: ReadableStore, jobId: string): Map<number, WorkflowEventRow> {
    if (!hasEvents) return new Map();
    const rows = source
      .prepare('SELECT * FROM workflow_events WHERE job_id = ?')
      .all(jobId)
      .map(readEventRow);
    return new Map(rows.map((row) => [row.id, row]));
  }

  private guarded<T>(read: (store: ReadableStore) => T): T {
    const store = this.store();
    return guardStore(store.path, () => read(store));
  }
}

function isWorthAThread(store: ReadableStore, jobId: string): boolean {
  if (store.source.memory || store.index.memory || isPacked(store, jobId)) return false;
  const spans = store.index.prepare('SELECT span_count FROM rs_job WHERE job_id = ?').pluck().get(jobId);
  return typeof spans === 'number' && spans >= WORTH_A_THREAD;
}

const hasJob = ({ source }: ReadableStore, jobId: string): boolean =>
  prepared(source, 'SELECT 1 FROM jobs WHERE job_id = ?').get(jobId) !== undefined;

/** Whoever has a link to a job that retention deleted learns where its result is. */
function gone(store: ReadableStore, jobId: string): never {
  const retired = store.recorded ? retiredJob(store.source, jobId) : null;
  if (retired === null) return notFound(jobId);
  const day = new Date(retired.retired_at * 1000).toISOString().slice(0, 10);
  const where = retired.keys.length === 0 ? '' : ` (${retired.keys.join('; ')})`;
  throw new CodedError(
    'job.not_found',
    `Job ${jobId} was deleted here by retention on ${day}. The archive has its result${where}.`,
  );
}

function notFound(jobId: string): never {
  throw new CodedError('job.not_found', `There is no job ${jobId} in this store.`);
}
