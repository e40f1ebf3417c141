import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { CodedError, type FailureCode } from '#shared/model/failure.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import type { Migration, Scope } from './migrations/migration.ts';
import { RUNE_MIGRATIONS } from './migrations/rune.ts';
import { RUNESCOPE_MIGRATIONS } from './migrations/runescope.ts';

export type Db = Database.Database;

/**
 * The only place that opens a database. Throws `store.*` in words; on a Node that better-sqlite3's binary does not
 * support, opening would crash the process without a word, so that is checked first. `busyMs`: how long a lock of
 * another process is waited for, blocking this thread. `check` may refuse the file before anything in it is changed.
 */
export function openDatabase(
  path: string,
  mode: 'write' | 'read',
  busyMs: Milliseconds = 5000,
  check: (db: Db) => void = () => {},
): Db {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 22) {
    throw new CodedError(
      'engine.runtime_too_old',
      `Runescope needs Node 22 or newer to open its store; this is Node ${process.versions.node}. Start it with npm start.`,
    );
  }
  if (mode === 'read' && !existsSync(path))
    throw new CodedError('store.not_found', `There is no file ${path}.`);
  return guardStore(path, () => {
    const db = new Database(path, { readonly: mode === 'read', timeout: busyMs });
    try {
      db.prepare('SELECT count(*) FROM sqlite_master').get();
      check(db);
      if (mode === 'write') {
        db.pragma('journal_mode = WAL');
        db.pragma('synchronous = NORMAL');
        db.pragma('wal_autocheckpoint = 8000');
      }
      db.pragma('mmap_size = 268435456');
      db.pragma('temp_store = MEMORY');
      return db;
    } catch (thrown) {
      db.close();
      throw thrown;
    }
  });
}

const FILE_TROUBLE: ReadonlySet<string> = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'EEXIST',
  'ENOENT',
  'ENOTDIR',
  'EISDIR',
  'EIO',
  'ENAMETOOLONG',
  'ELOOP',
]);

/** Runs `fn` and turns SQLite's errors about the file at `path` into coded ones. */
export function guardStore<T>(path: string, fn: () => T): T {
  try {
    return fn();
  } catch (thrown) {
    throw storeFailure(path, thrown);
  }
}

/** What SQLite, or the file system, threw about `path`, as a coded failure; anything else as it is. */
export function storeFailure(path: string, thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const { code, syscall, message: why } = thrown as NodeJS.ErrnoException;
  if (code === undefined || !(code.startsWith('SQLITE_') || syscall !== undefined)) return thrown;
  const failure = (to: FailureCode, message: string, retryable = false) =>
    new CodedError(to, message, { detail: `${code}: ${why}`, retryable, cause: thrown });
  if (code === 'SQLITE_NOTADB') return failure('store.not_sqlite', `${path} is not a SQLite database.`);
  if (code.startsWith('SQLITE_CORRUPT')) {
    return failure(
      'store.damaged',
      `${path} is damaged or cut short. Restore it from a copy; nothing was changed.`,
    );
  }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return failure(
      'store.locked',
      `${path} is locked by another program. Close it there, or try again.`,
      true,
    );
  }
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT')
    return failure('store.full', `The disk that holds ${path} is full. Free some space.`, true);
  if (
    code.startsWith('SQLITE_IOERR') ||
    code.startsWith('SQLITE_CANTOPEN') ||
    code.startsWith('SQLITE_READONLY') ||
    FILE_TROUBLE.has(code)
  ) {
    return failure('store.unreadable', `${path} cannot be opened or written: ${why}.`, true);
  }
  return thrown;
}

/** True for what may pass without a change of the program: a full disk, a lock, a medium that fails. */
export function isStoreTrouble(thrown: unknown): boolean {
  const failure = storeFailure('', thrown);
  return failure instanceof CodedError && failure.retryable === true;
}

/** Creates or completes RUNE's tables, as RUNE's migrator would. `now` in epoch seconds. */
export function migrateRune(db: Db, now: number): void {
  db.transaction(() => {
    db.exec(
      'CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, applied_at REAL NOT NULL)',
    );
    const applied = new Set(db.prepare('SELECT version FROM schema_version').pluck().all() as number[]);
    for (const { version, sql } of RUNE_MIGRATIONS) {
      if (applied.has(version)) continue;
      db.exec(sql);
      db.prepare('INSERT INTO schema_version (version, applied_at) VALUES (?, ?)').run(version, now);
    }
  }).immediate();
}

/** What is missing of our tables; throws `store.newer_schema` when a newer Runescope has written the file. */
export function pendingMigrations(db: Db, scope: Scope): readonly Migration[] {
  const has = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'rs_schema_version'").get() !== undefined;
  const applied = new Set(
    has ? (db.prepare('SELECT name FROM rs_schema_version').pluck().all() as string[]) : [],
  );
  const known = new Set(RUNESCOPE_MIGRATIONS.map((migration) => migration.name));
  const unknown = [...applied].filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new CodedError(
      'store.newer_schema',
      `This store was written by a newer Runescope (${unknown.join(', ')}). Update Runescope to open it.`,
    );
  }
  return RUNESCOPE_MIGRATIONS.filter(
    (migration) =>
      !applied.has(migration.name) &&
      (migration.scope === scope || (scope === 'own' && migration.scope === 'index')),
  );
}

/** Brings our tables up to date; throws `store.newer_schema`. */
export function migrateRunescope(db: Db, scope: Scope, now: number): void {
  db.transaction(() => {
    db.exec('CREATE TABLE IF NOT EXISTS rs_schema_version (name TEXT PRIMARY KEY, applied_at REAL NOT NULL)');
    for (const migration of pendingMigrations(db, scope)) {
      db.exec(migration.sql);
      db.prepare('INSERT INTO rs_schema_version (name, applied_at) VALUES (?, ?)').run(migration.name, now);
    }
  }).immediate();
}
