import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenMarket, openMarket } from '#core/testing/open-market.ts';
import { realClock } from '#core/testing/ports.ts';
import { createVastClient } from '../client/client.ts';
import type { VastClient } from '../seams.ts';
import { TEMPLATES } from './templates.ts';

let open: OpenMarket;
let client: VastClient;
const { signal } = new AbortController();
beforeAll(async () => {
  open = await openMarket();
  const connection = { market: 'demo', base_url: open.market.url, key: open.market.key, pace: 1000 } as const;
  client = createVastClient(connection, realClock(), { log: () => {} });
});
afterAll(() => open.remove());

describe('the client at the demo market', () => {
  it('reads nearly all offers, and counts what cannot be believed', async () => {
    const { offers, unreadable, truncated } = await client.search(
      { filter: { type: 'ondemand' }, allocated_storage: 40 },
      signal,
    );
    expect(truncated).toBe(false);
    expect(offers.length).toBeGreaterThan(770);
    expect(offers.length + unreadable.reduce((sum, { n }) => sum + n, 0)).toBe(800);
    expect(unreadable.length).toBeGreaterThan(1);
    expect(offers.some(({ odd }) => odd.length > 0)).toBe(true);
  });

  it('rents, lists, labels, pays and destroys', async () => {
    const { offers } = await client.search(
      {
        filter: {
          type: 'ondemand',
          ranges: { direct_port_count: { min: 1 }, disk_space: { min: 100 }, inet_down: { min: 500 } },
        },
        allocated_storage: 40,
      },
      signal,
    );
    const offer = offers.find(({ rentable, rented }) => rentable === true && rented === false);
    const wish = { label: 'rune-j.1', disk_gb: 40, template_hash: null };
    const outcome = await client.create(offer?.id ?? 0, wish, signal);
    if (outcome.kind !== 'created') throw new Error(JSON.stringify(outcome));
    const { contract_id } = outcome;
    expect(await client.create(offer?.id ?? 0, wish, signal)).toMatchObject({
      kind: 'refused',
      failure: { code: 'vastai.offer_taken' },
    });
    expect(await client.show(contract_id, signal)).toMatchObject({ actual_status: null, label: 'rune-j.1' });
    open.clock.forward(3600);
    const shown = await client.show(contract_id, signal);
    expect(shown).toMatchObject({
      actual_status: 'running',
      public_ipaddr: '127.0.0.1',
      machine_id: offer?.machine_id,
      host_id: offer?.host_id,
    });
    expect(shown?.dph_total).toBeCloseTo(offer?.dph_total ?? 0, 9);
    const server = `http://127.0.0.1:${shown?.ports.get(11434)}`;
    expect((await fetch(server, { headers: { connection: 'close' } })).status).toBe(200);
    await client.label(contract_id, 'rune-k.1', signal);
    expect((await client.list(signal)).map(({ id, label }) => [id, label])).toEqual([
      [contract_id, 'rune-k.1'],
    ]);
    await client.destroy(contract_id, signal);
    await client.destroy(contract_id, signal);
    expect(await client.show(contract_id, signal)).toBeNull();
    expect(await client.list(signal)).toEqual([]);
    const now = open.clock.nowUs() / 1e6;
    const [bill] = open.market.bills();
    expect(await client.charges(now - 86_400, now, signal)).toEqual([
      expect.objectContaining({ contract_id, usd: bill?.usd }),
    ]);
  });

  it('knows volumes, templates and the user', async () => {
    const { offers } = (await open.call('POST', '/bundles/', { limit: 1 })).body as {
      offers: readonly { avail_vol_ask_id: number }[];
    };
    await open.call('PUT', '/volumes/', { id: offers[0]?.avail_vol_ask_id, size: 5, name: 'mine' });
    const [volume] = await client.volumes(signal);
    expect(volume?.label).toBe('mine');
    await client.deleteVolume(volume?.id ?? 0, signal);
    expect(await client.volumes(signal)).toEqual([]);
    const [known] = TEMPLATES;
    expect((await client.template(known?.hash_id ?? '', signal))?.name).toBe(known?.name);
    expect(await client.template('nothing', signal)).toBeNull();
    expect((await client.user(signal)).credit_usd).toBe(100);
  });

  it('is told of a wrong key, which makes nothing absent', async () => {
    const wrong = { market: 'demo', base_url: open.market.url, key: 'another', pace: 1000 } as const;
    const stranger = createVastClient(wrong, realClock(), { log: () => {} });
    for (const call of [
      () => stranger.list(signal),
      () => stranger.show(24_000_001, signal),
      () => stranger.destroy(24_000_001, signal),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'vastai.bad_key' });
  });
});
