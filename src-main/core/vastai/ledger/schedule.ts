import { later } from '#core/ports/pause.ts';
import type { Clock } from '#core/ports/ports.ts';
import { type Milliseconds, toEpochSeconds } from '#shared/model/units.ts';
import type { Agenda } from './ledger-reader.ts';

const EVERY_MS: Milliseconds = 5 * 60_000;
const CLOSING_EVERY_MS: Milliseconds = 15_000;

export interface ScheduleDeps {
  readonly clock: Clock;
  /** What there is to do now; null: nothing, and nobody needs to look. `closing`: what nothing ends just now. */
  due(): (Pick<Agenda, 'closing' | 'keep_until'> & { readonly pace: number }) | null;
  run(): Promise<void>;
}

export interface Schedule {
  /** Now, and from now on whenever it is due. */
  start(): void;
  /** Something has changed: the next time may be sooner. */
  replan(): void;
  stop(): void;
}

/** One timer, that never keeps a process alive, and none while there is nothing to do. */
export function createSchedule({ clock, due, run }: ScheduleDeps): Schedule {
  let cancel = (): void => {};
  let state: 'idle' | 'waiting' | 'running' | 'stopped' = 'idle';
  let ranMs: Milliseconds = clock.monotonicMs();
  let plannedMs: Milliseconds = Number.POSITIVE_INFINITY;

  async function turn(): Promise<void> {
    if (state === 'stopped' || state === 'running') return;
    cancel();
    plannedMs = Number.POSITIVE_INFINITY;
    state = 'running';
    try {
      await run();
    } finally {
      ranMs = clock.monotonicMs();
      if (isRunning()) state = 'waiting';
      plan();
    }
  }
  const isRunning = (): boolean => state === 'running';

  function plan(): void {
    if (state !== 'waiting') return;
    const atMs = nextMs();
    if (atMs === plannedMs) return;
    cancel();
    plannedMs = atMs;
    if (atMs === Number.POSITIVE_INFINITY) return;
    cancel = later(clock, atMs - clock.monotonicMs(), () => void turn());
  }

  function nextMs(): Milliseconds {
    let work: ReturnType<ScheduleDeps['due']>;
    try {
      work = due();
    } catch {
      // A store that cannot be read for once must not end the watch over what is rented.
      return ranMs + EVERY_MS;
    }
    if (work === null) return Number.POSITIVE_INFINITY;
    const { closing, keep_until, pace } = work;
    const nowMs = clock.monotonicMs();
    const next = ranMs + (closing.length > 0 ? CLOSING_EVERY_MS / pace : EVERY_MS);
    if (keep_until === null) return next;
    const keptMs = (keep_until - toEpochSeconds(clock.nowUs())) * 1000;
    // What could not be ended when it was to be is tried no more often than what is closing.
    return Math.min(next, keptMs > 0 ? nowMs + keptMs : ranMs + CLOSING_EVERY_MS / pace);
  }

  return {
    start: () => {
      if (state === 'idle') state = 'waiting';
      void turn();
    },
    replan: plan,
    stop: () => {
      state = 'stopped';
      cancel();
    },
  };
}
