import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Db, migrateRune, migrateRunescope, openDatabase } from '#core/store/database.ts';
import type { EpochSeconds } from '#shared/model/units.ts';

/** A store of RUNE's shape that nobody else sees and that goes when it is closed. */
export interface PrivateStore {
  readonly db: Db;
  close(): void;
}

/** Files with more spans are held on disk, where the thread that builds large traces can read them. */
const MAX_IN_MEMORY = 20_000;
const NAME = /^trace-file\.(\d+)\.\d+\.db(-wal|-shm)?$/;
let made = 0;

/** In memory for few spans and where `dir` cannot be written. */
export function openPrivateStore(dir: string, spans: number, now: EpochSeconds): PrivateStore {
  const { db, remove } = (spans > MAX_IN_MEMORY ? onDisk(dir) : null) ?? {
    db: openDatabase(':memory:', 'write'),
    remove: () => {},
  };
  const close = (): void => {
    db.close();
    remove();
  };
  try {
    migrateRune(db, now);
    migrateRunescope(db, 'own', now);
    return { db, close };
  } catch (thrown) {
    close();
    throw thrown;
  }
}

function onDisk(dir: string): { readonly db: Db; remove(): void } | null {
  const path = join(dir, `trace-file.${process.pid}.${++made}.db`);
  const remove = (): void => {
    for (const side of ['', '-wal', '-shm']) rmSync(path + side, { force: true });
  };
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    removeDead(dir);
    remove();
    const db = openDatabase(path, 'write');
    // Whatever happens to this process, nobody reads it again.
    db.pragma('synchronous = OFF');
    return { db, remove };
  } catch {
    remove();
    return null;
  }
}

/** What processes left behind that were killed. */
function removeDead(dir: string): void {
  for (const name of readdirSync(dir)) {
    const pid = Number(NAME.exec(name)?.[1] ?? process.pid);
    if (pid === process.pid) continue;
    try {
      process.kill(pid, 0);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ESRCH') rmSync(join(dir, name), { force: true });
    }
  }
}
