import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger as Pino, pino } from 'pino';
import type { Env, Logger, LogRecord } from '#core/ports/ports.ts';
import type { Bytes, Milliseconds } from '#shared/model/units.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies LogRecord['level'][];
const MAX_MESSAGE = 4000;
const STDERR = 2;
/** Whoever does not read what we say must not stop us: beyond this, lines are dropped. */
const MAX_WAITING: Bytes = 16 * 1024 * 1024;
/** Lines of a busy server leave together: a write of its own costs more than the line. */
const TOGETHER: Bytes = 16 * 1024;
const MAX_WRITE: Bytes = 64 * 1024;
const FLUSH_MS: Milliseconds = 20;
const LAST_WORDS_MS: Milliseconds = 1000;

export interface HostLogger extends Logger {
  /** Resolves when everything that was said has left, or nobody reads it. Await it before the process exits. */
  drained(): Promise<void>;
}

export interface LoggerOptions {
  /** From which level on, where RUNESCOPE_LOG does not say. */
  readonly least?: () => LogRecord['level'];
  /** In place of stderr. */
  readonly write?: (line: string) => void;
}

/** One JSON document per line on stderr, from the level of RUNESCOPE_LOG up (`silent`: nothing), in the background. */
export function createLogger(env: Env, { least = () => 'warn', write }: LoggerOptions = {}): HostLogger {
  const asked = env.RUNESCOPE_LOG?.trim().toLowerCase() ?? '';
  const known = LEVELS.find((level) => level === asked);
  let opened: Opened | undefined;
  return {
    log: (record) => {
      if (asked === 'silent' || LEVELS.indexOf(record.level) < LEVELS.indexOf(known ?? least())) return;
      opened ??= open(write);
      const { message } = record;
      opened.lines[record.level](
        lineOf(record),
        message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}...` : message,
      );
      opened.leaveSoon();
    },
    drained: async () => opened?.drained(),
  };
}

interface Opened {
  readonly lines: Pino;
  leaveSoon(): void;
  drained(): Promise<void>;
}

/** Loaded with the first line: most commands say nothing, and are quicker without. */
function open(write: LoggerOptions['write']): Opened {
  const load = createRequire(import.meta.url)('pino') as typeof pino;
  const options = {
    level: 'debug',
    base: null,
    timestamp: false,
    messageKey: 'message',
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (write !== undefined)
    return { lines: load(options, { write }), leaveSoon: () => {}, drained: () => Promise.resolve() };
  const stderr = load.destination({
    dest: STDERR,
    sync: false,
    minLength: TOGETHER,
    maxWrite: MAX_WRITE,
    maxLength: MAX_WAITING,
  });
  let isLeaving = false;
  const leave = (): void => {
    isLeaving = false;
    stderr.flush();
  };
  const flushed = (): Promise<void> => new Promise((resolve) => stderr.flush(() => resolve()));
  return {
    lines: load(options, stderr),
    leaveSoon: () => {
      if (isLeaving) return;
      isLeaving = true;
      setTimeout(leave, FLUSH_MS).unref();
    },
    // What is being written, then what has been waiting for that.
    drained: () => Promise.race([flushed().then(flushed), sleep(LAST_WORDS_MS)]),
  };
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
