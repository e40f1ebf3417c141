import type { CostBasis, CostEstimate, CostProvider, PriceSource } from './estimate.ts';
import type { Failure } from './failure.ts';
import type { EpochSeconds, Seconds, Usd } from './units.ts';

/** What the spend gate says of a job before it is accepted. */
export interface GateReport {
  readonly decision: 'allow' | 'ask' | 'refuse';
  /** False for what runs on one's own hardware: it passes whatever it costs. */
  readonly paid: boolean;
  readonly estimate: CostEstimate | null;
  readonly threshold_usd: Usd;
  /** Chance that the job costs more than the threshold; null where nothing is known. */
  readonly chance_over_threshold: number | null;
  readonly budget: BudgetStatus;
  /** Why it asks or refuses. */
  readonly failure: Failure | null;
}

/** Paid spending only: metered, and rates times tokens. */
export interface BudgetStatus {
  readonly day_usd: Usd | null;
  readonly job_usd: Usd | null;
  /** Since local midnight; running jobs count with what they have spent so far. */
  readonly spent_today_usd: Usd;
  /**
   * What running and queued jobs may still spend, by the upper ends of their estimates; and by the same what those of
   * today may have cost of which nobody knows.
   */
  readonly committed_usd: Usd;
}

/** An estimate that belongs to a job, with what the job cost in the end. */
export interface EstimateOutcome {
  readonly job_id: string;
  readonly estimated_at: EpochSeconds;
  readonly ended_at: EpochSeconds | null;
  readonly status: string;
  readonly tenant_id: string;
  readonly kind: string;
  readonly provider: CostProvider;
  readonly backend_type: string | null;
  readonly model: string | null;
  readonly agent: string | null;
  readonly projected_usd: Usd | null;
  readonly low_usd: Usd | null;
  readonly high_usd: Usd | null;
  readonly confidence_score: number;
  readonly basis: string;
  /** Null: not ended, or not known. */
  readonly actual_usd: Usd | null;
  readonly actual_basis: CostBasis;
}

/** How a claimed level turned out. */
export interface CoverageRow {
  readonly claimed: number;
  readonly inside: number;
  readonly n: number;
  /** inside / n, null without any. */
  readonly empirical: number | null;
  /** Where `inside / n` would lie, 95 times of 100, if the claim were true. */
  readonly band_low: number;
  readonly band_high: number;
  readonly verdict: 'too wide' | 'too narrow' | 'as claimed' | 'not yet calibrated';
}

/** Claimed against come true, for one group of estimates. */
export interface CalibrationGroup {
  /** "all", or a provider and a backend_type. */
  readonly group: string;
  readonly provider: CostProvider | null;
  readonly backend_type: string | null;
  readonly n: number;
  readonly coverage: readonly CoverageRow[];
  /** Median of log(actual / projected): 0 is unbiased. */
  readonly log_bias: number | null;
  /** Mean Winkler score of the 80 % interval, as a multiple of the projected cost. */
  readonly interval_score: number | null;
  readonly brier: number | null;
  readonly brier_best_constant: number | null;
  /** Bins of confidence_score: what was claimed, and how often it came true. */
  readonly reliability: readonly {
    readonly claimed: number;
    readonly happened: number;
    readonly n: number;
    readonly band_low: number;
    readonly band_high: number;
  }[];
}

export interface Calibration {
  readonly groups: readonly CalibrationGroup[];
  /** Estimates that cannot be judged, by why. */
  readonly left_out: {
    readonly demo: number;
    readonly not_ended: number;
    readonly unsuccessful: number;
    readonly cost_unknown: number;
    /** Projected to cost nothing: no factor to be right or wrong by. */
    readonly free?: number | undefined;
  };
  /** Below this many, a group is not yet calibrated. */
  readonly needed: number;
}

export interface SpendReport {
  /** One per day, value of `by` and basis that has any. Days are the user's own. */
  readonly rows: readonly {
    readonly day: string;
    readonly key: string | null;
    readonly basis: CostBasis;
    readonly usd: Usd;
    readonly jobs: number;
  }[];
  readonly totals: readonly { readonly basis: CostBasis; readonly usd: Usd; readonly jobs: number }[];
  /** Ended jobs whose cost nobody knows. */
  readonly unknown_jobs: number;
}

/** A price as the book, a price API or the user has it. */
export interface PriceRow {
  readonly id: string;
  readonly provider: CostProvider;
  /** Instance type or model. */
  readonly name: string;
  readonly region: string | null;
  readonly gpu: string | null;
  readonly gpu_count: number;
  /** Of the whole machine. */
  readonly usd_hour: Usd | null;
  readonly usd_million_in: Usd | null;
  readonly usd_million_out: Usd | null;
  readonly source: PriceSource;
  /** "AWS price list, us-east-1": where it was read. */
  readonly origin: string;
  readonly as_of: EpochSeconds;
}

/** RUNE's what-if, corrected: what n runs per period will cost. */
export interface Simulation {
  /** Mean cost of a run: what n of them come to is n times this. */
  readonly single_cost_usd: Usd | null;
  readonly single_low_usd: Usd | null;
  readonly single_high_usd: Usd | null;
  readonly total_cost_usd: Usd | null;
  readonly total_low_usd: Usd | null;
  readonly total_high_usd: Usd | null;
  readonly runs_per_period: number;
  readonly period_days: number;
  readonly confidence_score: number;
  readonly historical_basis: 'from_history' | 'scope_heuristic';
  readonly historical_sample_count: number;
  readonly token_samples_from_history: number;
  readonly duration_seconds: { readonly low: Seconds; readonly mid: Seconds; readonly high: Seconds };
  readonly llm_input_tokens_assumed: number;
  readonly llm_output_tokens_assumed: number;
  readonly price: PriceRow | null;
  readonly components_usd: { readonly gpu_compute: Usd | null; readonly llm_tokens: Usd | null };
  /** Nominal level of the intervals. */
  readonly coverage?: number | undefined;
  /** What the caller should know of the prices. */
  readonly warning?: string | null | undefined;
  /** Where this answer differs from RUNE's, in sentences. */
  readonly differences: readonly string[];
}
