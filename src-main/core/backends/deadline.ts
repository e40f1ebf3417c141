import type { CodedError } from '#shared/model/failure.ts';
import type { Milliseconds } from '#shared/model/units.ts';

// A longer timer would fire at once: Node keeps the delay in 31 bits.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Runs `fn` with a signal that also aborts, with `late()` as its reason, when `ms` have passed since the start or
 * since the last call of `extend`, which may give another time for the next wait.
 */
export async function withDeadline<T>(
  signal: AbortSignal,
  ms: Milliseconds,
  late: () => CodedError,
  fn: (signal: AbortSignal, extend: (nextMs?: Milliseconds) => void) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const arm = (wait: Milliseconds) =>
    setTimeout(() => deadline.abort(late()), Math.min(wait, LONGEST_TIMER_MS));
  let timer = arm(ms);
  try {
    return await fn(AbortSignal.any([signal, deadline.signal]), (nextMs = ms) => {
      clearTimeout(timer);
      timer = arm(nextMs);
    });
  } finally {
    clearTimeout(timer);
  }
}
