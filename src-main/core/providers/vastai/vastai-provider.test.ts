import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failureOf } from '#core/testing/recorded-spans.ts';
import { type Rent, type RentalBench, startRentalBench } from '#core/testing/rental-bench.ts';
import { offerOf, unreachable } from '#core/testing/scripted-market.ts';
import { CodedError } from '#shared/model/failure.ts';
import { createVastaiProvider } from './vastai-provider.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
let bench: RentalBench;
beforeEach(async () => {
  bench = await startRentalBench(cleanUp);
  bench.market.offers = [
    offerOf({ id: 1, dph_total: 0.3 }),
    offerOf({ id: 2, dph_total: 0.2 }),
    offerOf({ id: 3, dph_total: 0.4 }),
  ];
});
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

const rowsOf = () =>
  bench.rentals.ledger
    .list({ limit: 100, offset: 0, open: false })
    .rentals.toReversed()
    .map(({ offer_id, state }) => [offer_id, state]);
const named = ({ spans }: Rent, name: string) => spans.filter((span) => span.name === name);
const attributesOf = (rent: Rent, name: string) => named(rent, name).map(({ attributes }) => attributes);
const refusal = (code: 'vastai.offer_taken' | 'vastai.bad_key' | 'vastai.http_status') => ({
  outcome: { kind: 'refused' as const, failure: new CodedError(code, 'no') },
  made: false,
});
const unclear = (made: boolean) => ({ outcome: { kind: 'unknown' as const, failure: unreachable() }, made });

describe('renting', () => {
  it('takes the first in order, waits until its backend answers, and destroys it', async () => {
    let seen: unknown;
    const rent = await bench.rent(bench.want({ max_dph: 0.5 }), async (provider) => {
      seen = provider.rented();
      expect(rowsOf()).toEqual([[2, 'ready']]);
    });
    expect(rent.failure).toBeNull();
    expect(seen).toMatchObject({ contract_id: 1000, model: 'llama3.1:8b' });
    expect(rowsOf()).toEqual([[2, 'gone']]);
    expect(bench.market.instances.size).toBe(0);
    expect(rent.spans.map(({ name }) => name)).toEqual([
      'vastai.instance_reuse_check',
      'vastai.offer_search',
      'vastai.instance_create',
      'vastai.instance_wait',
      'provider.provision',
      'provider.teardown',
    ]);
    expect(attributesOf(rent, 'vastai.offer_search')[0]).toMatchObject({
      min_dph: 0,
      max_dph: 0.5,
      reliability: 0,
      offers: 3,
      violating: 0,
      blocked: 0,
      chosen: 2,
    });
    expect(attributesOf(rent, 'vastai.instance_create')[0]).toMatchObject({
      model: 'llama3.1:8b',
      gpu_name: 'RTX 4090',
      num_gpus: 1,
      dph_total: 0.2,
      offer_id: 2,
      contract_id: 1000,
      outcome: 'created',
    });
    for (const span of [...named(rent, 'provider.provision'), ...named(rent, 'provider.teardown')])
      expect(span.attributes).toMatchObject({
        provider_type: 'vastai',
        backend_type: 'ollama',
        contract_id: 1000,
        reused: false,
      });
    expect(attributesOf(rent, 'provider.teardown')[0]).toMatchObject({ gone: true });
  });

  it('writes the intent before the market hears of it, and the contract before anybody waits', async () => {
    const states: unknown[] = [];
    bench.market.onCall = (call) => {
      if (/^(create|show)/.test(call)) states.push([call, rowsOf().at(-1)?.[1]]);
    };
    await bench.rent(bench.want());
    expect(states.slice(0, 2)).toEqual([
      ['create 2', 'intent'],
      ['show 1000', 'created'],
    ]);
    expect(bench.market.searches[0]?.allocated_storage).toBe(41);
  });

  it('refuses what no machine can serve, before anything is asked for', async () => {
    for (const more of [{ backend_type: 'openai' as const }, { backend_type: 'k8s-inference' as const }]) {
      const failure = await failureOf(async () => createVastaiProvider(bench.deps, bench.want({}, more)));
      expect(failure.code).toBe('request.invalid');
    }
    expect(bench.market.calls).toEqual([]);
  });

  it('takes the largest model that fits where none is named, with its disk', async () => {
    bench.market.offers = [offerOf({ id: 1, gpu_total_ram: 49_140, storage_cost: 0.73 })];
    let model = '';
    const rent = await bench.rent(bench.want({}, { model: '' }), async (provider) => {
      model = provider.rented().model;
    });
    expect(rent.failure).toBeNull();
    expect(model).toBe('mixtral:8x7b');
    expect(bench.rentals.ledger.list({ limit: 1, offset: 0, open: false }).rentals[0]?.disk_gb).toBe(68);
    // Its price was asked for with the least disk that any model needs: before it is paid, with its own.
    expect(bench.market.searches.map(({ allocated_storage }) => allocated_storage)).toEqual([41, 68]);
  });
});

describe('which offers are rented', () => {
  it('none that violates the filter, whatever the market sends', async () => {
    bench.market.offers = [
      offerOf({ id: 1, dph_total: 0.9 }),
      offerOf({ id: 2, reliability: 0.5 }),
      offerOf({ id: 3, gpu_name: 'RTX 3090' }),
      offerOf({ id: 4, gpu_total_ram: 6000 }),
      offerOf({ id: 5, disk_space: 20 }),
      offerOf({ id: 6, is_bid: true }),
      offerOf({ id: 7, direct_port_count: 0 }),
    ];
    const rent = await bench.rent(bench.want({ max_dph: 0.5, reliability: 0.9, gpu_name: ['RTX 4090'] }));
    expect(rent.failure?.code).toBe('provider.no_offer');
    expect(attributesOf(rent, 'vastai.offer_search')[0]).toMatchObject({ offers: 7, violating: 7 });
    expect(bench.market.calls).toEqual(['search']);
    expect(rowsOf()).toEqual([]);
  });

  it('none that the defaults hide, and none of a blocked host or machine', async () => {
    bench.set({ blocked_hosts: [300], blocked_machines: [40] });
    bench.market.offers = [
      offerOf({ id: 1, verification: 'unverified' }),
      offerOf({ id: 2, rented: true }),
      offerOf({ id: 3 }),
      offerOf({ id: 4 }),
      offerOf({ id: 5, dph_total: 0.49 }),
    ];
    const rent = await bench.rent(bench.want());
    expect(attributesOf(rent, 'vastai.offer_search')[0]).toMatchObject({ hidden: 2, blocked: 2, chosen: 5 });
    expect(rowsOf()).toEqual([[5, 'gone']]);
  });

  it('the one that is named, though defaults would hide it; not when it is blocked or too small', async () => {
    bench.market.offers = [offerOf({ id: 9, verification: 'unverified' }), offerOf({ id: 1 })];
    expect((await bench.rent(bench.want({ offer_id: 9 }))).failure).toBeNull();
    expect(rowsOf()).toEqual([[9, 'gone']]);
    bench.set({ blocked_hosts: [900] });
    const blocked = await bench.rent(bench.want({ offer_id: 9 }));
    expect(blocked.failure).toMatchObject({ code: 'provider.no_offer' });
    bench.set({});
    const small = await bench.rent(bench.want({ offer_id: 9 }, { model: 'llama3.1:70b' }));
    expect(small.failure?.code).toBe('provider.model_does_not_fit');
    expect(rowsOf()).toHaveLength(1);
  });

  it('none whose price rose above what was agreed to', async () => {
    const rent = await bench.rent(bench.want({ offer_id: 3, max_dph: 0.39 }));
    expect(rent.failure?.code).toBe('provider.price_rose');
    expect(bench.market.calls).toEqual(['search']);
  });

  it('none that turns out dearer than it was offered', async () => {
    bench.market.looks.set(2, [{ dph_total: 0.8 }]);
    const rent = await bench.rent(bench.want({ offer_id: 2, max_dph: 0.5 }));
    expect(rent.failure?.code).toBe('provider.price_rose');
    expect(rowsOf()).toEqual([[2, 'gone']]);
    bench.market.looks.set(2, [{ dph_total: 0.22 }]);
    expect((await bench.rent(bench.want({ offer_id: 2 }))).failure?.code).toBe('provider.price_rose');
    expect(bench.market.instances.size).toBe(0);
  });

  it('no other when the one that is named is taken', async () => {
    bench.market.creates.set(2, refusal('vastai.offer_taken'));
    const rent = await bench.rent(bench.want({ offer_id: 2 }));
    expect(rent.failure).toMatchObject({
      code: 'vastai.offer_taken',
      message: expect.stringContaining('Choose another'),
    });
    expect((await bench.rent(bench.want({ offer_id: 77 }))).failure?.code).toBe('vastai.offer_taken');
    expect(rowsOf()).toEqual([[2, 'refused']]);
  });
});

describe('a create that does not go well', () => {
  it('goes on with the next offer, five at most', async () => {
    bench.market.offers = Array.from({ length: 9 }, (_, i) =>
      offerOf({ id: i + 1, dph_total: 0.1 * (i + 1) }),
    );
    for (let id = 1; id <= 9; id++) bench.market.creates.set(id, refusal('vastai.offer_taken'));
    const rent = await bench.rent(bench.want());
    expect(rent.failure).toMatchObject({
      code: 'vastai.offer_taken',
      message: expect.stringContaining('5 offers were tried'),
    });
    expect(rowsOf()).toEqual([1, 2, 3, 4, 5].map((id) => [id, 'refused']));
    bench.market.creates.delete(3);
    expect((await bench.rent(bench.want())).failure).toBeNull();
  });

  it('ends at once for a key that is wrong', async () => {
    bench.market.creates.set(2, refusal('vastai.bad_key'));
    expect((await bench.rent(bench.want())).failure?.code).toBe('vastai.bad_key');
    expect(rowsOf()).toEqual([[2, 'refused']]);
  });

  it('finds by its label what an unclear answer has made, and uses it', async () => {
    bench.market.creates.set(2, unclear(true));
    bench.market.failingLists = 1;
    const rent = await bench.rent(bench.want(), async (provider) => {
      expect(provider.rented().contract_id).toBe(1000);
    });
    expect(rent.failure).toBeNull();
    expect(attributesOf(rent, 'vastai.instance_create')[0]).toMatchObject({
      outcome: 'adopted',
      contract_id: 1000,
      error: 'vastai.unreachable',
    });
    expect(rowsOf()).toEqual([[2, 'gone']]);
  });

  it('looks twice before it takes an unclear answer for a refusal', async () => {
    bench.market.creates.set(2, unclear(false));
    expect((await bench.rent(bench.want())).failure).toBeNull();
    expect(bench.market.calls.filter((call) => call === 'list')).toHaveLength(2);
    expect(rowsOf()).toEqual([
      [2, 'refused'],
      [1, 'gone'],
    ]);
  });

  it('rents nothing more while nobody can say what there is', async () => {
    bench.market.creates.set(2, unclear(true));
    bench.market.failingLists = 7;
    const rent = await bench.rent(bench.want());
    expect(rent.failure?.code).toBe('provider.create_failed');
    expect(bench.market.calls.filter((call) => call.startsWith('create'))).toEqual(['create 2']);
    await bench.rentals.reconcile(new AbortController().signal);
    await bench.rentals.reconcile(new AbortController().signal);
    expect(bench.market.instances.size).toBe(0);
  });

  it('whose contract is nowhere goes on with the next', async () => {
    bench.market.creates.set(2, { outcome: { kind: 'created', contract_id: 5 }, made: false });
    const rent = await bench.rent(bench.want());
    expect(rent.failure).toBeNull();
    expect(rowsOf()).toEqual([
      [2, 'gone'],
      [1, 'gone'],
    ]);
  });
});

describe('a machine that does not come up', () => {
  it.each([
    ['exits', [{ actual_status: 'loading' }, { actual_status: 'exited', status_msg: 'exit code 137' }]],
    ['loses its heartbeat', [{ actual_status: 'unknown' }]],
    ['is offline', [{ actual_status: 'loading' }, { actual_status: 'offline' }]],
    ['says an error', [{ actual_status: 'loading', status_msg: 'Error response from daemon: no space' }]],
    ['vanishes', [{ actual_status: 'loading' }, null, null]],
    ['opens no port', [{ ports: new Map() }]],
  ] as const)('that %s is destroyed, and the next is taken', async (_, looks) => {
    bench.market.looks.set(2, looks);
    const rent = await bench.rent(bench.want());
    expect(rent.failure).toBeNull();
    expect(named(rent, 'vastai.instance_wait').map(({ status }) => status)).toEqual(['error', 'ok']);
    expect(rowsOf()).toEqual([
      [2, 'gone'],
      [1, 'gone'],
    ]);
    expect(bench.market.instances.size).toBe(0);
    const [failed] = bench.rentals.ledger.list({ limit: 9, offset: 1, open: false }).rentals;
    expect(failed?.failure).not.toBeNull();
  });

  it('in time is no machine of ours', async () => {
    bench.set({ boot_timeout: 60 });
    bench.market.looks.set(2, [{ actual_status: 'loading' }]);
    const rent = await bench.rent(bench.want({ offer_id: 2 }));
    expect(rent.failure?.code).toBe('provider.boot_timeout');
    expect(rowsOf()).toEqual([[2, 'gone']]);
  });

  it('is waited for through an outage of the market', async () => {
    bench.market.looks.set(2, [unreachable(), { actual_status: null }, unreachable(), null, {}]);
    const rent = await bench.rent(bench.want());
    expect(rent.failure).toBeNull();
    expect(rowsOf()).toEqual([[2, 'gone']]);
  });

  it('is nobody else when its backend never answers', async () => {
    bench.set({ boot_timeout: 60 });
    bench.market.looks.set(2, [{ ports: new Map([[11_434, 9]]) }]);
    const rent = await bench.rent(bench.want({ offer_id: 2 }));
    expect(rent.failure?.code).toBe('provider.boot_timeout');
    expect(bench.market.instances.size).toBe(0);
    // Asking again and again is nothing that the trace must hold.
    expect(named(rent, 'backend.list_models')).toEqual([]);
  });
});

describe('a job that is cancelled', () => {
  it.each([['search'], ['create 2'], ['show 1000'], ['list']])('at %s leaves nothing behind', async (at) => {
    const stop = new AbortController();
    bench.market.creates.set(2, unclear(true));
    if (at !== 'list') bench.market.creates.clear();
    bench.market.onCall = (call) => {
      if (call === at) stop.abort(new CodedError('job.cancelled', 'Cancelled by user'));
    };
    const rent = await bench.rent(bench.want(), undefined, stop.signal);
    expect(rent.failure?.code).toBe('job.cancelled');
    expect(bench.market.instances.size).toBe(0);
    expect(bench.rentals.ledger.open()).toEqual([]);
    expect(named(rent, 'provider.teardown')).toHaveLength(1);
  });
});
