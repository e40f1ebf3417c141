import { afterEach, describe, expect, it } from 'vitest';
import { faultsOf, ledgerBench, rentAs, rentalOf } from '#core/testing/ledger-bench.ts';
import type { Rentals } from '#core/vastai/seams.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).toReversed()) await clean();
});

const NEVER = new AbortController().signal;
const open = (speed?: number) => {
  const bench = ledgerBench(cleanUp, speed);
  const process = bench.start();
  return { bench, market: bench.market, process, rentals: process.rentals, ledger: process.rentals.ledger };
};

const one = async (rentals: Rentals) => {
  const [report] = await rentals.reconcile(NEVER);
  if (report === undefined) throw new Error('Nothing was reconciled.');
  return report;
};

describe('ending a rental', () => {
  it('destroys it and looks until it is gone', async () => {
    const { market, rentals, process } = open();
    const { rental_id, contract_id } = await rentAs(process);
    const answer = await rentals.end(rental_id, 'its job is over', 60_000);
    expect(answer).toMatchObject({ contract_id, gone: true });
    expect(market.running()).toEqual([]);
    expect(rentals.ledger.get(rental_id)).toMatchObject({
      state: 'gone',
      ended_because: 'its job is over',
      ended_at: expect.any(Number),
      verified_at: expect.any(Number),
    });
    expect(await rentals.end(rental_id, 'again', 1000)).toMatchObject({ gone: true });
    expect(market.calls.filter((call) => call.startsWith('destroy'))).toHaveLength(1);
  });

  it('has written that it ends before anything is asked', async () => {
    const { rentals, process } = open();
    const { rental_id } = await rentAs(process);
    const ending = rentals.end(rental_id, 'over', 60_000);
    expect(rentals.ledger.get(rental_id)?.state).toBe('closing');
    await ending;
  });

  it('sends a destroy again that was accepted and did not happen', async () => {
    const { market, rentals, process } = open();
    const { rental_id } = await rentAs(process);
    market.fault = faultsOf('destroy', 'ignored', 'ignored', null);
    expect(await rentals.end(rental_id, 'over', 120_000)).toMatchObject({ gone: true });
    expect(market.calls.filter((call) => call.startsWith('destroy'))).toHaveLength(3);
  });

  it('does not take an error for absence', async () => {
    const { market, rentals, process } = open();
    const { rental_id } = await rentAs(process);
    market.fault = (call) => (call === 'show' ? 'down' : call === 'destroy' ? 'ignored' : null);
    const answer = await rentals.end(rental_id, 'over', 30_000);
    expect(answer).toMatchObject({ gone: false });
    expect(answer.message).toMatch(/cannot be reached.*tried again/);
    expect(rentals.ledger.get(rental_id)).toMatchObject({ state: 'closing', verified_at: null });
  });

  it('returns in its time when nothing answers at all, and is one run for all who wait', async () => {
    const { bench, market, rentals, process } = open();
    const { rental_id } = await rentAs(process);
    market.fault = (call) => (call === 'destroy' ? 'hang' : null);
    const from = bench.clock.monotonicMs();
    const [a, b] = await Promise.all([
      rentals.end(rental_id, 'over', 5000),
      rentals.end(rental_id, 'by hand', 20_000),
    ]);
    expect([a.gone, b.gone]).toEqual([false, false]);
    expect(bench.clock.monotonicMs() - from).toBeLessThan(60_000);
    expect(market.calls.filter((call) => call.startsWith('destroy'))).toHaveLength(1);
    market.fault = () => null;
    expect(await rentals.end(rental_id, 'over', 60_000)).toMatchObject({ gone: true });
  });

  it('finds by its label what an unanswered create has made', async () => {
    const { market, rentals } = open();
    const row = rentals.ledger.intend(rentalOf('j'));
    const made = market.add(row.label);
    expect(await rentals.end(row.rental_id, 'over', 60_000)).toMatchObject({
      contract_id: made.id,
      gone: true,
    });
    expect(rentals.ledger.get(row.rental_id)).toMatchObject({ state: 'gone', contract_id: made.id });
  });

  it('waits for a create that may still be carried out, then takes it for refused', async () => {
    const { bench, market, rentals } = open();
    const row = rentals.ledger.intend(rentalOf('j'));
    const from = bench.clock.monotonicMs();
    const answer = await rentals.end(row.rental_id, 'over', 60_000);
    expect(answer).toMatchObject({ contract_id: null, gone: true });
    expect(bench.clock.monotonicMs() - from).toBeGreaterThanOrEqual(15_000);
    expect(market.calls.filter((call) => call === 'list').length).toBeGreaterThanOrEqual(2);
    expect(rentals.ledger.get(row.rental_id)).toMatchObject({ state: 'refused', cost_usd: null });
  });

  it('takes the contract of a create that answers while it is being ended', async () => {
    const { market, rentals } = open();
    const row = rentals.ledger.intend(rentalOf('j'));
    const ending = rentals.end(row.rental_id, 'by the user', 60_000);
    const made = market.add('not told');
    rentals.ledger.created(row.rental_id, made.id);
    expect(await ending).toMatchObject({ contract_id: made.id, gone: true });
    expect(market.running()).toEqual([]);
  });

  it('destroys although the store can take nothing', async () => {
    const { market, rentals, process } = open();
    const { rental_id } = await rentAs(process);
    process.db.pragma('query_only = 1');
    expect(await rentals.end(rental_id, 'over', 60_000)).toMatchObject({ gone: true });
    expect(market.running()).toEqual([]);
    process.db.pragma('query_only = 0');
    expect(rentals.ledger.get(rental_id)?.state).toBe('ready');
    expect(process.logged.some(({ event }) => event === 'rental.not_written')).toBe(true);
  });

  it('knows no rental that is not in the ledger', async () => {
    const { rentals } = open();
    await expect(rentals.end('x', 'over', 1000)).rejects.toMatchObject({ code: 'rental.not_found' });
  });
});

describe('destroying a stray', () => {
  it('destroys one with our mark, and looks that it is gone', async () => {
    const { market, rentals } = open();
    const { id } = market.add('rune-elsewhere.1');
    await one(rentals);
    market.fault = faultsOf('destroy', 'ignored', null);
    expect(await rentals.destroyStray('vastai', id, 60_000)).toMatchObject({ contract_id: id, gone: true });
    expect(market.running()).toEqual([]);
    expect(rentals.status().strays).toEqual([]);
  });

  it('refuses one without our mark, and one that a job runs on', async () => {
    const { market, rentals, process } = open();
    const { id } = market.add('training run');
    await expect(rentals.destroyStray('vastai', id, 60_000)).rejects.toMatchObject({
      code: 'rental.not_found',
    });
    const { contract_id } = await rentAs(process, 'job-9');
    await expect(rentals.destroyStray('vastai', contract_id, 60_000)).rejects.toMatchObject({
      code: 'request.invalid',
      message: expect.stringContaining('job-9'),
    });
    expect(market.running()).toHaveLength(2);
    expect(market.calls.some((call) => call.startsWith('destroy'))).toBe(false);
  });

  it('ends one that the ledger has given up, as the rental it is', async () => {
    const { market, rentals } = open();
    const row = rentals.ledger.intend(rentalOf('j'));
    rentals.ledger.refused(row.rental_id, { code: 'vastai.unreachable', message: 'No answer.' });
    const { id } = market.add(row.label);
    expect(await rentals.destroyStray('vastai', id, 60_000)).toMatchObject({ gone: true });
    expect(rentals.ledger.get(row.rental_id)).toMatchObject({ state: 'gone', contract_id: id });
  });

  it('says of one that is not there that it is gone, and of one that it cannot ask for that it is not', async () => {
    const { market, rentals } = open();
    expect(await rentals.destroyStray('vastai', 424_242, 60_000)).toMatchObject({ gone: true });
    const { id } = market.add('rune-elsewhere.1');
    market.fault = () => 'down';
    const answer = await rentals.destroyStray('vastai', id, 60_000);
    expect(answer).toMatchObject({ gone: false });
    expect(answer.message).toContain('cannot be reached');
  });
});
