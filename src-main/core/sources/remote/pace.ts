import type { Milliseconds } from '#shared/model/units.ts';
import { RemoteFailure } from './failures.ts';

/** How often a remote is asked. */
export interface Timing {
  /** Jobs that run, while somebody watches. */
  readonly watchedMs: Milliseconds;
  /** Everything else. */
  readonly idleMs: Milliseconds;
  readonly longestBackoffMs: Milliseconds;
  /** Between two calls of the poller: RUNE takes 100 a minute from a tenant, its own user's among them. */
  readonly gapMs: { readonly rune: Milliseconds; readonly runescope: Milliseconds };
}
export const TIMING: Timing = {
  watchedMs: 2000,
  idleMs: 15_000,
  longestBackoffMs: 120_000,
  gapMs: { rune: 1000, runescope: 20 },
};

/** When a remote may be asked again: later after each failure in a row, and never sooner than it says. */
export class Pace {
  private readonly timing: Timing;
  private failures = 0;
  private notBefore: Milliseconds = 0;

  constructor(timing: Timing) {
    this.timing = timing;
  }

  succeeded(): void {
    this.failures = 0;
    this.notBefore = 0;
  }

  failed(thrown: unknown): void {
    this.failures++;
    const asked = thrown instanceof RemoteFailure ? (thrown.retryAfterMs ?? 0) : 0;
    this.notBefore = performance.now() + asked;
  }

  /** The remote said that it is to be left alone for now. */
  get toldToRest(): boolean {
    return this.notBefore > performance.now();
  }

  /** The remote is not asked sooner, whoever is in a hurry. */
  get restMs(): Milliseconds {
    return Math.max(0, this.notBefore - performance.now(), this.failures > 0 ? this.timing.watchedMs : 0);
  }

  /** Until the next round. Many that watch one server do not all come at once. */
  next(watched: boolean): Milliseconds {
    const { watchedMs, idleMs, longestBackoffMs } = this.timing;
    const base = watched ? watchedMs : idleMs;
    const wait = Math.min(base * 2 ** Math.min(this.failures, 20), Math.max(base, longestBackoffMs));
    const jittered = wait * (0.85 + Math.random() * 0.3);
    return Math.max(jittered, this.notBefore - performance.now());
  }
}
