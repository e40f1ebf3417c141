import { afterEach, describe, expect, it } from 'vitest';
import { ledgerBench, rentalOf } from '#core/testing/ledger-bench.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).toReversed()) await clean();
});

/** Five minutes are 100 ms. */
const SPEED = 3000;
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const open = (key: boolean) => {
  const bench = ledgerBench(cleanUp, SPEED);
  bench.key = key;
  const process = bench.start();
  const lists = () => bench.market.calls.filter((call) => call === 'list').length;
  const made = (job: string) => {
    const { rental_id, label } = process.rentals.ledger.intend(rentalOf(job));
    const { id } = bench.market.add(label);
    process.rentals.ledger.created(rental_id, id);
    return rental_id;
  };
  return { bench, ...process, ledger: process.rentals.ledger, lists, made };
};

describe('the schedule', () => {
  it('asks nothing while the ledger is empty and no key is known, and begins with the first rental', async () => {
    const { bench, rentals, ledger, lists } = open(false);
    rentals.start();
    await wait(120);
    expect(bench.market.calls).toEqual([]);
    bench.key = true;
    const row = ledger.intend(rentalOf('j'));
    rentals.hold(row.rental_id);
    await expect.poll(lists, { timeout: 2000 }).toBeGreaterThan(1);
  });

  it('looks at once where a key is known, then every five minutes', async () => {
    const { rentals, lists } = open(true);
    rentals.start();
    await expect.poll(lists, { interval: 1 }).toBe(1);
    await wait(400);
    // 13 at most, as many as the machine has time for.
    expect(lists()).toBeGreaterThan(2);
    expect(lists()).toBeLessThan(16);
  });

  it('begins again when it is started again: a key has come', async () => {
    const { bench, rentals, lists } = open(false);
    rentals.start();
    await wait(50);
    bench.key = true;
    rentals.start();
    await expect.poll(lists, { timeout: 2000 }).toBeGreaterThan(1);
  });

  it('ends what a dead process left without being asked', async () => {
    const { bench, made, kill } = open(true);
    made('j');
    kill();
    bench.start().rentals.start();
    await expect.poll(() => bench.market.running(), { timeout: 5000 }).toEqual([]);
  });

  it('tries what is closing until it is gone, through an outage', async () => {
    const { bench, rentals, made, ledger } = open(true);
    const id = made('j');
    rentals.start();
    bench.market.fault = () => 'down';
    expect(await rentals.end(id, 'over', 5000)).toMatchObject({ gone: false });
    await wait(60);
    expect(ledger.get(id)?.state).toBe('closing');
    bench.market.fault = () => null;
    await expect.poll(() => ledger.get(id)?.state, { timeout: 5000 }).toBe('gone');
    expect(bench.market.running()).toEqual([]);
  });

  it('ends a kept one when its time has come, and not before', async () => {
    const { bench, rentals, made, ledger } = open(true);
    rentals.start();
    const id = made('j');
    const release = rentals.hold(id);
    ledger.ready(id, 'http://m');
    const until = bench.market.now() + 2000;
    ledger.keep(id, until);
    release();
    await expect.poll(() => ledger.get(id)?.state, { timeout: 5000, interval: 5 }).toBe('gone');
    expect(ledger.get(id)?.ended_at).toBeGreaterThanOrEqual(until);
    expect(ledger.get(id)?.ended_because).toBe('it was kept long enough');
  });

  it('stops when it is disposed of, whatever hangs', async () => {
    const { bench, rentals, made, lists } = open(true);
    const id = made('j');
    bench.market.fault = () => 'hang';
    rentals.start();
    const ending = rentals.end(id, 'over', 1e9);
    const from = performance.now();
    await rentals.dispose();
    expect(performance.now() - from).toBeLessThan(3000);
    expect(await ending).toMatchObject({ gone: false });
    const before = lists();
    await wait(100);
    expect(lists()).toBe(before);
  });
});
