import type { CodedError } from '#shared/model/failure.ts';
import type { Milliseconds } from '#shared/model/units.ts';

// A longer timer would fire at once: Node keeps the delay in 31 bits.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Runs `fn` with a signal that also aborts, with `late()` as its reason, when `ms` have passed since the start or
 * since the last call of `extend`.
 */
export async function withDeadline<T>(
  signal: AbortSignal,
  ms: Milliseconds,
  late: () => CodedError,
  fn: (signal: AbortSignal, extend: () => void) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const arm = () => setTimeout(() => deadline.abort(late()), Math.min(ms, LONGEST_TIMER_MS));
  let timer = arm();
  try {
    return await fn(AbortSignal.any([signal, deadline.signal]), () => {
      clearTimeout(timer);
      timer = arm();
    });
  } finally {
    clearTimeout(timer);
  }
}
