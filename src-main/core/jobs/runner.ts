import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import PQueue from 'p-queue';
import { type Actual, actualCost } from '#core/costs/actual.ts';
import type { Clock, Logger } from '#core/ports/ports.ts';
import type { ChainGraph } from '#core/store/chain-state.ts';
import { isStoreTrouble, storeFailure } from '#core/store/database.ts';
import type { Collector } from '#core/telemetry/collector.ts';
import { span, withContext } from '#core/telemetry/span.ts';
import type { Rate } from '#shared/model/estimate.ts';
import { CodedError, toFailure } from '#shared/model/failure.ts';
import type { JobKind } from '#shared/model/job.ts';
import type { LogEvent } from '#shared/model/log-events.ts';
import { traceIdOf } from '#shared/model/span.ts';
import type { Milliseconds, Seconds, Usd } from '#shared/model/units.ts';
import type { JobEnd, JobStore } from './job-store.ts';
import { CLOSING_GRACE_MS, GRACE_MS, LONGEST_GRACE_MS, untilLeftBehind } from './left-behind.ts';
import { type Throttle, throttle } from './throttle.ts';
import { type JobOutcome, PartialFailure, type RunOf, type Workflows } from './workflow.ts';

const END_RETRY_MS: Milliseconds = 500;
/** The board hears of what a running job has spent no more often. */
const SPENT_EVERY_MS: Milliseconds = 500;

export interface Submission<K extends JobKind = JobKind> {
  readonly job_id: string;
  readonly tenant_id: string;
  readonly kind: K;
  readonly request: RunOf<K>['request'];
  readonly allowed_usd: Usd;
  /** What is paid for; null where nobody sends a bill. */
  readonly rate: Rate | null;
  readonly collector: Collector;
  readonly timeout: Seconds;
}

interface Active {
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

/** What a job has cost so far. */
interface Bill {
  readonly spent: (cost: Actual) => void;
  cost(): Actual;
  close(): void;
}

/** What could not be written while a job ran; it is written before its end. */
type Owed = (() => unknown)[];

/** Runs queued jobs, `concurrency` at a time, and ends each exactly once. */
export class JobRunner {
  private readonly queue: PQueue;
  /** With what each has cost: nothing, or unknown where nobody sends a bill. */
  private readonly waiting = new Map<string, Actual>();
  private readonly active = new Map<string, Active>();
  private closing = false;
  private readonly deps: {
    readonly store: JobStore;
    readonly workflows: Workflows;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly workRoot: string;
  };

  constructor(deps: JobRunner['deps'], concurrency: number) {
    this.deps = deps;
    this.queue = new PQueue({ concurrency });
  }

  get running(): number {
    return this.active.size;
  }

  get queued(): number {
    return this.waiting.size;
  }

  setConcurrency(concurrency: number): void {
    this.queue.concurrency = concurrency;
  }

  submit<K extends JobKind>(job: Submission<K>): void {
    const nothing = nothingSpent(job.rate);
    if (this.closing) {
      void this.commit(job.job_id, endOf(closed(), nothing));
      return;
    }
    this.waiting.set(job.job_id, nothing);
    void this.queue.add(async () => {
      let started = this.tryStart(job.job_id);
      for (let attempt = 1; started === 'not written'; attempt++) {
        await pauseBefore(attempt);
        if (this.closing) return;
        started = this.tryStart(job.job_id);
      }
      this.waiting.delete(job.job_id);
      if (started === 'not queued') return;
      const controller = new AbortController();
      const ended = this.execute(job, controller);
      this.active.set(job.job_id, { controller, ended });
      await ended;
      this.active.delete(job.job_id);
    });
  }

  /** On a full disk a job waits for its turn a little longer; it does not fail for it. */
  private tryStart(jobId: string): 'started' | 'not queued' | 'not written' {
    try {
      return this.deps.store.start(jobId) ? 'started' : 'not queued';
    } catch (thrown) {
      this.warn(jobId, 'job.start_not_written', messageOf(thrown));
      return 'not written';
    }
  }

  /** Stops a job for good; resolves when it has ended. Throws when it had ended before. */
  async cancel(jobId: string): Promise<void> {
    const running = this.active.get(jobId);
    if (running === undefined) {
      const end = endOf(new CodedError('job.cancelled', cancelled().message), this.waiting.get(jobId));
      const ended = this.deps.store.end(jobId, end);
      this.waiting.delete(jobId);
      if (ended) return;
      throw new CodedError('job.not_cancellable', 'This job has already ended.');
    }
    running.controller.abort(new CodedError('job.cancelled', cancelled().message));
    await running.ended;
  }

  idle(): Promise<void> {
    return this.queue.onIdle();
  }

  /** Ends everything as failed, interrupted: what runs is stopped, what waits never starts. */
  async dispose(): Promise<void> {
    this.closing = true;
    this.queue.clear();
    const reason = closed();
    for (const [jobId, nothing] of this.waiting) await this.commit(jobId, endOf(reason, nothing));
    for (const { controller } of this.active.values()) controller.abort(reason);
    await Promise.all([...this.active.values()].map(({ ended }) => ended));
  }

  private async execute<K extends JobKind>(job: Submission<K>, controller: AbortController): Promise<void> {
    const { signal } = controller;
    const limit = setTimeout(
      () =>
        controller.abort(
          new CodedError('job.timeout', `The job did not end within its limit of ${job.timeout} s.`),
        ),
      job.timeout * 1000,
    );
    const workDir = join(this.deps.workRoot, job.job_id);
    const owed: Owed = [];
    const bill = this.billFor(job);
    let end: JobEnd;
    try {
      await mkdir(workDir, { recursive: true, mode: 0o700 }).catch((thrown: unknown) => {
        throw storeFailure(workDir, thrown);
      });
      signal.throwIfAborted();
      const outcome = await this.traced(job, controller, workDir, owed, bill);
      end = signal.aborted ? endOf(signal.reason, bill.cost()) : { event: 'succeed', ...outcome };
    } catch (thrown) {
      end =
        thrown instanceof PartialFailure && !signal.aborted
          ? { event: 'fail', failure: toFailure(thrown), ...thrown.outcome }
          : endOf(signal.aborted ? signal.reason : thrown, bill.cost());
    }
    clearTimeout(limit);
    bill.close();
    await this.commit(job.job_id, end, owed);
    await rm(workDir, { recursive: true, force: true }).catch((thrown: unknown) => {
      this.warn(
        job.job_id,
        'job.work_dir_left',
        `The work directory could not be removed: ${String(thrown)}`,
      );
    });
  }

  private traced<K extends JobKind>(
    job: Submission<K>,
    controller: AbortController,
    workDir: string,
    owed: Owed,
    bill: Bill,
  ): Promise<JobOutcome> {
    const { store } = this.deps;
    const { signal } = controller;
    const { job_id } = job;
    let said = '';
    let latest: ChainGraph | null = null;
    let graceMs = GRACE_MS;
    const run: RunOf<K> = {
      job_id,
      request: job.request,
      signal,
      workDir,
      // What is going on now is of no use later; a pull says the same per cent many times a second.
      progress: (message) => {
        if (message === said) return;
        said = message;
        this.write(job_id, () => store.setMessage(job_id, message), []);
      },
      estimated: (estimate, plan) =>
        this.write(job_id, () => store.setEstimate(job_id, estimate, plan), owed),
      allowed_usd: job.allowed_usd,
      spent: bill.spent,
      stop: (reason) => controller.abort(reason),
      chain: (graph) => {
        latest = graph;
        // What was not taken is written as it is by then.
        this.write(job_id, () => latest !== null && store.setChain(job_id, latest), owed);
      },
      chose: (model) => this.write(job_id, () => store.setModel(job_id, model), owed),
      unwindsWithin: (ms) => {
        const speed = this.deps.clock.speed ?? 1;
        graceMs = Math.max(GRACE_MS, Math.min(LONGEST_GRACE_MS, ms / speed));
      },
    };
    const context = {
      collector: job.collector,
      clock: this.deps.clock,
      trace_id: traceIdOf(job.job_id),
      job_id: job.job_id,
      tenant_id: job.tenant_id,
      parent_span_id: null,
    };
    return withContext(context, () =>
      span('job.execute', { kind: job.kind }, () =>
        untilLeftBehind(this.deps.workflows[job.kind](run), signal, () =>
          this.closing ? Math.min(graceMs, CLOSING_GRACE_MS) : graceMs,
        ),
      ),
    );
  }

  private billFor({ job_id, rate }: Submission): Bill {
    let cost = nothingSpent(rate);
    const write: Throttle = throttle(SPENT_EVERY_MS, this.deps.clock, () => {
      const { usd } = cost;
      if (usd !== null) this.write(job_id, () => this.deps.store.setSpent(job_id, usd), []);
    });
    return {
      spent: (now) => {
        cost = now;
        write.ask();
      },
      cost: () => cost,
      close: () => write.close(),
    };
  }

  /** A store that refuses must not fail the work: what it did not take is owed to it. */
  private write(jobId: string, write: () => unknown, owed: Owed): void {
    try {
      write();
    } catch (thrown) {
      if (!isStoreTrouble(thrown)) throw thrown;
      owed.push(write);
      this.warn(jobId, 'job.not_written', messageOf(thrown));
    }
  }

  /** A full disk must not turn a finished job into a lost one: its end waits until it can be written. */
  private async commit(jobId: string, given: JobEnd, owed: Owed = []): Promise<void> {
    let end = given;
    for (let attempt = 1; ; attempt++) {
      try {
        for (let write = owed[0]; write !== undefined; write = owed[0]) {
          write();
          owed.shift();
        }
        this.deps.store.end(jobId, end);
        return;
      } catch (thrown) {
        this.warn(jobId, 'job.end_not_written', `Try ${attempt}: ${messageOf(thrown)}`);
        // What no store could take would keep the job running for ever.
        if (!isStoreTrouble(thrown)) {
          owed.length = 0;
          end = endOf(thrown);
        }
        if (this.closing) return;
        await pauseBefore(attempt);
      }
    }
  }

  private warn(jobId: string, event: LogEvent, message: string): void {
    this.deps.logger.log({ level: 'warn', event, message, job_id: jobId });
  }
}

const pauseBefore = (attempt: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.min(END_RETRY_MS * attempt, 2000)));

const messageOf = (thrown: unknown): string => toFailure(thrown).message;

const closed = (): CodedError =>
  new CodedError('job.interrupted', 'Runescope was closed before this job ended. Run it again.');

const cancelled = () => ({ code: 'job.cancelled', message: 'Cancelled by user' }) as const;

function endOf(reason: unknown, cost: Actual = UNKNOWN): JobEnd {
  const failure = toFailure(reason);
  return {
    event: failure.code === 'job.cancelled' ? 'cancel' : 'fail',
    failure,
    ...(cost.usd === null ? {} : { cost_usd: cost.usd, cost_basis: cost.basis }),
  };
}

const UNKNOWN: Actual = { usd: null, basis: 'unknown' };
const nothingSpent = (rate: Rate | null): Actual =>
  actualCost(rate, { duration_seconds: 0, tokens: { input: 0, output: 0, counted_by: 'service' } });
