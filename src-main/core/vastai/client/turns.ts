import { abortFailure } from '#shared/model/failure.ts';

interface Turn<T> {
  readonly result: Promise<T>;
  readonly stop: AbortController;
  waiting: number;
}

/**
 * The same work for many: whoever asks while it is under way shares the next turn, which begins after they asked. So a
 * queue of them waits for two calls at most, and not for one each. A turn nobody waits for any longer is aborted.
 */
export function inTurns<T>(work: (signal: AbortSignal) => Promise<T>): (signal: AbortSignal) => Promise<T> {
  let current: Turn<T> | null = null;
  let next: Turn<T> | null = null;

  function begin(after: Promise<unknown> | null): Turn<T> {
    const stop = new AbortController();
    const run = async (): Promise<T> => {
      if (after !== null) {
        await after;
        if (next === turn) next = null;
        current = turn;
      }
      try {
        stop.signal.throwIfAborted();
        return await work(stop.signal);
      } finally {
        if (current === turn) current = null;
      }
    };
    const turn: Turn<T> = { result: Promise.resolve().then(run), stop, waiting: 0 };
    // Whoever waits for it hears of it.
    turn.result.catch(() => {});
    return turn;
  }

  function joined(): Turn<T> {
    if (current === null && next === null) {
      current = begin(null);
      return current;
    }
    const last = next ?? current;
    if (next !== null && !next.stop.signal.aborted) return next;
    next = begin(last?.result.catch(() => {}) ?? null);
    return next;
  }

  return (signal) => {
    if (signal.aborted) return Promise.reject(abortFailure(signal));
    const turn = joined();
    turn.waiting++;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        turn.waiting--;
        if (turn.waiting === 0) turn.stop.abort(signal.reason);
        reject(abortFailure(signal));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      turn.result.finally(() => signal.removeEventListener('abort', onAbort)).then(resolve, reject);
    });
  };
}
