import type { LogQuery } from '#shared/contract/http.ts';
import { toFailure } from '#shared/model/failure.ts';
import type { LogPage } from '#shared/model/logs.ts';
import type { Attributes } from '#shared/model/span.ts';
import { toEpochSeconds } from '#shared/model/units.ts';
import { learningSecrets } from './learned-secrets.ts';
import { createKeepingLogger, type LogEntry, recordOf } from './logs/keeping-logger.ts';
import { listLogs } from './logs/log-reader.ts';
import { createLogWriter, type LogWriter } from './logs/log-writer.ts';
import type { LogLimits } from './logs/prune.ts';
import { tellOfRentals } from './logs/rental-log.ts';
import { createSpanLog } from './logs/span-log.ts';
import { attributeCleaner } from './otlp-parts.ts';
import type { Ports } from './ports/ports.ts';
import { type Db, storeFailure } from './store/database.ts';
import { ownStorePath } from './store/own-file.ts';
import type { Collector } from './telemetry/collector.ts';

export interface Logs {
  /** The host's, but what is logged is also kept, and what is read of secrets never is. */
  readonly ports: Ports;
  /** What was read of secrets, the longest first. */
  readonly secretValues: () => readonly string[];
  /** Tells of spans that failed. */
  readonly spans: Collector;
  list(query: LogQuery, signal?: AbortSignal): Promise<LogPage>;
  /** The engine works; from now on its rentals tell of themselves. */
  started(fields: NonNullable<LogEntry['fields']>): void;
  /** What was logged so far is in the store, unless that refuses. */
  flush(): void;
  /** Keeps what waits. Call it before the store is closed. */
  close(): void;
}

/** `limits` null: this process only reads; what it says goes to its host alone. */
export function createLogs(host: Ports, db: Db, limits: (() => LogLimits) | null): Logs {
  const learned = learningSecrets(host.secrets, host.env);
  const clean = attributeCleaner(host.env, learned.values);
  const tenantOf = db.prepare<[string], string>('SELECT tenant_id FROM jobs WHERE job_id = ?').pluck();
  const writer = limits === null ? null : openWriter(host, db, limits);
  const leastKept = host.env.RUNESCOPE_LOG?.trim().toLowerCase() === 'debug' ? null : 'debug';
  const logger = createKeepingLogger({
    clock: host.clock,
    host: host.logger,
    clean: (fields) => clean(fields as Attributes) as LogEntry['fields'],
    tenantOf: (jobId) => (db.open ? (tenantOf.get(jobId) ?? null) : null),
    keep: (entry) => {
      if (entry.level !== leastKept) writer?.add(entry);
    },
  });
  let hasStarted = false;
  return {
    ports: { ...host, logger, secrets: learned.secrets },
    secretValues: learned.values,
    spans: createSpanLog(logger),
    list: (query, signal) => {
      writer?.flush();
      return listLogs(db, query, signal);
    },
    started: (fields) => {
      hasStarted = true;
      tellOfRentals(db, logger);
      logger.log({
        level: 'info',
        event: 'engine.started',
        message: `Runescope ${host.appVersion} has its data directory.`,
        fields,
      });
    },
    flush: () => writer?.flush(),
    close: () => {
      if (hasStarted)
        logger.log({ level: 'info', event: 'engine.stopped', message: 'Everything is closed in order.' });
      writer?.close();
    },
  };
}

function openWriter(host: Ports, db: Db, limits: () => LogLimits): LogWriter {
  const { clock, logger, paths } = host;
  return createLogWriter({
    db,
    clock,
    limits,
    // To the host alone: the store is what refuses.
    onTrouble: (thrown, waiting) =>
      logger.log(
        recordOf({
          at: toEpochSeconds(clock.nowUs()),
          level: 'warn',
          logger: 'logs',
          event: 'logs.not_written',
          message: `${waiting} lines wait for the store: ${toFailure(storeFailure(ownStorePath(paths.dataDir), thrown)).message}`,
          tenant_id: null,
          job_id: null,
          trace_id: null,
          span_id: null,
          fields: {},
        }),
      ),
  });
}
