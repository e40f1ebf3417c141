import { useMemo, useSyncExternalStore } from 'react';
import type { EpochSeconds, Milliseconds } from '#shared/model/units.ts';

const tickers = new Map<Milliseconds, Ticker>();

/** One interval for everyone who wants this pace; it runs while somebody listens. */
class Ticker {
  readonly every: Milliseconds;
  private readonly listeners = new Set<() => void>();
  private timer: ReturnType<typeof setInterval> | undefined;
  private at = Date.now();

  constructor(every: Milliseconds) {
    this.every = every;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    if (this.listeners.size === 0) {
      this.at = Date.now();
      this.timer = setInterval(() => {
        this.at = Date.now();
        for (const one of this.listeners) one();
      }, this.every);
    }
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) clearInterval(this.timer);
    };
  };

  readonly now = (): Milliseconds => this.at;
}

const still = (): (() => void) => () => {};

/** What ticks every `every` ms lags behind by as much: a moment that has just come does not lie ahead of it. */
export const caughtUp = (now: EpochSeconds, at: EpochSeconds | null, every: Milliseconds): EpochSeconds =>
  at !== null && at > now && at - now <= every / 1000 ? at : now;

/** Wall clock that re-renders its reader every `every` ms; null stands still. */
export function useNow(every: Milliseconds | null): EpochSeconds {
  const ticker = useMemo(() => {
    if (every === null) return null;
    const known = tickers.get(every) ?? new Ticker(every);
    tickers.set(every, known);
    return known;
  }, [every]);
  const ms = useSyncExternalStore(ticker?.subscribe ?? still, ticker?.now ?? (() => 0));
  return ms / 1000;
}
