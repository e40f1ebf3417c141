import type { GatePass } from '#core/costs/gate.ts';
import type { Collector } from '#core/telemetry/collector.ts';
import { InMemoryCollector } from '#core/telemetry/collectors/in-memory.ts';
import { nullCollector } from '#core/telemetry/collectors/null.ts';
import { teeCollector } from '#core/telemetry/collectors/tee.ts';
import type { Settings } from '#shared/contract/settings.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { JobKind } from '#shared/model/job.ts';
import type { EventSummaryRow } from '#shared/model/span.ts';
import type { JobStore } from './job-store.ts';
import type { JobRunner } from './runner.ts';

export interface AboutJob {
  readonly tenant_id: string;
  readonly idempotency_key: string;
  readonly collector: 'sqlite' | 'memory' | 'null';
}

export interface Jobs {
  /** The job that this key made before; it is not made again, and nobody is asked again. */
  known(kind: JobKind, about: AboutJob): { readonly job_id: string; readonly created: false } | null;
  /** Only what the spend gate let through becomes a job: the pass holds what is run. */
  create(pass: GatePass, about: AboutJob): { readonly job_id: string; readonly created: boolean };
  cancel(jobId: string): Promise<{ readonly status: string }>;
  /** Summary of a job whose spans are kept in memory only; undefined for every other job. */
  summaryInMemory(jobId: string): readonly EventSummaryRow[] | undefined;
}

const KEPT_SUMMARIES = 200;

export function createJobs(deps: {
  readonly store: JobStore;
  readonly runner: JobRunner;
  readonly sqlite: Collector;
  readonly alsoCollect: Collector;
  settings(): Settings;
}): Jobs {
  const inMemory = new Map<string, InMemoryCollector>();
  const collectorFor = (jobId: string, choice: AboutJob['collector']): Collector => {
    if (choice === 'sqlite') return teeCollector(deps.sqlite, deps.alsoCollect);
    if (choice === 'null') return teeCollector(nullCollector, deps.alsoCollect);
    const memory = new InMemoryCollector();
    inMemory.set(jobId, memory);
    const [oldest] = inMemory.keys();
    if (inMemory.size > KEPT_SUMMARIES && oldest !== undefined) inMemory.delete(oldest);
    return teeCollector(memory, deps.alsoCollect);
  };
  return {
    known: (kind, about) => {
      const job_id = deps.store.known({ ...about, kind });
      return job_id === undefined ? null : { job_id, created: false };
    },
    create: ({ kind, request, paid, allowed_usd }, about) => {
      const made = deps.store.create({ ...about, kind, request, paid });
      if (made.created) {
        const limit = 'timeout' in request ? request.timeout : null;
        deps.runner.submit({
          job_id: made.job_id,
          tenant_id: about.tenant_id,
          kind,
          request,
          allowed_usd,
          rate: paid?.estimate.rests_on.price?.rate ?? null,
          collector: collectorFor(made.job_id, about.collector),
          timeout: limit ?? deps.settings().jobs.timeout,
        });
      }
      return made;
    },
    cancel: async (jobId) => {
      if (deps.store.status(jobId) === null)
        throw new CodedError('job.not_found', `There is no job ${jobId}.`);
      await deps.runner.cancel(jobId);
      return { status: deps.store.status(jobId) ?? 'cancelled' };
    },
    summaryInMemory: (jobId) => inMemory.get(jobId)?.summaryRows(),
  };
}
