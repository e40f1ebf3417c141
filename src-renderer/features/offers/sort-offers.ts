import { fieldValue, type OfferFieldKey } from '#shared/model/offer-fields.ts';
import type { PricedOffer } from '#shared/model/offers.ts';
import type { OfferSort } from './offers-url.ts';

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

type Key = number | string | null;

const keyOf = (offer: PricedOffer, by: OfferFieldKey): Key => {
  const value = fieldValue(offer, by);
  return typeof value === 'boolean' ? Number(value) : value === '' ? null : value;
};

/** By several columns; what has no value stands last either way round, and equals by price and number. */
export function sortOffers(
  offers: readonly PricedOffer[],
  sort: readonly OfferSort[],
): readonly PricedOffer[] {
  // Keys are read once an offer, not once a comparison.
  const keyed = offers.map((offer) => ({ offer, keys: sort.map(({ by }) => keyOf(offer, by)) }));
  keyed.sort((a, b) => {
    for (const [i, { desc }] of sort.entries()) {
      const [x, y] = [a.keys[i] ?? null, b.keys[i] ?? null];
      if (x === y) continue;
      if (x === null) return 1;
      if (y === null) return -1;
      const order =
        typeof x === 'number' && typeof y === 'number' ? x - y : collator.compare(String(x), String(y));
      if (order !== 0) return desc ? -order : order;
    }
    return a.offer.dph_total - b.offer.dph_total || a.offer.id - b.offer.id;
  });
  return keyed.map(({ offer }) => offer);
}
