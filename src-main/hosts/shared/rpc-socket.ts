import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { onError } from '@orpc/server';
import { RPCHandler } from '@orpc/server/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Engine } from '#core/engine.ts';
import type { Logger } from '#core/ports/ports.ts';
import { toFailure } from '#shared/model/failure.ts';

export interface SocketLimits {
  /** Largest message taken from a client: the largest job request and its envelope. */
  readonly maxPayloadBytes: number;
  /** What may wait for one client before it is cut off (a whole large trace must fit). */
  readonly maxBufferedBytes: number;
  /** How long one message may wait for a client that does not read. */
  readonly stallMs: number;
  readonly heartbeatMs: number;
  readonly maxConnections: number;
}

export const SOCKET_LIMITS: SocketLimits = {
  maxPayloadBytes: 12 * 1024 * 1024,
  maxBufferedBytes: 512 * 1024 * 1024,
  stallMs: 60_000,
  heartbeatMs: 30_000,
  maxConnections: 64,
};

export interface RpcSockets {
  /** The caller has checked who asks. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Says goodbye to every client, waits a moment, then cuts the rest off. */
  close(): Promise<void>;
}

const GOING_AWAY = 1001;
const TRY_AGAIN_LATER = 1013;
const GOODBYE_MS = 1000;

/** Serves the contract over WebSocket connections that somebody else let in. */
export function createRpcSockets(
  { router }: Pick<Engine, 'router'>,
  logger: Logger,
  limits: SocketLimits = SOCKET_LIMITS,
): RpcSockets {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: limits.maxPayloadBytes,
    perMessageDeflate: false,
    clientTracking: true,
  });
  const handler = new RPCHandler(router, {
    interceptors: [
      onError((thrown) => {
        if ((thrown as { code?: unknown }).code === 'FAILED') return;
        logger.log({ level: 'warn', event: 'rpc.failed', message: toFailure(thrown).message });
      }),
    ],
  });

  server.on('connection', (socket: WebSocket) => {
    // Before anything else: an error that nobody listens for ends the process.
    socket.on('error', (error) =>
      logger.log({ level: 'info', event: 'rpc.socket_error', message: error.message }),
    );
    if (server.clients.size > limits.maxConnections) {
      socket.close(TRY_AGAIN_LATER, 'too many connections');
      return;
    }
    keepAlive(socket, limits.heartbeatMs);
    void handler.upgrade(
      { addEventListener: socket.addEventListener.bind(socket), send: sender(socket, limits, logger) },
      { context: {} },
    );
  });

  return {
    upgrade: (request, socket, head) =>
      server.handleUpgrade(request, socket, head, (client) => server.emit('connection', client, request)),
    close: async () => {
      const open = [...server.clients];
      const gone = Promise.all(open.map((client) => new Promise((done) => client.once('close', done))));
      for (const client of open) client.close(GOING_AWAY, 'Runescope is closing');
      const cut = setTimeout(() => {
        for (const client of open) client.terminate();
      }, GOODBYE_MS);
      await gone;
      clearTimeout(cut);
      server.close();
    },
  };
}

/** Resolves when the bytes left this process: a stream that waits for it produces no faster than its client reads. */
function sender(socket: WebSocket, limits: SocketLimits, logger: Logger): WebSocket['send'] {
  const cutOff = (message: string): void => {
    logger.log({ level: 'warn', event: 'rpc.slow_client', message });
    socket.terminate();
  };
  return (data: Parameters<WebSocket['send']>[0]): Promise<void> =>
    new Promise((sent) => {
      if (socket.bufferedAmount > limits.maxBufferedBytes) {
        cutOff('A client let too much wait and was disconnected.');
        sent();
        return;
      }
      const stalled = setTimeout(
        () => cutOff('A client stopped reading and was disconnected.'),
        limits.stallMs,
      );
      // A failed send means a closed socket, which ends the stream by itself.
      socket.send(data, () => {
        clearTimeout(stalled);
        sent();
      });
    });
}

function keepAlive(socket: WebSocket, everyMs: number): void {
  let answered = true;
  const beat = setInterval(() => {
    if (!answered) {
      socket.terminate();
      return;
    }
    answered = false;
    socket.ping();
  }, everyMs);
  beat.unref();
  socket.on('pong', () => {
    answered = true;
  });
  socket.on('close', () => clearInterval(beat));
}
