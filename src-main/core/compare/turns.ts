import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Milliseconds } from '#shared/model/units.ts';

/** How long nothing else is answered while something long is made. */
const SLICE_MS: Milliseconds = 8;

/** To be awaited between pieces of work: gives all others their turn when a slice is used up. Throws when aborted. */
export function createTurns(signal?: AbortSignal): () => Promise<void> {
  let slice = performance.now();
  return async () => {
    if (performance.now() - slice < SLICE_MS) return;
    await nextTurn();
    signal?.throwIfAborted();
    slice = performance.now();
  };
}
