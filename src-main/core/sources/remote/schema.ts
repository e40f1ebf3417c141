import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Db, guardStore, migrateRune, migrateRunescope, openDatabase } from '#core/store/database.ts';
import { foldEvents } from '#core/store/rollup.ts';
import type { EpochSeconds } from '#shared/model/units.ts';

/** The private store of a remote's history. */
export const remotePath = (dataDir: string, digest: string): string =>
  join(dataDir, 'remotes', `${digest}.db`);

/** What only these stores have, beside RUNE's tables and ours. */
const TABLES = `
-- One job there. job_id is its id here: the same, unless its submission was answered too late to know it.
CREATE TABLE IF NOT EXISTS rs_remote_job (
  job_id TEXT PRIMARY KEY,
  -- Null: whether the remote has it is not known yet.
  remote_id TEXT UNIQUE,
  -- What it said last of when it changed.
  seen_updated_at REAL,
  -- 1: all that its own document says is here, as of seen_updated_at; else what a list says.
  whole INTEGER NOT NULL DEFAULT 0,
  -- 1: it has ended, and its events, artifacts and steps are here.
  complete INTEGER NOT NULL DEFAULT 0,
  last_event INTEGER NOT NULL DEFAULT 0,
  -- 1: the remote does not know it any more.
  gone INTEGER NOT NULL DEFAULT 0,
  note TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS idx_rs_remote_job_incomplete ON rs_remote_job(complete) WHERE complete = 0;

-- What was submitted from here: written before it is sent, with the key that makes a repetition the same job.
CREATE TABLE IF NOT EXISTS rs_remote_submission (
  job_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  body_json TEXT NOT NULL,
  idempotency_key TEXT NOT NULL UNIQUE,
  approved_usd REAL,
  submitted_at REAL NOT NULL,
  -- sending: not known whether it arrived; accepted; lost: it was never said, and is not asked any more
  state TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS rs_remote_event (
  job_id TEXT NOT NULL,
  remote_id INTEGER NOT NULL,
  PRIMARY KEY (job_id, remote_id)
) WITHOUT ROWID;
`;

/** Throws `store.*`. */
export function openRemoteDb(dataDir: string, digest: string, now: EpochSeconds): Db {
  const path = remotePath(dataDir, digest);
  guardStore(path, () => mkdirSync(join(dataDir, 'remotes'), { recursive: true, mode: 0o700 }));
  const db = openDatabase(path, 'write');
  try {
    guardStore(path, () => {
      migrateRune(db, now);
      migrateRunescope(db, 'own', now);
      db.exec(TABLES);
      while (foldEvents(db, db) > 0);
    });
    return db;
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}
