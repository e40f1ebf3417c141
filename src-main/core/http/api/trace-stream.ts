import type { ServerResponse } from 'node:http';
import type { Logger } from '#core/ports/ports.ts';
import { isTerminal } from '#shared/model/job.ts';
import type { EventRow } from '#shared/model/span.ts';
import type { Bytes, Milliseconds } from '#shared/model/units.ts';
import { Refused } from './answer.ts';
import type { ContractClient } from './client.ts';

export interface StreamLimits {
  /** rune-ui gives a stream up after 5 s of silence. */
  readonly pingMs: Milliseconds;
  /** A watcher for whom more than this waits is dropped. */
  readonly maxWaiting: Bytes;
  readonly maxWatchers: number;
}
export const STREAM_LIMITS: StreamLimits = {
  pingMs: 3000,
  maxWaiting: 8 * 1024 * 1024,
  maxWatchers: 5000,
};

/** Events read at once. */
const PAGE = 1000;

interface Watcher {
  readonly response: ServerResponse;
  /** The last event that was written to it. */
  cursor: number;
  /** It has what there was, and gets what comes; until then it reads by itself. */
  live: boolean;
}

/** RUNE's trace streams: the events of a job from the first, as they come, then `end` (reference: rune-api §5). */
export interface TraceStreams {
  readonly watchers: number;
  /** Resolves when the stream has ended or its reader has gone. */
  serve(jobId: string, after: number, response: ServerResponse): Promise<void>;
  /** Ends every stream with `end`, and takes no more. */
  drain(): void;
}

export function createTraceStreams(
  client: ContractClient,
  logger: Logger,
  limits: StreamLimits = STREAM_LIMITS,
): TraceStreams {
  const jobs = new Map<string, JobStream>();
  let draining = false;
  const count = (): number => [...jobs.values()].reduce((sum, { size }) => sum + size, 0);
  return {
    get watchers() {
      return count();
    },
    serve: async (jobId, after, response) => {
      if (draining || count() >= limits.maxWatchers)
        throw new Refused(503, 'too many streams: come again', { 'retry-after': 5 });
      let job = jobs.get(jobId);
      if (job === undefined) {
        const made: JobStream = new JobStream(client, jobId, limits, logger, () => {
          if (jobs.get(jobId) === made) jobs.delete(jobId);
        });
        job = made;
        jobs.set(jobId, job);
      }
      await job.serve(response, after);
    },
    drain: () => {
      draining = true;
      for (const job of jobs.values()) job.end();
    },
  };
}

const END = 'event: end\ndata: {}\n\n';
const frameOf = ({ id, event, status, duration_ms, error_type, labels, recorded_at }: EventRow): string =>
  `event: log\nid: ${id}\ndata: ${JSON.stringify({ id, event, status, duration_ms, error_type, labels, recorded_at })}\n\n`;

/** All watchers of one job: one subscription, and each event is read and written out once for all of them. */
class JobStream {
  private readonly client: ContractClient;
  private readonly jobId: string;
  private readonly limits: StreamLimits;
  private readonly logger: Logger;
  private readonly onEmpty: () => void;
  private readonly watchers = new Set<Watcher>();
  private readonly stopped = new AbortController();
  private readonly ping: ReturnType<typeof setInterval>;
  /** The last event that every live watcher has; null until there is one. */
  private cursor: number | null = null;
  private ended = false;
  private pumping: Promise<void> = Promise.resolve();

  constructor(
    client: ContractClient,
    jobId: string,
    limits: StreamLimits,
    logger: Logger,
    onEmpty: () => void,
  ) {
    this.client = client;
    this.jobId = jobId;
    this.limits = limits;
    this.logger = logger;
    this.onEmpty = onEmpty;
    this.ping = setInterval(() => this.writeAll(': ping\n\n', null), limits.pingMs);
    this.ping.unref();
    this.follow().catch((thrown: unknown) => this.fail(thrown));
  }

  get size(): number {
    return this.watchers.size;
  }

  async serve(response: ServerResponse, after: number): Promise<void> {
    const watcher: Watcher = { response, cursor: await this.knownCursor(after), live: false };
    if (response.destroyed) return this.leaveIfEmpty();
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'x-accel-buffering': 'no',
      // Its socket closes right after `end`: clients wait for that.
      connection: 'close',
    });
    response.flushHeaders();
    this.watchers.add(watcher);
    const gone = new Promise<void>((resolve) => response.once('close', resolve));
    void gone.then(() => {
      this.watchers.delete(watcher);
      this.leaveIfEmpty();
    });
    this.replay(watcher).catch((thrown: unknown) => {
      this.report(thrown);
      response.destroy();
    });
    await gone;
  }

  /** Says `end` to everybody: the job has ended, or we do. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    for (const watcher of this.watchers) if (watcher.live) watcher.response.end(END);
    this.stop();
  }

  /** Only an event of this job is a place in its stream; anything else begins at the first. */
  private async knownCursor(after: number): Promise<number> {
    if (after <= 0) return 0;
    const [next] = await this.read(after - 1, 1);
    return next?.id === after ? after : 0;
  }

  private async replay(watcher: Watcher): Promise<void> {
    const { response } = watcher;
    for (;;) {
      if (response.destroyed) return;
      // Asked for before the events: what was written before the end is then among them.
      const { ended } = this;
      const page = await this.read(watcher.cursor, PAGE);
      const last = page.at(-1);
      if (last !== undefined) {
        watcher.cursor = last.id;
        if (!response.write(page.map(frameOf).join(''))) await drained(response);
      }
      if (page.length === PAGE) continue;
      if (ended) {
        response.end(END);
        return;
      }
      if (!this.ended && (this.cursor === null || this.cursor <= watcher.cursor)) break;
    }
    const isFirst = this.cursor === null;
    this.cursor ??= watcher.cursor;
    watcher.live = true;
    if (isFirst || this.cursor < watcher.cursor) void this.pump();
  }

  private async follow(): Promise<void> {
    const { signal } = this.stopped;
    const batches = await this.client.live.watch({ job_id: this.jobId }, { signal });
    let first = true;
    for await (const { jobs, spans, gap } of batches) {
      const row = jobs.find(({ job_id }) => job_id === this.jobId);
      // From the first batch on nothing is missed; what was before is asked.
      const status = first ? (await this.client.jobs.get({ job_id: this.jobId })).status : row?.status;
      const isOver = status !== undefined && isTerminal(status);
      if (first || gap || row !== undefined || spans.length > 0) await this.pump();
      first = false;
      if (isOver) break;
    }
    this.end();
  }

  /** Reads what is new and gives it to all that are live. One at a time. */
  private pump(): Promise<void> {
    this.pumping = this.pumping.then(() => this.pumpOnce()).catch((thrown: unknown) => this.fail(thrown));
    return this.pumping;
  }

  private async pumpOnce(): Promise<void> {
    while (this.cursor !== null && !this.ended) {
      const page = await this.read(this.cursor, PAGE);
      const last = page.at(-1);
      if (last === undefined) return;
      this.cursor = last.id;
      this.writeAll(page.map(frameOf).join(''), page);
    }
  }

  /** Null: to everybody. Events go to those who are live, and only what they have not had. */
  private writeAll(text: string, events: readonly EventRow[] | null): void {
    const bytes = Buffer.from(text);
    const first = events?.[0]?.id ?? 0;
    const last = events?.at(-1)?.id ?? 0;
    for (const watcher of this.watchers) {
      const { response } = watcher;
      if (events !== null && (!watcher.live || watcher.cursor >= last)) continue;
      if (response.writableLength > this.limits.maxWaiting) {
        response.destroy();
        continue;
      }
      const missed = events?.filter(({ id }) => id > watcher.cursor) ?? [];
      response.write(events === null || watcher.cursor < first ? bytes : missed.map(frameOf).join(''));
      if (events !== null) watcher.cursor = last;
    }
  }

  private read(after: number, limit: number): Promise<readonly EventRow[]> {
    return this.client.events.list({ job_id: this.jobId, after_id: after, limit });
  }

  private fail(thrown: unknown): void {
    this.report(thrown);
    for (const { response } of this.watchers) response.destroy();
    this.ended = true;
    this.stop();
  }

  private report(thrown: unknown): void {
    if (this.stopped.signal.aborted) return;
    this.logger.log({
      level: 'error',
      event: 'http.stream_failed',
      message: thrown instanceof Error ? thrown.message : String(thrown),
      job_id: this.jobId,
    });
  }

  private leaveIfEmpty(): void {
    if (this.watchers.size === 0) this.stop();
  }

  private stop(): void {
    clearInterval(this.ping);
    this.onEmpty();
    this.stopped.abort();
  }
}

/** Resolves when what was written has left, or nobody is there any more. */
const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
