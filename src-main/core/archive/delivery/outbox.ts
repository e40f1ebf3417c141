import type { Clock, Logger } from '#core/ports/ports.ts';
import type { Db } from '#core/store/database.ts';
import type { JobArchiveState, OutboxEntry, PushReport } from '#shared/model/archive.ts';
import type { Failure } from '#shared/model/failure.ts';
import { type EpochSeconds, type Milliseconds, toEpochSeconds } from '#shared/model/units.ts';
import type { ArchiveTarget } from '../targets/target.ts';
import { type ArchiveEntry, createOutboxRows, type DueRow, type TargetCounts } from './outbox-rows.ts';
import { type Down, TargetLane } from './target-lane.ts';

export interface OutboxDeps {
  readonly db: Db;
  /** Where rows may go now; asked at the start and whenever `targetsChanged` says so. */
  readonly targets: () => readonly ArchiveTarget[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Numbers of pending or delivered results, or the state of a target, changed. */
  readonly onChange: () => void;
  /** The entries of an ended job for each target that delivers, made anew; throws where there can be none. */
  readonly entriesOf?: ((jobId: string) => readonly ArchiveEntry[]) | undefined;
  readonly backoff?: { readonly firstMs: Milliseconds; readonly maxMs: Milliseconds } | undefined;
  /** Results under way at once, for each target. */
  readonly concurrency?: number | undefined;
  /** The system's wall clock, which unlike `clock` goes on while the computer sleeps. */
  readonly wallMs?: (() => Milliseconds) | undefined;
}

export interface TargetState extends TargetCounts {
  readonly down: Down | null;
}

export interface Outbox {
  /** Part of the caller's transaction, if there is one; what is there already stays. */
  enqueue(jobId: string, entries: readonly ArchiveEntry[]): void;
  /** Rows may have come: deliver what is due, in the background. */
  wake(): void;
  /** Targets came, went or have other credentials: those that were down are tried at once. */
  targetsChanged(): void;
  /** Results not delivered yet, to whatever target. */
  pendingCount(): number;
  /** By target: those there are, and those that are gone but have rows or deliveries. */
  states(): ReadonlyMap<string, TargetState>;
  list(query: { readonly target?: string | undefined; readonly limit: number; readonly offset: number }): {
    readonly entries: readonly OutboxEntry[];
    readonly total: number;
  };
  jobState(jobId: string): readonly JobArchiveState[];
  /** Tries again at once: one row, one target's, or all, the refused ones too. */
  retry(which: { readonly target?: string | undefined; readonly id?: number | undefined }): void;
  drop(ids: readonly number[]): number;
  /** Tries everything that waits, or one job's result, and waits until each has been tried or its target is down. */
  push(jobId?: string): Promise<PushReport>;
  /** Tries everything that is due; true when nothing is left. Returns after `timeoutMs` at the latest. */
  drain(timeoutMs: Milliseconds): Promise<boolean>;
  /** Drains shortly, then stops; the database is not touched afterwards. What is left stays for the next start. */
  dispose(): Promise<void>;
}

const BACKOFF = { firstMs: 1000, maxMs: 15 * 60_000 };
const CONCURRENCY = 16;
const DISPOSE_MS: Milliseconds = 2000;

/**
 * Delivers rs_archive_outbox. A row leaves only after its target has it, so a process that dies in between delivers
 * the same bytes again, which targets take as a success.
 */
export function createOutbox(deps: OutboxDeps): Outbox {
  const { db, targets, clock, logger, onChange, backoff = BACKOFF, wallMs = Date.now } = deps;
  const rows = createOutboxRows(db);
  const lanes = new Map<string, TargetLane>();
  const listeners = new Set<(row: DueRow, failure: Failure | null) => void>();
  let disposed = false;
  const now = (): EpochSeconds => toEpochSeconds(clock.nowUs());
  const committer = createCommitter((batch) => {
    rows.delivered(batch, now());
    onChange();
  });

  const laneDeps = {
    rows,
    logger,
    concurrency: deps.concurrency ?? CONCURRENCY,
    maxBackoffMs: backoff.maxMs,
    now,
    skewMs: () => wallMs() - clock.monotonicMs(),
    // Full jitter on the upper half: retries spread out, and none comes at once.
    delayMs: (failures: number) =>
      Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(failures, 30)) * (0.5 + Math.random() / 2),
    commit: committer.commit,
    onTried: (row: DueRow, failure: Failure | null) => {
      for (const listener of listeners) listener(row, failure);
    },
    onChange,
  };

  function reconcile(): void {
    const current = new Map(targets().map((target) => [target.name, target]));
    for (const [name, lane] of lanes) {
      if (current.has(name)) continue;
      lane.close();
      lanes.delete(name);
    }
    for (const [name, target] of current) {
      const lane = lanes.get(name);
      if (lane === undefined) lanes.set(name, new TargetLane(target, laneDeps));
      else lane.renew(target);
    }
  }
  reconcile();

  const pumpAll = (): void => {
    for (const lane of lanes.values()) lane.pump();
  };
  const settleAll = (): Promise<unknown> => Promise.all([...lanes.values()].map((lane) => lane.settled()));

  /** What is missing of a job's entries. All its copies are the same bytes, also those made later. */
  function remake(jobId: string): void {
    const known = new Set(rows.jobState(jobId).map(({ target }) => target));
    const missing = (deps.entriesOf?.(jobId) ?? []).filter(({ target }) => !known.has(target));
    const copy = rows.ofJob(jobId)[0];
    const body = copy === undefined ? undefined : rows.body(copy.id);
    rows.insert(
      jobId,
      missing.map((entry) =>
        copy === undefined || body === undefined ? entry : { ...entry, body, sha256: copy.sha256 },
      ),
      now(),
    );
    if (missing.length > 0) onChange();
  }

  async function push(jobId?: string): Promise<PushReport> {
    if (jobId !== undefined) remake(jobId);
    const reachable = (jobId === undefined ? rows.ids() : rows.ofJob(jobId)).filter(({ target }) =>
      lanes.has(target),
    );
    const ids = reachable.map(({ id }) => id);
    const untried = new Set(ids);
    const failed = new Map<number, PushReport['failed'][number]>();
    let delivered = 0;
    let allTried = (): void => {};
    const tried = new Promise<void>((resolve) => {
      allTried = resolve;
    });
    const listener = (row: DueRow, failure: Failure | null): void => {
      if (!untried.delete(row.id)) return;
      const { job_id, target, key } = row;
      if (failure === null) delivered++;
      else failed.set(row.id, { job_id, target, key, ...failure });
      if (untried.size === 0) allTried();
    };
    listeners.add(listener);
    try {
      rows.retry(jobId === undefined ? {} : { ids }, now());
      for (const lane of lanes.values()) lane.tryNow();
      if (ids.length > 0) await Promise.race([tried, settleAll()]);
    } finally {
      listeners.delete(listener);
    }
    const pending = disposed ? ids.length - delivered : rows.pendingOf(jobId);
    return { delivered, pending, failed: [...failed.values()] };
  }

  async function drain(timeoutMs: Milliseconds): Promise<boolean> {
    if (disposed) return false;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([settleAll(), timeout]);
    clearTimeout(timer);
    return !disposed && rows.pendingOf() === 0;
  }

  return {
    enqueue: (jobId, entries) => rows.insert(jobId, entries, now()),
    wake: pumpAll,
    targetsChanged: () => {
      if (disposed) return;
      reconcile();
      pumpAll();
      onChange();
    },
    pendingCount: () => (disposed ? 0 : rows.pendingOf()),
    states: () => {
      const counts = rows.counts();
      const names = new Set([...counts.keys(), ...lanes.keys()]);
      return new Map(
        [...names].map((name) => [
          name,
          { ...(counts.get(name) ?? NONE), down: lanes.get(name)?.down ?? null },
        ]),
      );
    },
    list: ({ target, limit, offset }) => ({
      entries: rows.list(target, limit, offset),
      total: target === undefined ? rows.pendingOf() : (rows.counts().get(target)?.pending ?? 0),
    }),
    jobState: rows.jobState,
    retry: ({ target, id }) => {
      rows.retry(id === undefined ? (target === undefined ? {} : { target }) : { ids: [id] }, now());
      const which = id === undefined ? target : rows.targetOf(id);
      for (const [name, lane] of lanes) if (which === undefined || which === name) lane.tryNow();
      onChange();
    },
    drop: (ids) => {
      const dropped = rows.drop(ids);
      if (dropped > 0) onChange();
      return dropped;
    },
    push,
    drain,
    dispose: async () => {
      if (disposed) return;
      await drain(DISPOSE_MS);
      disposed = true;
      for (const lane of lanes.values()) lane.close();
      committer.close();
    },
  };
}

const NONE: TargetCounts = { pending: 0, refused: 0, delivered: 0 };

/** Notes in one transaction what arrived within one turn of the event loop. */
function createCommitter(write: (rows: readonly DueRow[]) => void) {
  let waiting: { row: DueRow; resolve: () => void; reject: (reason: unknown) => void }[] = [];
  let scheduled: NodeJS.Immediate | null = null;
  let closed = false;
  const flush = (): void => {
    scheduled = null;
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    try {
      write(batch.map(({ row }) => row));
      for (const { resolve } of batch) resolve();
    } catch (thrown) {
      for (const { reject } of batch) reject(thrown);
    }
  };
  return {
    commit: (row: DueRow): Promise<void> =>
      new Promise((resolve, reject) => {
        // What arrives after the end is delivered again by the next process, which does no harm.
        if (closed) {
          resolve();
          return;
        }
        waiting.push({ row, resolve, reject });
        scheduled ??= setImmediate(flush);
      }),
    close: (): void => {
      if (scheduled !== null) clearImmediate(scheduled);
      flush();
      closed = true;
    },
  };
}
