import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogRecord } from '#core/ports/ports.ts';
import { type Db, migrateRune, migrateRunescope, openDatabase } from '#core/store/database.ts';
import { realClock } from '#core/testing/ports.ts';
import { createLedger } from '#core/vastai/ledger/ledger.ts';
import { tellOfRentals } from './rental-log.ts';

let dir: string;
let db: Db;
let logged: LogRecord[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rs-rental-log-'));
  db = openDatabase(join(dir, 'store.db'), 'write');
  migrateRune(db, 0);
  migrateRunescope(db, 'own', 0);
  logged = [];
  tellOfRentals(db, {
    log: (record) => {
      // As the engine's logger does, to know whose job it is.
      db.prepare('SELECT 1').get();
      logged.push(record);
    },
  });
});
afterEach(() => {
  db.close();
  rmSync(dir, { recursive: true, force: true });
});

const offer = {
  id: 7,
  machine_id: 1,
  host_id: 2,
  gpu_name: 'RTX 4090',
  num_gpus: 1,
  gpu_total_ram: 24_000,
  reliability: 0.99,
  dph_total: 0.4,
  inet_down_cost: null,
  inet_up_cost: null,
  inet_down: 500,
};
const events = async (n: number): Promise<readonly string[]> => {
  await expect.poll(() => logged.length).toBe(n);
  return logged.map(({ event }) => event);
};

describe('the log of rentals', () => {
  it('tells each state that the ledger writes, of which job and contract, and no state twice', async () => {
    const ledger = createLedger(db, realClock());
    const { rental_id } = ledger.intend({ market: 'demo', job_id: 'j1', offer, disk_gb: 20 } as never);
    expect(await events(1)).toEqual(['rental.intended']);
    ledger.created(rental_id, 99);
    ledger.running(rental_id, null);
    ledger.running(rental_id, null);
    ledger.ready(rental_id, 'http://127.0.0.1:1');
    ledger.closing(rental_id, 'the job is over');
    ledger.gone(rental_id, realClock().nowUs() / 1e6, realClock().nowUs() / 1e6);
    expect(await events(6)).toEqual([
      'rental.intended',
      'rental.created',
      'rental.running',
      'rental.ready',
      'rental.closing',
      'rental.gone',
    ]);
    expect(logged.every(({ job_id }) => job_id === 'j1')).toBe(true);
    expect(logged[5]).toMatchObject({
      level: 'info',
      message: 'Instance 99 (RTX 4090) was seen gone: the job is over.',
      fields: { rental_id, contract_id: 99, market: 'demo', usd_hour: 0.4 },
    });
  });

  it('stays out of the file: whoever opens it without us can write into the ledger', () => {
    createLedger(db, realClock()).intend({ market: 'demo', job_id: 'j1', offer, disk_gb: 20 } as never);
    const other = openDatabase(join(dir, 'store.db'), 'write');
    expect(other.prepare("SELECT name FROM sqlite_master WHERE sql LIKE '%rs_tell_rental%'").all()).toEqual(
      [],
    );
    expect(other.prepare("UPDATE rs_rental SET state = 'gone'").run().changes).toBe(1);
    other.close();
  });
});
