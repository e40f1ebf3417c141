import type { LiveBatch } from '#shared/contract/types.ts';

/** What changed in one commit; the sender to a view numbers its batches itself. */
export type Change = Omit<LiveBatch, 'seq' | 'gap' | 'status'> & {
  /** More than rows can say: whoever watches reads anew what it shows. */
  readonly gap?: boolean | undefined;
};

/** What the store committed, told to whoever watches. A listener's own failure is its own. */
export interface ChangeFeed {
  emit(change: Change): void;
  /** False when nobody would hear: then a sender need not build what it would say. */
  readonly watched: boolean;
  subscribe(listener: (change: Change) => void): () => void;
}

export function createChangeFeed(): ChangeFeed {
  const listeners = new Set<(change: Change) => void>();
  return {
    get watched() {
      return listeners.size > 0;
    },
    emit: (change) => {
      for (const listener of listeners) listener(change);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
