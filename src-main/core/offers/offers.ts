import type { CostHistory } from '#core/costs/seams.ts';
import type { Clock, Logger } from '#core/ports/ports.ts';
import type { Db } from '#core/store/database.ts';
import type { Markets, OfferSearch } from '#core/vastai/seams.ts';
import type { OffersQuery, QuoteQuery } from '#shared/contract/offers.ts';
import type { Settings } from '#shared/contract/settings.ts';
import { CodedError, toFailure } from '#shared/model/failure.ts';
import { modelTable } from '#shared/model/model-fit.ts';
import type { FitModel, GpuPrice, Market, Offer, OffersAnswer, PricedOffer } from '#shared/model/offers.ts';
import { type EpochSeconds, toEpochSeconds } from '#shared/model/units.ts';
import { readDelivered } from './delivered.ts';
import { keepPrices, readPrices } from './gpu-prices.ts';
import { jobAmounts } from './job-amounts.ts';
import { createJobSpread } from './job-cost.ts';
import { byCost, type JudgeDeps, judge, storageFor, withFront, withoutHidden } from './judge.ts';
import { type MarketFigures, marketFigures, NO_FIGURES } from './market-figures.ts';
import { type FoundPage, Pages } from './pages.ts';
import type { JudgedJob, Offers, RentalWish } from './seams.ts';
import { Snapshots } from './snapshots.ts';

export interface OffersDeps {
  readonly db: Db;
  /** False in an engine that only reads: no snapshot is kept. */
  readonly writable: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly markets: Markets;
  readonly history: CostHistory;
  settings(): Settings;
  /** The catalogue's scope of an agent; null for a name that it does not hold. */
  scopeOf(agent: string): string | null;
}

export const createOffers = (deps: OffersDeps): Offers => new MarketOffers(deps);

const DAY_S = 86_400;

class MarketOffers implements Offers {
  private readonly deps: OffersDeps;
  private readonly pages: Pages;
  private readonly snapshots: Snapshots;
  private readonly spread = createJobSpread();

  constructor(deps: OffersDeps) {
    this.deps = deps;
    this.snapshots = new Snapshots(deps.db);
    this.pages = new Pages(deps.markets, deps.clock, (page) => this.keep(page));
  }

  async search(query: OffersQuery, signal: AbortSignal): Promise<OffersAnswer> {
    const market = await this.marketOf(query);
    const page = await this.pages.get(market, this.searchOf(query), query.max_age_s, signal);
    return this.answer(page, query);
  }

  async latest(query: OffersQuery): Promise<OffersAnswer | null> {
    const page = await this.snapshots.latest(await this.marketOf(query), this.searchOf(query));
    return page === null ? null : this.answer(page, query);
  }

  async quote(
    query: QuoteQuery,
    signal: AbortSignal,
  ): Promise<{ readonly offer: PricedOffer; readonly quoted_at: EpochSeconds }> {
    const { offer_id } = query;
    const market = await this.marketOf(query);
    const search: OfferSearch = {
      filter: { type: this.pages.offerType(market, offer_id) },
      allocated_storage: storageFor(query.model, this.deps.settings().offers),
      offer_id,
    };
    const client = await this.deps.markets.client(market);
    const { offers } = await client.search(search, signal);
    const quoted_at = toEpochSeconds(this.deps.clock.nowUs());
    // The market's word is not taken: it may have sent another one.
    const found = offers.find(({ id }) => id === offer_id);
    if (found === undefined || found.rentable === false || found.rented === true)
      throw new CodedError(
        'vastai.offer_taken',
        `Offer ${offer_id} is gone: somebody else rented it, or its host took it back. Choose another one.`,
      );
    const figures = await this.figuresOf(market);
    const [offer] = judge([found], null, this.judged(query, market, search.allocated_storage, figures));
    if (offer === undefined) throw new Error('one offer in, one out');
    return { offer, quoted_at };
  }

  async rank(offers: readonly Offer[], wish: RentalWish): Promise<readonly Offer[]> {
    const { market, disk_gb } = wish;
    const deps = this.judged(wish, market, disk_gb, marketFigures(offers));
    const judged = judge(offers, null, { ...deps, disk_gb });
    const places = [...judged.entries()].toSorted(([, a], [, b]) => byCost(a, b));
    return places.flatMap(([i]) => offers[i] ?? []);
  }

  async history(of: {
    readonly market?: Market | undefined;
    readonly gpu_name?: readonly string[] | undefined;
    readonly days: number;
  }): Promise<readonly GpuPrice[]> {
    const now = toEpochSeconds(this.deps.clock.nowUs());
    return readPrices(this.deps.db, await this.marketOf(of), of.gpu_name, now - of.days * DAY_S, now);
  }

  models(): readonly FitModel[] {
    return modelTable(this.deps.settings().offers.models);
  }

  private async marketOf({ market }: { readonly market?: Market | undefined }): Promise<Market> {
    return market ?? (await this.deps.markets.usual());
  }

  private searchOf({ filter: { defaults: _applied, ...filter }, model }: OffersQuery): OfferSearch {
    return { filter, allocated_storage: storageFor(model, this.deps.settings().offers) };
  }

  private judged(
    job: JudgedJob,
    market: Market,
    allocated_storage: number,
    figures: MarketFigures,
  ): JudgeDeps {
    const settings = this.deps.settings().offers;
    return {
      settings,
      model: job.model,
      allocated_storage,
      figures,
      boot_timeout: settings.boot_timeout,
      delivered: readDelivered(this.deps.db, market),
      tokens: jobAmounts(job, this.deps),
      spread: this.spread,
    };
  }

  private answer(page: FoundPage, query: OffersQuery): OffersAnswer {
    const { market, searched_at, truncated, unreadable } = page;
    const { shown, hidden } = withoutHidden(page.offers, query.filter);
    const { defaults: _applied, ...filter } = query.filter;
    const deps = this.judged(query, market, page.search.allocated_storage, marketFigures(page.offers));
    const offers = withFront(judge(shown, filter, deps).toSorted(byCost));
    return {
      market,
      searched_at,
      offers,
      hidden_by_defaults: hidden,
      truncated,
      unreadable,
      job: jobAmounts(query, this.deps),
    };
  }

  /** What the rest of the market says where one offer does not. */
  private async figuresOf(market: Market): Promise<MarketFigures> {
    const search: OfferSearch = { filter: { type: 'ondemand' }, allocated_storage: 0 };
    const page = this.pages.newest(market) ?? (await this.snapshots.latest(market, search));
    return page === null ? NO_FIGURES : marketFigures(page.offers);
  }

  private async keep(page: FoundPage): Promise<void> {
    if (!this.deps.writable) return;
    try {
      keepPrices(this.deps.db, page);
      await this.snapshots.keep(page);
    } catch (thrown) {
      // A full disk, or the engine closed meanwhile: whoever searched has the offers.
      this.deps.logger.log({
        level: 'warn',
        event: 'offers.not_kept',
        message: `The search could not be kept: ${toFailure(thrown).message}`,
      });
    }
  }
}
