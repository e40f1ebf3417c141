import type { HttpServer } from '#core/http/seams.ts';
import type { Logger } from '#core/ports/ports.ts';
import { toFailure } from '#shared/model/failure.ts';
import type { Listening } from '#shared/model/http.ts';

export interface KeptListening {
  state(): Listening;
  /** The settings have changed: opens, moves or closes. Resolves when that is done. */
  apply(): Promise<void>;
  close(): Promise<void>;
}

/** A server that is there while settings want it. What keeps it from listening is told, and ends nothing else. */
export function keepListening({
  name,
  wanted,
  open,
  logger,
}: {
  /** For the log. */
  readonly name: string;
  /** The port, or null for none. */
  readonly wanted: () => number | null;
  readonly open: (port: number) => Promise<HttpServer>;
  readonly logger: Logger;
}): KeptListening {
  let server: HttpServer | null = null;
  let at: number | null = null;
  let trouble: Listening['trouble'] = null;
  let closed = false;
  let last: Promise<void> = Promise.resolve();

  const change = async (): Promise<void> => {
    const port = closed ? null : wanted();
    if (port === at && (trouble === null || port === null)) return;
    await server?.close();
    server = null;
    trouble = null;
    at = port;
    if (port === null) return;
    try {
      server = await open(port);
      logger.log({
        level: 'info',
        logger: 'http',
        event: 'http.listening',
        message: `${name} answers at ${server.url}.`,
      });
    } catch (thrown) {
      trouble = toFailure(thrown);
      logger.log({
        level: 'error',
        logger: 'http',
        event: 'http.not_listening',
        message: `${name} cannot be opened: ${trouble.message}`,
      });
    }
  };
  const apply = (): Promise<void> => {
    last = last.then(change);
    return last;
  };
  return {
    state: () => ({ enabled: wanted() !== null, url: server?.url ?? null, trouble }),
    apply,
    close: () => {
      closed = true;
      return apply();
    },
  };
}
