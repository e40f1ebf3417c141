import { type ShownFailure, shownFailure } from '#renderer/client/failure.ts';
import type { ListingProgress, ListingState } from '#shared/model/archive.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import type { RunningListing } from './truth-line.ts';

export interface ListingSnapshot {
  readonly isRunning: boolean;
  /** Null until a listing that runs has said something. */
  readonly running: RunningListing | null;
  readonly last: ListingProgress | null;
  readonly ended: 'complete' | 'failed' | 'stopped' | null;
  readonly failure: ShownFailure | null;
  readonly endedAt: Milliseconds | null;
}
type Refresh = (signal: AbortSignal) => Promise<AsyncIterable<ListingProgress>>;

const IDLE: ListingSnapshot = {
  isRunning: false,
  running: null,
  last: null,
  ended: null,
  failure: null,
  endedAt: null,
};
/** Coming back from a job is not another visit. */
const SAME_VISIT_MS: Milliseconds = 60_000;

/** The newest word on what is loaded: the listing's, until a page was read after its end. */
export function newestState(
  listing: ListingSnapshot,
  page: { readonly state: ListingState; readonly at: Milliseconds } | null,
): ListingState | null {
  if (listing.running !== null) return listing.running.now;
  const isOlder = page === null || (listing.endedAt !== null && page.at < listing.endedAt);
  return isOlder && listing.last !== null ? listing.last : (page?.state ?? null);
}

/** The listing of one target. It belongs to the page and not to the view: opening a result does not end it. */
export class Listing {
  private readonly refresh: Refresh;
  private readonly clock: () => Milliseconds;
  private readonly listeners = new Set<() => void>();
  private snapshot = IDLE;
  private abort: AbortController | null = null;

  constructor(refresh: Refresh, clock: () => Milliseconds = Date.now) {
    this.refresh = refresh;
    this.clock = clock;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly state = (): ListingSnapshot => this.snapshot;

  /** Once per visit, by itself. */
  readonly visit = (): void => {
    const { endedAt } = this.snapshot;
    if (endedAt === null || this.clock() - endedAt > SAME_VISIT_MS) void this.start();
  };

  readonly start = async (): Promise<void> => {
    if (this.abort !== null) return;
    const abort = new AbortController();
    this.abort = abort;
    this.publish({ ...IDLE, isRunning: true, last: this.snapshot.last });
    let ended: ListingSnapshot['ended'] = 'complete';
    let failure: ShownFailure | null = null;
    try {
      for await (const now of await this.refresh(abort.signal)) {
        const first = this.snapshot.running?.first ?? now;
        this.publish({ ...this.snapshot, running: { now, first }, last: now });
        failure = now.failure;
      }
      if (failure !== null) ended = 'failed';
      else if (this.snapshot.last?.complete !== true) ended = 'stopped';
    } catch (error) {
      failure = shownFailure(error);
      ended = 'failed';
    }
    if (abort.signal.aborted) {
      ended = 'stopped';
      failure = null;
    }
    this.abort = null;
    const { last } = this.snapshot;
    this.publish({ isRunning: false, running: null, last, ended, failure, endedAt: this.clock() });
  };

  readonly stop = (): void => this.abort?.abort();

  private publish(snapshot: ListingSnapshot): void {
    this.snapshot = snapshot;
    for (const listener of this.listeners) listener();
  }
}
