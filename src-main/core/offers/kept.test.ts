import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OFFERS_START, type OfferMarket, offerMarket, queryOf } from '#core/testing/offer-market.ts';
import { CodedError } from '#shared/model/failure.ts';
import { offerWith, syntheticOffers } from '#shared/model/testing.ts';

const SIGNAL = new AbortController().signal;
let market: OfferMarket;
const search = (more: Record<string, unknown> = {}) =>
  market.offers.search(queryOf({ max_age_s: 0, ...more }), SIGNAL);
const count = (table: string): number =>
  market.db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;

beforeEach(() => {
  market = offerMarket([]);
});
afterEach(() => market.close());

describe('prices of GPU types', () => {
  const priced = (usd: number, more = {}) => offerWith({ dph_total: usd, ...more });

  it('are per GPU and hour, of verified offers on demand, with the same disk for every search', async () => {
    market.page.offers = [
      priced(0.2),
      priced(0.8, { num_gpus: 2 }),
      priced(0.6),
      priced(0.8),
      priced(1.0),
      priced(0.01, { verification: 'unverified' }),
      priced(0.01, { rented: true }),
      priced(0.01, { is_bid: true }),
      priced(0.01, { external: true }),
      priced(2, { gpu_name: 'H100' }),
    ];
    await search();
    expect(await market.offers.history({ days: 1 })).toEqual([
      { at: OFFERS_START, gpu_name: 'H100', n: 1, low: 2, p25: 2, median: 2, p75: 2 },
      { at: OFFERS_START, gpu_name: 'RTX 4090', n: 5, low: 0.2, p25: 0.4, median: 0.6, p75: 0.8 },
    ]);
    market.now += 1000;
    market.page.offers = [priced(0.4 + (0.73 * 49) / 730, { storage_cost: 0.73 })];
    await search({ model: 'llama3.1:70b' });
    const [, , later] = await market.offers.history({ days: 1, gpu_name: ['RTX 4090', 'H100'] });
    expect(later?.median).toBeCloseTo(0.4, 9);
  });

  it('are kept every ten minutes for 400 days', async () => {
    market.page.offers = [offerWith()];
    for (let minute = 0; minute <= 21; minute++) {
      await search();
      market.now += 60;
    }
    expect(count('rs_gpu_price')).toBe(3);
    market.now = OFFERS_START + 400 * 86_400 + 700;
    await search();
    expect(count('rs_gpu_price')).toBe(2);
    expect(await market.offers.history({ days: 30 })).toHaveLength(1);
    expect(await market.offers.history({ days: 30, market: 'vastai' })).toEqual([]);
    expect(await market.offers.history({ days: 400, gpu_name: ['none'] })).toEqual([]);
  });

  it('are thinned out where they are of a long time, the latest of each part', async () => {
    const insert = market.db.prepare(
      "INSERT INTO rs_gpu_price (market, gpu_name, at, n, low, p25, median, p75) VALUES ('demo', ?, ?, 1, 0, 0, ?, 0)",
    );
    const rows = 40 * 144;
    market.db.transaction(() => {
      for (let i = 1; i <= rows; i++)
        for (const name of ['A', 'B']) insert.run(name, OFFERS_START - (rows - i) * 600, i);
    })();
    const all = await market.offers.history({ days: 40 });
    const a = all.filter(({ gpu_name }) => gpu_name === 'A');
    expect(a.length).toBeGreaterThan(390);
    expect(a.length).toBeLessThan(403);
    expect(a.at(-1)).toMatchObject({ at: OFFERS_START, median: rows });
    expect(all).toEqual(all.toSorted((x, y) => x.at - y.at));
    expect(await market.offers.history({ days: 40, gpu_name: ['A'] })).toEqual(a);
    expect(await market.offers.history({ days: 1, gpu_name: ['A'] })).toHaveLength(145);
  });

  it.each([
    ['its price', { filter: { ranges: { dph_total: { max: 1 } } } }],
    ['its country', { filter: { country: ['FI'] } }],
    ['being interruptible', { filter: { type: 'bid' } }],
  ])('are not taken from a search that picks offers by %s', async (_what, query) => {
    market.page.offers = [offerWith()];
    await search(query);
    expect(count('rs_gpu_price')).toBe(0);
    await search({ filter: { gpu_name: ['RTX 4090'] } });
    expect(count('rs_gpu_price')).toBe(1);
  });

  it('are not taken from a list that was cut off', async () => {
    market.page = { offers: [offerWith()], unreadable: [], truncated: true };
    await search();
    expect(count('rs_gpu_price')).toBe(0);
  });
});

describe('searches that are kept', () => {
  it('open a view on what was known, judged by what is asked now, without asking the market', async () => {
    const offers = syntheticOffers(300);
    market.page = { offers, unreadable: [{ reason: 'price', n: 2 }], truncated: true };
    const found = await search({ filter: { defaults: { verified: false } } });
    const later = offerMarket([], { db: market.db });
    later.before = () => Promise.reject(new CodedError('vastai.unreachable', 'Nobody is there.'));
    later.now = OFFERS_START + 3600;
    const known = await later.offers.latest(queryOf({ filter: { defaults: { verified: false } } }));
    expect(known).toEqual(found);
    expect(known?.searched_at).toBe(OFFERS_START);
    const verified = await later.offers.latest(queryOf({ model: 'llama3.1:8b' }));
    expect(verified?.hidden_by_defaults).toBeGreaterThan(0);
    expect(verified?.offers.every(({ fit }) => fit?.model === 'llama3.1:8b')).toBe(true);
    expect(later.searches).toEqual([]);
    await expect(later.offers.search(queryOf(), SIGNAL)).rejects.toMatchObject({
      code: 'vastai.unreachable',
    });
  });

  it('are the one that was asked for rather than the latest of any', async () => {
    market.page.offers = [offerWith({ id: 1 })];
    await search();
    market.now += 100;
    market.page.offers = [offerWith({ id: 2, gpu_name: 'H100' })];
    await search({ filter: { gpu_name: ['H100'] } });
    const idOf = async (query = {}) => (await market.offers.latest(queryOf(query)))?.offers[0]?.id;
    expect(await idOf()).toBe(1);
    expect(await idOf({ filter: { gpu_name: ['H100'] } })).toBe(2);
    expect(await idOf({ filter: { gpu_name: ['H200'] } })).toBe(2);
    expect(await idOf({ market: 'vastai' })).toBeUndefined();
  });

  it('are the latest twenty of each market, one a minute of the same', async () => {
    market.page.offers = [offerWith()];
    for (let i = 0; i < 30; i++) {
      await search();
      market.now += 30;
    }
    expect(count('rs_offer_snapshot')).toBe(15);
    for (let i = 0; i < 30; i++) {
      await search();
      market.now += 61;
    }
    expect(count('rs_offer_snapshot')).toBe(20);
    const oldest = market.db.prepare('SELECT min(at) FROM rs_offer_snapshot').pluck().get() as number;
    expect(oldest).toBe(market.now - 20 * 61);
  });

  it('are passed by when nothing can be read of them', async () => {
    market.page.offers = [offerWith()];
    await search();
    market.db.prepare("UPDATE rs_offer_snapshot SET offers = x'00'").run();
    expect(await market.offers.latest(queryOf())).toBeNull();
    expect(await offerMarket([], { db: market.db }).offers.latest(queryOf())).toBeNull();
  });

  it('are not written by an engine that only reads', async () => {
    const reader = offerMarket([offerWith()], { db: market.db, writable: false });
    await reader.offers.search(queryOf(), SIGNAL);
    expect([count('rs_offer_snapshot'), count('rs_gpu_price')]).toEqual([0, 0]);
    expect(reader.logged).toEqual([]);
  });

  it('are no reason to fail a search that has its offers', async () => {
    market.db.exec('DROP TABLE rs_offer_snapshot');
    market.page.offers = [offerWith()];
    await expect(search()).resolves.toMatchObject({ offers: [{ id: 1 }] });
    expect(market.logged.map(({ event }) => event)).toEqual(['offers.not_kept']);
  });
});
