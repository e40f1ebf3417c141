import type { Logger } from '#core/ports/ports.ts';
import { type Failure, type FailureCode, toFailure } from '#shared/model/failure.ts';
import type { Bytes, EpochSeconds, Milliseconds } from '#shared/model/units.ts';
import type { ArchiveTarget } from '../targets/target.ts';
import type { DueRow, OutboxRows } from './outbox-rows.ts';

export interface Down {
  readonly failure: Failure;
  readonly next_attempt_at: EpochSeconds;
}

export interface LaneDeps {
  readonly rows: OutboxRows;
  readonly logger: Logger;
  readonly concurrency: number;
  readonly maxBackoffMs: Milliseconds;
  now(): EpochSeconds;
  /** Wall time minus monotonic time: it leaps when the computer has slept. */
  skewMs(): Milliseconds;
  /** How long to wait after so many failures in a row, the first being 0. */
  delayMs(failures: number): Milliseconds;
  /** Resolves when the store has noted the delivery. */
  commit(row: DueRow): Promise<void>;
  /** A result was tried: null, it is delivered. */
  onTried(row: DueRow, failure: Failure | null): void;
  onChange(): void;
}

/** What only one result can suffer from; everything else would hit the next one as well. */
const OF_ONE_RESULT: ReadonlySet<FailureCode> = new Set([
  'archive.conflict',
  'archive.bad_key',
  'archive.too_large',
  'archive.write_failed',
]);
/** Rows read ahead, and how much of their bodies is in memory at once. */
const READ_AHEAD = 64;
const MAX_BYTES: Bytes = 64 * 1024 * 1024;
const STORE_TROUBLE_MS: Milliseconds = 10_000;
/** A timer stands still while the computer sleeps: it is looked after this often. */
const MAX_TIMER_MS: Milliseconds = 30_000;
const SLEPT_MS: Milliseconds = 5000;

/**
 * Delivers one target's rows. Until something has arrived there, and again after it failed, one result at a time
 * finds out whether the target works; then up to `concurrency`.
 */
export class TargetLane {
  private readonly deps: LaneDeps;
  private readonly name: string;
  private target: ArchiveTarget;
  private controller = new AbortController();
  private queue: DueRow[] = [];
  /** Under way, or delivered and not noted yet. */
  private readonly claimed = new Set<number>();
  private inFlight = 0;
  private bytes: Bytes = 0;
  private proven = false;
  private failures = 0;
  private successes = 0;
  private outage: Down | null = null;
  private pausedUntil: EpochSeconds = 0;
  private timer: NodeJS.Timeout | undefined;
  private skewMs: Milliseconds;
  private waiters: (() => void)[] = [];
  private closed = false;

  constructor(target: ArchiveTarget, deps: LaneDeps) {
    this.target = target;
    this.name = target.name;
    this.deps = deps;
    this.skewMs = deps.skewMs();
  }

  get down(): Down | null {
    return this.outage;
  }

  /** Starts what may be started now; a target that is down keeps its time. */
  pump(): void {
    if (this.closed) return;
    try {
      this.fill();
      if (this.claimed.size === 0) this.rest();
    } catch (thrown) {
      this.storeTrouble(thrown);
    }
  }

  /** Tries at once, down or not. */
  tryNow(): void {
    this.pausedUntil = 0;
    this.proven &&= this.outage === null;
    this.queue = [];
    this.pump();
  }

  /** The target may be another one now, or have other credentials: what waited because of it need not wait longer. */
  renew(target: ArchiveTarget): void {
    const replaced = target !== this.target;
    if (!replaced && this.outage === null) {
      this.pump();
      return;
    }
    if (replaced) {
      this.controller.abort();
      this.controller = new AbortController();
      this.target = target;
    }
    this.startAfresh();
  }

  /** Resolves when everything that is due has been tried, or the target is down. */
  settled(): Promise<void> {
    this.pump();
    if (this.closed || this.claimed.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  /** Stops what is under way; the store is not touched afterwards. */
  close(): void {
    this.closed = true;
    this.controller.abort();
    clearTimeout(this.timer);
    this.release();
  }

  private fill(): void {
    const now = this.deps.now();
    if (now < this.pausedUntil) return;
    const limit = (): number => (this.proven ? this.deps.concurrency : 1);
    while (this.inFlight < limit() && this.bytes < MAX_BYTES) {
      const row = this.next(now);
      if (row === undefined) return;
      const body = this.deps.rows.body(row.id);
      if (body !== undefined) void this.send(row, body);
    }
  }

  private next(now: EpochSeconds): DueRow | undefined {
    if (this.queue.length === 0) {
      this.queue = this.deps.rows
        .due(this.name, now, READ_AHEAD + this.claimed.size)
        .filter(({ id }) => !this.claimed.has(id));
    }
    return this.queue.shift();
  }

  private async send(row: DueRow, body: Uint8Array): Promise<void> {
    const { target, successes } = this;
    const { signal } = this.controller;
    this.claimed.add(row.id);
    this.inFlight++;
    this.bytes += row.size;
    let failure: Failure | null = null;
    try {
      await target.put(row.key, body, signal);
    } catch (thrown) {
      failure = toFailure(thrown);
    }
    this.inFlight--;
    this.bytes -= row.size;
    try {
      if (failure === null) await this.arrived(row);
      else if (!this.closed && !signal.aborted) this.failed(row, failure, successes);
    } catch (thrown) {
      if (!this.closed) this.storeTrouble(thrown);
      failure = toFailure(thrown);
    }
    this.claimed.delete(row.id);
    if (this.closed) return;
    if (failure === null || !signal.aborted) this.deps.onTried(row, failure);
    this.pump();
  }

  private async arrived(row: DueRow): Promise<void> {
    if (!this.closed) {
      this.successes++;
      if (!this.proven) this.up();
      // The next goes out while this one is being noted.
      this.pump();
    }
    await this.deps.commit(row);
    this.deps.logger.log({
      level: 'info',
      event: 'archive.delivered',
      message: `${this.name}: delivered ${row.key}.`,
      job_id: row.job_id,
      fields: { target: this.name, key: row.key, size_bytes: row.size },
    });
  }

  private up(): void {
    if (this.failures > 0) {
      this.deps.rows.recovered(this.name, this.deps.now(), this.failures);
      this.queue = [];
    }
    this.failures = 0;
    this.outage = null;
    this.pausedUntil = 0;
    this.proven = true;
  }

  /** `before`: how many had arrived when this one went out. */
  private failed(row: DueRow, failure: Failure, before: number): void {
    const { delayMs, now, rows, logger, onChange } = this.deps;
    const at = now();
    const refused = OF_ONE_RESULT.has(failure.code) && failure.retryable !== true;
    // Others got through meanwhile: the target is not down, however this one fared.
    const alone = refused || this.successes > before;
    let waitMs = delayMs(row.attempts);
    if (!alone && at >= this.pausedUntil) {
      waitMs = delayMs(this.failures);
      this.failures++;
      this.proven = false;
      this.queue = [];
      this.pausedUntil = at + waitMs / 1000;
      this.outage = { failure, next_attempt_at: this.pausedUntil };
    }
    rows.postpone(row.id, at + waitMs / 1000, failure, refused);
    logger.log({
      level: 'warn',
      event: 'archive.delivery_failed',
      message: `${this.name}: ${failure.message} Next try in ${Math.ceil(waitMs / 1000)} s.`,
      job_id: row.job_id,
    });
    onChange();
  }

  /** The store itself refused (a full disk); the rows are still there. */
  private storeTrouble(thrown: unknown): void {
    this.deps.logger.log({
      level: 'error',
      event: 'archive.outbox_failed',
      message: toFailure(thrown).message,
    });
    this.queue = [];
    const waitMs = Math.min(STORE_TROUBLE_MS, this.deps.maxBackoffMs);
    this.pausedUntil = this.deps.now() + waitMs / 1000;
    this.comeBack(waitMs);
    if (this.claimed.size === 0) this.release();
  }

  /** Nothing to do for now: whoever waits goes on, and the timer is set for what falls due next. */
  private rest(): void {
    const { now, rows, maxBackoffMs } = this.deps;
    this.release();
    const at = now();
    clearTimeout(this.timer);
    const next = at < this.pausedUntil ? this.pausedUntil : rows.nextAt(this.name, at);
    if (next === null) return;
    const waitMs = (next - at) * 1000;
    // Noted while the clock was wrong.
    const misdated = waitMs > 2 * maxBackoffMs;
    if (misdated) rows.misdated(this.name, at, (2 * maxBackoffMs) / 1000);
    this.comeBack(misdated ? 0 : waitMs);
  }

  private comeBack(ms: Milliseconds): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(
      () => {
        const slept = this.deps.skewMs() - this.skewMs;
        this.skewMs += slept;
        if (slept < SLEPT_MS) this.pump();
        else this.startAfresh();
      },
      Math.min(Math.max(Math.ceil(ms), 1), MAX_TIMER_MS),
    );
    this.timer.unref();
  }

  private startAfresh(): void {
    this.failures = 0;
    this.outage = null;
    this.proven = false;
    try {
      this.deps.rows.recovered(this.name, this.deps.now(), Number.MAX_SAFE_INTEGER);
    } catch (thrown) {
      this.storeTrouble(thrown);
      return;
    }
    this.tryNow();
  }

  private release(): void {
    for (const resolve of this.waiters.splice(0)) resolve();
  }
}
