import type { LiveBatch } from '#shared/contract/types.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import { backOff, type Connection, ConnectionLost } from './connection.ts';

export interface LiveListener {
  onBatch(batch: LiveBatch): void;
  /** Something was missed: read the view anew. Comes before the batch that shows it. */
  onGap(): void;
}

/** True when nothing lies between the batch with number `previous` and this one. */
export const continues = (previous: number | null, batch: Pick<LiveBatch, 'seq' | 'gap'>): boolean =>
  !batch.gap && (previous === null || batch.seq === previous + 1);

const RECONNECT_PATIENCE_MS: Milliseconds = 60_000;

/** One live.watch for all its listeners, opened with the first and closed with the last. */
export class LiveFeed {
  private readonly connection: Connection;
  private readonly input: { readonly source: string; readonly job_id?: string };
  private readonly listeners = new Set<LiveListener>();
  private stop: AbortController | null = null;
  /** What the stream has said so far, for listeners that come later. */
  private status: LiveBatch['status'] = null;

  constructor(connection: Connection, source: string, jobId?: string) {
    this.connection = connection;
    this.input = jobId === undefined ? { source } : { source, job_id: jobId };
  }

  readonly subscribe = (listener: LiveListener): (() => void) => {
    this.listeners.add(listener);
    if (this.stop === null) {
      this.stop = new AbortController();
      void this.run(this.stop.signal);
    }
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size > 0) return;
      this.stop?.abort();
      this.stop = null;
    };
  };

  readonly lastStatus = (): LiveBatch['status'] => this.status;

  private async run(signal: AbortSignal): Promise<void> {
    let seen = false;
    let failures = 0;
    while (!signal.aborted) {
      let previous: number | null = null;
      try {
        await this.connection.ready(RECONNECT_PATIENCE_MS);
        const stream = await this.connection.client.live.watch(this.input, { signal });
        for await (const batch of stream) {
          if (signal.aborted) return;
          const resumed: boolean = previous === null && seen;
          if (resumed || !continues(previous, batch)) for (const one of this.listeners) one.onGap();
          previous = batch.seq;
          seen = true;
          failures = 0;
          if (batch.status !== null) this.status = batch.status;
          for (const one of this.listeners) one.onBatch(batch);
        }
        failures++;
      } catch (error) {
        if (!(error instanceof ConnectionLost)) failures++;
      }
      // The source was closed, or refuses: ask again ever more rarely.
      if (!signal.aborted) await pause(backOff(failures), signal);
    }
  }
}

/** The feeds of a page, one per source and job. */
export class LiveHub {
  private readonly connection: Connection;
  private readonly feeds = new Map<string, LiveFeed>();

  constructor(connection: Connection) {
    this.connection = connection;
  }

  feed(source: string, jobId?: string): LiveFeed {
    const key = `${source}\n${jobId ?? ''}`;
    const known = this.feeds.get(key);
    if (known !== undefined) return known;
    const feed = new LiveFeed(this.connection, source, jobId);
    this.feeds.set(key, feed);
    return feed;
  }
}

function pause(ms: Milliseconds, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
