import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Db, migrateRune, migrateRunescope, openDatabase } from '#core/store/database.ts';
import { rentalOf } from '#core/testing/ledger-bench.ts';
import type { LedgerChild } from '#core/testing/ledger-child.ts';
import { type TestPorts, testPorts } from '#core/testing/ports.ts';
import { offerOf } from '#core/testing/scripted-market.ts';
import { type SpawnedMarket, spawnMarket } from '#core/testing/spawn-market.ts';
import { createMarkets } from '#core/vastai/client/markets.ts';
import type { RentalRow, Rentals } from '#core/vastai/seams.ts';
import type { CodedError } from '#shared/model/failure.ts';
import { createRentals } from './rentals.ts';

const SPEED = 400;
const NEVER = new AbortController().signal;
const CHILD = fileURLToPath(new URL('../../testing/ledger-child.ts', import.meta.url));
const FREE = {
  type: 'ondemand',
  ranges: { direct_port_count: { min: 1 }, disk_space: { min: 60 } },
} as const;

let base: TestPorts;
let market: SpawnedMarket;
let lives = 0;

beforeAll(async () => {
  base = testPorts();
  market = await spawnMarket({
    statePath: join(base.dataDir, 'market.json'),
    speed: SPEED,
    slowness: 0.2,
    fates: {},
    key: 'test-key',
    offers: 300,
  });
});
beforeEach(async () => {
  await market.faults(null);
  await market.outage(null);
});
afterAll(async () => {
  await market.close();
  base.remove();
});

const storeOf = (name: string) => join(base.dataDir, `${name}.db`);

/** A process's rentals, over Vast.ai's client and the market's own process. */
async function using<T>(name: string, use: (rentals: Rentals, db: Db) => Promise<T>): Promise<T> {
  const { url, key, clock } = market;
  const { ports } = testPorts({
    dataDir: base.dataDir,
    env: { VAST_API_URL: url, VAST_API_KEY: key },
    clock,
  });
  const db = openDatabase(storeOf(name), 'write');
  migrateRune(db, 0);
  migrateRunescope(db, 'own', 0);
  const markets = createMarkets({ ports, demoMarket: () => Promise.reject(new Error('none')) });
  const rentals = createRentals({
    db,
    writable: true,
    clock,
    logger: { log: () => {} },
    markets,
    onCost: () => {},
  });
  try {
    return await use(rentals, db);
  } finally {
    await rentals.dispose();
    db.close();
  }
}

/** As a provider begins: the intent, and what the market says to it. */
async function create(
  rentals: Rentals,
  job: string,
): Promise<{ row: RentalRow; failure: CodedError | null }> {
  const client = await rentals.markets.client('vastai');
  const { offers } = await client.search({ filter: FREE, allocated_storage: 40 }, NEVER);
  const offer = offers.find(({ rentable, rented }) => rentable === true && rented === false);
  if (offer === undefined) throw new Error('There is no offer.');
  const row = rentals.ledger.intend(rentalOf(job, 'vastai', offerOf({ ...offer })));
  const wish = { label: row.label, disk_gb: 40, template_hash: null };
  const outcome = await client.create(offer.id, wish, NEVER);
  if (outcome.kind === 'created') rentals.ledger.created(row.rental_id, outcome.contract_id);
  return { row, failure: outcome.kind === 'created' ? null : outcome.failure };
}

const ofJob = async (job: string) =>
  (await market.bills()).filter(({ label }) => label?.startsWith(`rune-${job}`) === true);

/** Until all is over and the last bills have come: rental by rental, the ledger has what the market bills. */
async function settled(rentals: Rentals, job: string): Promise<void> {
  await expect
    .poll(
      async () => {
        await rentals.reconcile(NEVER);
        return rentals.ledger.open().length + rentals.ledger.unsettled('vastai').length;
      },
      { timeout: 60_000, interval: 200 },
    )
    .toBe(0);
  for (const { id, status, usd } of await ofJob(job)) {
    expect(status).not.toBe('open');
    const row = rentals.ledger.byContract('vastai', id);
    expect(row).toMatchObject({ state: 'gone' });
    expect(row?.cost_usd).toBeCloseTo(usd, 6);
  }
}

describe('the ledger over a market that misbehaves', () => {
  it.each(['reset-after', 'lie-failed', 'error-after', 'garbage-after'] as const)(
    'finds and ends what a create made that came to %s',
    async (fault) => {
      const job = `made-${fault}`;
      await using(job, async (rentals) => {
        await market.inject('create', fault);
        const { row, failure } = await create(rentals, job);
        expect(failure).not.toBeNull();
        expect(await ofJob(job)).toMatchObject([{ status: 'open' }]);
        expect(await rentals.end(row.rental_id, 'over', 600_000)).toMatchObject({ gone: true });
        expect(await ofJob(job)).toMatchObject([{ status: 'destroyed' }]);
        await settled(rentals, job);
      });
    },
  );

  it('ends what was said to be created and never was', async () => {
    await using('lie', async (rentals) => {
      await market.inject('create', 'lie-done');
      const { row, failure } = await create(rentals, 'lie');
      expect(failure).toBeNull();
      expect(await rentals.end(row.rental_id, 'over', 600_000)).toMatchObject({ gone: true });
      expect(await ofJob('lie')).toEqual([]);
    });
  });

  it('destroys through answers that lie, break off and do not come', async () => {
    await using('deaf', async (rentals) => {
      const { row } = await create(rentals, 'deaf');
      await market.inject('destroy', 'lie-done', 'reset-before', 'html-before', 'error-after');
      await market.inject('show', 'html-before', 'error-before');
      expect(await rentals.end(row.rental_id, 'over', 600_000)).toMatchObject({ gone: true });
      expect(await ofJob('deaf')).toMatchObject([{ status: 'destroyed' }]);
      await settled(rentals, 'deaf');
    });
  });

  it('does not take an outage for absence, and ends it afterwards', async () => {
    await using('outage', async (rentals) => {
      const { row } = await create(rentals, 'outage');
      await market.outage({ seconds: 1e6, fault: 'html-before' });
      const answer = await rentals.end(row.rental_id, 'over', 60_000);
      expect(answer.gone).toBe(false);
      expect(await rentals.reconcile(NEVER)).toMatchObject([{ trouble: expect.anything(), destroyed: 0 }]);
      expect(rentals.ledger.get(row.rental_id)?.state).toBe('closing');
      expect(rentals.status().strays).toMatchObject([{ kind: 'ours' }]);
      await market.outage(null);
      await settled(rentals, 'outage');
      expect(rentals.status()).toMatchObject({ running: 0, strays: [], trouble: null });
    });
  });

  it('takes the bill of a machine that its host took back for the whole', async () => {
    await using('vanish', async (rentals) => {
      const { row } = await create(rentals, 'vanish');
      const { contract_id = null } = rentals.ledger.get(row.rental_id) ?? {};
      rentals.ledger.ready(row.rental_id, 'http://127.0.0.1:9');
      rentals.ledger.keep(row.rental_id, market.clock.nowUs() / 1e6 + 1e6);
      await rentals.reconcile(NEVER);
      expect(await market.strike(contract_id ?? 0, 'ended')).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, 300));
      await settled(rentals, 'vanish');
      expect(rentals.ledger.get(row.rental_id)).toMatchObject({ ended_because: 'it vanished' });
      const [bill] = await ofJob('vanish');
      expect(rentals.ledger.get(row.rental_id)?.ended_at).toBeCloseTo(bill?.end ?? 0, 3);
    });
  });
});

describe('a process that is killed', () => {
  async function life(dieAt: number, job: string): Promise<string> {
    const { url, key, base: from, speed } = market;
    const plan: LedgerChild = {
      path: storeOf('killed'),
      dataDir: base.dataDir,
      url,
      key,
      base: from,
      speed,
      job,
      dieAt,
    };
    const child = spawn(process.execPath, [CHILD, JSON.stringify(plan)], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await once(child, 'close');
    lives++;
    return said.trim();
  }

  it('between any two lines of a rental leaves nothing that the next one does not end, and count', async () => {
    const places: string[] = [];
    let n = 0;
    let isDone = false;
    // Several at once: they share the file, and each has its own rental.
    const killing = Array.from({ length: 3 }, async () => {
      while (!isDone) {
        const dieAt = ++n;
        let said = '';
        // Somebody else may take the offer: then it is tried with another.
        for (let tries = 0; said === '' && tries < 5; tries++)
          said = await life(dieAt, `killed-${dieAt}.${tries}`);
        expect(said).not.toBe('');
        if (said.startsWith('done')) isDone = true;
        else places.push(said);
      }
    });
    await Promise.all(killing);
    for (const line of [
      'after intend',
      'before create',
      'after create',
      'before created',
      'after destroy',
      'before gone',
    ])
      expect(places).toContain(line);
    await using('killed', async (rentals) => {
      // Kept ones are ended by hand here: their time is an hour.
      for (const row of rentals.ledger.open())
        if (row.state === 'kept') await rentals.end(row.rental_id, 'by hand', 600_000);
      await settled(rentals, 'killed');
      expect(rentals.status()).toMatchObject({ running: 0, strays: [] });
      const bills = await ofJob('killed');
      expect(bills.length).toBeGreaterThan(places.length / 2);
      const rows = rentals.ledger.list({ limit: 1000, offset: 0, open: false }).rentals;
      // All but the one that was killed before its first line.
      expect(rows.length).toBe(lives - 1);
    });
  }, 120_000);
});
