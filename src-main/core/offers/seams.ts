import type { OffersQuery, QuoteQuery } from '#shared/contract/offers.ts';
import type { FitModel, GpuPrice, Market, OffersAnswer, PricedOffer } from '#shared/model/offers.ts';
import type { EpochSeconds } from '#shared/model/units.ts';

/** Choosing among offers: what each means for one job. */
export interface Offers {
  search(query: OffersQuery, signal: AbortSignal): Promise<OffersAnswer>;
  /** The market is asked anew. Throws `vastai.offer_taken` when it has no such offer any more. */
  quote(
    query: QuoteQuery,
    signal: AbortSignal,
  ): Promise<{ readonly offer: PricedOffer; readonly quoted_at: EpochSeconds }>;
  history(of: {
    readonly market?: Market | undefined;
    readonly gpu_name?: readonly string[] | undefined;
    readonly days: number;
  }): Promise<readonly GpuPrice[]>;
  models(): readonly FitModel[];
}
