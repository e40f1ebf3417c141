import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { migrateRune, migrateRunescope, openDatabase } from '#core/store/database.ts';
import { rentalOf } from '#core/testing/ledger-bench.ts';
import { testPorts } from '#core/testing/ports.ts';
import { spawnMarket } from '#core/testing/spawn-market.ts';
import { createMarkets } from '#core/vastai/client/markets.ts';
import { createRentals } from './rentals.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

it('however many attempts a crash left without an answer, they come to their end', async () => {
  const base = testPorts();
  cleanUp.push(() => base.remove());
  const market = await spawnMarket({
    statePath: join(base.dataDir, 'market.json'),
    speed: 60,
    key: 'k',
    offers: 20,
  });
  cleanUp.push(() => market.close());
  const env = { VAST_API_URL: market.url, VAST_API_KEY: 'k' };
  const { ports } = testPorts({ dataDir: base.dataDir, env, clock: market.clock });
  const db = openDatabase(join(base.dataDir, 'ledger.db'), 'write');
  migrateRune(db, 0);
  migrateRunescope(db, 'own', 0);
  const markets = createMarkets({
    ports,
    demoMarket: () => Promise.reject(new Error('not asked for')),
  });
  const rentals = createRentals({ ...ports, db, writable: true, markets, onCost: () => {} });
  cleanUp.push(() => rentals.dispose().then(() => void db.close()));
  // One list for each of them would be more than the market lets through in the time that each has.
  for (let n = 0; n < 60; n++) rentals.ledger.intend(rentalOf(`job-${n}`));
  await rentals.reconcile(new AbortController().signal);
  expect(rentals.ledger.open()).toEqual([]);
  const lists = (await market.calls()).filter(({ endpoint }) => endpoint === 'list');
  expect(lists.length).toBeLessThan(40);
});
