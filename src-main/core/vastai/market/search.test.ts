import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenMarket, openMarket } from '#core/testing/open-market.ts';

type Offer = Readonly<Record<string, unknown>> & { readonly id: number };
let open: OpenMarket;
beforeAll(async () => {
  open = await openMarket();
});
afterAll(() => open.remove());

const search = async (body: unknown) => {
  const { status, body: answer } = await open.call('POST', '/bundles/', body);
  expect(status).toBe(200);
  return answer as unknown as { readonly offers: readonly Offer[]; readonly truncated?: boolean };
};
const every = () => search({ limit: 10_000 });

describe('a search of the demo market', () => {
  it('tells 64 offers and that there are more, unless more are asked for', async () => {
    const some = await search({});
    expect([some.offers.length, some.truncated]).toEqual([64, true]);
    const all = await every();
    expect([all.offers.length, all.truncated]).toEqual([800, undefined]);
  });

  it.each([
    ['eq', { num_gpus: { eq: 4 } }, (o: Offer) => o.num_gpus === 4],
    ['neq', { gpu_name: { neq: 'RTX 4090' } }, (o: Offer) => o.gpu_name !== 'RTX 4090'],
    ['gt', { dlperf: { gt: 300 } }, (o: Offer) => Number(o.dlperf) > 300],
    ['lt', { inet_down: { lt: 300 } }, (o: Offer) => Number(o.inet_down) < 300],
    ['gte', { gpu_total_ram: { gte: 81_559 } }, (o: Offer) => Number(o.gpu_total_ram) >= 81_559],
    [
      'lte',
      { dph_total: { lte: 0.2 } },
      (o: Offer) => o.dph_total !== undefined && Number(o.dph_total) <= 0.2,
    ],
    ['in', { gpu_name: { in: ['H200', 'L4'] } }, (o: Offer) => ['H200', 'L4'].includes(String(o.gpu_name))],
    ['notin', { gpu_name: { notin: ['H200'] } }, (o: Offer) => o.gpu_name !== 'H200'],
    ['verified', { verified: { eq: true } }, (o: Offer) => o.verification === 'verified'],
    ['place', { geolocation: { in: ['US'] } }, (o: Offer) => String(o.geolocation).endsWith(', US')],
    [
      'upstream text',
      { reliability: { gt: '0.99' }, verified: { eq: 'True' } },
      (o: Offer) => Number(o.reliability) > 0.99 && o.verification === 'verified',
    ],
    [
      'two conditions of one field',
      { dph_total: { gte: 0.1, lte: 0.15 } },
      (o: Offer) => Number(o.dph_total) >= 0.1 && Number(o.dph_total) <= 0.15,
    ],
  ])('filters by %s', async (_, filter, meets) => {
    const wanted = (await every()).offers.filter(meets).map(({ id }) => id);
    const found = (await search({ ...filter, limit: 10_000 })).offers.map(({ id }) => id);
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThan(800);
    expect(found.toSorted()).toEqual(wanted.toSorted());
  });

  it('drops a filter of rented, and leaves nothing else out', async () => {
    const { offers } = await search({ rented: { eq: false }, limit: 10_000 });
    expect(offers).toHaveLength(800);
    expect(offers.some(({ rented }) => rented === true)).toBe(true);
  });

  it('sorts as it is told, by score unless told', async () => {
    const prices = (await search({ order: [['dph_total', 'asc']], dph_total: { gt: 0 } })).offers.map((o) =>
      Number(o.dph_total),
    );
    expect(prices).toEqual(prices.toSorted((a, b) => a - b));
    const scores = (await search({})).offers.map((o) => Number(o.score));
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    const two = (
      await search({
        order: [
          ['num_gpus', 'desc'],
          ['gpu_name', 'asc'],
        ],
        limit: 900,
      })
    ).offers.map((o) => `${9 - Number(o.num_gpus)} ${o.gpu_name ?? '~'}`);
    expect(two).toEqual(two.toSorted());
  });

  it('prices the storage that is asked for', async () => {
    const [small, large] = await Promise.all([
      search({ allocated_storage: 10, limit: 900 }),
      search({ allocated_storage: 740, limit: 900 }),
    ]);
    const byId = new Map(large.offers.map((offer) => [offer.id, offer]));
    const sound = small.offers.filter((o) => typeof o.dph_total === 'number' && o.dph_total > 0);
    expect(sound.length).toBeGreaterThan(780);
    for (const offer of sound) {
      const more = Number(byId.get(offer.id)?.dph_total) - Number(offer.dph_total);
      expect(more).toBeCloseTo((Number(offer.storage_cost) * 730) / 730, 9);
    }
  });

  it('offers bids below the price on demand', async () => {
    const demand = new Map((await every()).offers.map((offer) => [offer.id, offer]));
    const { offers } = await search({ type: 'bid', limit: 900 });
    expect(offers.length).toBeLessThan(800);
    for (const offer of offers) {
      expect(offer.is_bid).toBe(true);
      if (Number(offer.dph_base) > 0)
        expect(Number(offer.min_bid)).toBeLessThan(Number(demand.get(offer.id)?.min_bid) + 1e-9);
    }
  });

  it('holds offers that cannot be believed', async () => {
    const { offers } = await every();
    expect(offers.some((o) => o.dph_total === 0)).toBe(true);
    expect(offers.some((o) => o.gpu_ram === undefined)).toBe(true);
    expect(offers.some((o) => typeof o.dph_total === 'string' || o.disk_space === 1e9)).toBe(true);
  });

  it('answers PUT /search/asks/ and the old GET alike', async () => {
    const q = { gpu_name: { eq: 'RTX 3090' }, order: [['dph_total', 'asc']], limit: 5 };
    const { offers } = await search(q);
    const put = await open.call('PUT', '/search/asks/', { select_cols: ['id', 'dph_total'], q });
    expect(put.body.offers).toEqual(offers.map(({ id, dph_total }) => ({ id, dph_total })));
    const old = await open.call('GET', `/bundles/?q=${encodeURIComponent(JSON.stringify(q))}`);
    expect(old.body.offers).toEqual(offers);
  });

  it.each([
    ['a field that it does not know', { dph: { gte: '2.3' } }],
    ['an operator that it does not know', { num_gpus: { above: 2 } }],
    ['a bare value', { num_gpus: 2 }],
    ['a list that is none', { gpu_name: { in: 'RTX 4090' } }],
    ['a type that it does not know', { type: 'spot' }],
    ['an order of another shape', { order: 'dph_total' }],
    ['an order by nothing it knows', { order: [['price', 'asc']] }],
    ['no limit at all', { limit: 0 }],
    ['what is no object', [1, 2]],
  ])('refuses %s', async (_, body) => {
    const { status, body: answer } = await open.call('POST', '/bundles/', body);
    expect([status, answer.error]).toEqual([400, 'invalid_args']);
  });
});
