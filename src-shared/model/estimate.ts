import type { EpochSeconds, Seconds, Usd } from './units.ts';

/** RUNE's five, and `api`: a model service billed by the token that is none of theirs. */
export const COST_PROVIDERS = ['local', 'vastai', 'aws', 'gcp', 'azure', 'api'] as const;
export type CostProvider = (typeof COST_PROVIDERS)[number];

/** What a cost figure is made of. Sums never mix them. */
export const COST_BASES = [
  'metered',
  'reported-tokens',
  'counted-tokens',
  'hardware-derived',
  'unknown',
] as const;
export type CostBasis = (typeof COST_BASES)[number];

/** Where a price is from, the surest first. */
export const PRICE_SOURCES = ['given', 'override', 'live', 'cached', 'book', 'assumed'] as const;
export type PriceSource = (typeof PRICE_SOURCES)[number];

/** What is paid, and for what. */
export type Rate =
  | {
      readonly per: 'hour';
      readonly usd: Usd;
      /** Once, however long it takes: what is downloaded. */
      readonly fixed_usd?: Usd | undefined;
    }
  | { readonly per: 'million_tokens'; readonly usd_in: Usd; readonly usd_out: Usd }
  | { readonly per: 'kwh'; readonly usd: Usd; readonly watts: number; readonly share_usd_hour: Usd };

/** The price an estimate was made with. */
export interface PriceUsed {
  readonly rate: Rate;
  readonly source: PriceSource;
  /** When the price was true; null for a given one. */
  readonly as_of: EpochSeconds | null;
  /** "g5.xlarge in us-east-1, on demand, Linux". */
  readonly title: string;
  /** Standard deviation of log(true price / this price). */
  readonly log_sigma: number;
}

/** What comparable jobs have in common, from the least: each has what stands before it, too. */
export const LIKENESSES = ['provider', 'backend_type', 'model', 'agent'] as const;
export type Likeness = (typeof LIKENESSES)[number];

/** A figure that an estimate assumes, and where it is from. */
export interface Assumed<T> {
  readonly value: T;
  /** `predicted`: from what the machine says of itself, while there is no history. */
  readonly source: 'given' | 'history' | 'predicted' | 'default';
  /** Comparable jobs behind it, and what they have in common; 0 and null without history. */
  readonly n: number;
  readonly group: string | null;
  /** Of those jobs; absent without history. */
  readonly alike?: Likeness | undefined;
}

/** What an estimate rests on, kept with it. */
export interface EstimateGround {
  readonly price: PriceUsed | null;
  readonly duration_seconds: Assumed<Seconds> | null;
  readonly tokens: Assumed<{ readonly input: number; readonly output: number }> | null;
  /** Residuals of earlier estimates, or the documented prior while there are too few. */
  readonly doubt: {
    readonly from: 'history' | 'prior';
    readonly n: number;
    readonly group: string | null;
  };
}

export interface CostInterval {
  readonly coverage: number;
  readonly low_usd: Usd;
  readonly high_usd: Usd;
}

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
  /** At 50, 80 and 95 %; empty where the cost is unknown. */
  readonly intervals: readonly CostInterval[];
  readonly rests_on: EstimateGround;
}
