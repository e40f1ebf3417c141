import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from '#shared/model/failure.ts';
import type { EpochSeconds, Milliseconds } from '#shared/model/units.ts';
import { catchUpOwn } from './catch-up.ts';
import {
  type Db,
  guardStore,
  migrateRune,
  migrateRunescope,
  openDatabase,
  pendingMigrations,
} from './database.ts';
import { acquireOwnership, type Ownership } from './ownership.ts';

/** The store of a data directory. */
export const ownStorePath = (dataDir: string): string => join(dataDir, 'runescope.db');

const TRIES = 50;
const PAUSE_MS: Milliseconds = 100;

/** Opens the store for its one writer, with the whole schema. Throws `store.*` and `engine.already_running`. */
export function openOwn(
  dataDir: string,
  now: EpochSeconds,
): { readonly db: Db; readonly ownership: Ownership } {
  const path = ownStorePath(dataDir);
  guardStore(dataDir, () => mkdirSync(dataDir, { recursive: true, mode: 0o700 }));
  const db = openDatabase(path, 'write', undefined, (opened) => refuseStranger(opened, path));
  try {
    const ownership = guardStore(path, () => acquireOwnership(db, dataDir));
    try {
      guardStore(path, () => {
        migrateRune(db, now);
        migrateRunescope(db, 'own', now);
      });
      return { db, ownership };
    } catch (thrown) {
      ownership.release();
      throw thrown;
    }
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

/**
 * Opens the store beside its writer. A process that was killed in its first moments, or an older Runescope, may have
 * left it without all tables: then they are made first. A data directory without a store reads as empty.
 */
export async function openOwnToRead(dataDir: string, now: EpochSeconds): Promise<Db> {
  const path = ownStorePath(dataDir);
  for (let attempt = 1; ; attempt++) {
    if (!existsSync(path)) return emptyStore(now);
    const db = openDatabase(path, 'read', undefined, (opened) => refuseStranger(opened, path));
    try {
      if (guardStore(path, () => pendingMigrations(db, 'own').length) === 0) return db;
    } catch (thrown) {
      db.close();
      throw thrown;
    }
    db.close();
    try {
      const own = openOwn(dataDir, now);
      // A new table may have made every event count anew.
      guardStore(path, () => catchUpOwn(own.db));
      own.ownership.release();
      own.db.close();
    } catch (thrown) {
      // Its owner is starting, and is making them now.
      const isOwned = thrown instanceof CodedError && thrown.code === 'engine.already_running';
      if (!isOwned || attempt >= TRIES) throw thrown;
      await sleep(PAUSE_MS);
    }
  }
}

function emptyStore(now: EpochSeconds): Db {
  const db = openDatabase(':memory:', 'write');
  migrateRune(db, now);
  migrateRunescope(db, 'own', now);
  return db;
}

/** Our tables are put into an empty file and beside RUNE's, never into a database of another program. */
function refuseStranger(db: Db, path: string): void {
  const tables = db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .pluck()
    .all() as string[];
  if (tables.length === 0 || tables.includes('rs_schema_version')) return;
  const jobId = db.prepare("SELECT 1 FROM pragma_table_info('jobs') WHERE name = 'job_id'").get();
  if (tables.includes('schema_version') && jobId !== undefined) return;
  throw new CodedError(
    'store.not_rune',
    `${path} is a SQLite database that Runescope did not make. Move it away, or give another data directory; nothing was changed.`,
  );
}
