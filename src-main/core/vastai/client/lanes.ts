import PQueue from 'p-queue';
import { pause } from '#core/ports/pause.ts';
import type { Clock } from '#core/ports/ports.ts';
import { abortFailure } from '#shared/model/failure.ts';
import type { Milliseconds } from '#shared/model/units.ts';

/** Shortest time between two calls (reference: Vast.ai §1); those it does not name are ours. */
const INTERVALS = {
  search: 1000,
  create: 4500,
  show: 2000,
  list: 2000,
  label: 1000,
  destroy: 3000,
  charges: 2000,
  volumes: 5500,
  template: 3000,
  user: 1000,
} as const;
export type Lane = keyof typeof INTERVALS;

/** Of wall: a call that is not answered by then holds up no other any longer. */
const HOLD_MS: Milliseconds = 3000;
/** Longer ones the market may ask for are not believed. */
const LONGEST: Milliseconds = 15_000;

interface Turns {
  readonly queue: PQueue;
  interval: Milliseconds;
  freeAt: Milliseconds;
}

/** One call after the other for each endpoint, so far apart that the market does not refuse them. */
export class Lanes {
  private readonly clock: Clock;
  private readonly pace: number;
  private readonly lanes = new Map<Lane, Turns>();

  constructor(clock: Clock, pace: number) {
    this.clock = clock;
    this.pace = pace;
  }

  /** Waits for the turn; an abort leaves the queue at once. What has begun sees to aborts by itself. */
  async run<T>(name: Lane, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const lane = this.lane(name);
    const waiting = new AbortController();
    const stop = () => waiting.abort(abortFailure(signal));
    if (signal.aborted) throw abortFailure(signal);
    signal.addEventListener('abort', stop, { once: true });
    const turn = async (): Promise<{ readonly result: Promise<T> }> => {
      for (let ms = this.left(lane); ms > 0; ms = this.left(lane))
        await pause(this.clock, ms, waiting.signal);
      signal.removeEventListener('abort', stop);
      const result = work();
      await settled(result);
      // From the answer: when the call arrived over there, between start and answer, is not known.
      lane.freeAt = this.clock.monotonicMs() + this.interval(name);
      return { result };
    };
    try {
      const { result } = await lane.queue.add(turn, { signal: waiting.signal });
      return await result;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  interval(name: Lane): Milliseconds {
    return this.lane(name).interval / this.pace;
  }

  /** The market told how far apart it wants them. */
  widen(name: Lane, ms: Milliseconds): void {
    const lane = this.lane(name);
    if (ms <= LONGEST) lane.interval = Math.max(lane.interval, ms * this.pace);
  }

  private left({ freeAt }: Turns): Milliseconds {
    return freeAt - this.clock.monotonicMs();
  }

  private lane(name: Lane): Turns {
    let lane = this.lanes.get(name);
    if (lane === undefined) {
      lane = { queue: new PQueue({ concurrency: 1 }), interval: INTERVALS[name], freeAt: -Infinity };
      this.lanes.set(name, lane);
    }
    return lane;
  }
}

/** Until it has ended somehow, or has had its time. */
async function settled(result: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = () => {};
  await Promise.race([
    result.then(over, over),
    new Promise<void>((resolve) => {
      timer = setTimeout(resolve, HOLD_MS);
    }),
  ]);
  clearTimeout(timer);
}
