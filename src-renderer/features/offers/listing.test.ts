import { describe, expect, it } from 'vitest';
import { isEligible } from '#shared/model/offer-front.ts';
import type { PricedOffer } from '#shared/model/offers.ts';
import { offerWith, syntheticOffers } from '#shared/model/testing.ts';
import { compareRows } from './compare-rows.ts';
import { facetOf, hiddenCounts, listOffers, reasonsOf, whyNot, withBlocks } from './listing.ts';
import { type OffersView, parseView } from './offers-url.ts';
import { withPin } from './pins.ts';
import { sortOffers } from './sort-offers.ts';
import { pricedOffers } from './testing.ts';

const AXES = { x: 'usd_per_job', y: 'seconds_per_job' } as const;
const view = (query = ''): OffersView => parseView(new URLSearchParams(query));
const MARKET = pricedOffers([
  ...syntheticOffers(400),
  offerWith({ id: 1, external: true }),
  offerWith({ id: 2, rented: true, verification: 'deverified' }),
  offerWith({ id: 3, gpu_ram: 4000, gpu_total_ram: 4000 }),
  offerWith({ id: 4, host_id: 666, machine_id: 66 }),
  offerWith({ id: 5, dlperf: null, geolocation: null }),
]);
const one = (id: number): PricedOffer => {
  const found = MARKET.find((offer) => offer.id === id);
  if (found === undefined) throw new Error(`no offer ${id}`);
  return found;
};

describe('what may be rented', () => {
  it('is everything else than is counted as left out, each once', () => {
    const blocked = withBlocks(MARKET, { blocked_hosts: [666], blocked_machines: [] });
    const { shown, out, leftOut, front } = listOffers(blocked, view('dph_total=..5'), AXES);
    expect(shown.length + out.length).toBe(MARKET.length);
    expect(leftOut.filtered + leftOut.hidden + leftOut.blocked + leftOut.unfit).toBe(out.length);
    expect(leftOut.blocked).toBe(1);
    expect(leftOut.unfit).toBe(1);
    expect(leftOut.filtered).toBe(MARKET.filter(({ dph_total }) => dph_total > 5).length);
    expect(out.filter(({ id }) => front.has(id))).toEqual([]);
    expect(shown.every(isEligible)).toBe(true);
  });

  it('has a front that nothing of it beats, and names who beats the others', () => {
    const listing = listOffers(MARKET, view(), AXES);
    expect(listing.front.size).toBeGreaterThan(1);
    const figures = (offer: PricedOffer): readonly number[] => [
      offer.usd_per_job?.p50 ?? Number.NaN,
      offer.seconds_per_job?.p50 ?? Number.NaN,
      -(offer.reliability ?? Number.NaN),
    ];
    for (const offer of listing.shown) {
      const better = listing.better.get(offer.id);
      if (better === undefined) continue;
      expect(figures(better).every((value, i) => value <= (figures(offer)[i] ?? 0))).toBe(true);
      expect(whyNot(offer, listing, view())).toMatch(/^Dominated by #\d+ because: .+ reliable \(.+\)\.$/);
    }
    const id = [...listing.front][0] ?? 0;
    expect(whyNot(one(id), listing, view())).toBeNull();
  });

  it('says every reason why one is left out', () => {
    expect(reasonsOf(one(2), view('country=DE&q=nothing'))).toEqual([
      'FI is none of DE',
      'it does not hold “nothing”',
      'it is not verified',
      'it is rented to somebody',
    ]);
    expect(reasonsOf(one(3), view())).toEqual(['no model of the table fits']);
    expect(reasonsOf(one(5), view('dlperf=10..'))).toEqual(['dlperf is not known']);
    expect(reasonsOf(one(1), view('off=not_external'))).toEqual([]);
  });

  it('is blocked as the settings are now, whatever the engine said when it was asked', () => {
    const stale = MARKET.map((offer) => ({ ...offer, blocked: 'host' as const }));
    expect(
      withBlocks(stale, { blocked_hosts: [], blocked_machines: [66] }).map(({ blocked }) => blocked),
    ).toEqual(MARKET.map(({ machine_id }) => (machine_id === 66 ? 'machine' : null)));
  });
});

describe('counts of the filters', () => {
  it('of a facet do not depend on what is chosen in it', () => {
    const without = facetOf(MARKET, view('dlperf=80..'), 'gpu');
    expect(facetOf(MARKET, view('dlperf=80..&gpu=RTX+4090'), 'gpu')).toEqual(without);
    expect(without.reduce((sum, { count }) => sum + count, 0)).toBe(
      MARKET.filter(
        (offer) =>
          (offer.dlperf ?? 0) >= 80 && offer.verification === 'verified' && !offer.external && !offer.rented,
      ).length,
    );
  });

  it("of the market's defaults are what each would hide by itself", () => {
    const { verified, not_external, not_rented } = hiddenCounts(MARKET, view());
    expect(verified).toBe(MARKET.filter(({ verification }) => verification !== 'verified').length);
    expect([not_external, not_rented]).toEqual([1, 1]);
  });
});

it('sorts by several columns, the unknown last either way round', () => {
  const by = (desc: boolean) => sortOffers(MARKET, [{ by: 'dlperf', desc }]);
  expect([by(false).at(-1)?.id, by(true).at(-1)?.id]).toEqual([5, 5]);
  const sorted = sortOffers(MARKET, [
    { by: 'gpu_name', desc: false },
    { by: 'dph_total', desc: true },
  ]);
  for (const [i, offer] of sorted.slice(1).entries()) {
    const before = sorted[i];
    if (before?.gpu_name !== offer.gpu_name) continue;
    expect(before.dph_total).toBeGreaterThanOrEqual(offer.dph_total);
  }
});

it('compares what people read: whose is best, and what differs', () => {
  const pair = pricedOffers([
    offerWith({ id: 1, dph_total: 0.5, reliability: 0.991, dlperf: 98.21, static_ip: true }),
    offerWith({ id: 2, dph_total: 0.4, reliability: 0.999, dlperf: 98.19, static_ip: false }),
  ]);
  const rows = new Map(compareRows([...pair, undefined]).map((row) => [row.field.key, row]));
  expect([...(rows.get('dph_total')?.best ?? [])]).toEqual([1]);
  expect([...(rows.get('reliability')?.best ?? [])]).toEqual([1]);
  expect(rows.get('dlperf')?.differs).toBe(false);
  expect(rows.get('static_ip')).toMatchObject({ differs: true, best: new Set() });
  expect(rows.get('gpu_name')?.differs).toBe(false);
});

it('pins four at most, and leaves the comparison with the second last', () => {
  const four = [1, 2, 3, 4, 5].reduce(withPin, view());
  expect(four.pins).toEqual([1, 2, 3, 4]);
  const two = withPin(withPin({ ...four, compare: true }, 1), 2);
  expect(two).toMatchObject({ pins: [3, 4], compare: true });
  expect(withPin(two, 3)).toMatchObject({ pins: [4], compare: false });
});
