import type { Change } from '#core/store/change-feed.ts';
import type { JobFigures } from '#core/store/job-figures.ts';
import type { JobQuery, TraceFormat } from '#shared/contract/contract.ts';
import type { ArtifactContent } from '#shared/contract/http.ts';
import type { ExportedTrace, JobDetail, JobFacets, JobPage, SpanDetail } from '#shared/contract/types.ts';
import type { SourceInfo } from '#shared/model/source.ts';
import type { EventRow, EventSummaryRow } from '#shared/model/span.ts';

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
  /** What it knows of all its jobs at once; ask anew each time. */
  figures(): JobFigures;
  /** Calls back with each committed change; returns how to stop. */
  onChange(listener: (change: Change) => void): () => void;
  close(): void;
}
