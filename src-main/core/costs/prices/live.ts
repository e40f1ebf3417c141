import type { Clock, Logger } from '#core/ports/ports.ts';
import { abortFailure } from '#shared/model/failure.ts';
import type { Milliseconds, Usd } from '#shared/model/units.ts';
import { PriceTrouble } from './trouble.ts';

/** A price as an API gives it now. */
export interface LivePrice {
  /** Of the whole machine. */
  readonly usd_hour: Usd;
  /** Where it was read: "AWS price list, us-east-1". */
  readonly origin: string;
  /** What is known beside the price: "median of 37 offers". */
  readonly note: string | null;
  /** 0, except where offers spread. */
  readonly log_sigma: number;
}

export interface LiveAsk {
  /** What is asked for: asks with the same key share one request. */
  readonly key: string;
  /** As messages name it. */
  readonly api: string;
  /** Null: the API answers and has no such price. Throws PriceTrouble. */
  ask(signal: AbortSignal): Promise<LivePrice | null>;
}

export interface LiveAnswer {
  readonly price: LivePrice | null;
  readonly warning: string | null;
}

const NOTHING: LiveAnswer = { price: null, warning: null };
const PAUSE_MS: Milliseconds = 600_000;
/** All that an estimate waits for a price, whatever an API does. */
const LIVE_LIMIT_MS: Milliseconds = 4000;

/** Asks price APIs, never for longer than the limit, and not those again that failed a moment ago. */
export class LivePrices {
  private readonly clock: Clock;
  private readonly logger: Logger;
  private readonly limitMs: Milliseconds;
  private readonly asking = new Map<string, Promise<LiveAnswer>>();
  /** By API, or by key where only this price is no good. */
  private readonly paused = new Map<
    string,
    { readonly untilMs: Milliseconds; readonly warning: string | null }
  >();

  constructor(clock: Clock, logger: Logger, limitMs: Milliseconds = LIVE_LIMIT_MS) {
    this.clock = clock;
    this.logger = logger;
    this.limitMs = limitMs;
  }

  /** Throws only when the caller's own signal is aborted; those who share the request go on. */
  get(ask: LiveAsk, signal: AbortSignal): Promise<LiveAnswer> {
    const pause = this.pauseOf(ask.api) ?? this.pauseOf(ask.key);
    if (pause !== null) return Promise.resolve({ price: null, warning: pause.warning });
    let answer = this.asking.get(ask.key);
    if (answer === undefined) {
      answer = this.run(ask).finally(() => this.asking.delete(ask.key));
      this.asking.set(ask.key, answer);
    }
    return unlessAborted(answer, signal);
  }

  private pauseOf(name: string): { readonly warning: string | null } | null {
    const pause = this.paused.get(name);
    if (pause === undefined || this.clock.monotonicMs() >= pause.untilMs) return null;
    return pause;
  }

  private async run(ask: LiveAsk): Promise<LiveAnswer> {
    const deadline = new AbortController();
    const late = new Promise<never>((_, reject) => {
      deadline.signal.addEventListener('abort', () => reject(new PriceTrouble(null)), { once: true });
    });
    const timer = setTimeout(() => deadline.abort(), this.limitMs);
    try {
      const price = await Promise.race([ask.ask(deadline.signal), late]);
      if (price === null) this.pause(ask.key, null);
      return price === null ? NOTHING : { price, warning: null };
    } catch (thrown) {
      if (!(thrown instanceof PriceTrouble)) {
        // A bug of ours: its name only, as a message may quote what was sent.
        const name = thrown instanceof Error ? thrown.name : typeof thrown;
        this.logger.log({ level: 'error', event: 'prices.bug', message: `${ask.api}: ${name}` });
        this.pause(ask.api, null);
        return NOTHING;
      }
      this.pause(thrown.ofAnswer ? ask.key : ask.api, thrown.said);
      const message = thrown.said ?? `${ask.api} could not be reached, or not in time.`;
      this.logger.log({ level: 'debug', event: 'prices.not_live', message });
      return { price: null, warning: thrown.said };
    } finally {
      clearTimeout(timer);
      // What is still going on inside is of no use any more.
      deadline.abort();
    }
  }

  private pause(name: string, warning: string | null): void {
    this.paused.set(name, { untilMs: this.clock.monotonicMs() + PAUSE_MS, warning });
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(abortFailure(signal));
  return new Promise((resolve, reject) => {
    const stop = () => reject(abortFailure(signal));
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
