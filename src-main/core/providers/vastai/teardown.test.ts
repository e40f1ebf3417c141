import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Rent, type RentalBench, startRentalBench } from '#core/testing/rental-bench.ts';
import { offerOf, unreachable } from '#core/testing/scripted-market.ts';
import { CodedError } from '#shared/model/failure.ts';

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

describe('teardown', () => {
  it('ends what failed after it was rented', async () => {
    const rent = await bench.rent(bench.want(), async () => {
      throw new CodedError('agent.bad_answer', 'no');
    });
    expect(rent.failure?.code).toBe('agent.bad_answer');
    expect(rowsOf()).toEqual([[2, 'gone']]);
  });

  it('keeps what is to be kept, for the hours of the settings, and another job takes it', async () => {
    bench.set({ keep_hours: 2 });
    const kept = await bench.rent(bench.want({ max_dph: 0.5 }), async (provider) => provider.keep());
    expect(rowsOf()).toEqual([[2, 'kept']]);
    const [row] = bench.rentals.ledger.open();
    expect((row?.keep_until ?? 0) - Date.now() / 1000).toBeCloseTo(7200, -1);
    expect(attributesOf(kept, 'provider.teardown')[0]).toMatchObject({ kept_until: row?.keep_until });

    const other = await bench.rent(bench.want({ max_dph: 0.5 }, { job_id: 'job-2' }), async (provider) => {
      expect(provider.rented().contract_id).toBe(1000);
    });
    expect(attributesOf(other, 'vastai.instance_reuse_check')[0]).toMatchObject({
      reused: true,
      contract_id: 1000,
    });
    expect(named(other, 'vastai.offer_search')).toEqual([]);
    expect(rowsOf()).toEqual([[2, 'gone']]);
  });

  it.each([
    ['the disk is full', Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })],
    ['of a fault of ours', new Error('a bug')],
  ])('ends what was to be kept and cannot be written down as kept, as %s', async (_, thrown) => {
    Object.assign(bench.rentals.ledger, {
      keep: () => {
        throw thrown;
      },
    });
    const rent = await bench.rent(bench.want(), async (provider) => provider.keep());
    expect(rent.failure).toBeNull();
    expect(rowsOf()).toEqual([[2, 'gone']]);
    expect(bench.market.instances.size).toBe(0);
  });

  it.each([
    ['dearer than it may be', { max_dph: 0.1 }, {}],
    ['less reliable', { reliability: 0.999 }, {}],
    ['another GPU', { gpu_name: ['H100'] }, {}],
    ['too small', {}, { model: 'llama3.1:70b' }],
    ['without the disk', { disk_gb: 400 }, {}],
    ['another offer', { offer_id: 1 }, {}],
    ['made from another template', { template_hash: 'abc' }, {}],
  ] as const)('lets be what was kept and is %s', async (_, rental, more) => {
    await bench.rent(bench.want(), async (provider) => provider.keep());
    const other = bench.want({ ...rental, ...('gpu_name' in rental && { gpu_name: ['H100'] }) } as never, {
      job_id: 'job-2',
      ...more,
    });
    const rent = await bench.rent(other);
    expect(attributesOf(rent, 'vastai.instance_reuse_check')[0]).toMatchObject({ reused: false });
    expect(rowsOf()[0]).toEqual([2, 'kept']);
  });

  it('destroys what was kept and does not answer, and rents anew', async () => {
    await bench.rent(bench.want(), async (provider) => provider.keep());
    bench.market.looks.set(2, [{ actual_status: 'exited' }]);
    bench.market.offers = bench.market.offers.filter(({ id }) => id !== 2);
    expect((await bench.rent(bench.want({}, { job_id: 'job-2' }))).failure).toBeNull();
    expect(rowsOf()).toEqual([
      [2, 'gone'],
      [1, 'gone'],
    ]);
  });

  it('lets be what was kept while the market cannot be asked', async () => {
    await bench.rent(bench.want(), async (provider) => provider.keep());
    bench.market.looks.set(2, [unreachable()]);
    bench.market.offers = bench.market.offers.filter(({ id }) => id !== 2);
    expect((await bench.rent(bench.want({}, { job_id: 'job-2' }))).failure).toBeNull();
    expect(rowsOf()).toEqual([
      [2, 'kept'],
      [1, 'gone'],
    ]);
  });
});

describe('a machine in use', () => {
  it.each([
    ['exits', [{}, { actual_status: 'exited' }]],
    ['vanishes', [{}, null, null]],
  ] as const)('that %s is told, though its backend says nothing', async (_, looks) => {
    bench.market.looks.set(2, looks);
    const told: CodedError[] = [];
    await bench.rent(bench.want({}, { lost: (failure) => told.push(failure) }), async () => {
      await expect.poll(() => told.length).toBe(1);
    });
    expect(told[0]).toMatchObject({ code: 'provider.instance_failed' });
    expect(rowsOf()).toEqual([[2, 'gone']]);
  });

  it('is not told to be lost for an outage of the market, or one absence', async () => {
    bench.market.looks.set(2, [{}, unreachable(), null, unreachable(), {}]);
    const told: CodedError[] = [];
    await bench.rent(bench.want({}, { lost: (failure) => told.push(failure) }), async () => {
      await expect
        .poll(() => bench.market.calls.filter((call) => call === 'show 1000').length)
        .toBeGreaterThan(5);
    });
    expect(told).toEqual([]);
  });

  it('that somebody destroys is told, and is not looked at after teardown', async () => {
    const told: CodedError[] = [];
    await bench.rent(bench.want({}, { lost: (failure) => told.push(failure) }), async (provider) => {
      await bench.rentals.end(provider.rented().rental_id, 'destroyed by the user', 1000);
      await expect.poll(() => told.length).toBe(1);
    });
    expect(told[0]?.message).toContain('somebody destroyed it');
    const calls = bench.market.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(bench.market.calls).toHaveLength(calls);
  });
});
