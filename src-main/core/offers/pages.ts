import canonicalize from 'canonicalize';
import type { Clock } from '#core/ports/ports.ts';
import type { Markets, OfferPage, OfferSearch } from '#core/vastai/seams.ts';
import { abortFailure } from '#shared/model/failure.ts';
import type { Market } from '#shared/model/offers.ts';
import { type EpochSeconds, type Seconds, toEpochSeconds } from '#shared/model/units.ts';

/** A market's answer, and when it came. */
export interface FoundPage extends OfferPage {
  readonly market: Market;
  readonly search: OfferSearch;
  readonly searched_at: EpochSeconds;
}

export const searchKey = (search: OfferSearch): string => canonicalize(search) ?? '';

/** Pages kept in memory; each may hold thousands of offers. */
const KEPT = 6;

interface Call {
  readonly page: Promise<FoundPage>;
  readonly abort: AbortController;
  waiting: number;
}

/** The latest answers in memory. Those who ask the same at the same time wait for one call. */
export class Pages {
  private readonly found = new Map<string, FoundPage>();
  private readonly calls = new Map<string, Call>();
  private readonly markets: Markets;
  private readonly clock: Clock;
  private readonly onFound: (page: FoundPage) => Promise<void>;

  constructor(markets: Markets, clock: Clock, onFound: (page: FoundPage) => Promise<void>) {
    this.markets = markets;
    this.clock = clock;
    this.onFound = onFound;
  }

  async get(market: Market, search: OfferSearch, maxAge: Seconds, signal: AbortSignal): Promise<FoundPage> {
    if (signal.aborted) throw abortFailure(signal);
    const key = `${market} ${searchKey(search)}`;
    const kept = this.found.get(key);
    const age = toEpochSeconds(this.clock.nowUs()) - (kept?.searched_at ?? 0);
    if (kept !== undefined && maxAge > 0 && age <= maxAge) return kept;
    const call = this.calls.get(key) ?? this.start(key, market, search);
    call.waiting += 1;
    try {
      return await unlessAborted(call.page, signal);
    } finally {
      call.waiting -= 1;
      if (call.waiting === 0) {
        // Nobody waits for it any more; who comes now asks anew.
        call.abort.abort();
        this.forget(key, call);
      }
    }
  }

  /** The newest page of a market. */
  newest(market: Market): FoundPage | null {
    return [...this.found.values()].findLast((page) => page.market === market) ?? null;
  }

  /** A known offer, from the newest page that has it. */
  offerType(market: Market, offerId: number): 'ondemand' | 'bid' {
    const pages = [...this.found.values()].filter((page) => page.market === market).reverse();
    for (const { offers } of pages) {
      const known = offers.find(({ id }) => id === offerId);
      if (known !== undefined) return known.is_bid ? 'bid' : 'ondemand';
    }
    return 'ondemand';
  }

  private start(key: string, market: Market, search: OfferSearch): Call {
    const abort = new AbortController();
    const call: Call = { page: this.ask(key, market, search, abort.signal), abort, waiting: 0 };
    this.calls.set(key, call);
    const forget = (): void => this.forget(key, call);
    // Whoever waited may be gone when it fails.
    call.page.then(forget, forget);
    return call;
  }

  private forget(key: string, call: Call): void {
    if (this.calls.get(key) === call) this.calls.delete(key);
  }

  private async ask(
    key: string,
    market: Market,
    search: OfferSearch,
    signal: AbortSignal,
  ): Promise<FoundPage> {
    const client = await this.markets.client(market);
    const page = await client.search(search, signal);
    const found = { ...page, market, search, searched_at: toEpochSeconds(this.clock.nowUs()) };
    // The oldest goes: a map keeps the order in which keys came.
    this.found.delete(key);
    this.found.set(key, found);
    for (const oldest of this.found.keys()) {
      if (this.found.size <= KEPT) break;
      this.found.delete(oldest);
    }
    await this.onFound(found);
    return found;
  }
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let leave = (): void => {};
  const left = new Promise<never>((_, reject) => {
    leave = () => reject(abortFailure(signal));
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([promise, left]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
