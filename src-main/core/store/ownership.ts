import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CodedError } from '#shared/model/failure.ts';
import type { Db } from './database.ts';

/** No system has higher ones; asked for such a one, the kernel says something other than that it is gone. */
const MAX_PID = 2 ** 31 - 1;

/** A process that can be told from a later one with the same pid: by its start time and the machine's boot. */
export const ownerSchema = z.object({
  pid: z.number().int().positive().max(MAX_PID),
  /** As the OS gives it; null where it gives none. */
  started: z.string().nullable(),
  boot_id: z.string().nullable(),
  /** Where the owner's contract is served; null when it is not. */
  address: z.string().nullable(),
});
export type Owner = z.infer<typeof ownerSchema>;

const readOrNull = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

/** Field 22 of /proc/PID/stat, counted after the parenthesised name (which may hold spaces). */
function processStart(pid: number): string | null {
  const stat = readOrNull(`/proc/${pid}/stat`);
  return stat === null ? null : (stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null);
}

const bootId = (): string | null => readOrNull('/proc/sys/kernel/random/boot_id')?.trim() ?? null;

export const thisProcess = (address: string | null): Owner => ({
  pid: process.pid,
  started: processStart(process.pid),
  boot_id: bootId(),
  address,
});

/** True only when the owner cannot be alive: its pid is gone, was given to another process, or belongs to another boot. */
export function isProvablyDead(owner: Pick<Owner, 'pid' | 'started' | 'boot_id'>): boolean {
  const boot = bootId();
  if (boot !== null && owner.boot_id !== null && boot !== owner.boot_id) return true;
  try {
    process.kill(owner.pid, 0);
  } catch (thrown) {
    return (thrown as { code?: string }).code === 'ESRCH';
  }
  const started = processStart(owner.pid);
  return started !== null && owner.started !== null && started !== owner.started;
}

const lockPath = (dataDir: string): string => join(dataDir, 'engine.lock');

/** Who holds the data directory; null when nobody does, or when the lock is unreadable (a torn write of a dead owner). */
export function readOwner(dataDir: string): Owner | null {
  const text = readOrNull(lockPath(dataDir));
  if (text === null || text.length > 4096) return null;
  try {
    const parsed = ownerSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

export interface Ownership {
  readonly self: Owner;
  /** Tells other processes where the owner's contract is served. */
  announce(address: string): void;
  release(): void;
}

/**
 * Takes the data directory for this process. Two openers are told apart by the store's own write lock, under which
 * the lock file is read and replaced. Throws `engine.already_running` while another owner may be alive.
 */
export function acquireOwnership(db: Db, dataDir: string): Ownership {
  const self = thisProcess(null);
  const write = (owner: Owner): void => {
    const temporary = `${lockPath(dataDir)}.${process.pid}`;
    writeFileSync(temporary, JSON.stringify(owner), { mode: 0o600 });
    renameSync(temporary, lockPath(dataDir));
  };
  db.transaction(() => {
    const owner = readOwner(dataDir);
    if (owner !== null && !isProvablyDead(owner)) {
      throw new CodedError(
        'engine.already_running',
        `Runescope is already running on ${dataDir} (process ${owner.pid}). Use that window, or give another --data directory.`,
      );
    }
    write(self);
  }).immediate();
  return {
    self,
    announce: (address) => write({ ...self, address }),
    release: () => {
      const owner = readOwner(dataDir);
      if (owner?.pid === self.pid && owner.started === self.started)
        rmSync(lockPath(dataDir), { force: true });
    },
  };
}
