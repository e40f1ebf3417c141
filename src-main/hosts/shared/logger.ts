import type { Env, Logger, LogRecord } from '#core/ports/ports.ts';

const LEVELS: readonly string[] = ['debug', 'info', 'warn', 'error'] satisfies LogRecord['level'][];
const MAX_MESSAGE = 4000;

/** One JSON document per line on stderr, from the level of RUNESCOPE_LOG up (`silent`: nothing; default `warn`). */
export function createLogger(
  env: Env,
  write: (line: string) => void = (line) => void process.stderr.write(line),
): Logger {
  const asked = env.RUNESCOPE_LOG?.trim().toLowerCase() ?? '';
  const known = LEVELS.indexOf(asked);
  const least = asked === 'silent' ? LEVELS.length : known === -1 ? LEVELS.indexOf('warn') : known;
  return {
    log: (record: LogRecord) => {
      if (LEVELS.indexOf(record.level) < least) return;
      const message =
        record.message.length > MAX_MESSAGE ? `${record.message.slice(0, MAX_MESSAGE)}...` : record.message;
      write(`${JSON.stringify({ time: new Date().toISOString(), ...record, message })}\n`);
    },
  };
}
