import { countryOf } from './offer-filter.ts';
import { type Offer, type OfferFilter, RANGE_FIELDS, type RangeField } from './offers.ts';

/** Whether an offer is what was asked for and not hidden: as hiddenBy and violationsOf say, without making sentences. */
export function matcherOf(filter: OfferFilter): (offer: Offer) => boolean {
  const { defaults } = filter;
  const names = filter.gpu_name?.length ? new Set(filter.gpu_name) : null;
  const countries = filter.country?.length ? new Set(filter.country) : null;
  const wantsBid = filter.type === 'bid';
  const limits: { readonly field: RangeField; readonly min: number; readonly max: number }[] = [];
  for (const field of RANGE_FIELDS) {
    const { min, max } = filter.ranges?.[field] ?? {};
    if (min !== undefined || max !== undefined)
      limits.push({ field, min: min ?? Number.NEGATIVE_INFINITY, max: max ?? Number.POSITIVE_INFINITY });
  }
  return (offer) => {
    if (defaults.verified && offer.verification !== 'verified') return false;
    if (defaults.not_external && offer.external === true) return false;
    if (defaults.rentable && offer.rentable === false) return false;
    if (defaults.not_rented && offer.rented === true) return false;
    if (offer.is_bid !== wantsBid) return false;
    if (names !== null && !names.has(offer.gpu_name)) return false;
    for (const { field, min, max } of limits) {
      const value = offer[field];
      if (value === null || value < min || value > max) return false;
    }
    if (countries === null) return true;
    const country = countryOf(offer.geolocation);
    return country !== null && countries.has(country);
  };
}
