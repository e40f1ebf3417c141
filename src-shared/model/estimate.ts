import type { Usd } from './units.ts';

export const COST_PROVIDERS = ['local', 'vastai', 'aws', 'gcp', 'azure'] as const;
export type CostProvider = (typeof COST_PROVIDERS)[number];

/** RUNE's six response fields, then ours. Money is unrounded; unknown is null, never 0. */
export interface CostEstimate {
  readonly projected_cost_usd: Usd | null;
  readonly cost_driver: CostProvider;
  readonly resource_impact: 'low' | 'medium' | 'high';
  readonly local_energy_kwh: number | null;
  /** Estimated probability that the actual cost lies within a factor of 1.25 of projected_cost_usd. */
  readonly confidence_score: number;
  readonly warning: string | null;
  readonly cost_low_usd: Usd | null;
  readonly cost_high_usd: Usd | null;
  /** Nominal level of [cost_low_usd, cost_high_usd]. */
  readonly coverage: number;
  /** One sentence: what this rests on. */
  readonly basis: string;
  /** What widens the interval, widest first: the standard deviation of log(cost) that each contributes. */
  readonly drivers: readonly { readonly name: string; readonly log_sigma: number }[];
}
