import type { ReactNode } from 'react';
import { Ago, Figure } from '#renderer/widgets/figure.tsx';
import { DemoTag, StatusMark, SuspectTag } from '#renderer/widgets/status-mark.tsx';
import type { JobRow, JobSortColumn } from '#shared/contract/types.ts';
import { formatCount, formatId, formatIso, formatUsd } from '#shared/lib/format.ts';
import { isSoFar } from './job-cost-words.ts';
import { LiveDuration, LiveQueue } from './live-time.tsx';

/** One column of the board: how it is drawn, sorted and copied. */
export interface BoardColumn {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly width: number;
  readonly numeric?: boolean;
  /** Holds marks and labels, which an ellipsis would swallow whole. */
  readonly marks?: boolean;
  readonly sort?: JobSortColumn;
  /** Off until chosen. */
  readonly hidden?: boolean;
  readonly cell: (job: JobRow) => ReactNode;
  readonly text: (job: JobRow) => string;
}

const plain = (value: string | null, why: string): ReactNode =>
  value === null || value === '' ? <Figure text="–" unknown={why} /> : <span title={value}>{value}</span>;
const number = (value: number | null): string => (value === null ? '' : String(value));
const money = (usd: number | null, why: string): ReactNode => (
  <Figure text={formatUsd(usd)} exact={usd === null ? undefined : `$${usd}`} unknown={why} />
);

export const BOARD_COLUMNS: readonly BoardColumn[] = [
  {
    id: 'status',
    title: 'Status',
    about: 'Where the job is in its life',
    width: 146,
    marks: true,
    sort: 'status',
    cell: (job) => (
      <>
        <StatusMark status={job.status} />
        {job.suspected_failure && (
          <>
            {' '}
            <SuspectTag short />
          </>
        )}
      </>
    ),
    text: (job) => job.status,
  },
  {
    id: 'job',
    title: 'Job',
    about: 'First eight characters of the job id; c copies it whole',
    width: 124,
    marks: true,
    cell: (job) => (
      <>
        <span className="figure" title={job.job_id}>
          {formatId(job.job_id)}
        </span>
        {job.demo && (
          <>
            {' '}
            <DemoTag />
          </>
        )}
      </>
    ),
    text: (job) => job.job_id,
  },
  {
    id: 'question',
    title: 'Question',
    about: 'What the agent was asked; dimmed, what a job that asks nothing said last',
    width: 140,
    cell: (job) =>
      job.question === null && job.message !== null ? (
        <span className="faint" title={`It asks nothing; its last message: ${job.message}`}>
          {job.message}
        </span>
      ) : (
        plain(job.question, 'A job of this kind asks nothing')
      ),
    text: (job) => job.question ?? '',
  },
  {
    id: 'kind',
    title: 'Kind',
    about: 'What sort of job',
    width: 108,
    sort: 'kind',
    cell: (job) => plain(job.kind, ''),
    text: (job) => job.kind,
  },
  {
    id: 'agent',
    title: 'Agent',
    about: 'Who was asked',
    width: 88,
    sort: 'agent',
    cell: (job) => plain(job.agent, 'No agent in this job'),
    text: (job) => job.agent ?? '',
  },
  {
    id: 'backend',
    title: 'Backend',
    about: 'backend_type: which API served the model',
    width: 104,
    sort: 'backend_type',
    cell: (job) => plain(job.backend_type, 'The job does not say'),
    text: (job) => job.backend_type ?? '',
  },
  {
    id: 'model',
    title: 'Model',
    about: 'The model that was asked for',
    width: 120,
    sort: 'model',
    cell: (job) => plain(job.model, 'The job does not say'),
    text: (job) => job.model ?? '',
  },
  {
    id: 'created',
    title: 'Created',
    about: 'When the job was created',
    width: 96,
    numeric: true,
    sort: 'created_at',
    cell: (job) => <Ago short at={job.created_at} />,
    text: (job) => formatIso(job.created_at),
  },
  {
    id: 'queue',
    title: 'Queue',
    about: 'From created to started',
    width: 80,
    numeric: true,
    sort: 'queue_ms',
    cell: (job) => <LiveQueue job={job} />,
    text: (job) => number(job.queue_ms),
  },
  {
    id: 'duration',
    title: 'Duration',
    about: 'From started to finished; ticks while the job runs',
    width: 88,
    numeric: true,
    sort: 'duration_ms',
    cell: (job) => <LiveDuration job={job} />,
    text: (job) => number(job.duration_ms),
  },
  {
    id: 'estimate',
    title: 'Estimate',
    about: 'What the job was estimated to cost before it ran',
    width: 100,
    numeric: true,
    sort: 'estimate_usd',
    cell: (job) => money(job.estimate_usd, 'No estimate was made'),
    text: (job) => number(job.estimate_usd),
  },
  {
    id: 'cost',
    title: 'Cost',
    about: 'What the job cost; of a paid job that runs, so far',
    width: 128,
    numeric: true,
    sort: 'cost_usd',
    cell: (job) => (
      <>
        {money(job.cost_usd, 'Not known')}
        {isSoFar(job) && <span className="dim"> so far</span>}
      </>
    ),
    text: (job) => number(job.cost_usd),
  },
  {
    id: 'tokens',
    title: 'Tokens',
    about: 'Tokens in and out, as the agent or the server counted them',
    width: 66,
    numeric: true,
    sort: 'tokens_total',
    cell: (job) => (
      <Figure
        text={formatCount(job.tokens_total)}
        exact={number(job.tokens_total)}
        unknown="Nobody counted"
      />
    ),
    text: (job) => number(job.tokens_total),
  },
  {
    id: 'provider',
    title: 'Provider',
    about: 'provider_type: where the backend runs',
    width: 88,
    hidden: true,
    sort: 'provider_type',
    cell: (job) => plain(job.provider_type, 'The job does not say'),
    text: (job) => job.provider_type ?? '',
  },
  {
    id: 'tenant',
    title: 'Tenant',
    about: 'Who the job belongs to',
    width: 92,
    hidden: true,
    sort: 'tenant_id',
    cell: (job) => plain(job.tenant_id, ''),
    text: (job) => job.tenant_id,
  },
  {
    id: 'finished',
    title: 'Finished',
    about: 'When the job ended',
    width: 108,
    numeric: true,
    hidden: true,
    sort: 'finished_at',
    cell: (job) => <Ago short at={job.finished_at} unknown="It has not ended" />,
    text: (job) => (job.finished_at === null ? '' : formatIso(job.finished_at)),
  },
  {
    id: 'spans',
    title: 'Spans',
    about: 'Spans recorded',
    width: 72,
    numeric: true,
    hidden: true,
    sort: 'span_count',
    cell: (job) => <Figure text={formatCount(job.span_count)} exact={String(job.span_count)} />,
    text: (job) => String(job.span_count),
  },
  {
    id: 'errors',
    title: 'Errors',
    about: 'Spans that ended in error',
    width: 72,
    numeric: true,
    hidden: true,
    sort: 'error_count',
    cell: (job) => <Figure text={formatCount(job.error_count)} exact={String(job.error_count)} />,
    text: (job) => String(job.error_count),
  },
  {
    id: 'message',
    title: 'Message',
    about: 'The last thing the job said about itself',
    width: 240,
    hidden: true,
    cell: (job) => plain(job.message, 'It said nothing'),
    text: (job) => job.message ?? '',
  },
  {
    id: 'error',
    title: 'Error code',
    about: 'The stable code of its failure',
    width: 140,
    hidden: true,
    cell: (job) => plain(job.error_code, 'It did not fail'),
    text: (job) => job.error_code ?? '',
  },
];

/** Rows as tab-separated values with a header line; exact numbers, ISO times, whole ids. */
export function toTsv(jobs: readonly JobRow[], columns: readonly BoardColumn[]): string {
  const clean = (text: string): string => text.replace(/[\t\r\n]+/g, ' ');
  const lines = jobs.map((job) => columns.map((column) => clean(column.text(job))).join('\t'));
  return [columns.map((column) => column.title).join('\t'), ...lines].join('\n');
}
