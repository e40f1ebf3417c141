import type { Assumed, CostProvider, Likeness, PriceUsed } from '#shared/model/estimate.ts';
import type { BackendType } from '#shared/model/job.ts';
import type { Market } from '#shared/model/offers.ts';
import type { Seconds, Usd } from '#shared/model/units.ts';

/** What makes two jobs comparable, the most telling last left out first: agent, model, backend_type. */
export interface Comparable {
  readonly provider: CostProvider;
  readonly backend_type: string | null;
  readonly model: string | null;
  readonly agent: string | null;
}

/** What is to be paid for, before anybody knows the price. */
export type PriceWanted =
  | {
      readonly kind: 'local';
      /** 0 and absent: the settings' figure. */
      readonly tdp_watts?: number | undefined;
      readonly energy_rate_kwh?: number | undefined;
      readonly purchase_price?: Usd | undefined;
      readonly lifespan_years?: number | undefined;
    }
  /** A rental's price limits, 0 for none; RUNE's rule makes a price of them. Without limits `gpu` decides. */
  | {
      readonly kind: 'rental';
      readonly min_dph: Usd;
      readonly max_dph: Usd;
      readonly gpu?: string | undefined;
      /** One offer of a market, for one job: it is priced as it stands there. */
      readonly offer?: OfferWanted | undefined;
    }
  /** `name` holds an instance type, a GPU or a model; the longest match decides. */
  | { readonly kind: 'machine'; readonly provider: 'aws' | 'gcp' | 'azure'; readonly name: string }
  | {
      readonly kind: 'tokens';
      readonly provider: 'aws' | 'gcp' | 'azure' | 'api';
      readonly model: string;
    };

export interface OfferWanted {
  readonly market: Market;
  readonly offer_id: number;
  readonly backend_type: BackendType;
  readonly model: string;
  readonly agent: string;
}

/** What a job is expected to be paid for, from its request alone: no credential and no network is needed to say. */
export interface CostPlan {
  readonly comparable: Comparable;
  readonly wanted: PriceWanted;
  /** Somebody sends a bill: the gate stands in front. */
  readonly paid: boolean;
  readonly demo: boolean;
  /** As the caller gave it. */
  readonly duration_seconds: Seconds | null;
  /** Of the question that is asked: no job reads fewer. */
  readonly sent_tokens?: number | undefined;
  /** Of a chain: its estimate is the sum of these. */
  readonly steps?: readonly CostPlan[] | undefined;
}

export interface Quote {
  readonly price: PriceUsed;
  /** What the caller should know of it: "sold in machines of 8". */
  readonly warning: string | null;
  /** How long this job will probably take there; used while no history says it better. */
  readonly duration?:
    | { readonly seconds: Seconds; readonly log_sigma: number; readonly basis: string }
    | undefined;
}

/** Prices from their APIs, their cache, the user's rows and the book. */
export interface Prices {
  /** Never throws for a price API that fails: the next source answers. Null: nobody priced it. */
  quote(wanted: Exclude<PriceWanted, { kind: 'local' }>, signal: AbortSignal): Promise<Quote | null>;
}

/** log(actual / projected) of comparable estimates, the newest first, at most 200. */
export interface Residuals {
  readonly values: readonly number[];
  /** In words: "bedrock, claude-3-haiku, prompt". */
  readonly group: string;
}

/** What finished jobs teach; maintained as they end, each answer reads a few hundred rows at most. */
export interface CostHistory {
  /** Median of the latest comparable successes; null: fewer than 5 at every level. */
  duration(of: Comparable): Assumed<Seconds> | null;
  tokens(of: Comparable): Assumed<{ readonly input: number; readonly output: number }> | null;
  /**
   * The finest group with at least 20 residuals of amounts that came from jobs as alike as `alike` says: an amount of
   * other jobs errs in another way. Null: no group has them.
   */
  residuals(of: Comparable, alike: Likeness): Residuals | null;
}
