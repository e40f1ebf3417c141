import type { Clock } from '#core/ports/ports.ts';
import { bulkInsert } from '#core/store/bulk-insert.ts';
import { type Db, isStoreTrouble } from '#core/store/database.ts';
import { type Milliseconds, toEpochSeconds } from '#shared/model/units.ts';
import type { LogEntry } from './keeping-logger.ts';
import { LOG_COLUMNS, levelNumber } from './log-rows.ts';
import { createPruner, type LogLimits } from './prune.ts';

export interface LogWriter {
  /** Never throws and never waits for the disk. */
  add(entry: LogEntry): void;
  /** Writes what waits. */
  flush(): void;
  /** Not kept, because the disk refused for too long. */
  readonly dropped: number;
  close(): void;
}

/** Lines are written together, so that many cost little more than one. */
const FLUSH_MS: Milliseconds = 250;
const RETRY_MS: Milliseconds = 2000;
/** Of one transaction: about 3 ms. */
const BATCH = 512;
/** When the disk refuses, so many wait; then the oldest go. */
const MAX_WAITING = 20_000;

/** Puts records into rs_log and keeps that within its bounds. `onTrouble`: once for each time the disk begins to refuse. */
export function createLogWriter({
  db,
  clock,
  limits,
  onTrouble,
}: {
  readonly db: Db;
  readonly clock: Clock;
  readonly limits: () => LogLimits;
  readonly onTrouble: (thrown: unknown, waiting: number) => void;
}): LogWriter {
  const insert = bulkInsert(db, 'rs_log', LOG_COLUMNS);
  const prune = createPruner(db, limits, () => toEpochSeconds(clock.nowUs()));
  let waiting: LogEntry[] = [];
  let timer: NodeJS.Timeout | null = null;
  let dropped = 0;
  let refused = false;
  let closed = false;

  const schedule = (ms: Milliseconds): void => {
    if (closed) return;
    timer ??= setTimeout(write, ms);
    timer.unref();
  };
  const write = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const batch = waiting.slice(0, BATCH);
    try {
      const isMore = db
        .transaction(() => {
          // A transaction that failed may have left rows behind.
          insert.values.length = 0;
          for (const entry of batch) {
            insert.values.push(...valuesOf(entry));
            insert.full();
          }
          insert.end();
          return prune(batch);
        })
        .immediate();
      refused = false;
      waiting = waiting.slice(batch.length);
      if (waiting.length > 0 || isMore) schedule(waiting.length >= BATCH ? 1 : FLUSH_MS);
    } catch (thrown) {
      if (!refused) onTrouble(thrown, waiting.length);
      refused = true;
      if (isStoreTrouble(thrown)) schedule(RETRY_MS);
      else {
        // What no store can take must not hold up what comes after it.
        waiting = waiting.slice(batch.length);
        dropped += batch.length;
        if (waiting.length > 0) schedule(FLUSH_MS);
      }
    }
  };
  const flush = (): void => {
    for (let left = waiting.length; left > 0; left = waiting.length) {
      write();
      if (refused || waiting.length === left) return;
    }
  };
  // What is too old goes, even where nothing is said.
  schedule(FLUSH_MS);
  return {
    add: (entry) => {
      if (closed) {
        dropped++;
        return;
      }
      waiting.push(entry);
      const excess = waiting.length - MAX_WAITING;
      if (excess > 0) {
        waiting.splice(0, excess + BATCH);
        dropped += excess + BATCH;
      }
      if (timer === null) schedule(FLUSH_MS);
    },
    flush,
    get dropped() {
      return dropped;
    },
    close: () => {
      flush();
      closed = true;
      if (timer !== null) clearTimeout(timer);
      dropped += waiting.length;
    },
  };
}

function valuesOf(entry: LogEntry): readonly (string | number | null)[] {
  let fields: string | null = null;
  for (const _ in entry.fields) {
    fields = JSON.stringify(entry.fields);
    break;
  }
  return [
    entry.at,
    levelNumber(entry.level),
    entry.logger,
    entry.event,
    entry.message,
    entry.tenant_id,
    entry.job_id,
    entry.trace_id,
    entry.span_id,
    fields,
  ];
}
