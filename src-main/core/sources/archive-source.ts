import type { ArchivedJob } from '#core/archive/read/reader.ts';
import type { Clock } from '#core/ports/ports.ts';
import { guardStore, migrateRune, migrateRunescope, openDatabase } from '#core/store/database.ts';
import { indexedEventId } from '#core/store/rollup.ts';
import { RuneStore } from '#core/store/rune-store.ts';
import { toEpochSeconds } from '#shared/model/units.ts';
import { fillStore } from './fill-store.ts';
import type { JobSource } from './job-source.ts';

/** One archived result as a source of one job, in memory: the Job view shows it as it was seen when it ran. */
export function openArchivedResult({ source, uri, record, notes }: ArchivedJob, clock: Clock): JobSource {
  const db = openDatabase(':memory:', 'write');
  try {
    const now = toEpochSeconds(clock.nowUs());
    migrateRune(db, now);
    migrateRunescope(db, 'own', now);
    const filled = guardStore(uri, () => fillStore(db, record));
    const whole = {
      path: uri,
      source: db,
      index: db,
      recorded: true,
      quantised: false,
      hasEvents: true,
      hasArtifacts: true,
    };
    const store = new RuneStore(
      source,
      () => whole,
      () => clock.nowUs(),
      null,
    );
    const events = indexedEventId(db);
    return {
      info: () => ({
        source,
        kind: 'archive',
        title: record.view.job_id,
        path: uri,
        writable: false,
        snapshot: false,
        indexed_events: events,
        total_events: events,
        provides: {
          recorded_starts: filled.recorded,
          recorded_parents: filled.recorded,
          live: false,
          cancel: false,
          estimates: true,
        },
        notes: [...notes, ...filled.notes],
      }),
      listJobs: (query) => store.listJobs(query),
      facets: () => store.facets(),
      job: (jobId) => store.job(jobId),
      trace: (jobId) => store.traceLater(jobId),
      span: (jobId, spanId, eventId) => store.span(jobId, spanId, eventId),
      exportTrace: (jobId, format) => store.exportTrace(jobId, format),
      summary: (jobId) => store.summary(jobId),
      onChange: () => () => {},
      close: () => void db.close(),
    };
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}
