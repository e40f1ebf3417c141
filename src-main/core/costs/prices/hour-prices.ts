import type { Clock } from '#core/ports/ports.ts';
import type { PriceOverride } from '#shared/contract/settings.ts';
import type { PriceSource } from '#shared/model/estimate.ts';
import { type EpochSeconds, toEpochSeconds, type Usd } from '#shared/model/units.ts';
import { ASSUMED_LOG_SIGMA, ageWarning, bookLogSigma, cachedLogSigma, isFresh } from './age.ts';
import type { LivePrices } from './live.ts';
import { type ApiDeps, type HourTarget, liveAsk } from './price-apis.ts';
import type { CachedPrice, PriceCache } from './price-cache.ts';

/** What a whole machine costs by the hour, and how that is known. */
export interface HourPrice {
  readonly usd_hour: Usd;
  readonly source: PriceSource;
  readonly as_of: EpochSeconds;
  readonly log_sigma: number;
  readonly region: string | null;
  readonly origin: string;
  readonly note: string | null;
  readonly warnings: readonly string[];
}

export interface HourDeps extends ApiDeps {
  readonly clock: Clock;
  readonly cache: PriceCache;
  readonly live: LivePrices;
}

const warn = (...warnings: readonly (string | null)[]): readonly string[] =>
  warnings.filter((warning) => warning !== null);

export function overridePrice(override: PriceOverride, usd: Usd, now: EpochSeconds): HourPrice {
  return {
    usd_hour: usd,
    source: 'override',
    as_of: override.as_of,
    log_sigma: 0,
    region: null,
    origin: 'your own price',
    note: null,
    warnings: warn(ageWarning(override.as_of, now)),
  };
}

function cachedPrice(cached: CachedPrice, now: EpochSeconds): HourPrice {
  const { usd_hour, as_of, origin, note } = cached;
  const fresh = isFresh(as_of, now);
  return {
    usd_hour,
    source: fresh ? 'live' : 'cached',
    as_of,
    log_sigma: Math.hypot(cached.log_sigma, fresh ? 0 : cachedLogSigma(as_of, now)),
    region: cached.region,
    origin,
    note,
    warnings: warn(ageWarning(as_of, now)),
  };
}

function bookPrice({ book, region, provider }: HourTarget, now: EpochSeconds): HourPrice | null {
  if (book === null) return null;
  const { usd_hour, as_of, source } = book;
  const elsewhere =
    book.region === region
      ? null
      : `The price is that of ${book.region}: none is known for ${region ?? 'this region'}.`;
  const lowest =
    provider === 'vastai' && book.gpu !== null
      ? 'The price is the lowest seen on Vast.ai: most offers cost more.'
      : null;
  // Nobody is known to sell exactly this at this price.
  const assumed = elsewhere !== null || provider === 'vastai';
  return {
    usd_hour,
    source: assumed ? 'assumed' : 'book',
    as_of,
    log_sigma: assumed ? ASSUMED_LOG_SIGMA : bookLogSigma(as_of, now),
    region: book.region,
    origin: source,
    note: null,
    warnings: warn(elsewhere, lowest, ageWarning(as_of, now)),
  };
}

/** What is known without asking anybody: of a cached price and the book's, the surer one. */
export function storedPrice(
  target: HourTarget,
  cached: CachedPrice | null,
  now: EpochSeconds,
): HourPrice | null {
  const kept = cached === null ? null : cachedPrice(cached, now);
  const listed = bookPrice(target, now);
  if (kept === null || listed === null) return kept ?? listed;
  return kept.source === 'live' || kept.log_sigma <= listed.log_sigma ? kept : listed;
}

/** The machine's price: from a fresh cache, live, an older cache, the book; null: nobody priced it. */
export async function hourPrice(
  target: HourTarget,
  mayAsk: boolean,
  deps: HourDeps,
  signal: AbortSignal,
): Promise<HourPrice | null> {
  const { clock, cache, live } = deps;
  const cached = cache.get(target.key);
  const now = toEpochSeconds(clock.nowUs());
  if (cached !== null && isFresh(cached.as_of, now)) return cachedPrice(cached, now);
  const ask = mayAsk ? await liveAsk(target, deps, now) : null;
  if (ask === null) return storedPrice(target, cached, now);
  const { price, warning } = await live.get(ask, signal);
  if (price === null) {
    const stored = storedPrice(target, cached, now);
    return stored === null || warning === null
      ? stored
      : { ...stored, warnings: [...stored.warnings, warning] };
  }
  const { provider, name, region, book, gpu } = target;
  const fetched: CachedPrice = {
    provider,
    name,
    region,
    gpu: book?.gpu ?? gpu?.name ?? null,
    gpu_count: book?.gpu_count ?? 1,
    ...price,
    as_of: now,
  };
  cache.put(target.key, fetched);
  return cachedPrice(fetched, now);
}
