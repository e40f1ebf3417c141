import { afterEach, describe, expect, it } from 'vitest';
import { type LedgerProcess, ledgerBench, rentAs, rentalOf } from '#core/testing/ledger-bench.ts';
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

/** Everything was rented an hour ago: it must be listed by now. */
const aged = ({ db }: Pick<LedgerProcess, 'db'>) =>
  db.exec('UPDATE rs_rental SET intent_at = intent_at - 3600');
const one = async (rentals: Rentals) => {
  const [report] = await rentals.reconcile(NEVER);
  if (report === undefined) throw new Error('Nothing was reconciled.');
  return report;
};

describe('reconciling', () => {
  it('lets be what a job of this process holds, and what is kept', async () => {
    const { bench, market, rentals, process } = open();
    const held = await rentAs(process, 'a');
    const kept = await rentAs(process, 'b');
    rentals.ledger.keep(kept.rental_id, bench.market.now() + 50_000);
    kept.release();
    expect(await one(rentals)).toMatchObject({ listed: 2, destroyed: 0, adopted: 0, running: 2, strays: [] });
    expect(market.running()).toHaveLength(2);
    held.release();
    await one(rentals);
    expect(market.running().map(({ id }) => id)).toEqual([kept.contract_id]);
  });

  it('does not repeat a price that nobody asks', async () => {
    const { market, rentals } = open();
    market.add('rune-elsewhere.1', 1e308);
    expect((await one(rentals)).strays).toMatchObject([{ kind: 'labelled', usd_hour: null }]);
  });

  it('keeps nothing longer for a clock that was set back, and sees it gone', async () => {
    const { bench, market, process } = open();
    const kept = await rentAs(process, 'a');
    process.rentals.ledger.keep(kept.rental_id, bench.market.now() + 4 * 3600);
    const vanished = await rentAs(process, 'b');
    market.vanish(vanished.contract_id);
    process.kill();
    const { rentals, db } = bench.start();
    db.exec(`UPDATE rs_rental SET intent_at = intent_at + 86400, ready_at = ready_at + 86400,
      seen_at = seen_at + 86400, keep_until = keep_until + 86400`);
    await one(rentals);
    expect(market.running()).toEqual([]);
    expect(rentals.ledger.open()).toEqual([]);
  });

  it('leaves the bill of what is long gone alone when it is to be destroyed once more', async () => {
    const { process, rentals, ledger, bench } = open();
    const { rental_id, contract_id } = await rentAs(process);
    await rentals.end(rental_id, 'over', 60_000);
    process.db.exec(`UPDATE rs_rental SET settled = 1, billed_usd = 2, billed_until = ended_at - 1e6,
      intent_at = intent_at - 1e6, ended_at = ended_at - 1e6, verified_at = verified_at - 1e6`);
    const before = ledger.get(rental_id);
    expect(await rentals.destroyStray('vastai', contract_id, 60_000)).toMatchObject({ gone: true });
    expect(ledger.get(rental_id)).toEqual(before);
    expect(ledger.costOf('j', bench.market.now())).toBe(2);
  });

  it('does not take for gone what another account rented', async () => {
    const { bench, market, process } = open();
    const rental = await rentAs(process);
    await one(process.rentals);
    process.kill();
    market.account = 2;
    const other = bench.start();
    aged(other);
    const report = await one(other.rentals);
    expect(report).toMatchObject({ destroyed: 0, running: 1, trouble: { code: 'vastai.bad_key' } });
    expect(other.rentals.ledger.get(rental.rental_id)?.state).toBe('closing');
    expect(await other.rentals.end(rental.rental_id, 'x', 1000)).toMatchObject({
      gone: false,
      message: expect.stringContaining('another account'),
    });
    expect(other.rentals.status().strays).toMatchObject([{ contract_id: rental.contract_id, kind: 'ours' }]);
    other.kill();
    market.account = 1;
    const { rentals } = bench.start();
    await one(rentals);
    expect([market.running(), rentals.ledger.get(rental.rental_id)?.state]).toEqual([[], 'gone']);
  });

  it.each(['created', 'ready'] as const)('ends what a dead process left %s', async (upTo) => {
    const { bench, market, process } = open();
    const { rental_id } = await rentAs(process, 'j', upTo);
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
    const { label, contract_id } = await rentAs(process);
    const twin = market.add(label);
    expect(await one(rentals)).toMatchObject({ adopted: 1, destroyed: 1 });
    expect(market.running().map(({ id }) => id)).toEqual([contract_id]);
    expect(rentals.ledger.byContract('vastai', twin.id)).toMatchObject({ state: 'gone', job_id: 'j', label });
    expect(await one(rentals)).toMatchObject({ adopted: 0, destroyed: 0 });
    expect(rentals.ledger.intend(rentalOf('j')).label).toBe('rune-j.2');
  });

  it('destroys again what was seen gone and is there', async () => {
    const { market, rentals, process } = open();
    const { rental_id, contract_id } = await rentAs(process);
    await rentals.end(rental_id, 'over', 60_000);
    const contract = market.contracts.get(contract_id);
    if (contract !== undefined) contract.ended_at = null;
    expect(await one(rentals)).toMatchObject({ destroyed: 1 });
    expect(market.running()).toEqual([]);
    expect(rentals.ledger.get(rental_id)?.state).toBe('gone');
  });

  it('ends what was kept long enough', async () => {
    const { bench, market, rentals, process } = open();
    const { rental_id, release } = await rentAs(process);
    rentals.ledger.keep(rental_id, bench.market.now() - 1);
    release();
    await one(rentals);
    expect(market.running()).toEqual([]);
    expect(rentals.ledger.get(rental_id)?.ended_because).toBe('it was kept long enough');
  });

  it('notes what vanished by itself, when it was last seen', async () => {
    const { bench, market, rentals, process } = open();
    const { rental_id, contract_id, release } = await rentAs(process);
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
    const { rental_id, release } = await rentAs(process);
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
    const { rental_id } = await rentAs(process);
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
    const gone = await rentAs(process, 'a');
    await rentAs(process, 'b');
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
    await rentAs(process);
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
    const { rental_id, contract_id } = await rentAs(process);
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
    await rentAs(process);
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

describe('a process that only reads', () => {
  it('tells what the ledger has, and ends nothing', async () => {
    const { bench, market, rentals, process } = open();
    const { rental_id, contract_id } = await rentAs(process);
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
    await expect(reader.destroyStray('vastai', contract_id, 60_000)).rejects.toMatchObject(refused);
    await expect(reader.reconcile(NEVER)).rejects.toMatchObject(refused);
  });
});
