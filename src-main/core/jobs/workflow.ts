import type { Actual, Used } from '#core/costs/actual.ts';
import type { CostPlan } from '#core/costs/seams.ts';
import type { ChainGraph } from '#core/store/chain-state.ts';
import type { RequestOf } from '#shared/contract/requests.ts';
import type { CostBasis, CostEstimate } from '#shared/model/estimate.ts';
import { CodedError, type Failure } from '#shared/model/failure.ts';
import type { JobKind } from '#shared/model/job.ts';
import type { Milliseconds, Usd } from '#shared/model/units.ts';
import type { StoredArtifact } from './artifacts.ts';

/** One run of one job, as its workflow sees it. */
export interface Run<R> {
  readonly job_id: string;
  readonly request: R;
  readonly signal: AbortSignal;
  readonly workDir: string;
  /** One line on what is going on, for the board. */
  progress(message: string): void;
  /** `plan`: what is paid for; null for an estimate that no work of this job will prove right or wrong. */
  estimated(estimate: CostEstimate, plan: CostPlan | null): void;
  /** The spend gate let it through with this: the upper end of its cost may be no more. */
  readonly allowed_usd: Usd;
  /** What it has cost so far, as often as it changes; null is not known any more. */
  spent(cost: Actual): void;
  /** Ends the job with this failure, as an abort of its signal. */
  stop(reason: CodedError): void;
  /** The model that is really asked, when the request left it open. */
  chose(model: string): void;
  /** Of a chain: how far it is, whole, as often as it changes. */
  chain(graph: ChainGraph): void;
  /** After an abort it takes up to `ms` of the clock until nothing costs money any more; within limits it is given that. */
  unwindsWithin(ms: Milliseconds): void;
}
export type RunOf<K extends JobKind> = Run<RequestOf[K]>;

export interface JobOutcome {
  readonly result: object;
  /** Null: not known. */
  readonly cost_usd: Usd | null;
  /** What that figure is made of; absent where no cost belongs to the job. */
  readonly cost_basis?: CostBasis | undefined;
  /** By a clock that nobody sets, and as the model's service said. */
  readonly used?: Used | undefined;
  readonly artifacts: readonly StoredArtifact[];
}

/** A failure that leaves something behind nevertheless: what succeeded before it, and what that has cost. */
export class PartialFailure extends CodedError {
  readonly outcome: JobOutcome;

  constructor({ code, message, detail }: Failure, outcome: JobOutcome) {
    super(code, message, { detail });
    this.outcome = outcome;
  }
}

/** What each kind of job does between its start and its end. */
export type Workflows = { readonly [K in JobKind]: (run: RunOf<K>) => Promise<JobOutcome> };
