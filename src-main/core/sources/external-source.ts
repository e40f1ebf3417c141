import type { Clock } from '#core/ports/ports.ts';
import type { ExternalStore } from '#core/store/external-store.ts';
import { RuneStore } from '#core/store/rune-store.ts';
import { EXTERNAL } from '#shared/model/source.ts';
import type { JobSource } from './job-source.ts';
import { readsOf, wholeStore } from './store-reads.ts';

/** Traces that came over OTLP and belong to no job of ours, each as one; null while there is none. */
export function createExternalSource(external: ExternalStore, clock: Clock): () => JobSource | null {
  const store = new RuneStore(
    EXTERNAL,
    () => {
      const db = external.db();
      return wholeStore(external.path, db);
    },
    () => clock.nowUs(),
    null,
  );
  const source: JobSource = {
    info: () => ({
      source: EXTERNAL,
      kind: 'external',
      title: 'External traces',
      path: external.path,
      writable: false,
      snapshot: false,
      indexed_events: 0,
      total_events: 0,
      provides: {
        recorded_starts: true,
        recorded_parents: true,
        live: true,
        cancel: false,
        estimates: false,
      },
      notes: [
        'Traces that came over OTLP and belong to no job of this computer. Their sender decides what is in them.',
      ],
    }),
    ...readsOf(() => store),
    onChange: (listener) => external.feed.subscribe(listener),
    // The store goes on receiving; whoever made it closes it.
    close: () => {},
  };
  return () => (external.exists() ? source : null);
}
