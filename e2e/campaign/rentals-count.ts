import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '#core/store/database.ts';
import { ownStorePath } from '#core/store/own-file.ts';
import type { SpawnedMarket } from '#core/testing/spawn-market.ts';
import { costOfRental } from '#core/vastai/ledger/rental-cost.ts';
import type { RsRentalRow } from '#core/vastai/ledger/rental-row.ts';
import type { Usd } from '#shared/model/units.ts';

const CENT: Usd = 0.01;

/** The ledger beside the market's own books. */
export interface Books {
  readonly contracts: number;
  /** Contracts that run on the market now, and those of them that no open rental owns. */
  readonly running: number;
  readonly unowned: number;
  /** Contracts of the market that no row of the ledger has. */
  readonly unknown: number;
  readonly rentals: number;
  readonly refused: number;
  /** Used by more than one job. */
  readonly reused: number;
  /** Neither gone nor refused. */
  readonly open: number;
  /** Rentals whose cost is the market's bill, and those that are still reckoned by our clock. */
  readonly by_bill: number;
  readonly by_clock: number;
  /** Rentals with a cost that is a cent or more off their contract's bill, and the largest difference. */
  readonly off: number;
  readonly largest_difference_usd: Usd;
  readonly ledger_usd: Usd;
  readonly market_usd: Usd;
  /** What the jobs say that they cost, where they say it. */
  readonly jobs_usd: Usd;
}

export async function readBooks(dataDir: string, market: SpawnedMarket): Promise<Books> {
  const [bills, listed] = [await market.bills(), await market.listed()];
  const db = openDatabase(ownStorePath(dataDir), 'read');
  const rows = db.prepare('SELECT * FROM rs_rental').all() as RsRentalRow[];
  const jobs_usd = db.prepare('SELECT total(actual_usd) FROM rs_outcome').pluck().get() as Usd;
  const reused = db
    .prepare('SELECT count(*) FROM (SELECT 1 FROM rs_rental_use GROUP BY rental_id HAVING count(*) > 1)')
    .pluck()
    .get() as number;
  db.close();
  const now = market.clock.nowUs() / 1e6;
  const isOpen = ({ state }: RsRentalRow): boolean => state !== 'gone' && state !== 'refused';
  const known = new Set(rows.map(({ contract_id }) => contract_id));
  const owned = new Set(rows.filter(isOpen).map(({ contract_id }) => contract_id));
  const billOf = new Map(bills.map(({ id, usd }) => [id, usd]));
  const costs = rows
    .filter(({ contract_id }) => contract_id !== null)
    .map((row) => {
      const { cost_usd, cost_from } = costOfRental(row, now);
      return { from: cost_from, usd: cost_usd ?? 0, bill: billOf.get(row.contract_id ?? 0) ?? 0 };
    });
  const differences = costs.map(({ usd, bill }) => Math.abs(usd - bill));
  return {
    contracts: bills.length,
    running: listed.length,
    unowned: listed.filter(({ id }) => !owned.has(id)).length,
    unknown: bills.filter(({ id }) => !known.has(id)).length,
    rentals: rows.length,
    refused: rows.filter(({ state }) => state === 'refused').length,
    reused,
    open: rows.filter(isOpen).length,
    by_bill: costs.filter(({ from }) => from === 'bill').length,
    by_clock: costs.filter(({ from }) => from === 'clock').length,
    off: differences.filter((difference) => difference >= CENT).length,
    largest_difference_usd: Math.max(0, ...differences),
    ledger_usd: costs.reduce((sum, { usd }) => sum + usd, 0),
    market_usd: bills.reduce((sum, { usd }) => sum + usd, 0),
    jobs_usd,
  };
}

export interface Jobs {
  readonly jobs: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** Jobs whose root span ended more than once. */
  readonly ended_twice: number;
  readonly integrity: string;
  /** Files of the data directory in which the market's key stands. */
  readonly key_in: readonly string[];
}

export function readJobs(dataDir: string, key: string): Jobs {
  const db = openDatabase(ownStorePath(dataDir), 'read');
  try {
    const statuses = db.prepare('SELECT status, count(*) AS n FROM jobs GROUP BY status').all() as {
      status: string;
      n: number;
    }[];
    const twice = db.prepare(
      "SELECT count(*) FROM (SELECT 1 FROM workflow_events WHERE event = 'job.execute' GROUP BY job_id HAVING count(*) > 1)",
    );
    return {
      jobs: statuses.reduce((sum, { n }) => sum + n, 0),
      statuses: Object.fromEntries(statuses.map(({ status, n }) => [status, n])),
      ended_twice: twice.pluck().get() as number,
      integrity: String(db.pragma('integrity_check', { simple: true })),
      key_in: readdirSync(dataDir, { recursive: true, withFileTypes: true })
        .filter((file) => file.isFile() && readFileSync(join(file.parentPath, file.name)).includes(key))
        .map(({ name }) => name),
    };
  } finally {
    db.close();
  }
}
