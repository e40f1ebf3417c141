import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '#core/ports/ports.ts';
import { type Db, guardStore, migrateRunescope, openDatabase } from '#core/store/database.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { EpochSeconds } from '#shared/model/units.ts';

/**
 * archive.db: the local index of archives, their journal and reports. Several processes may have it open. A damaged
 * file is moved aside and made anew; where it cannot be written, or somebody keeps it locked, an empty one in memory
 * stands in: jobs must run whatever becomes of their archive's index. Throws `store.newer_schema`.
 */
export function openArchiveFile(dataDir: string, now: EpochSeconds, logger: Logger): Db {
  const path = join(dataDir, 'archive.db');
  const tell = (message: string): void => logger.log({ level: 'warn', event: 'archive.index', message });
  try {
    guardStore(dataDir, () => mkdirSync(dataDir, { recursive: true, mode: 0o700 }));
    try {
      return open(path, now);
    } catch (thrown) {
      const code = thrown instanceof CodedError ? thrown.code : null;
      if (code !== 'store.damaged' && code !== 'store.not_sqlite') throw thrown;
      const aside = guardStore(path, () => moveAside(path, now));
      const db = open(path, now);
      tell(
        `${path} was damaged. It was moved to ${aside} and begun anew: archives are listed again, but the journal of what was opened until now is only in that file.`,
      );
      return db;
    }
  } catch (thrown) {
    if (!(thrown instanceof CodedError)) throw thrown;
    if (thrown.code === 'store.newer_schema') throw thrown;
    tell(
      `${thrown.message} Archives are indexed in memory until the end of this process, and the journal is not kept.`,
    );
    return open(':memory:', now);
  }
}

function open(path: string, now: EpochSeconds): Db {
  const db = openDatabase(path, 'write');
  try {
    guardStore(path, () => migrateRunescope(db, 'archive', now));
    return db;
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

/** With its log, which belongs to it and must not be applied to another file. */
function moveAside(path: string, now: EpochSeconds): string {
  const time = new Date(now * 1000).toISOString().replaceAll(/[:.]/g, '-');
  const aside = `${path}.damaged-${time}`;
  for (const side of ['-wal', '-shm', ''])
    if (existsSync(`${path}${side}`)) renameSync(`${path}${side}`, `${aside}${side}`);
  return aside;
}
