import type { OffersQuery, QuoteQuery } from '#shared/contract/offers.ts';
import type { BackendType } from '#shared/model/job.ts';
import type { FitModel, GpuPrice, Market, Offer, OffersAnswer, PricedOffer } from '#shared/model/offers.ts';
import type { EpochSeconds } from '#shared/model/units.ts';

/** The job that offers are judged by. */
export interface JudgedJob {
  /** '': the largest of the table that fits each offer. */
  readonly model: string;
  readonly backend_type: BackendType;
  readonly agent: string;
}

/** What an order of offers is for. */
export interface RentalWish extends JudgedJob {
  readonly market: Market;
  /** The disk that is rented, in GB: `dph_total` was asked for with it. */
  readonly disk_gb: number;
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
   * The same offers, the best to rent first: cheapest per finished job, then those without a prediction by their price,
   * last what is blocked or does not fit. Whoever rents has left out what must not be rented.
   */
  rank(offers: readonly Offer[], wish: RentalWish): Promise<readonly Offer[]>;
  history(of: {
    readonly market?: Market | undefined;
    readonly gpu_name?: readonly string[] | undefined;
    readonly days: number;
  }): Promise<readonly GpuPrice[]>;
  models(): readonly FitModel[];
}
