import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MARKET_FAULTS, MarketFaults } from '#core/testing/market-faults.ts';
import { type OpenMarket, openMarket } from '#core/testing/open-market.ts';
import { scaledClock } from '#core/testing/scaled-clock.ts';
import { violationsOf } from '#shared/model/offer-filter.ts';
import type { VastClient } from '../seams.ts';
import { createVastClient } from './client.ts';

const SPEED = 200;
const WISH = { label: 'rune-a.1', disk_gb: 12, template_hash: null } as const;
const { signal } = new AbortController();
let faults: MarketFaults;
let open: OpenMarket;
let client: VastClient;

beforeEach(async () => {
  const clock = scaledClock(Date.now() * 1000, SPEED);
  faults = new MarketFaults(clock, 1);
  // As strict as Vast.ai about calls that come too soon.
  open = await openMarket({
    moving: { ...clock, forward: () => {} },
    intervals: true,
    around: faults.around,
  });
  const { url, key } = open.market;
  client = createVastClient({ market: 'demo', base_url: url, key, pace: 1 }, clock, { log: () => {} }, 1000);
});
afterEach(() => open.remove());

const search = (filter: Parameters<VastClient['search']>[0]['filter']) =>
  client.search({ filter, allocated_storage: 40 }, signal);

async function freeOffers(n: number): Promise<readonly number[]> {
  const { offers } = await search({ type: 'ondemand', ranges: { disk_space: { min: 50 } } });
  return offers
    .filter(({ rentable, rented }) => rentable === true && rented === false)
    .map(({ id }) => id)
    .slice(0, n);
}

async function created(offerId: number): Promise<number> {
  const outcome = await client.create(offerId, WISH, signal);
  if (outcome.kind !== 'created') throw outcome.failure;
  return outcome.contract_id;
}

const tooSoon = () => faults.calls.filter(({ outcome }) => outcome === 429);

describe('the client on the demo market', () => {
  it('finds what was asked for, counts what cannot be read, and doubts the absurd', async () => {
    const all = await search({ type: 'ondemand' });
    expect(all.offers.length).toBeGreaterThan(600);
    expect(all.truncated).toBe(false);
    expect(all.unreadable.map(({ reason }) => reason)).toContain('no believable price');
    expect(new Set(all.offers.flatMap(({ odd }) => odd))).toContain('disk_space');
    const filter = {
      type: 'ondemand',
      gpu_name: ['RTX 4090'],
      ranges: { dph_total: { max: 0.8 }, reliability: { min: 0.95 } },
    } as const;
    const found = await search(filter);
    expect(found.offers.length).toBeGreaterThan(3);
    expect(found.offers.flatMap((offer) => violationsOf(offer, filter))).toEqual([]);
    const [first] = found.offers;
    const again = await client.search({ filter, allocated_storage: 40, offer_id: first?.id }, signal);
    expect(again.offers.map(({ id }) => id)).toEqual([first?.id]);
  });

  it('rents, lists page by page, labels and destroys, and is never told that it comes too soon', async () => {
    const offers = await freeOffers(28);
    const contracts = await Promise.all(offers.map(created));
    expect(new Set(contracts).size).toBe(28);
    const listed = await client.list(signal);
    expect(listed.map(({ id }) => id).toSorted()).toEqual(contracts.toSorted());
    expect(new Set(listed.map(({ label }) => label))).toEqual(new Set(['rune-a.1']));
    const [one = 0] = contracts;
    await client.label(one, 'rune-b.1', signal);
    expect(await client.show(one, signal)).toMatchObject({ id: one, label: 'rune-b.1' });
    await Promise.all(contracts.map((id) => client.destroy(id, signal)));
    await client.destroy(one, signal);
    expect(await client.show(one, signal)).toBeNull();
    expect(await client.list(signal)).toEqual([]);
    expect(tooSoon()).toEqual([]);
  });

  it('has the bill that the market has, to the last digit', async () => {
    const [offer = 0] = await freeOffers(1);
    const contract = await created(offer);
    await client.destroy(contract, signal);
    const [bill] = open.market.bills();
    const day = 86_400;
    const from = (bill?.start ?? 0) - day;
    const [charge] = await client.charges(from, from + 3 * day, signal);
    expect(charge).toMatchObject({ contract_id: contract, usd: bill?.usd });
  });

  it.each(
    MARKET_FAULTS.filter((fault) => !['taken', 'ignore-filters', 'lie-done', 'rate-limited'].includes(fault)),
  )('does not know what became of a create after %s, and a read or a destroy gets over it', async (fault) => {
    const [offer = 0, other = 0] = await freeOffers(2);
    faults.inject('create', fault);
    expect((await client.create(offer, WISH, signal)).kind).toBe('unknown');
    expect(faults.calls.filter(({ endpoint }) => endpoint === 'create')).toHaveLength(1);
    const made = /-after$|^lie-failed$/.test(fault) ? 1 : 0;
    expect(await client.list(signal)).toHaveLength(made);
    if (/^(reset|hang)/.test(fault)) {
      const contract = await created(other);
      faults.inject('list', fault);
      faults.inject('show', fault);
      faults.inject('destroy', fault);
      expect(await client.list(signal)).toHaveLength(made + 1);
      expect((await client.show(contract, signal))?.id).toBe(contract);
      await client.destroy(contract, signal);
      expect(await client.show(contract, signal)).toBeNull();
    }
  });

  it('is refused an offer that somebody else has, in both ways', async () => {
    for (const offer of await freeOffers(6)) {
      faults.take(offer);
      expect(await client.create(offer, WISH, signal)).toMatchObject({
        kind: 'refused',
        failure: { code: 'vastai.offer_taken' },
      });
    }
  });

  it('does not take a wrong key for an instance that is gone', async () => {
    const [offer = 0] = await freeOffers(1);
    const contract = await created(offer);
    const stranger = createVastClient({ ...client.connection, key: 'wrong' }, scaledClock(0, SPEED), {
      log: () => {},
    });
    for (const work of [
      () => stranger.show(contract, signal),
      () => stranger.destroy(contract, signal),
      () => stranger.list(signal),
      () => stranger.user(signal),
    ])
      await expect(work()).rejects.toMatchObject({ code: 'vastai.bad_key' });
    expect(await client.show(contract, signal)).not.toBeNull();
  });

  it('knows its templates, its account and that it has no volumes', async () => {
    expect(await client.template('5c1f0d2ab7e94b6d8f03c6a2e17d90b4', signal)).toMatchObject({
      image: 'ollama/ollama',
    });
    expect(await client.template('nope', signal)).toBeNull();
    expect((await client.user(signal)).credit_usd).toBe(100);
    expect(await client.volumes(signal)).toEqual([]);
  });
});
