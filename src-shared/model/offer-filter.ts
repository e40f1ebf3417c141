import { type MarketDefaults, type Offer, type OfferFilter, RANGE_FIELDS, type Violation } from './offers.ts';

export const NO_DEFAULTS: MarketDefaults = {
  verified: false,
  not_external: false,
  rentable: false,
  not_rented: false,
};

/** "Quebec, CA" is in CA; null where no country is told. */
export const countryOf = (geolocation: string | null): string | null =>
  /(?:^|[\s,])([A-Za-z]{2})\s*$/.exec(geolocation ?? '')?.[1]?.toUpperCase() ?? null;

/** What hides an offer although nobody asked for it: the market's own defaults. */
export function hiddenBy(offer: Offer, defaults: MarketDefaults): boolean {
  return (
    (defaults.verified && offer.verification !== 'verified') ||
    (defaults.not_external && offer.external === true) ||
    (defaults.rentable && offer.rentable === false) ||
    (defaults.not_rented && offer.rented === true)
  );
}

/** Every filter checked by ourselves: the market is not believed. Unknown does not meet a limit. */
export function violationsOf(offer: Offer, filter: Omit<OfferFilter, 'defaults'>): readonly Violation[] {
  const found: Violation[] = [];
  const { gpu_name, country, ranges } = filter;
  if (gpu_name !== undefined && gpu_name.length > 0 && !gpu_name.includes(offer.gpu_name))
    found.push({ field: 'gpu_name', message: `${offer.gpu_name} is none of ${gpu_name.join(', ')}` });
  if (country !== undefined && country.length > 0) {
    const code = countryOf(offer.geolocation);
    if (code === null || !country.includes(code))
      found.push({ field: 'country', message: `${code ?? 'unknown'} is none of ${country.join(', ')}` });
  }
  if ((filter.type === 'bid') !== offer.is_bid)
    found.push({
      field: 'type',
      message: offer.is_bid ? 'interruptible, not on demand' : 'on demand, not interruptible',
    });
  for (const field of RANGE_FIELDS) {
    const range = ranges?.[field];
    if (range === undefined || (range.min === undefined && range.max === undefined)) continue;
    const value = offer[field];
    if (value === null) found.push({ field, message: `${field} is not known` });
    else if (range.min !== undefined && value < range.min)
      found.push({ field, message: `${field} is ${value}, at least ${range.min} was asked for` });
    else if (range.max !== undefined && value > range.max)
      found.push({ field, message: `${field} is ${value}, at most ${range.max} was asked for` });
  }
  return found;
}
