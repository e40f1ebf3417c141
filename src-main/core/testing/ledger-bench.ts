import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock, LogRecord } from '#core/ports/ports.ts';
import { type Db, migrateRune, migrateRunescope, openDatabase } from '#core/store/database.ts';
import { createRentals } from '#core/vastai/ledger/rentals.ts';
import type { NewRental, Rentals } from '#core/vastai/seams.ts';
import type { Market } from '#shared/model/offers.ts';
import type { Usd } from '#shared/model/units.ts';
import { type MadeFault, MadeMarket } from './made-market.ts';
import { scaledClock } from './scaled-clock.ts';
import { offerOf } from './scripted-market.ts';

export const rentalOf = (
  job_id: string,
  market: Market = 'vastai',
  offer = offerOf({ id: 11, dph_total: 1 }),
): NewRental => ({
  market,
  job_id,
  offer,
  disk_gb: 40,
});

/** A process that owns the ledger; when it dies, nothing of it goes on. */
export interface LedgerProcess {
  readonly rentals: Rentals;
  readonly db: Db;
  readonly told: Map<string, Usd>;
  readonly logged: readonly LogRecord[];
  kill(): void;
}

export interface LedgerBench {
  readonly market: MadeMarket;
  readonly demo: MadeMarket;
  readonly clock: Clock;
  key: boolean;
  start(writable?: boolean): LedgerProcess;
}

/** A ledger's file and an account that outlives the processes that own it. The clock runs `speed` times as fast. */
export function ledgerBench(cleanUp: (() => void | Promise<void>)[], speed = 50): LedgerBench {
  const dir = mkdtempSync(join(tmpdir(), 'runescope-ledger-'));
  cleanUp.push(() => rmSync(dir, { recursive: true, force: true }));
  const path = join(dir, 'runescope.db');
  const clock = scaledClock(Math.round((performance.timeOrigin + performance.now()) * 1000), speed);
  const market = new MadeMarket(clock);
  const demo = new MadeMarket(clock);
  const bench: LedgerBench = {
    market,
    demo,
    clock,
    key: true,
    start(writable = true) {
      const db = openDatabase(path, writable ? 'write' : 'read');
      if (writable) {
        migrateRune(db, 0);
        migrateRunescope(db, 'own', 0);
      }
      let dead = false;
      const logged: LogRecord[] = [];
      const told = new Map<string, Usd>();
      const rentals = createRentals({
        db,
        writable,
        clock,
        logger: { log: (record) => logged.push(record) },
        markets: market.markets({ isDead: () => dead, hasKey: () => bench.key, demo }),
        onCost: (jobId, usd) => told.set(jobId, usd),
      });
      cleanUp.push(async () => {
        if (dead) return;
        dead = true;
        await rentals.dispose();
        db.close();
      });
      return {
        rentals,
        db,
        told,
        logged,
        kill: () => {
          dead = true;
          db.close();
          // What is left of it in this process does nothing any more, and need not go on trying to.
          rentals.dispose().catch(() => {});
        },
      };
    },
  };
  return bench;
}

/** As a job rents: the row, its contract, and its hold. */
export async function rentAs(
  { rentals }: Pick<LedgerProcess, 'rentals'>,
  job = 'j',
  upTo: 'created' | 'ready' = 'ready',
) {
  const { ledger } = rentals;
  const row = ledger.intend(rentalOf(job));
  const release = rentals.hold(row.rental_id);
  const client = await rentals.markets.client('vastai');
  const outcome = await client.create(
    11,
    { label: row.label, disk_gb: 40, template_hash: null },
    new AbortController().signal,
  );
  if (outcome.kind !== 'created') throw outcome.failure;
  ledger.created(row.rental_id, outcome.contract_id);
  if (upTo === 'ready') ledger.ready(row.rental_id, 'http://m');
  return { rental_id: row.rental_id, label: row.label, contract_id: outcome.contract_id, release };
}

/** Faults of the next calls of one kind; the last stays. */
export const faultsOf = (call: string, ...faults: readonly (MadeFault | null)[]) => {
  let n = 0;
  return (of: string): MadeFault | null =>
    of === call ? (faults[Math.min(n++, faults.length - 1)] ?? null) : null;
};
