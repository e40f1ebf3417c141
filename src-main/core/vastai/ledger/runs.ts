import { pause } from '#core/ports/pause.ts';
import type { Clock } from '#core/ports/ports.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { Milliseconds } from '#shared/model/units.ts';

/** After its signal a run may take this long, of wall as it is our own time; then it is left behind. */
const GRACE_MS: Milliseconds = 1000;
const WALL = {};

interface Run<T> {
  /** Null: it did not even end when it was stopped. */
  readonly answer: Promise<T | null>;
  /** Of the clock; the latest that anybody waits for. */
  deadlineMs: Milliseconds;
}

/** Work that many may want done and one run does: each waits as long as it likes, the run as long as anybody. */
export interface Runs<T> {
  has(key: string): boolean;
  /** Null: it was not done within `limitMs` of the clock. */
  join(key: string, limitMs: Milliseconds, work: (signal: AbortSignal) => Promise<T>): Promise<T | null>;
  /** Lets what runs come to its end for `graceMs`, then stops it. */
  close(graceMs: Milliseconds): Promise<void>;
}

export function createRuns<T>(clock: Clock): Runs<T> {
  const runs = new Map<string, Run<T>>();
  const closed = new AbortController();
  const within = async (
    answer: Promise<T | null>,
    limitMs: Milliseconds,
    time: Pick<Clock, 'speed'> = clock,
  ): Promise<T | null> => {
    const over = new AbortController();
    try {
      return await Promise.race([answer, pause(time, limitMs, over.signal).then(nothing, nothing)]);
    } finally {
      over.abort();
    }
  };

  function begin(key: string, limitMs: Milliseconds, work: (signal: AbortSignal) => Promise<T>): Run<T> {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, closed.signal]);
    const done = new AbortController();
    const watch = async (): Promise<null> => {
      while (!signal.aborted) {
        const leftMs = run.deadlineMs - clock.monotonicMs();
        if (leftMs <= 0) stop.abort(tooLong());
        else await pause(clock, leftMs, AbortSignal.any([signal, done.signal])).catch(nothing);
        if (done.signal.aborted) return null;
      }
      await pause(WALL, GRACE_MS, done.signal).catch(nothing);
      return null;
    };
    const answer = async (): Promise<T | null> => {
      try {
        return await Promise.race([work(signal), watch()]);
      } finally {
        done.abort();
        runs.delete(key);
      }
    };
    const run: Run<T> = {
      deadlineMs: clock.monotonicMs() + limitMs,
      // Begun when the run is known.
      answer: Promise.resolve().then(answer),
    };
    runs.set(key, run);
    return run;
  }

  return {
    has: (key) => runs.has(key),
    async join(key, limitMs, work) {
      if (closed.signal.aborted) return null;
      const run = runs.get(key) ?? begin(key, limitMs, work);
      const untilMs = clock.monotonicMs() + limitMs;
      run.deadlineMs = Math.max(run.deadlineMs, untilMs);
      const answer = await within(run.answer, limitMs);
      // Stopped at the same moment, it says by itself why it did not get there.
      const isOver = answer === null && run.deadlineMs <= untilMs;
      return isOver ? within(run.answer, 2 * GRACE_MS, WALL) : answer;
    },
    async close(graceMs) {
      const all = Promise.all([...runs.values()].map(({ answer }) => answer.catch(nothing))).then(nothing);
      await within(all, graceMs);
      closed.abort(tooLong());
      await all;
    },
  };
}

const nothing = (): null => null;

const tooLong = (): CodedError =>
  new CodedError('rental.not_gone', 'It was not seen gone in time.', { retryable: true });
