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
