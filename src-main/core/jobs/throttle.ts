import type { Clock } from '#core/ports/ports.ts';
import type { Milliseconds } from '#shared/model/units.ts';

export interface Throttle {
  /** Soon, at once if it has been quiet. */
  ask(): void;
  /** What was asked for and has not been done is dropped. */
  close(): void;
}

/** `act` at most every `everyMs`, and always once after the last time that it was asked for. */
export function throttle(
  everyMs: Milliseconds,
  clock: Pick<Clock, 'monotonicMs'>,
  act: () => void,
): Throttle {
  let timer: NodeJS.Timeout | null = null;
  let lastMs = Number.NEGATIVE_INFINITY;
  let closed = false;
  const run = (): void => {
    timer = null;
    lastMs = clock.monotonicMs();
    act();
  };
  return {
    ask: () => {
      if (closed || timer !== null) return;
      const waitMs = lastMs + everyMs - clock.monotonicMs();
      if (waitMs > 0) timer = setTimeout(run, waitMs);
      else run();
    },
    close: () => {
      closed = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
