import { createRequire } from 'node:module';
import type { Logger as Pino, pino } from 'pino';
import type { Env, Logger, LogRecord } from '#core/ports/ports.ts';
import type { Bytes } from '#shared/model/units.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies LogRecord['level'][];
const MAX_MESSAGE = 4000;
/** Whoever does not read what we say must not stop us: beyond this, lines are dropped. */
const MAX_WAITING: Bytes = 16 * 1024 * 1024;
const STDERR = 2;

export interface LoggerOptions {
  /** From which level on, where RUNESCOPE_LOG does not say. */
  readonly least?: () => LogRecord['level'];
  /** In place of stderr. */
  readonly write?: (line: string) => void;
}

/**
 * One JSON document per line on stderr, from the level of RUNESCOPE_LOG up (`silent`: nothing). Lines leave in the
 * background, in their order, and before the process exits.
 */
export function createLogger(env: Env, { least = () => 'warn', write }: LoggerOptions = {}): Logger {
  const asked = env.RUNESCOPE_LOG?.trim().toLowerCase() ?? '';
  const known = LEVELS.find((level) => level === asked);
  let writer: Pino | undefined;
  return {
    log: (record) => {
      if (asked === 'silent' || LEVELS.indexOf(record.level) < LEVELS.indexOf(known ?? least())) return;
      writer ??= openPino(write);
      const { message } = record;
      writer[record.level](
        lineOf(record),
        message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}...` : message,
      );
    },
  };
}

/** Loaded with the first line: most commands say nothing, and are quicker without. */
function openPino(write: LoggerOptions['write']): Pino {
  const load = createRequire(import.meta.url)('pino') as typeof pino;
  return load(
    {
      level: 'debug',
      base: null,
      timestamp: false,
      messageKey: 'message',
      formatters: { level: (label) => ({ level: label }) },
    },
    write === undefined ? load.destination({ dest: STDERR, sync: false, maxLength: MAX_WAITING }) : { write },
  );
}

/** Beside level and message, which pino adds. */
function lineOf(record: LogRecord): Readonly<Record<string, unknown>> {
  const line: Record<string, unknown> = {
    timestamp: timestamp(record.at === undefined ? Date.now() : record.at * 1000),
    logger: record.logger ?? record.event.split('.', 1)[0],
    event: record.event,
    tenant_id: record.tenant_id ?? null,
    job_id: record.job_id ?? null,
    trace_id: record.trace_id ?? null,
    span_id: record.span_id ?? null,
  };
  for (const [name, value] of Object.entries(record.fields ?? {})) {
    // No name twice in one line.
    if (name in line || name === 'level' || name === 'message') continue;
    line[name] = value;
  }
  return line;
}

/** As RUNE's server writes it. */
const timestamp = (ms: number): string => new Date(ms).toISOString().replace('Z', '+00:00');
