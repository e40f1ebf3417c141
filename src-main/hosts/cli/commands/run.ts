import { parseRequest } from '#shared/contract/requests.ts';
import type { ChainState } from '#shared/model/chain.ts';
import { CodedError } from '#shared/model/failure.ts';
import { JOB_KINDS, type JobDetail, type JobKind } from '#shared/model/job.ts';
import type { EventSummaryRow } from '#shared/model/span.ts';
import { isOwnerGone, openRemoteRunner, openRunner, type Runner } from '../access.ts';
import { approveCost, createApproved, isGateRefusal } from '../approval.ts';
import { readChainFile } from '../chain-file.ts';
import { EXIT, exitCodeOfStatus, failureFrom } from '../exit-code.ts';
import { followJob } from '../follow.ts';
import type { Interrupts } from '../interrupts.ts';
import type { Output } from '../output/output.ts';
import { jobText, stepsText, summaryTable } from '../output/rows.ts';
import { printable } from '../output/table.ts';
import { type RentalFlags, withRental } from '../rental-flags.ts';
import { readRequest } from '../request-file.ts';

export interface RunOptions {
  readonly dataDir: string;
  /** Where it runs, when not here. */
  readonly remote?: string | undefined;
  readonly request?: string | undefined;
  /** A file with the steps of a chain. */
  readonly chain?: string | undefined;
  /** Request fields given as flags; undefined ones are left to the file and the defaults. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly rental: RentalFlags;
  readonly tenant: string;
  readonly collector: 'sqlite' | 'memory' | 'null';
  readonly idempotencyKey: string;
  /** Agrees to what the estimate says that the job may cost. */
  readonly yes: boolean;
}

/** How often the owner may go away under one job before this gives up on it. */
const MAX_RECONNECTS = 5;

/** Runs one job to its end. Once a job exists, its run document is printed whatever happens. */
export async function runCommand(
  kind: string,
  options: RunOptions,
  output: Output,
  interrupts: Interrupts,
): Promise<number> {
  const request = await requestOf(kind, options);
  const progress = (line: string): void => output.progress(printable(line));
  let runner = await runnerFor(options, progress);
  let jobId: string;
  try {
    interrupts.throwIfInterrupted();
    const wanted = {
      source: runner.source,
      kind: kind as JobKind,
      request,
      tenant_id: options.tenant,
      collector: options.collector,
      idempotency_key: options.idempotencyKey,
    };
    const interrupted = new AbortController();
    interrupts.onFirst(() => interrupted.abort());
    const { stdin, stderr, env } = process;
    const made = await createApproved(runner.client, wanted, (report) =>
      approveCost(report, { yes: options.yes, env, stdin, stderr, signal: interrupted.signal }),
    );
    jobId = made.job_id;
    progress(`job ${jobId}${made.created ? '' : ' (known by its idempotency key)'}`);
  } catch (thrown) {
    await runner.close();
    const failure = failureFrom(thrown);
    if (!isGateRefusal(failure.code)) throw thrown;
    await output.fail(failure);
    return EXIT.refused;
  }
  interrupts.onFirst(() => {
    progress('cancelling; once more to leave at once');
    runner.client.jobs.cancel({ source: runner.source, job_id: jobId }).catch((thrown: unknown) => {
      // It ended in the meantime: what it ended as is printed.
      if (failureFrom(thrown).code !== 'job.not_cancellable') progress(failureFrom(thrown).message);
    });
  });

  for (let losses = 0; ; losses++) {
    try {
      await followJob(runner.client, jobId, progress, runner.source);
      const job = await runner.client.jobs.get({ source: runner.source, job_id: jobId });
      const summary = await runner.summary(jobId);
      const chain = job.kind === 'chain' ? await runner.client.chains.state({ job_id: jobId }) : null;
      await output.answer(runDocument(job, summary, chain), () => runText(job, summary, chain));
      await runner.close();
      return exitCodeOfStatus(job.status);
    } catch (thrown) {
      // The process that ran it is gone: whoever owns the directory next knows how the job ended.
      if (losses >= MAX_RECONNECTS || !isOwnerGone(runner, thrown)) throw thrown;
      await runner.close().catch(() => {});
      runner = await reopened(options, progress);
    }
  }
}

const runnerFor = ({ dataDir, remote }: RunOptions, progress: (line: string) => void): Promise<Runner> =>
  remote === undefined ? openRunner(dataDir, progress) : openRemoteRunner(dataDir, remote);

function reopened(options: RunOptions, progress: (line: string) => void): Promise<Runner> {
  progress('the process that ran this job ended; asking its successor');
  return runnerFor(options, progress);
}

/** The request as one object, checked before anything is opened or made. */
async function requestOf(kind: string, options: RunOptions): Promise<Record<string, unknown>> {
  if (!(JOB_KINDS as readonly string[]).includes(kind))
    throw new CodedError(
      'request.invalid',
      `There is no job kind "${kind}". Kinds: ${JOB_KINDS.join(', ')}.`,
    );
  if (options.chain !== undefined && kind !== 'chain')
    throw new CodedError('request.invalid', `--file is for a chain; a ${kind} takes --request.`);
  if (options.chain === '-' && options.request === '-')
    throw new CodedError('request.invalid', 'stdin is read once: give --file or --request another file.');
  const file = {
    ...(options.chain === undefined ? {} : await readChainFile(options.chain)),
    ...(options.request === undefined ? {} : await readRequest(options.request)),
  };
  for (const [field, value] of Object.entries(options.fields)) {
    if (value !== undefined) file[field] = value;
  }
  const request = withRental(kind as JobKind, file, options.rental);
  const asks = kind === 'agentic-agent' || kind === 'benchmark' || kind === 'chain';
  if (asks && request.backend_type === 'demo' && (request.model ?? '') === '') request.model = 'demo';
  parseRequest(kind as JobKind, request);
  return request;
}

function runDocument(job: JobDetail, summary: readonly EventSummaryRow[], chain: ChainState | null) {
  const { request: _request, result, error, ...row } = job;
  return { job: row, result, error, summary, ...(chain !== null && { chain }) };
}

const runText = (job: JobDetail, summary: readonly EventSummaryRow[], chain: ChainState | null): string =>
  [jobText(job), chain === null ? '' : stepsText(chain), summary.length === 0 ? '' : summaryTable(summary)]
    .filter((part) => part !== '')
    .join('\n\n');
