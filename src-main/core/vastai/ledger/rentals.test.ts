import { afterEach, describe, expect, it } from 'vitest';
import { type LedgerProcess, ledgerBench, rentalOf } from '#core/testing/ledger-bench.ts';
import type { MadeFault } from '#core/testing/made-market.ts';
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

/** As a job rents: the row, its contract, and its hold. */
async function rent(
  { rentals }: Pick<LedgerProcess, 'rentals'>,
  job = 'j',
  upTo: 'created' | 'ready' = 'ready',
) {
  const { ledger } = rentals;
  const row = ledger.intend(rentalOf(job));
  const release = rentals.hold(row.rental_id);
  const client = await rentals.markets.client('vastai');
  const outcome = await client.create(11, { label: row.label, disk_gb: 40, template_hash: null }, NEVER);
  if (outcome.kind !== 'created') throw outcome.failure;
  ledger.created(row.rental_id, outcome.contract_id);
  if (upTo === 'ready') ledger.ready(row.rental_id, 'http://m');
  return { rental_id: row.rental_id, label: row.label, contract_id: outcome.contract_id, release };
}
/** Everything was rented an hour ago: it must be listed by now. */
const aged = ({ db }: Pick<LedgerProcess, 'db'>) =>
  db.exec('UPDATE rs_rental SET intent_at = intent_at - 3600');
const one = async (rentals: Rentals) => {
  const [report] = await rentals.reconcile(NEVER);
  if (report === undefined) throw new Error('Nothing was reconciled.');
  return report;
};
/** Faults of the next calls of one kind; the last stays. */
const script = (call: string, ...faults: readonly (MadeFault | null)[]) => {
  let n = 0;
  return (of: string): MadeFault | null =>
    of === call ? (faults[Math.min(n++, faults.length - 1)] ?? null) : null;
};

describe('ending a rental', () => {
  it('destroys it and looks until it is gone', async () => {
    const { market, rentals, process } = open();
    const { rental_id, contract_id } = await rent(process);
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
    const { rental_id } = await rent(process);
    const ending = rentals.end(rental_id, 'over', 60_000);
    expect(rentals.ledger.get(rental_id)?.state).toBe('closing');
    await ending;
  });

  it('sends a destroy again that was accepted and did not happen', async () => {
    const { market, rentals, process } = open();
    const { rental_id } = await rent(process);
    market.fault = script('destroy', 'ignored', 'ignored', null);
    expect(await rentals.end(rental_id, 'over', 120_000)).toMatchObject({ gone: true });
    expect(market.calls.filter((call) => call.startsWith('destroy'))).toHaveLength(3);
  });

  it('does not take an error for absence', async () => {
    const { market, rentals, process } = open();
    const { rental_id } = await rent(process);
    market.fault = (call) => (call === 'show' ? 'down' : call === 'destroy' ? 'ignored' : null);
    const answer = await rentals.end(rental_id, 'over', 30_000);
    expect(answer).toMatchObject({ gone: false });
    expect(answer.message).toMatch(/cannot be reached.*tried again/);
    expect(rentals.ledger.get(rental_id)).toMatchObject({ state: 'closing', verified_at: null });
  });

  it('returns in its time when nothing answers at all, and is one run for all who wait', async () => {
    const { bench, market, rentals, process } = open();
    const { rental_id } = await rent(process);
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
    const { rental_id } = await rent(process);
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

describe('reconciling', () => {
  it('lets be what a job of this process holds, and what is kept', async () => {
    const { bench, market, rentals, process } = open();
    const held = await rent(process, 'a');
    const kept = await rent(process, 'b');
    rentals.ledger.keep(kept.rental_id, bench.market.now() + 50_000);
    kept.release();
    expect(await one(rentals)).toMatchObject({ listed: 2, destroyed: 0, adopted: 0, running: 2, strays: [] });
    expect(market.running()).toHaveLength(2);
    held.release();
    await one(rentals);
    expect(market.running().map(({ id }) => id)).toEqual([kept.contract_id]);
  });

  it.each(['created', 'ready'] as const)('ends what a dead process left %s', async (upTo) => {
    const { bench, market, process } = open();
    const { rental_id } = await rent(process, 'j', upTo);
    process.kill();
    const { rentals } = bench.start();
    expect(await one(rentals)).toMatchObject({ destroyed: 1, running: 0 });
    expect(market.running()).toEqual([]);
    expect(rentals.ledger.get(rental_id)?.ended_because).toMatch(/ended while it was rented/);
  });

  it('adopts, and ends, what a dead process had created without hearing of it', async () => {
    const { bench, market, process } = open();
    const row = process.rentals.ledger.intend(rentalOf('j'));
    market.add(row.label);
    process.kill();
    const { rentals } = bench.start();
    expect(await one(rentals)).toMatchObject({ adopted: 1, destroyed: 1, strays: [] });
    expect(market.running()).toEqual([]);
  });

  it('finds later what a refused create has made all the same', async () => {
    const { market, rentals } = open();
    const row = rentals.ledger.intend(rentalOf('j'));
    rentals.ledger.refused(row.rental_id, { code: 'vastai.unreachable', message: 'No answer.' });
    expect(await one(rentals)).toMatchObject({ listed: 0, adopted: 0 });
    const made = market.add(row.label);
    expect(await one(rentals)).toMatchObject({ listed: 1, adopted: 1, destroyed: 1 });
    expect(rentals.ledger.get(row.rental_id)).toMatchObject({ state: 'gone', contract_id: made.id });
    expect(rentals.ledger.unsettled('vastai')).toHaveLength(1);
  });

  it('does not touch the label of a create that is under way', async () => {
    const { market, rentals } = open();
    const row = rentals.ledger.intend(rentalOf('j'));
    rentals.hold(row.rental_id);
    market.add(row.label);
    expect(await one(rentals)).toMatchObject({ listed: 1, adopted: 0, destroyed: 0, strays: [] });
    expect(rentals.ledger.get(row.rental_id)?.state).toBe('intent');
  });

  it('destroys the second of two contracts that one create made, and counts what it cost', async () => {
    const { market, rentals, process } = open();
    const { label, contract_id } = await rent(process);
    const twin = market.add(label);
    expect(await one(rentals)).toMatchObject({ adopted: 1, destroyed: 1 });
    expect(market.running().map(({ id }) => id)).toEqual([contract_id]);
    expect(rentals.ledger.byContract('vastai', twin.id)).toMatchObject({ state: 'gone', job_id: 'j', label });
    expect(await one(rentals)).toMatchObject({ adopted: 0, destroyed: 0 });
    expect(rentals.ledger.intend(rentalOf('j')).label).toBe('rune-j.2');
  });

  it('destroys again what was seen gone and is there', async () => {
    const { market, rentals, process } = open();
    const { rental_id, contract_id } = await rent(process);
    await rentals.end(rental_id, 'over', 60_000);
    const contract = market.contracts.get(contract_id);
    if (contract !== undefined) contract.ended_at = null;
    expect(await one(rentals)).toMatchObject({ destroyed: 1 });
    expect(market.running()).toEqual([]);
    expect(rentals.ledger.get(rental_id)?.state).toBe('gone');
  });

  it('ends what was kept long enough', async () => {
    const { bench, market, rentals, process } = open();
    const { rental_id, release } = await rent(process);
    rentals.ledger.keep(rental_id, bench.market.now() - 1);
    release();
    await one(rentals);
    expect(market.running()).toEqual([]);
    expect(rentals.ledger.get(rental_id)?.ended_because).toBe('it was kept long enough');
  });

  it('notes what vanished by itself, when it was last seen', async () => {
    const { bench, market, rentals, process } = open();
    const { rental_id, contract_id, release } = await rent(process);
    rentals.ledger.keep(rental_id, bench.market.now() + 1e6);
    release();
    await one(rentals);
    const seen = bench.market.now();
    market.vanish(contract_id);
    aged(process);
    await one(rentals);
    const row = rentals.ledger.get(rental_id);
    expect(row).toMatchObject({ state: 'gone', ended_because: 'it vanished' });
    expect(row?.ended_at).toBeLessThanOrEqual(seen);
    expect(row?.verified_at).toBeGreaterThan(seen);
    expect(market.calls.some((call) => call.startsWith('destroy'))).toBe(false);
  });

  it('does not take a list without it for its absence', async () => {
    const { bench, market, rentals, process } = open();
    const { rental_id, release } = await rent(process);
    rentals.ledger.keep(rental_id, bench.market.now() + 1e6);
    release();
    aged(process);
    market.fault = (call) => (call === 'list' ? 'ignored' : null);
    await one(rentals);
    expect(rentals.ledger.get(rental_id)?.state).toBe('kept');
    expect(market.running()).toHaveLength(1);
  });

  it('changes nothing when the market cannot be asked, and says so', async () => {
    const { bench, market, process } = open();
    const { rental_id } = await rent(process);
    process.kill();
    const { rentals } = bench.start();
    const stray = market.add('rune-of-another.1');
    await one(rentals);
    const checked = rentals.status().checked_at;
    const other = market.add('rune-of-a-third.1');
    market.fault = () => 'down';
    const report = await one(rentals);
    expect(report).toMatchObject({ listed: 0, trouble: { code: 'vastai.unreachable' }, checked_at: checked });
    expect(report.strays.map(({ contract_id }) => contract_id)).toEqual([stray.id]);
    expect(rentals.ledger.get(rental_id)?.state).toBe('gone');
    market.fault = () => null;
    expect((await one(rentals)).strays.map(({ contract_id }) => contract_id)).toEqual([stray.id, other.id]);
    expect(rentals.status().trouble).toBeNull();
  });

  it('goes on with the others when one cannot be looked at', async () => {
    const { bench, market, process } = open();
    const gone = await rent(process, 'a');
    await rent(process, 'b');
    aged(process);
    process.kill();
    market.vanish(gone.contract_id);
    market.fault = (call, id) => (call === 'show' && id === gone.contract_id ? 'down' : null);
    const { rentals } = bench.start();
    expect(await one(rentals)).toMatchObject({ destroyed: 1, trouble: { code: 'vastai.unreachable' } });
    expect(rentals.ledger.get(gone.rental_id)?.state).toBe('ready');
  });

  it('does not look at what does not bear our mark', async () => {
    const { market, rentals, process } = open();
    await rent(process);
    market.add(null);
    market.add('training run');
    market.add('my-rune-thing');
    expect(await one(rentals)).toMatchObject({ listed: 1, strays: [] });
    expect(market.running()).toHaveLength(4);
  });

  it('shows what bears our mark and is not in the ledger, and leaves it alone', async () => {
    const { market, rentals } = open();
    const { id } = market.add('rune-elsewhere.1', 0.7);
    expect((await one(rentals)).strays).toEqual([
      {
        market: 'vastai',
        contract_id: id,
        label: 'rune-elsewhere.1',
        gpu_name: 'RTX 4090',
        usd_hour: 0.7,
        started_at: expect.any(Number),
        status: 'running',
        kind: 'labelled',
      },
    ]);
    expect(market.running()).toHaveLength(1);
    expect(rentals.status().strays).toHaveLength(1);
  });

  it('shows what should be gone and is not, after the first try', async () => {
    const { market, rentals, process } = open();
    const { rental_id, contract_id } = await rent(process);
    market.fault = (call) => (call === 'destroy' ? 'ignored' : null);
    const ending = rentals.end(rental_id, 'over', 20_000);
    expect(rentals.status().strays).toEqual([]);
    await ending;
    expect(rentals.status()).toMatchObject({ running: 1, strays: [{ contract_id, kind: 'ours' }] });
    market.fault = () => null;
    await one(rentals);
    expect(rentals.status()).toMatchObject({ running: 0, usd_hour: 0, strays: [] });
  });

  it('asks each market that has anything, and no other', async () => {
    const { bench, rentals, ledger } = open();
    bench.key = false;
    expect(await rentals.reconcile(NEVER)).toEqual([]);
    expect(bench.market.calls).toEqual([]);
    const row = ledger.intend(rentalOf('d', 'demo'));
    bench.demo.add(row.label);
    expect(await rentals.reconcile(NEVER)).toMatchObject([{ market: 'demo', adopted: 1, destroyed: 1 }]);
    expect(bench.market.calls).toEqual([]);
    bench.key = true;
    expect((await rentals.reconcile(NEVER)).map(({ market }) => market)).toEqual(['vastai', 'demo']);
  });

  it('goes on looking for what a doubtful refusal may have made, and not after a clear one', async () => {
    const { bench, rentals, ledger } = open();
    bench.key = false;
    const clear = ledger.intend(rentalOf('d', 'demo'));
    ledger.refused(clear.rental_id, { code: 'vastai.offer_taken', message: 'Somebody was faster.' });
    expect(await rentals.reconcile(NEVER)).toEqual([]);
    const doubtful = ledger.intend(rentalOf('d', 'demo'));
    ledger.refused(doubtful.rental_id, { code: 'vastai.bad_response', message: 'success: false' });
    expect(await rentals.reconcile(NEVER)).toMatchObject([{ market: 'demo', listed: 0 }]);
    // Both are ended when they are found.
    for (const { label } of [clear, doubtful]) bench.demo.add(label);
    expect(await rentals.reconcile(NEVER)).toMatchObject([{ adopted: 2, destroyed: 2 }]);
  });

  it('says that the key of what it rented is missing', async () => {
    const { bench, rentals, process } = open();
    await rent(process);
    bench.key = false;
    expect(await one(rentals)).toMatchObject({ trouble: { code: 'provider.no_credentials' }, running: 1 });
    bench.key = true;
    for (const { rental_id } of rentals.ledger.open()) await rentals.end(rental_id, 'over', 60_000);
    bench.key = false;
    expect(await rentals.reconcile(NEVER)).toEqual([]);
    expect(rentals.status().trouble).toBeNull();
  });

  it('is one for all who ask at once; who leaves does not stop it', async () => {
    const { market, rentals } = open();
    const left = new AbortController();
    const [a, b] = [rentals.reconcile(NEVER), rentals.reconcile(left.signal)];
    left.abort(new Error('left'));
    await expect(b).rejects.toThrow('left');
    expect(await a).toHaveLength(1);
    expect(market.calls.filter((call) => call === 'list')).toHaveLength(1);
  });
});

describe('destroying a stray', () => {
  it('destroys one with our mark, and looks that it is gone', async () => {
    const { market, rentals } = open();
    const { id } = market.add('rune-elsewhere.1');
    await one(rentals);
    market.fault = script('destroy', 'ignored', null);
    expect(await rentals.destroyStray('vastai', id)).toMatchObject({ contract_id: id, gone: true });
    expect(market.running()).toEqual([]);
    expect(rentals.status().strays).toEqual([]);
  });

  it('refuses one without our mark, and one that a job runs on', async () => {
    const { market, rentals, process } = open();
    const { id } = market.add('training run');
    await expect(rentals.destroyStray('vastai', id)).rejects.toMatchObject({ code: 'rental.not_found' });
    const { contract_id } = await rent(process, 'job-9');
    await expect(rentals.destroyStray('vastai', contract_id)).rejects.toMatchObject({
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
    expect(await rentals.destroyStray('vastai', id)).toMatchObject({ gone: true });
    expect(rentals.ledger.get(row.rental_id)).toMatchObject({ state: 'gone', contract_id: id });
  });

  it('says of one that is not there that it is gone, and of one that it cannot ask for that it is not', async () => {
    const { market, rentals } = open();
    expect(await rentals.destroyStray('vastai', 424_242)).toMatchObject({ gone: true });
    const { id } = market.add('rune-elsewhere.1');
    market.fault = () => 'down';
    const answer = await rentals.destroyStray('vastai', id);
    expect(answer).toMatchObject({ gone: false });
    expect(answer.message).toContain('cannot be reached');
  });
});

describe('a process that only reads', () => {
  it('tells what the ledger has, and ends nothing', async () => {
    const { bench, market, rentals, process } = open();
    const { rental_id, contract_id } = await rent(process);
    market.fault = (call) => (call === 'destroy' ? 'down' : null);
    await rentals.end(rental_id, 'over', 5000);
    const reader = bench.start(false).rentals;
    expect(reader.ledger.get(rental_id)?.state).toBe('closing');
    expect(reader.status()).toMatchObject({
      running: 1,
      strays: [{ contract_id, kind: 'ours' }],
      checked_at: null,
    });
    reader.start();
    const refused = { code: 'source.cannot_provide' };
    await expect(reader.end(rental_id, 'over', 1000)).rejects.toMatchObject(refused);
    await expect(reader.destroyStray('vastai', contract_id)).rejects.toMatchObject(refused);
    await expect(reader.reconcile(NEVER)).rejects.toMatchObject(refused);
  });
});
