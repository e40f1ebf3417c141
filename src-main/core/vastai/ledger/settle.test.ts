import { afterEach, describe, expect, it } from 'vitest';
import { migrateRune, migrateRunescope, openDatabase } from '#core/store/database.ts';
import { rentalOf } from '#core/testing/ledger-bench.ts';
import { MadeMarket } from '#core/testing/made-market.ts';
import { standingClock } from '#core/testing/open-market.ts';
import { createLedger } from '#core/vastai/ledger/ledger.ts';
import { settleBills } from './settle.ts';

const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanUp.splice(0)) clean();
});

const HOUR = 3600;
const NEVER = new AbortController().signal;

/** A ledger beside an account, at a dollar an hour, on a clock that is moved by hand. */
function open(pace?: number) {
  const db = openDatabase(':memory:', 'write');
  cleanUp.push(() => void db.close());
  migrateRune(db, 0);
  migrateRunescope(db, 'own', 0);
  const clock = standingClock();
  const market = new MadeMarket(clock);
  const ledger = createLedger(db, clock);
  const told: [string, number][] = [];
  const codes: string[] = [];
  const now = () => market.now();
  const client = market.client(undefined, 'vastai', pace);
  const settle = () =>
    settleBills(
      {
        ledger,
        now,
        isHeld: () => false,
        trouble: ({ code }) => codes.push(code),
        transaction: (write) => db.transaction(write).immediate(),
        onCost: (job) => told.push([job, ledger.costOf(job, now()) ?? -1]),
      },
      'vastai',
      client,
      NEVER,
    );
  const rent = (job = 'j') => {
    const { rental_id, label } = ledger.intend(rentalOf(job));
    const contract = market.add(label);
    ledger.created(rental_id, contract.id);
    ledger.ready(rental_id, 'http://m');
    return { rental_id, contract };
  };
  const end = (of: ReturnType<typeof rent>) => {
    of.contract.ended_at = now();
    ledger.closing(of.rental_id, 'over');
    ledger.gone(of.rental_id, now(), now());
  };
  const get = (of: { rental_id: string }) => ledger.get(of.rental_id);
  const isSettled = () => ledger.unsettled('vastai').length === 0;
  return { db, clock, market, ledger, told, codes, settle, rent, end, get, now, isSettled };
}

describe('the bill', () => {
  it('replaces our own reckoning as it comes, and ours goes on from its end', async () => {
    const { clock, market, settle, rent, get } = open();
    const rental = rent();
    clock.forward(2 * HOUR);
    expect(get(rental)).toMatchObject({ cost_usd: 2, cost_from: 'clock' });
    market.billLag = HOUR / 2;
    expect(await settle()).toBe(0);
    expect(get(rental)).toMatchObject({ cost_usd: 2, cost_from: 'bill' });
    clock.forward(HOUR);
    expect(get(rental)?.cost_usd).toBe(3);
  });

  it('is settled when it reaches the end and says the same for a while', async () => {
    const { clock, settle, rent, end, get, told, isSettled } = open();
    const rental = rent();
    clock.forward(HOUR);
    end(rental);
    expect(await settle()).toBe(0);
    clock.forward(300);
    expect(await settle()).toBe(0);
    expect(isSettled()).toBe(false);
    clock.forward(301);
    expect(await settle()).toBe(1);
    expect(isSettled()).toBe(true);
    expect(get(rental)).toMatchObject({ cost_usd: 1, cost_from: 'bill' });
    expect(told).toEqual([
      ['j', 1],
      ['j', 1],
      ['j', 1],
    ]);
    expect(await settle()).toBe(0);
  });

  it('is not settled while it changes', async () => {
    const { clock, market, settle, rent, end, get, isSettled } = open();
    const rental = rent();
    clock.forward(HOUR);
    end(rental);
    clock.forward(700);
    await settle();
    market.contracts.set(rental.contract.id, { ...rental.contract, usd_hour: 2 });
    clock.forward(300);
    await settle();
    expect(isSettled()).toBe(false);
    clock.forward(300);
    await settle();
    expect(isSettled()).toBe(true);
    expect(get(rental)?.cost_usd).toBe(2);
  });

  it('of a machine that was lost ends before the rental: it is waited for longer, then it is the whole', async () => {
    const { clock, settle, rent, ledger, get, now, isSettled } = open();
    const rental = rent();
    clock.forward(HOUR);
    rental.contract.ended_at = now();
    clock.forward(HOUR);
    ledger.closing(rental.rental_id, 'it was lost');
    ledger.gone(rental.rental_id, now(), now());
    clock.forward(700);
    await settle();
    clock.forward(HOUR);
    await settle();
    expect(isSettled()).toBe(false);
    expect(get(rental)?.cost_usd).toBe(2);
    clock.forward(1.1 * HOUR);
    await settle();
    expect(isSettled()).toBe(true);
    expect(get(rental)).toMatchObject({ cost_usd: 1, ended_at: rental.contract.ended_at });
  });

  it('of a market that was begun anew is not that of an older rental with the same number', async () => {
    const { clock, market, ledger, settle, rent, end, get } = open();
    const older = rent('a');
    clock.forward(HOUR);
    end(older);
    market.contracts.clear();
    const { rental_id, label } = ledger.intend(rentalOf('b'));
    const contract = { ...market.add(label), id: older.contract.id };
    market.contracts.clear();
    market.contracts.set(contract.id, contract);
    ledger.created(rental_id, contract.id);
    clock.forward(5 * HOUR);
    await settle();
    expect(get({ rental_id })).toMatchObject({ cost_usd: 5, cost_from: 'bill' });
    expect(get(older)).toMatchObject({ cost_usd: 1, cost_from: 'clock' });
  });

  it('that never comes is given up after a week, and our own reckoning stays', async () => {
    const { clock, market, settle, rent, end, get, isSettled } = open();
    const rental = rent();
    clock.forward(HOUR);
    end(rental);
    market.contracts.clear();
    clock.forward(6 * 86_400);
    await settle();
    expect(isSettled()).toBe(false);
    clock.forward(86_400);
    expect(await settle()).toBe(1);
    expect(get(rental)).toMatchObject({ cost_usd: 1, cost_from: 'clock' });
  });

  it('is nothing for what nobody ever saw and no bill names', async () => {
    const { clock, settle, ledger, get, now, isSettled } = open();
    const { rental_id } = ledger.intend(rentalOf('j'));
    ledger.created(rental_id, 123_456);
    clock.forward(60);
    ledger.closing(rental_id, 'it was never there');
    ledger.gone(rental_id, now(), now());
    expect(get({ rental_id })?.cost_usd).toBeCloseTo(1 / 60, 9);
    clock.forward(2 * HOUR);
    await settle();
    clock.forward(300);
    await settle();
    clock.forward(300);
    await settle();
    expect(isSettled()).toBe(true);
    expect(get({ rental_id })).toMatchObject({ cost_usd: 0, cost_from: 'bill' });
  });

  it('of another contract with the same number is not taken', async () => {
    const { clock, market, settle, rent, get } = open();
    const old = market.add('rune-old.1', 50);
    clock.forward(60);
    old.ended_at = market.now();
    clock.forward(86_400);
    const rental = rent();
    market.contracts.delete(rental.contract.id);
    market.contracts.set(rental.contract.id, { ...old, id: rental.contract.id });
    clock.forward(HOUR);
    await settle();
    expect(get(rental)).toMatchObject({ cost_usd: 1, cost_from: 'clock' });
  });

  it('comes sooner from a market that nobody spares', async () => {
    const { clock, settle, rent, end, isSettled } = open(20);
    const rental = rent();
    clock.forward(HOUR);
    end(rental);
    await settle();
    clock.forward(31);
    await settle();
    expect(isSettled()).toBe(true);
  });

  it('names what an unanswered create made and nobody could look at: it has its row, and its cost', async () => {
    const { clock, market, settle, ledger, get } = open();
    const { rental_id, label } = ledger.intend(rentalOf('j'));
    ledger.refused(rental_id, { code: 'vastai.unreachable', message: 'No answer.' });
    const contract = market.add(label);
    clock.forward(HOUR);
    market.vanish(contract.id);
    clock.forward(60);
    await settle();
    expect(get({ rental_id })).toMatchObject({ state: 'closing', contract_id: contract.id });
    const twin = market.add(label);
    clock.forward(60);
    await settle();
    expect(ledger.byContract('vastai', twin.id)).toMatchObject({ state: 'closing', label });
    market.add('rune-nobody-of-ours.1');
    clock.forward(60);
    await settle();
    expect(ledger.list({ limit: 9, offset: 0, open: false }).total).toBe(2);
  });

  it('that is not told changes nothing; jobs hear of our own reckoning', async () => {
    const { clock, market, settle, rent, end, get, told, codes, isSettled, ledger, now } = open();
    const rental = rent();
    clock.forward(HOUR);
    end(rental);
    const never = ledger.intend(rentalOf('k'));
    ledger.created(never.rental_id, 424_242);
    ledger.gone(never.rental_id, now(), now());
    market.fault = (call) => (call === 'charges' ? 'down' : null);
    clock.forward(3 * HOUR);
    await settle();
    clock.forward(3 * HOUR);
    await settle();
    expect(codes).toEqual(['vastai.unreachable', 'vastai.unreachable']);
    expect(get(rental)).toMatchObject({ cost_usd: 1, cost_from: 'clock' });
    expect(get(never)?.cost_from).toBe('clock');
    expect(told.slice(0, 1)).toEqual([['j', 1]]);
    expect(isSettled()).toBe(false);
    clock.forward(7 * 86_400);
    expect(await settle()).toBe(2);
  });

  it('is written together with what its jobs are told, or not at all', async () => {
    const { db, clock, market, ledger, rent, end, now } = open();
    const rental = rent();
    clock.forward(HOUR);
    end(rental);
    const full = Object.assign(new Error('full'), { code: 'SQLITE_FULL' });
    await settleBills(
      {
        ledger,
        now,
        isHeld: () => false,
        trouble: () => {},
        transaction: (write) => db.transaction(write).immediate(),
        onCost: () => {
          throw full;
        },
      },
      'vastai',
      market.client(),
      NEVER,
    );
    expect(ledger.get(rental.rental_id)).toMatchObject({ cost_from: 'clock' });
  });

  it('is shared by the jobs that used the machine, each told of its part', async () => {
    const { clock, settle, rent, end, ledger, told, now } = open();
    const rental = rent('a');
    clock.forward(HOUR);
    ledger.keep(rental.rental_id, now() + HOUR);
    ledger.claim('vastai', 'b', () => true);
    ledger.ready(rental.rental_id, 'http://m');
    clock.forward(3 * HOUR);
    end(rental);
    await settle();
    expect(told).toEqual([
      ['a', 1],
      ['b', 3],
    ]);
  });
});
