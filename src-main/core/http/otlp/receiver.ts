import type { Logger } from '#core/ports/ports.ts';
import type { OtlpSpanIn } from '#core/telemetry/otlp/seams.ts';
import { type Failure, toFailure } from '#shared/model/failure.ts';
import type { HttpBoard } from '../board.ts';
import type { HttpServer } from '../seams.ts';
import { startHttpServer } from '../server.ts';
import { createSpanQueue } from './span-queue.ts';
import { createTracesRoute } from './traces-route.ts';

export interface OtlpReceiver {
  /** Where drivers may send their spans; null while it does not listen. */
  readonly endpoint: string | null;
  /** Resolves when it listens, or does not, as the settings say. */
  settled(): Promise<void>;
  /** Stops listening and writes what waits. */
  close(): Promise<void>;
}

/** Listens for OTLP on loopback while the settings say so; a port that is taken is said, not thrown. */
export function createOtlpReceiver({
  board,
  write,
  logger,
  maxWaiting,
}: {
  readonly board: HttpBoard;
  readonly write: (spans: readonly OtlpSpanIn[]) => void;
  readonly logger: Logger;
  readonly maxWaiting?: number | undefined;
}): OtlpReceiver {
  const queue = createSpanQueue({ write, logger, maxWaiting });
  let server: HttpServer | null = null;
  let asked: number | null = null;
  let trouble: Failure | null = null;
  let closed = false;
  let received = 0;
  let rejected = 0;
  let deferred = 0;
  const route = createTracesRoute({
    push: (spans) => queue.push(spans),
    logger,
    tally: {
      received: (spans) => {
        received += spans;
      },
      rejected: (spans) => {
        rejected += spans;
      },
      deferred: () => {
        deferred++;
      },
    },
  });

  const follow = async (): Promise<void> => {
    const { enabled, port } = board.settings().otlp_in;
    const wanted = enabled && !closed ? port : null;
    if (wanted === asked && (wanted === null || server !== null)) return;
    asked = wanted;
    const before = server;
    server = null;
    trouble = null;
    await before?.close();
    if (wanted === null) return;
    try {
      server = await startHttpServer({ host: '127.0.0.1', port: wanted, routes: [route] }, logger);
      logger.log({
        level: 'info',
        logger: 'otlp',
        event: 'otlp.listening',
        message: `Spans of others are received at ${server.url}.`,
      });
    } catch (thrown) {
      trouble = toFailure(thrown);
      logger.log({ level: 'error', logger: 'otlp', event: 'otlp.not_listening', message: trouble.message });
    }
  };
  // One change after the other: a port is free again only when the server before it has closed.
  let following = follow();
  board.onSettings(() => {
    following = following.then(follow);
  });
  board.report('otlp_in', () => ({
    enabled: board.settings().otlp_in.enabled,
    url: server?.url ?? null,
    trouble,
    received_spans: received,
    rejected_spans: rejected,
    deferred_requests: deferred,
  }));
  return {
    get endpoint() {
      return server?.url ?? null;
    },
    settled: () => following,
    close: async () => {
      closed = true;
      following = following.then(follow);
      await following;
      queue.close();
    },
  };
}
