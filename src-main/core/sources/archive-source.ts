import type { ArchivedJob } from '#core/archive/read/reader.ts';
import type { Clock } from '#core/ports/ports.ts';
import { createChangeFeed } from '#core/store/change-feed.ts';
import { guardStore, migrateRune, migrateRunescope, openDatabase } from '#core/store/database.ts';
import { toJobRow } from '#core/store/job-index.ts';
import { indexedEventId } from '#core/store/rollup.ts';
import { RuneStore } from '#core/store/rune-store.ts';
import { toEpochSeconds } from '#shared/model/units.ts';
import { fillStore } from './fill-store.ts';
import type { JobSource } from './job-source.ts';
import { readsOf, wholeStore } from './store-reads.ts';

export interface ArchivedSource extends JobSource {
  /** It was read again: what is shown is what was found last, so that no verdict speaks for other bytes. */
  reopened(job: ArchivedJob): void;
}

/** One archived result as a source of one job, in memory: the Job view shows it as it was seen when it ran. */
export function openArchivedResult(opened: ArchivedJob, clock: Clock): ArchivedSource {
  const feed = createChangeFeed();
  const { source } = opened;
  let job = opened;
  let held = fillMemory(opened, clock);
  return {
    info: () => ({
      source,
      kind: 'archive',
      title: job.record.view.job_id,
      path: job.uri,
      writable: false,
      snapshot: false,
      indexed_events: held.events,
      total_events: held.events,
      provides: {
        recorded_starts: held.filled.recorded,
        recorded_parents: held.filled.recorded,
        live: false,
        cancel: false,
        estimates: true,
      },
      notes: [...job.notes, ...held.filled.notes],
    }),
    ...readsOf(() => held.store),
    onChange: (listener) => feed.subscribe(listener),
    close: () => void held.db.close(),
    reopened: (again) => {
      if (again.bytes_sha256 !== job.bytes_sha256) {
        const before = held;
        held = fillMemory(again, clock);
        before.db.close();
        feed.emit({ jobs: [toJobRow(held.filled.row)], spans: [] });
      }
      job = again;
    },
  };
}

function fillMemory({ source, uri, record }: ArchivedJob, clock: Clock) {
  const db = openDatabase(':memory:', 'write');
  try {
    const now = toEpochSeconds(clock.nowUs());
    migrateRune(db, now);
    migrateRunescope(db, 'own', now);
    const filled = guardStore(uri, () => fillStore(db, record));
    const whole = wholeStore(uri, db);
    const store = new RuneStore(
      source,
      () => whole,
      () => clock.nowUs(),
      null,
    );
    return { db, store, filled, events: indexedEventId(db) };
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}
