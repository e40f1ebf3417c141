import type { Milliseconds } from '#shared/model/units.ts';

/** After an abort a workflow has this long to unwind (kill children, close sockets) before it is left behind. */
export const GRACE_MS: Milliseconds = 5000;
/** What a workflow may ask for: a rented machine is destroyed, and looked after until it is gone. */
export const LONGEST_GRACE_MS: Milliseconds = 150_000;
/** Nobody waits longer for the app to close; the next owner of the data directory ends what is left. */
export const CLOSING_GRACE_MS: Milliseconds = 30_000;
const LOOK_MS: Milliseconds = 50;

/** `work`, unless it has not settled `graceMs` after the abort, which may change meanwhile: then the abort's reason. */
export function untilLeftBehind<T>(
  work: Promise<T>,
  signal: AbortSignal,
  graceMs: () => Milliseconds,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let looking: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      const abortedMs = performance.now();
      looking = setInterval(() => {
        if (performance.now() - abortedMs < graceMs()) return;
        clearInterval(looking);
        reject(signal.reason as Error);
      }, LOOK_MS);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => {
      clearInterval(looking);
      signal.removeEventListener('abort', onAbort);
    });
  });
}
