import type { OffersQuery, QuoteQuery } from '#shared/contract/offers.ts';
import type { BackendType } from '#shared/model/job.ts';
import type {
  FitModel,
  GpuPrice,
  Market,
  Offer,
  OfferFilter,
  OffersAnswer,
  PricedOffer,
} from '#shared/model/offers.ts';
import type { EpochSeconds } from '#shared/model/units.ts';

/** The job that offers are judged by. */
export interface JudgedJob {
  /** '': the largest of the table that fits each offer. */
  readonly model: string;
  readonly backend_type: BackendType;
  readonly agent: string;
}

/** What a machine is wanted for, and what it must be. */
export interface RentalWish extends JudgedJob {
  readonly market: Market;
  /** Checked here, its defaults included. */
  readonly filter: OfferFilter;
  /** With how much storage `dph_total` was asked for, in GB. */
  readonly allocated_storage: number;
}

/** Choosing among offers: what each means for one job. */
export interface Offers {
  search(query: OffersQuery, signal: AbortSignal): Promise<OffersAnswer>;
  /** The latest search that was kept, judged by the same rules; `searched_at` tells its age. Null: none was. */
  latest(query: OffersQuery): Promise<OffersAnswer | null>;
  /** The market is asked anew. Throws `vastai.offer_taken` when it has no such offer any more. */
  quote(
    query: QuoteQuery,
    signal: AbortSignal,
  ): Promise<{ readonly offer: PricedOffer; readonly quoted_at: EpochSeconds }>;
  /**
   * What may be rented of `offers`, the best first: cheapest per finished job, then those without a prediction by their
   * price. What is hidden, blocked, does not meet the filter or does not fit the model is left out.
   */
  rank(offers: readonly Offer[], wish: RentalWish): readonly PricedOffer[];
  history(of: {
    readonly market?: Market | undefined;
    readonly gpu_name?: readonly string[] | undefined;
    readonly days: number;
  }): Promise<readonly GpuPrice[]>;
  models(): readonly FitModel[];
}
