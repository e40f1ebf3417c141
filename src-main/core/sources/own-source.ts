import type { Clock } from '#core/ports/ports.ts';
import type { Change } from '#core/store/change-feed.ts';
import type { Db } from '#core/store/database.ts';
import { indexedEventId } from '#core/store/rollup.ts';
import { RuneStore, type TraceThread } from '#core/store/rune-store.ts';
import type { SpanDetail } from '#shared/contract/types.ts';
import { OWN } from '#shared/model/source.ts';
import type { JobSource } from './job-source.ts';
import { readsOf, wholeStore } from './store-reads.ts';

export interface OwnSource extends JobSource {
  /** Details of a job's spans in pre-order, from the `from`-th on. */
  spans(jobId: string, from: number, limit: number): readonly SpanDetail[];
}

/** Our own store. `db` may be the writer's connection or a read-only one beside another process. */
export function createOwnSource({
  db,
  path,
  feed,
  clock,
  thread = null,
}: {
  readonly db: Db;
  readonly path: string;
  readonly feed: { subscribe(listener: (change: Change) => void): () => void };
  readonly clock: Clock;
  readonly thread?: TraceThread | null | undefined;
}): OwnSource {
  const whole = wholeStore(path, db);
  const store = new RuneStore(
    OWN,
    () => whole,
    () => clock.nowUs(),
    thread,
  );
  return {
    info: () => {
      const indexed = indexedEventId(db);
      return {
        source: OWN,
        kind: 'own',
        title: 'This computer',
        path,
        writable: !db.readonly,
        snapshot: false,
        indexed_events: indexed,
        total_events: Math.max(indexed, store.lastEvent()),
        provides: {
          recorded_starts: true,
          recorded_parents: true,
          live: !db.readonly,
          cancel: !db.readonly,
          estimates: true,
        },
        notes: db.readonly
          ? ['Read-only: another process runs the jobs of this data directory, or none does.']
          : [],
      };
    },
    ...readsOf(() => store),
    spans: (jobId, from, limit) => store.spans(jobId, from, limit),
    onChange: (listener) => feed.subscribe(listener),
    close: () => {},
  };
}
