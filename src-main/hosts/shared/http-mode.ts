import { stripVTControlCharacters } from 'node:util';
import type { Logger } from '#core/ports/ports.ts';
import { redactText } from '#shared/lib/redact-text.ts';
import type { Failure } from '#shared/model/failure.ts';
import { createLogger, type HostLogger } from './logger.ts';

let entered: HostLogger | null = null;

/**
 * What listens is watched by machines: from here on every line on stderr is one JSON object, whoever writes it, and
 * requests and lifecycle events are among them. There is no way back.
 */
export function enterHttpMode(): Logger {
  if (entered !== null) return entered;
  const logger = createLogger(process.env, { least: () => 'info' });
  entered = logger;
  process.stderr.write = asLines((message) =>
    logger.log({ level: 'info', logger: 'host', event: 'host.said', message }),
  );
  // Node's own listener writes plain text.
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message }) => {
    logger.log({ level: 'warn', logger: 'host', event: 'host.warning', message: `${name}: ${message}` });
  });
  process.on('uncaughtException', (thrown: unknown) => {
    const stack = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    logger.log({ level: 'error', logger: 'host', event: 'host.crashed', message: redactText(stack) });
    void logger.drained().then(() => process.exit(1));
  });
  return logger;
}

/** Resolves when nothing that was said waits any more: await it before the process exits. */
export const lastWords = async (): Promise<void> => entered?.drained();

/**
 * Why the process ends, `stack` where it is a bug; false outside HTTP mode, where it is a sentence for a person.
 */
export function tellFailure(
  { code, message }: Pick<Failure, 'code' | 'message'>,
  stack: string | undefined = undefined,
): boolean {
  entered?.log({
    level: 'error',
    event: 'host.failed',
    message: redactText(message),
    fields: { error_code: code, ...(stack === undefined ? {} : { stack: redactText(stack) }) },
  });
  return entered !== null;
}

/** In place of a stream's write: `tell` gets each line that holds anything, without colours. */
function asLines(tell: (line: string) => void): typeof process.stderr.write {
  let rest = '';
  return (chunk: string | Uint8Array, encoding?: unknown, written?: unknown): boolean => {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    const lines = (rest + text).split(/\r?\n|\r/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const bare = stripVTControlCharacters(line).trim();
      if (bare !== '') tell(redactText(bare));
    }
    const done = typeof encoding === 'function' ? encoding : written;
    if (typeof done === 'function') queueMicrotask(() => done(null));
    return true;
  };
}
