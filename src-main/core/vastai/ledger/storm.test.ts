import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type LedgerBench, type LedgerProcess, ledgerBench, rentalOf } from '#core/testing/ledger-bench.ts';
import type { MadeFault } from '#core/testing/made-market.ts';
import { seeded } from '#shared/lib/random.ts';
import { CodedError, toFailure } from '#shared/model/failure.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).toReversed()) await clean();
});

type Next = () => number;
const NEVER = new AbortController().signal;
const FAULTS: readonly MadeFault[] = ['down', 'lost', 'ignored'];

/** One job as a provider does it, with a stop after every line: what is thrown on the way is a dead process. */
async function job(process: LedgerProcess, bench: LedgerBench, id: string, next: Next): Promise<void> {
  const { rentals } = process;
  const { ledger } = rentals;
  const step = () => (next() < 0.5 ? sleep(next() * 4) : Promise.resolve());
  const claimed = next() < 0.3 ? ledger.claim('vastai', id, () => true) : null;
  const row = claimed ?? ledger.intend(rentalOf(id));
  const { rental_id, label } = row;
  const release = rentals.hold(rental_id);
  await step();
  try {
    if (claimed === null) {
      const client = await rentals.markets.client('vastai');
      const outcome = await client.create(11, { label, disk_gb: 40, template_hash: null }, NEVER);
      await step();
      if (outcome.kind === 'created') ledger.created(rental_id, outcome.contract_id);
      else if (outcome.kind === 'refused' || next() < 0.7) {
        // As a provider does that looked for it, and did not find it yet.
        ledger.refused(rental_id, toFailure(outcome.failure));
        return;
      } else throw outcome.failure;
      await step();
      // What is said to be created is believed when it can be shown.
      const shown = await client.show(outcome.contract_id, NEVER);
      if (shown === null) throw new CodedError('provider.create_failed', 'There is no such instance.');
      ledger.running(rental_id, shown.start_date);
    }
    await step();
    ledger.ready(rental_id, 'http://m');
    await step();
    if (next() < 0.3) {
      ledger.keep(rental_id, bench.market.now() + next() * 4000);
      return;
    }
    throw new CodedError('job.cancelled', 'It is over.');
  } catch (thrown) {
    if (!(thrown instanceof CodedError)) throw thrown;
    await step();
    await rentals.end(rental_id, 'its job is over', 5000 + next() * 60_000);
  } finally {
    release();
  }
}

describe.each([1, 2, 3, 4, 5, 6, 7, 8])('a storm of faults and crashes, seed %i', (seed) => {
  it('leaves nothing running, and a cost for every contract that is its bill', async () => {
    const next = seeded(seed);
    const bench = ledgerBench(cleanUp, 4000);
    const { market } = bench;
    market.fault = () => (next() < 0.25 ? (FAULTS[Math.floor(next() * FAULTS.length)] ?? null) : null);
    market.createOutcome = (contract_id) =>
      next() < 0.2
        ? { kind: 'unknown', failure: new CodedError('vastai.bad_response', 'success: false') }
        : { kind: 'created', contract_id };
    const foreign = [market.add(null), market.add('somebody-else'), market.add('rune-another-house.1')];
    const wrong: unknown[] = [];
    let n = 0;
    for (let life = 0; life < 5; life++) {
      const process = bench.start();
      process.rentals.start();
      let alive = true;
      const jobs = Array.from({ length: 6 }, async () => {
        while (alive && n < 60) {
          await job(process, bench, `${seed}-${n++}`, next).catch((thrown: unknown) => {
            if (alive) wrong.push(thrown);
          });
          await sleep(1);
        }
      });
      await sleep(20 + next() * 60);
      if (next() < 0.3) for (const { id } of market.running().slice(3, 4)) market.vanish(id);
      alive = false;
      process.kill();
      void Promise.all(jobs);
    }
    expect(wrong).toEqual([]);

    market.fault = () => null;
    const last = bench.start();
    const { ledger } = last.rentals;
    // Everything that was kept has its time over by then, and every bill has come.
    await expect
      .poll(
        async () => {
          await last.rentals.reconcile(NEVER);
          return ledger.open().length + ledger.unsettled('vastai').length;
        },
        { timeout: 15_000, interval: 40 },
      )
      .toBe(0);
    expect(market.running()).toEqual(foreign);
    const { rentals } = ledger.list({ limit: 1000, offset: 0, open: false });
    const ours = [...market.contracts.values()].filter((one) => !foreign.includes(one));
    expect(ours.length).toBeGreaterThan(5);
    for (const { id, label } of ours) {
      const row = ledger.byContract('vastai', id);
      expect(row).toMatchObject({ label, state: 'gone' });
      expect(row?.cost_usd).toBeCloseTo(market.billOf(id), 6);
    }
    const sum = rentals.reduce((total, { cost_usd }) => total + (cost_usd ?? 0), 0);
    const owed = ours.reduce((total, { id }) => total + market.billOf(id), 0);
    expect(sum).toBeCloseTo(owed, 6);
    const byJob = [...new Set(rentals.map(({ label }) => label))].length;
    expect(byJob).toBeLessThanOrEqual(rentals.length);
    expect(last.rentals.status()).toMatchObject({
      running: 0,
      strays: [{ kind: 'labelled' }],
      trouble: null,
    });
  });
});
