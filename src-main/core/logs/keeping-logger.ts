import type { Clock, Logger, LogRecord } from '#core/ports/ports.ts';
import { currentContext } from '#core/telemetry/span.ts';
import type { LogEvent } from '#shared/model/log-events.ts';
import type { LogLine } from '#shared/model/logs.ts';
import { traceIdOf } from '#shared/model/span.ts';
import { toEpochSeconds } from '#shared/model/units.ts';

/** A record with everything that is known of it, and without what must not be told. */
export type LogEntry = Omit<LogLine, 'seq' | 'event'> & { readonly event: LogEvent };

export interface KeepingLoggerDeps {
  readonly clock: Clock;
  /** Where the host writes. */
  readonly host: Logger;
  /** Without credentials. */
  clean(fields: LogEntry['fields']): LogEntry['fields'];
  /** Whose job it is; null where nobody knows. */
  tenantOf(jobId: string): string | null;
  keep(entry: LogEntry): void;
}

const MAX_MESSAGE = 4000;
/** Read for credentials, so that none is cut in two and not seen. */
const MAX_READ = 65_536;
const MAX_FIELD = 1000;
const MAX_TENANTS = 1000;
const TRACE_ID = /^[0-9a-f]{32}$/;
const NONE: LogEntry['fields'] = Object.freeze({});

/** The engine's logger: says whose job and which span a record belongs to, takes credentials out, keeps it, tells the host. */
export function createKeepingLogger(deps: KeepingLoggerDeps): Logger {
  const { clock, host, clean, keep } = deps;
  const tenants = new Map<string, string>();
  const tenantOf = (jobId: string): string | null => {
    const before = tenants.get(jobId);
    if (before !== undefined) return before;
    const tenant = deps.tenantOf(jobId);
    if (tenant === null) return null;
    const [oldest] = tenants.keys();
    if (tenants.size >= MAX_TENANTS && oldest !== undefined) tenants.delete(oldest);
    tenants.set(jobId, tenant);
    return tenant;
  };
  return {
    log: (record) => {
      const around = currentContext();
      const job_id = record.job_id ?? around?.job_id ?? null;
      // What is said of one job inside another's span fell in neither.
      const span = around !== undefined && around.job_id === job_id ? around : null;
      const entry: LogEntry = {
        at: record.at ?? toEpochSeconds(clock.nowUs()),
        level: record.level,
        logger: record.logger ?? firstPart(record.event),
        event: record.event,
        message: textOf(record.message, clean),
        tenant_id: record.tenant_id ?? span?.tenant_id ?? (job_id === null ? null : tenantOf(job_id)) ?? null,
        job_id,
        trace_id: record.trace_id ?? span?.trace_id ?? traceOf(job_id),
        span_id: record.span_id ?? (record.trace_id === undefined ? (span?.parent_span_id ?? null) : null),
        fields: record.fields === undefined ? NONE : shortened(clean(record.fields)),
      };
      keep(entry);
      host.log(recordOf(entry));
    },
  };
}

/** As the host's logger takes it. */
export const recordOf = (entry: LogEntry): LogRecord => ({
  at: entry.at,
  level: entry.level,
  logger: entry.logger,
  event: entry.event,
  message: entry.message,
  tenant_id: entry.tenant_id ?? undefined,
  job_id: entry.job_id ?? undefined,
  trace_id: entry.trace_id ?? undefined,
  span_id: entry.span_id ?? undefined,
  ...(entry.fields === NONE ? {} : { fields: entry.fields }),
});

function firstPart(event: string): string {
  const dot = event.indexOf('.');
  return dot === -1 ? event : event.slice(0, dot);
}

/** A job of ours is one trace. */
function traceOf(jobId: string | null): string | null {
  if (jobId === null) return null;
  const traceId = traceIdOf(jobId);
  return TRACE_ID.test(traceId) ? traceId : null;
}

function textOf(message: string, clean: KeepingLoggerDeps['clean']): string {
  const text = String(clean({ message: message.slice(0, MAX_READ) }).message);
  return cut(text, MAX_MESSAGE);
}

function shortened(fields: LogEntry['fields']): LogEntry['fields'] {
  const isLong = Object.values(fields).some((value) => typeof value === 'string' && value.length > MAX_FIELD);
  if (!isLong) return fields;
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'string' ? cut(value, MAX_FIELD) : value,
    ]),
  );
}

const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most)}...` : text);
