import { formatCount } from '#shared/lib/format.ts';
import { CodedError } from '#shared/model/failure.ts';
import { isTerminal, type JobDetail, type JobRow } from '#shared/model/job.ts';
import { isOwnerGone, openReader, openRemote, openRunner, type Reader } from '../access.ts';
import { EXIT } from '../exit-code.ts';
import type { Output } from '../output/output.ts';
import { jobsTable, jobText, spansTable } from '../output/rows.ts';
import { readSpans } from '../spans.ts';

export interface Where {
  readonly dataDir: string;
  readonly store?: string | undefined;
  readonly remote?: string | undefined;
}

/** What is to be read: a remote, a store, or the own data directory. */
export function openWhere({ dataDir, store, remote }: Where): Promise<Reader> {
  if (remote === undefined) return openReader(dataDir, store);
  if (store === undefined) return openRemote(dataDir, remote);
  throw new CodedError('request.invalid', '--store and --remote exclude each other.');
}

export interface JobFilter {
  readonly status?: string[] | undefined;
  readonly kind?: string[] | undefined;
  readonly backend_type?: string[] | undefined;
  readonly tenant_id?: string[] | undefined;
}

/** The contract's largest page. */
const PAGE = 1000;

export async function listJobs(
  where: Where,
  filter: JobFilter,
  page: { readonly limit: number; readonly offset: number },
  output: Output,
): Promise<number> {
  const { client, source, close } = await openWhere(where);
  try {
    const jobs: JobRow[] = [];
    let total = 0;
    do {
      const limit = Math.min(PAGE, page.limit - jobs.length);
      const got = await client.jobs.list({ ...filter, source, limit, offset: page.offset + jobs.length });
      total = got.total;
      jobs.push(...got.jobs);
      if (got.jobs.length < limit) break;
    } while (jobs.length < page.limit);
    await output.answer({ jobs, total }, () =>
      jobs.length === 0
        ? total === 0
          ? 'No jobs match.'
          : `No jobs there: ${formatCount(total)} match in all.`
        : `${jobsTable(jobs)}\n${jobs.length} of ${formatCount(total)}`,
    );
    return EXIT.succeeded;
  } finally {
    await close();
  }
}

export async function showJob(where: Where, jobId: string, output: Output): Promise<number> {
  const { client, source, close } = await openWhere(where);
  try {
    const job = await client.jobs.get({ source, job_id: jobId });
    const spans = await readSpans(client, source, jobId);
    const bare = spans.map(({ depth: _depth, ...span }) => span);
    await output.answer({ ...job, spans: bare }, () => {
      const recorded = spans.length > 0 ? spansTable(spans) : 'No spans.';
      return `${jobText(job)}\n\n${job.spans_recorded ? recorded : 'Spans: not recorded.'}`;
    });
    return EXIT.succeeded;
  } finally {
    await close();
  }
}

export async function cancelRemoteJob(
  dataDir: string,
  remote: string,
  jobId: string,
  output: Output,
): Promise<number> {
  const { client, source, close } = await openRemote(dataDir, remote);
  try {
    await client.jobs.cancel({ source, job_id: jobId });
    const { request: _request, result: _result, ...job } = await client.jobs.get({ source, job_id: jobId });
    await output.answer({ job }, () => `job ${job.job_id}  ${job.status}`);
    return EXIT.succeeded;
  } finally {
    await close();
  }
}

/** How often the owner may go away under one command before it gives up. */
const MAX_TRIES = 5;

export async function cancelJob(dataDir: string, jobId: string, output: Output): Promise<number> {
  // An id that nobody knows must not make this process the owner of anything.
  await readJob(dataDir, jobId);
  for (let attempt = 1; ; attempt++) {
    const runner = await openRunner(dataDir, (line) => output.progress(line));
    let lost: unknown = null;
    try {
      await runner.client.jobs.cancel({ job_id: jobId });
    } catch (thrown) {
      if (!isOwnerGone(runner, thrown)) throw thrown;
      lost = thrown;
    } finally {
      await runner.close();
    }
    const { request: _request, result: _result, ...job } = await readJob(dataDir, jobId);
    if (lost !== null && !isTerminal(job.status)) {
      if (attempt >= MAX_TRIES) throw lost;
      continue;
    }
    await output.answer({ job }, () => `job ${job.job_id}  ${job.status}`);
    return EXIT.succeeded;
  }
}

async function readJob(dataDir: string, jobId: string): Promise<JobDetail> {
  const { client, source, close } = await openReader(dataDir, undefined);
  return client.jobs.get({ source, job_id: jobId }).finally(close);
}
