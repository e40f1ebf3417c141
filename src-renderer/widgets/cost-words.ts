import { formatDay } from '#shared/lib/format.ts';
import type { CostBasis, PriceUsed } from '#shared/model/estimate.ts';

/** `book price of 2026-10`: where a price is from and when it was true. A book is dated by the month. */
export function priceWords({ source, as_of }: Pick<PriceUsed, 'source' | 'as_of'>): string {
  const of = as_of === null ? '' : ` of ${formatDay(as_of)}`;
  switch (source) {
    case 'given':
      return 'price given';
    case 'override':
      return `own price${of}`;
    case 'live':
      return `live price${of}`;
    case 'cached':
      return `kept live price${of}`;
    case 'book':
      return `book price${of.slice(0, ' of 2026-10'.length)}`;
    case 'assumed':
      return `assumed price${of}`;
  }
}

/** `reported tokens × book price of 2026-10`: what an actual cost was reckoned from. Unheard-of bases stand as they are. */
export function basisWords(
  basis: CostBasis | (string & {}),
  price: Pick<PriceUsed, 'source' | 'as_of' | 'rate'> | null,
): string {
  const times = price === null ? '' : ` × ${priceWords(price)}`;
  switch (basis) {
    case 'metered':
      return price?.rate.per === 'hour' ? `seconds rented${times}` : 'metered';
    case 'reported-tokens':
      return `reported tokens${times}`;
    case 'counted-tokens':
      return `tokens counted as they came${times}`;
    case 'hardware-derived':
      return 'seconds × watts × price of energy';
    case 'unknown':
      return 'on what basis is not known';
    default:
      return basis;
  }
}

/** The same where a job ended without a result to say who counted: the price alone tells what was counted. */
export function countedWords(price: Pick<PriceUsed, 'source' | 'as_of' | 'rate'>): string {
  switch (price.rate.per) {
    case 'million_tokens':
      return `tokens × ${priceWords(price)}`;
    case 'hour':
      return basisWords('metered', price);
    case 'kwh':
      return basisWords('hardware-derived', price);
  }
}

/** `$0.0405` with every digit in the title. */
export const exactUsd = (usd: number | null): string | undefined =>
  usd === null ? undefined : `$${Math.abs(usd) < 1e-6 && usd !== 0 ? usd.toExponential() : String(usd)}`;
