import type { Clock, Logger } from '#core/ports/ports.ts';
import type { Db } from '#core/store/database.ts';
import { CodedError, toFailure } from '#shared/model/failure.ts';
import { type Milliseconds, toEpochSeconds } from '#shared/model/units.ts';
import type { ArchiveTarget } from '../targets/target.ts';

export interface OutboxDeps {
  readonly db: Db;
  readonly targets: readonly ArchiveTarget[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** The number of pending results changed. */
  readonly onChange: () => void;
  readonly backoff?: { readonly firstMs: Milliseconds; readonly maxMs: Milliseconds } | undefined;
}

export interface Outbox {
  /** Rows may have come: deliver what is due, in the background. */
  wake(): void;
  /** Results not delivered yet, to whatever target. */
  pendingCount(): number;
  /** Tries everything that is due; true when nothing is left. Returns after `timeoutMs` at the latest. */
  drain(timeoutMs: Milliseconds): Promise<boolean>;
  /** Drains shortly, then stops; the database is not touched afterwards. What is left stays for the next start. */
  dispose(): Promise<void>;
}

interface DueRow {
  readonly id: number;
  readonly job_id: string;
  readonly key: string;
  readonly attempts: number;
}

const BACKOFF = { firstMs: 1000, maxMs: 15 * 60_000 };
const DISPOSE_MS: Milliseconds = 2000;
const STORE_TROUBLE_MS: Milliseconds = 10_000;
/** Node's timers overflow above 2^31 ms; looking again sooner costs nothing. */
const MAX_SLEEP_MS: Milliseconds = 3_600_000;

/**
 * Delivers rs_archive_outbox: one result at a time per target, targets side by side. A row leaves only after its
 * target has it, so a process that dies in between delivers the same bytes again, which targets take as a success.
 */
export function createOutbox({
  db,
  targets,
  clock,
  logger,
  onChange,
  backoff = BACKOFF,
}: OutboxDeps): Outbox {
  const selectDue = db.prepare<[string, number], DueRow>(
    'SELECT id, job_id, key, attempts FROM rs_archive_outbox WHERE target = ? AND next_attempt_at <= ? ORDER BY next_attempt_at, id LIMIT 1',
  );
  const selectBody = db.prepare<[number], Buffer>('SELECT body FROM rs_archive_outbox WHERE id = ?').pluck();
  const selectNext = db
    .prepare<[string], number | null>('SELECT min(next_attempt_at) FROM rs_archive_outbox WHERE target = ?')
    .pluck();
  const deleteRow = db.prepare('DELETE FROM rs_archive_outbox WHERE id = ?');
  const postpone = db.prepare(
    'UPDATE rs_archive_outbox SET attempts = attempts + 1, next_attempt_at = ?, last_error = ? WHERE id = ?',
  );
  const count = db.prepare<[], number>('SELECT count(*) FROM rs_archive_outbox').pluck();

  const running = new Map<string, Promise<void>>();
  const timers = new Map<string, NodeJS.Timeout>();
  /** Targets that failed as a whole; a timer alone may wait for nothing but one refused result. */
  const down = new Set<string>();
  let disposed = false;
  const now = (): number => toEpochSeconds(clock.nowUs());

  /** Full jitter on the upper half: retries spread out, and none comes at once. */
  const delayMs = (attempts: number): Milliseconds => {
    const full = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(attempts, 30));
    return full * (0.5 + Math.random() / 2);
  };

  /** Delivers until nothing is due or the target itself fails. */
  async function deliverTo(target: ArchiveTarget): Promise<void> {
    for (;;) {
      if (disposed) return;
      const row = selectDue.get(target.name, now());
      if (row === undefined) return;
      const body = selectBody.get(row.id);
      if (body === undefined) continue;
      try {
        await target.put(row.key, body);
      } catch (thrown) {
        if (disposed) return;
        const waitMs = delayMs(row.attempts);
        const failure = toFailure(thrown);
        postpone.run(now() + waitMs / 1000, `${failure.code}: ${failure.message}`.slice(0, 1000), row.id);
        logger.log({
          level: 'warn',
          event: 'archive.delivery_failed',
          message: `${target.name}: ${failure.message} Next try in ${Math.ceil(waitMs / 1000)} s.`,
          job_id: row.job_id,
        });
        onChange();
        // What only this result suffers from must not hold up the others; what the target suffers from would hit them all.
        if (thrown instanceof CodedError && thrown.retryable !== true) continue;
        down.add(target.name);
        comeBack(target, waitMs);
        return;
      }
      if (disposed) return;
      down.delete(target.name);
      deleteRow.run(row.id);
      onChange();
    }
  }

  function comeBack(target: ArchiveTarget, ms: Milliseconds): void {
    clearTimeout(timers.get(target.name));
    const timer = setTimeout(
      () => {
        down.delete(target.name);
        pass(target);
      },
      Math.min(Math.max(ms, 1), MAX_SLEEP_MS),
    );
    timer.unref();
    timers.set(target.name, timer);
  }

  function pass(target: ArchiveTarget): Promise<void> {
    const current = running.get(target.name);
    if (current !== undefined) return current;
    const work = deliverTo(target)
      .finally(() => {
        running.delete(target.name);
        if (disposed || down.has(target.name)) return;
        const next = selectNext.get(target.name);
        if (typeof next === 'number') comeBack(target, (next - now()) * 1000);
      })
      .catch((thrown: unknown) => {
        // The store itself refused (a full disk); the row is still there.
        logger.log({ level: 'error', event: 'archive.outbox_failed', message: toFailure(thrown).message });
        if (disposed) return;
        down.add(target.name);
        comeBack(target, Math.min(backoff.maxMs, STORE_TROUBLE_MS));
      });
    running.set(target.name, work);
    return work;
  }

  async function drain(timeoutMs: Milliseconds): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    const all = async (): Promise<void> => {
      await Promise.all(running.values());
      await Promise.all(targets.map(pass));
    };
    await Promise.race([all(), timeout]);
    clearTimeout(timer);
    return !disposed && count.get() === 0;
  }

  return {
    wake: () => {
      if (disposed) return;
      // A target that is down keeps waiting: new results do not mend it.
      for (const target of targets) if (!down.has(target.name)) void pass(target);
    },
    pendingCount: () => (disposed ? 0 : (count.get() ?? 0)),
    drain,
    dispose: async () => {
      if (disposed) return;
      await drain(DISPOSE_MS);
      disposed = true;
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}
