import { setTimeout as sleep } from 'node:timers/promises';
import { abortFailure } from '#shared/model/failure.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import type { Clock } from './ports.ts';

/** Waits `ms` of the clock's time. Throws the abort's failure at once when `signal` aborts. */
export async function pause(
  clock: Pick<Clock, 'speed'>,
  ms: Milliseconds,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await sleep(ms / (clock.speed ?? 1), undefined, signal === undefined ? {} : { signal });
  } catch (thrown) {
    if (signal?.aborted === true) throw abortFailure(signal);
    throw thrown;
  }
}

/** `act` after `ms` of the clock's time, unless the process has ended by then. Answers how to call it off. */
export function later(clock: Pick<Clock, 'speed'>, ms: Milliseconds, act: () => void): () => void {
  const timer = setTimeout(act, Math.min(MAX_TIMER_MS, Math.max(0, ms) / (clock.speed ?? 1)));
  timer.unref();
  return () => clearTimeout(timer);
}

/** Timers of Node fire at once beyond it. */
const MAX_TIMER_MS = 2 ** 31 - 1;
