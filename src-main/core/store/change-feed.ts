import type { Change } from '#core/sources/job-source.ts';

/** What the store committed, told to whoever watches. A listener's own failure is its own. */
export interface ChangeFeed {
  emit(change: Change): void;
  subscribe(listener: (change: Change) => void): () => void;
}

export function createChangeFeed(): ChangeFeed {
  const listeners = new Set<(change: Change) => void>();
  return {
    emit: (change) => {
      for (const listener of listeners) listener(change);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
