import type { Change } from '#core/store/change-feed.ts';
import type { JobFigures } from '#core/store/job-figures.ts';
import type { JobQuery, TraceFormat } from '#shared/contract/contract.ts';
import type { ArtifactContent } from '#shared/contract/http.ts';
import type { ExportedTrace, JobDetail, JobFacets, JobPage, SpanDetail } from '#shared/contract/types.ts';
import type { ChainState } from '#shared/model/chain.ts';
import type { JobKind } from '#shared/model/job.ts';
import type { SourceInfo } from '#shared/model/source.ts';
import type { EventRow, EventSummaryRow } from '#shared/model/span.ts';
import type { Usd } from '#shared/model/units.ts';

/**
 * One place jobs are read from (decisions: Sources). Views and the CLI see only this. Unknown ids throw
 * `job.not_found`, what a source cannot say throws `source.cannot_provide`.
 */
export interface JobSource {
  info(): SourceInfo;
  listJobs(query: JobQuery): JobPage;
  facets(): JobFacets;
  job(jobId: string): JobDetail;
  /** encodeTrace() bytes. */
  trace(jobId: string): Promise<ArrayBuffer>;
  span(jobId: string, spanId: string, eventId: number): SpanDetail;
  exportTrace(jobId: string, format: TraceFormat): ExportedTrace;
  /** RUNE's summary rows by canonical name; of one job, or of everything. */
  summary(jobId: string | undefined): readonly EventSummaryRow[];
  /** The same of one tenant's jobs. */
  tenantSummary(tenantId: string): Promise<readonly EventSummaryRow[]>;
  /** RUNE's event rows of a job with ids above `afterId`, in their order. */
  events(jobId: string, afterId: number, limit: number): readonly EventRow[] | Promise<readonly EventRow[]>;
  /** Throws `artifact.not_found`. */
  artifact(jobId: string, artifactId: string): ArtifactContent | Promise<ArtifactContent>;
  /** Of a chain's job; pending and empty before it begins, and of any other job. */
  chain(jobId: string): ChainState | Promise<ChainState>;
  /** What it knows of all its jobs at once; ask anew each time. */
  figures(): JobFigures;
  /** Calls back with each committed change; returns how to stop. `jobId`: the job that is looked at, if it is one. */
  onChange(listener: (change: Change) => void, jobId?: string): () => void;
  /** Brings a job up to date before it is read, where it lies elsewhere. */
  freshen?(jobId: string): Promise<void>;
  /** Where jobs of this source run; without it, nothing can be started there. */
  readonly elsewhere?: JobsElsewhere;
  close(): void;
}

export interface NewJobElsewhere {
  readonly kind: JobKind;
  readonly request: Readonly<Record<string, unknown>>;
  readonly tenant_id: string;
  readonly idempotency_key: string;
  readonly approved_usd: Usd | null;
}

/** Jobs that another machine runs. */
export interface JobsElsewhere {
  create(
    job: NewJobElsewhere,
    signal: AbortSignal,
  ): Promise<{ readonly job_id: string; readonly created: boolean }>;
  cancel(jobId: string): Promise<{ readonly status: string }>;
}
