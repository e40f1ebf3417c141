import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Milliseconds } from '#shared/model/units.ts';
import { type Db, isStoreTrouble } from './database.ts';
import { fileState } from './foreign-file.ts';

/** Changes are told at most this often. */
const INTERVAL_MS: Milliseconds = 100;
/** Network file systems report nothing of other machines' writes, so sizes and times are looked at as well. */
const POLL_MS: Milliseconds = 2000;

export interface FileWatch {
  close(): void;
}

/**
 * Calls `onChange` after the database file or its siblings changed. Neither watching nor its timers keep the process
 * alive; nothing runs while nothing changes but two stat calls every two seconds.
 */
export function watchStore(path: string, onChange: () => void): FileWatch {
  const name = basename(path);
  const names = new Set([name, `${name}-wal`, `${name}-journal`]);
  let timer: NodeJS.Timeout | null = null;
  let toldAt = 0;
  let state = fileState(path);
  const tell = (): void => {
    timer = null;
    toldAt = performance.now();
    onChange();
  };
  const schedule = (): void => {
    if (timer !== null) return;
    timer = setTimeout(tell, Math.max(0, toldAt + INTERVAL_MS - performance.now()));
    timer.unref();
  };
  const poll = setInterval(() => {
    const now = fileState(path);
    if (now !== state) schedule();
    state = now;
  }, POLL_MS);
  poll.unref();
  let watcher: FSWatcher | null = null;
  try {
    watcher = watch(dirname(path), { persistent: false }, (_event, changed) => {
      if (changed === null || names.has(changed)) schedule();
    });
    // Out of watches, or the folder went away: polling goes on.
    watcher.on('error', () => watcher?.close());
  } catch {
    watcher = null;
  }
  return {
    close: () => {
      watcher?.close();
      clearInterval(poll);
      if (timer !== null) clearTimeout(timer);
    },
  };
}

/** Calls `onChange` when a connection other than `db`, which is open on the file, has committed to it. */
export function watchOtherWriters(db: Db, path: string, onChange: () => void): FileWatch {
  const version = (): unknown => db.pragma('data_version', { simple: true });
  let known = version();
  return watchStore(path, () => {
    try {
      const now = version();
      if (now === known) return;
      known = now;
    } catch (thrown) {
      // The next change of the file is looked at anew.
      if (isStoreTrouble(thrown)) return;
      throw thrown;
    }
    onChange();
  });
}
