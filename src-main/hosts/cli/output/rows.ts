import { formatBytes, formatDateTime, formatDuration } from '#shared/lib/format.ts';
import type { ListedPage } from '#shared/model/archive.ts';
import type { ChainNode, ChainState } from '#shared/model/chain.ts';
import type { JobDetail, JobRow } from '#shared/model/job.ts';
import type { EventSummaryRow } from '#shared/model/span.ts';
import type { ShownSpan } from '../spans.ts';
import { paintStatus } from './output.ts';
import { type Column, printable, table } from './table.ts';

const orDash = (text: string | null): string => text ?? '–';

export const jobsTable = (jobs: readonly JobRow[]): string =>
  table(
    [
      { title: 'job', text: (job) => job.job_id },
      { title: 'created', text: (job) => formatDateTime(job.created_at) },
      { title: 'status', text: (job) => job.status },
      { title: 'kind', text: (job) => (job.demo ? `${job.kind} (demo)` : job.kind) },
      { title: 'agent', text: (job) => orDash(job.agent) },
      { title: 'backend', text: (job) => orDash(job.backend_type) },
      { title: 'model', text: (job) => orDash(job.model) },
      { title: 'duration', right: true, text: (job) => formatDuration(job.duration_ms) },
      { title: 'spans', right: true, text: (job) => String(job.span_count) },
    ] satisfies Column<JobRow>[],
    jobs,
  );

const ms = (value: number): string => value.toFixed(1);

export const summaryTable = (rows: readonly EventSummaryRow[]): string =>
  table(
    [
      { title: 'event', text: (row) => row.event },
      { title: 'total', right: true, text: (row) => String(row.total) },
      { title: 'ok', right: true, text: (row) => String(row.ok) },
      { title: 'error', right: true, text: (row) => String(row.error) },
      { title: 'avg ms', right: true, text: (row) => ms(row.avg_ms) },
      { title: 'min ms', right: true, text: (row) => ms(row.min_ms) },
      { title: 'max ms', right: true, text: (row) => ms(row.max_ms) },
    ] satisfies Column<EventSummaryRow>[],
    rows,
  );

/** The steps of a chain, as they were written. */
export const stepsText = ({ nodes }: ChainState): string =>
  table(
    [
      { title: 'step', text: (node) => node.id },
      { title: 'agent', text: (node) => node.agent_name },
      { title: 'status', text: (node) => node.status },
      {
        title: 'duration',
        right: true,
        text: ({ started_at, finished_at }) =>
          formatDuration(
            started_at === null || finished_at === null ? null : (finished_at - started_at) * 1000,
          ),
      },
      { title: 'error', text: (node) => node.error ?? '' },
    ] satisfies Column<ChainNode>[],
    nodes,
  );

export const spansTable = (spans: readonly ShownSpan[]): string =>
  table(
    [
      { title: 'span', text: (span) => `${'· '.repeat(span.depth)}${span.name}` },
      {
        title: 'status',
        text: (span) => (span.lost ? 'lost' : span.duration_ms === null ? 'open' : span.status),
      },
      { title: 'duration', right: true, text: (span) => formatDuration(span.duration_ms) },
      { title: 'error', text: (span) => span.error_type ?? '' },
    ] satisfies Column<ShownSpan>[],
    spans,
  );

type Listed = ListedPage['keys'][number];

export const objectsTable = (objects: readonly Listed[]): string =>
  table(
    [
      { title: 'key', text: (object) => object.key },
      { title: 'size', right: true, text: (object) => formatBytes(object.size_bytes) },
      { title: 'last modified', text: (object) => formatDateTime(object.last_modified) },
    ] satisfies Column<Listed>[],
    objects,
  );

/** What became of a job, in the words a person asks in: status, answer, error, figures. */
export function jobText(job: JobDetail): string {
  const answer = job.result?.answer;
  const facts = [
    `job ${job.job_id}  ${paintStatus(job.status)}  ${job.kind}${job.demo ? '  (demo)' : ''}`,
    [
      job.agent === null ? null : `agent ${job.agent}`,
      job.backend_type === null ? null : `backend ${job.backend_type}`,
      job.model === null ? null : `model ${job.model}`,
      job.duration_ms === null ? null : `took ${formatDuration(job.duration_ms)}`,
    ]
      .filter((fact) => fact !== null)
      .join('  '),
    job.error === null ? null : `${job.error.code}: ${job.error.message}`,
    job.suspected_failure ? 'The answer reads like an error message.' : null,
    ...job.notes,
  ].filter((fact) => fact !== null && fact !== '');
  const body =
    typeof answer === 'string' ? answer : job.result === null ? '' : JSON.stringify(job.result, null, 2);
  return printable([facts.join('\n'), body].filter((part) => part !== '').join('\n\n'));
}
