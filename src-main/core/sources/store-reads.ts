import type { Db } from '#core/store/database.ts';
import type { ReadableStore, RuneStore } from '#core/store/rune-store.ts';
import type { JobSource } from './job-source.ts';

type Reads = Pick<
  JobSource,
  | 'listJobs'
  | 'facets'
  | 'job'
  | 'trace'
  | 'span'
  | 'exportTrace'
  | 'summary'
  | 'tenantSummary'
  | 'events'
  | 'artifact'
  | 'chain'
  | 'figures'
>;

/** What a source is asked, answered by the store that it has at that moment. */
export const readsOf = (store: () => RuneStore): Reads => ({
  listJobs: (query) => store().listJobs(query),
  facets: () => store().facets(),
  job: (jobId) => store().job(jobId),
  trace: (jobId) => store().traceLater(jobId),
  span: (jobId, spanId, eventId) => store().span(jobId, spanId, eventId),
  exportTrace: (jobId, format) => store().exportTrace(jobId, format),
  summary: (jobId) => store().summary(jobId),
  tenantSummary: (tenantId) => store().tenantSummary(tenantId),
  events: (jobId, afterId, limit) => store().events(jobId, afterId, limit),
  artifact: (jobId, artifactId) => store().artifact(jobId, artifactId),
  chain: (jobId) => store().chain(jobId),
  figures: () => store().figures(),
});

/** A file with both RUNE's tables and ours, which is its own index and was written span by span. */
export const wholeStore = (path: string, db: Db): ReadableStore => ({
  path,
  source: db,
  index: db,
  recorded: true,
  quantised: false,
  hasEvents: true,
  hasArtifacts: true,
});
