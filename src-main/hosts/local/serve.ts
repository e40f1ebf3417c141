import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Engine } from '#core/engine.ts';
import type { Logger } from '#core/ports/ports.ts';
import { createRpcSockets, SOCKET_LIMITS, type SocketLimits } from '#hosts/shared/rpc-socket.ts';
import { socketAddress } from './address.ts';

export const RPC_PATH = '/rpc';
export const SHOW_PATH = '/show';

export interface LocalOptions {
  readonly logger: Logger;
  /**
   * Another process of this user asks to see the app: brings the window to the front (null) or answers a URL that
   * lets one browser in. Without it there is nothing to show.
   */
  readonly show?: (() => Promise<string | null>) | undefined;
  readonly limits?: SocketLimits;
}

export interface LocalServer {
  /** For engine.announce and connectLocal. */
  readonly address: string;
  close(): Promise<void>;
}

const isWindows = process.platform === 'win32';

/** Lets other processes of this user reach the engine that owns the data directory, over the same contract. */
export async function serveLocal(
  engine: Pick<Engine, 'router'>,
  dataDir: string,
  { logger, show, limits = SOCKET_LIMITS }: LocalOptions,
): Promise<LocalServer> {
  const address = socketAddress(dataDir);
  // Whoever listened here before is dead: this process holds the data directory.
  if (!isWindows) rmSync(address, { force: true });
  const sockets = createRpcSockets(engine, logger, limits);
  const server = createServer({ maxHeaderSize: 4096, headersTimeout: 5000, requestTimeout: 10_000 });

  server.on('request', (request, response) => {
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
      response.end(JSON.stringify(body));
    };
    request.resume();
    if (request.method !== 'POST' || request.url !== SHOW_PATH || show === undefined) {
      answer(404, { error: { code: 'access.denied', message: 'There is nothing here.' } });
      return;
    }
    show().then(
      (url) => answer(200, { url }),
      () => answer(500, { error: { code: 'internal', message: 'The app could not be shown.' } }),
    );
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // No browser reaches this socket; what carries an Origin was forwarded here by mistake or by trick.
    if (request.url === RPC_PATH && request.headers.origin === undefined) {
      sockets.upgrade(request, socket, head);
    } else {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
    }
  });

  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(address, listening);
  });
  if (!isWindows) chmodSync(address, 0o600);
  return {
    address,
    close: async () => {
      const closed = new Promise<void>((done) => server.close(() => done()));
      await sockets.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
