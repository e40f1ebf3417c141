import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  addRental,
  OFFERS_START,
  type OfferMarket,
  offerMarket,
  queryOf,
} from '#core/testing/offer-market.ts';
import { CodedError } from '#shared/model/failure.ts';
import { isEligible } from '#shared/model/offer-front.ts';
import { offerWith, syntheticOffers } from '#shared/model/testing.ts';

const SIGNAL = new AbortController().signal;

let market: OfferMarket;
const open = (...given: Parameters<typeof offerMarket>): OfferMarket => {
  market = offerMarket(...given);
  return market;
};
const search = (more: Record<string, unknown> = {}) => market.offers.search(queryOf(more), SIGNAL);
const ids = (offers: readonly { readonly id: number }[]): readonly number[] => offers.map(({ id }) => id);

beforeEach(() => void open([]));
afterEach(() => market.close());

describe('search', () => {
  it('sends filters and the disk of the model, and never the hidden defaults', async () => {
    await search({
      model: 'llama3.1:70b',
      filter: { gpu_name: ['H100 SXM'], ranges: { dph_total: { max: 3 } } },
    });
    await search();
    expect(market.searches).toEqual([
      {
        filter: { gpu_name: ['H100 SXM'], ranges: { dph_total: { max: 3 } }, type: 'ondemand' },
        allocated_storage: 89,
      },
      { filter: { type: 'ondemand' }, allocated_storage: 40 },
    ]);
  });

  it('applies the defaults itself, counts what only they hide, and shows it when they are switched off', async () => {
    market.page.offers = [
      offerWith({ id: 1 }),
      offerWith({ id: 2, verification: 'unverified' }),
      offerWith({ id: 3, rented: true }),
      offerWith({ id: 4, external: true, dph_total: 9 }),
    ];
    const filter = { ranges: { dph_total: { max: 1 } } };
    const usual = await search({ filter });
    expect(ids(usual.offers)).toEqual([1]);
    expect(usual.hidden_by_defaults).toBe(2);
    const all = await search({
      filter: { ...filter, defaults: { verified: false, not_external: false, not_rented: false } },
    });
    expect(ids(all.offers).toSorted()).toEqual([1, 2, 3, 4]);
    expect(all.hidden_by_defaults).toBe(0);
    // They are not sent: one call served both.
    expect(market.searches).toHaveLength(1);
  });

  it('keeps what the market should not have sent, with its violations, behind all that may be rented', async () => {
    market.page.offers = [
      offerWith({ id: 1, dph_total: 0.01, reliability: 0.5 }),
      offerWith({ id: 2, dph_total: 0.5 }),
      offerWith({ id: 3, dph_total: 0.4 }),
      offerWith({ id: 4, dph_total: 0.01, gpu_total_ram: 4000 }),
      offerWith({ id: 5, dph_total: 0.01, host_id: 66 }),
    ];
    market.settings = {
      ...market.settings,
      offers: { ...market.settings.offers, blocked_hosts: [66], blocked_machines: [31_337] },
    };
    market.page.offers = market.page.offers.map((offer) =>
      offer.id === 2 || offer.id === 3 ? { ...offer, machine_id: offer.id } : offer,
    );
    const { offers } = await search({
      model: 'llama3.1:8b',
      filter: { ranges: { reliability: { min: 0.9 } } },
    });
    expect(ids(offers).slice(0, 2)).toEqual([3, 2]);
    const byId = new Map(offers.map((offer) => [offer.id, offer]));
    expect(byId.get(1)?.violations).toEqual([
      { field: 'reliability', message: 'reliability is 0.5, at least 0.9 was asked for' },
    ]);
    expect(byId.get(1)?.blocked).toBe('machine');
    expect(byId.get(5)?.blocked).toBe('host');
    expect(byId.get(4)).toMatchObject({ fit: { fits: false, headroom_mb: -4000 }, usd_per_job: null });
    expect(offers.slice(2).some((offer) => isEligible(offer) || offer.pareto || offer.dominated_by)).toBe(
      false,
    );
  });

  it('ranks by dollars per finished job, not by the hour', async () => {
    market.page.offers = [
      offerWith({ id: 1, dph_total: 0.3, inet_down: 20, gpu_mem_bw: 300 }),
      offerWith({ id: 2, dph_total: 0.4, inet_down: 2000 }),
    ];
    const { offers, job } = await search({ model: 'llama3.1:8b', agent: 'k8sgpt' });
    expect(ids(offers)).toEqual([2, 1]);
    expect(offers.map(({ pareto }) => pareto)).toEqual([true, false]);
    expect(offers[1]?.dominated_by?.id).toBe(2);
    expect(offers[1]?.dominated_by?.because).toMatch(
      /^\$0\.\d+ less per job, .+ sooner, as reliable \(0\.997\)$/,
    );
    expect(job).toEqual({
      model: 'llama3.1:8b',
      tokens_in: 8192,
      tokens_out: 2048,
      basis: '8,192 tokens in, 2,048 out: our default, as there is no history yet',
    });
  });

  it('judges each by the largest model that fits, unless one is named; of an unknown one it says nothing', async () => {
    market.page.offers = [
      offerWith({ id: 1 }),
      offerWith({ id: 2, gpu_total_ram: 98_000, num_gpus: 4, disk_space: 500 }),
      offerWith({ id: 3, gpu_total_ram: 4000 }),
    ];
    const largest = await search();
    const fits = new Map(largest.offers.map(({ id, fit, models }) => [id, [fit?.model, models.length]]));
    expect([...fits].toSorted()).toEqual([
      [1, ['llama3.1:8b', 1]],
      [2, ['mixtral:8x22b', 7]],
      [3, [undefined, 0]],
    ]);
    const unknown = await search({ model: 'phi3:mini' });
    expect(unknown.offers.every(({ fit, usd_per_job }) => fit === null && usd_per_job === null)).toBe(true);
    // It is asked for with the usual disk, as the largest were.
    expect(market.searches).toHaveLength(1);
    const demo = await search({ model: 'demo-small', backend_type: 'demo' });
    expect(demo.offers[0]?.fit?.model).toBe('demo-small');
    expect(demo.job.tokens_out).toBe(512);
  });

  it("takes the user's own rows of the selector table", async () => {
    const own = { model: 'mine:3b', vram_mb: 3000, disk_gb: 60 };
    market.settings = { ...market.settings, offers: { ...market.settings.offers, models: [own] } };
    market.page.offers = [offerWith({ gpu_total_ram: 4000 })];
    const { offers } = await search();
    expect(offers[0]?.models).toEqual(['mine:3b']);
    expect(offers[0]?.fit).toMatchObject({ model: 'mine:3b', required_disk_gb: 60, fits: true });
    expect(market.offers.models().find(({ model }) => model === 'mine:3b')?.own).toBe(true);
  });

  it('judges 5,000 offers in well under a second', async () => {
    market.page.offers = syntheticOffers(5000);
    for (let i = 0; i < 500; i++) addRental(market.db, { machine_id: 1000 + i, boot_s: 60 + i });
    const all = { defaults: { verified: false } };
    await search({ filter: all });
    const start = performance.now();
    const { offers } = await search({ model: 'llama3.1:8b', filter: all });
    expect(performance.now() - start).toBeLessThan(1500);
    expect(offers).toHaveLength(5000);
    expect(offers.filter(({ pareto }) => pareto).length).toBeGreaterThan(1);
  });

  it('throws what the market throws, and the next search asks again', async () => {
    market.before = () => Promise.reject(new CodedError('vastai.http_status', 'The market answered 500.'));
    await expect(search()).rejects.toMatchObject({ code: 'vastai.http_status' });
    market.before = async () => {};
    await expect(search()).resolves.toMatchObject({ market: 'demo' });
  });

  it('tells on what it could not read and what was cut off', async () => {
    market.page = { offers: [offerWith()], unreadable: [{ reason: 'price', n: 3 }], truncated: true };
    expect(await search()).toMatchObject({ unreadable: [{ reason: 'price', n: 3 }], truncated: true });
  });
});

describe('searches of the same', () => {
  it('take what is no older than they want', async () => {
    const first = await search();
    market.now += 20;
    expect((await search()).searched_at).toBe(first.searched_at);
    expect((await search({ max_age_s: 10 })).searched_at).toBe(market.now);
    market.now += 31;
    expect((await search()).searched_at).toBe(market.now);
    expect((await search({ max_age_s: 0 })).searched_at).toBe(market.now);
    expect(market.searches).toHaveLength(4);
  });

  it('share one call, which ends when nobody waits for it any more', async () => {
    let ended = 0;
    market.before = (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          ended += 1;
          reject(new Error('left'));
        });
      });
    const [one, other] = [new AbortController(), new AbortController()];
    const first = market.offers.search(queryOf(), one.signal);
    const second = market.offers.search(queryOf(), other.signal);
    const firstFails = expect(first).rejects.toMatchObject({ code: 'job.cancelled' });
    const secondFails = expect(second).rejects.toMatchObject({ code: 'job.cancelled' });
    while (market.searches.length === 0) await new Promise((resolve) => setImmediate(resolve));
    one.abort();
    await firstFails;
    expect([market.searches.length, ended]).toEqual([1, 0]);
    other.abort();
    await secondFails;
    expect(ended).toBe(1);
    market.before = async () => {};
    await search();
    expect(market.searches).toHaveLength(2);
  });

  it('give each who waits the same answer', async () => {
    market.page.offers = [offerWith({ id: 5 })];
    const [a, b] = await Promise.all([search(), search({ model: '' })]);
    expect([ids(a.offers), ids(b.offers)]).toEqual([[5], [5]]);
    expect(market.searches).toHaveLength(1);
  });
});

describe('quote', () => {
  const quote = (more: Record<string, unknown> = {}) =>
    market.offers.quote(
      { offer_id: 7, model: 'llama3.1:8b', backend_type: 'ollama', agent: 'prompt', ...more },
      SIGNAL,
    );

  it('asks the market anew for that one offer', async () => {
    market.page.offers = [offerWith({ id: 7, dph_total: 0.4 })];
    await search();
    market.now += 5;
    market.page.offers = [offerWith({ id: 7, dph_total: 0.45 })];
    const { offer, quoted_at } = await quote();
    expect([offer.dph_total, quoted_at]).toEqual([0.45, OFFERS_START + 5]);
    expect(offer.usd_per_job?.p50).toBeGreaterThan(0);
    expect(market.searches.at(-1)).toEqual({
      filter: { type: 'ondemand' },
      allocated_storage: 41,
      offer_id: 7,
    });
  });

  it.each([
    ['nothing', []],
    ['another one', [offerWith({ id: 8 })]],
    ['one that is rented', [offerWith({ id: 7, rented: true })]],
    ['one that is not rentable', [offerWith({ id: 7, rentable: false })]],
  ])('says that it is gone where the market sends %s', async (_what, offers) => {
    market.page.offers = offers;
    await expect(quote()).rejects.toMatchObject({ code: 'vastai.offer_taken' });
  });

  it('asks for an interruptible one as such', async () => {
    market.page.offers = [offerWith({ id: 7, is_bid: true })];
    await search({ filter: { type: 'bid' } });
    await quote();
    expect(market.searches.at(-1)?.filter.type).toBe('bid');
  });

  it('fills what the offer does not tell with what the market says, even of an earlier run', async () => {
    market.page.offers = [offerWith({ id: 1, gpu_mem_bw: 900 }), offerWith({ id: 7, gpu_mem_bw: null })];
    const { db } = market;
    await search();
    const later = offerMarket([offerWith({ id: 7, gpu_mem_bw: null })], { db });
    const { offer } = await later.offers.quote(
      { offer_id: 7, model: 'llama3.1:8b', backend_type: 'ollama', agent: 'prompt' },
      SIGNAL,
    );
    expect(offer.parts?.tokens_per_s).toBeCloseTo((0.6 * 900) / 9, 9);
  });
});

describe('rank', () => {
  it('puts the cheapest per job first, then what it cannot judge, last what must not be rented', async () => {
    market.settings = { ...market.settings, offers: { ...market.settings.offers, blocked_hosts: [66] } };
    const given = [
      offerWith({ id: 1, dph_total: 0.01, host_id: 66 }),
      offerWith({ id: 2, dph_total: 0.02, gpu_name: 'New', gpu_mem_bw: null }),
      offerWith({ id: 3, dph_total: 0.5 }),
      offerWith({ id: 4, dph_total: 0.4 }),
      offerWith({ id: 5, dph_total: 0.01, gpu_total_ram: 1000 }),
    ];
    const wish = {
      market: 'demo',
      model: 'llama3.1:8b',
      backend_type: 'ollama',
      agent: 'prompt',
      disk_gb: 41,
    } as const;
    const ranked = await market.offers.rank(given, wish);
    expect(ids(ranked).slice(0, 3)).toEqual([4, 3, 2]);
    expect(ids(ranked).slice(3).toSorted()).toEqual([1, 5]);
    expect(ranked[0]).toBe(given[3]);
    // The disk that was chosen counts, not the one the model would need.
    const small = [offerWith({ id: 6, disk_space: 36 }), offerWith({ id: 7, dph_total: 5 })];
    expect(ids(await market.offers.rank(small, wish))).toEqual([7, 6]);
    expect(ids(await market.offers.rank(small, { ...wish, disk_gb: 35 }))).toEqual([6, 7]);
  });
});
