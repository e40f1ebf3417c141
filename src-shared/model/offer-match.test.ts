import { expect, it } from 'vitest';
import { seeded } from '#shared/lib/random.ts';
import { hiddenBy, violationsOf } from './offer-filter.ts';
import { matcherOf } from './offer-match.ts';
import { type OfferFilter, RANGE_FIELDS } from './offers.ts';
import { syntheticOffers } from './testing.ts';

it('says what the sentences say, for any filter', () => {
  const next = seeded(3);
  const maybe = (): boolean => next() < 0.5;
  const offers = syntheticOffers(300).map((offer) => ({
    ...offer,
    is_bid: next() < 0.1,
    rentable: next() < 0.9,
    rented: next() < 0.1,
    external: next() < 0.1,
    geolocation: next() < 0.1 ? null : offer.geolocation,
    inet_down: next() < 0.1 ? null : offer.inet_down,
  }));
  let some = 0;
  for (let round = 0; round < 200; round++) {
    const ranges: Record<string, { min?: number; max?: number }> = {};
    for (const field of RANGE_FIELDS.filter(() => next() < 0.1)) {
      const value = offers[Math.floor(next() * offers.length)]?.[field] ?? 1;
      ranges[field] = { ...(maybe() && { min: value * 0.8 }), ...(maybe() && { max: value * 1.3 }) };
    }
    const filter: OfferFilter = {
      ...(maybe() && { gpu_name: ['RTX 4090', 'H100 SXM', 'L40S'] }),
      ...(maybe() && { country: ['FI', 'US'] }),
      ...(maybe() && { gpu_name: [], country: [] }),
      ranges,
      type: next() < 0.2 ? 'bid' : 'ondemand',
      defaults: { verified: maybe(), not_external: maybe(), rentable: maybe(), not_rented: maybe() },
    };
    const matches = matcherOf(filter);
    for (const offer of offers) {
      const expected = !hiddenBy(offer, filter.defaults) && violationsOf(offer, filter).length === 0;
      expect(matches(offer)).toBe(expected);
      if (expected) some += 1;
    }
  }
  expect(some).toBeGreaterThan(1000);
});
