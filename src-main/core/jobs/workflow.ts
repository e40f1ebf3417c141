import type { RequestOf } from '#shared/contract/requests.ts';
import type { CostEstimate } from '#shared/model/estimate.ts';
import type { JobKind } from '#shared/model/job.ts';
import type { Usd } from '#shared/model/units.ts';
import type { StoredArtifact } from './artifacts.ts';

/** One run of one job, as its workflow sees it. */
export interface Run<R> {
  readonly job_id: string;
  readonly request: R;
  readonly signal: AbortSignal;
  readonly workDir: string;
  /** One line on what is going on, for the board. */
  progress(message: string): void;
  estimated(estimate: CostEstimate): void;
  /** The model that is really asked, when the request left it open. */
  chose(model: string): void;
}
export type RunOf<K extends JobKind> = Run<RequestOf[K]>;

export interface JobOutcome {
  readonly result: object;
  /** Null: not known. */
  readonly cost_usd: Usd | null;
  readonly artifacts: readonly StoredArtifact[];
}

/** What each kind of job does between its start and its end. */
export type Workflows = { readonly [K in JobKind]: (run: RunOf<K>) => Promise<JobOutcome> };
