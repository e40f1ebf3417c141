import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Engine } from '#core/engine.ts';
import { logRequest, logWhenOver, pathOf } from '#core/http/request-log.ts';
import type { HttpRoute } from '#core/http/seams.ts';
import { closeGently, guardServer, SERVER_LIMITS } from '#core/http/server.ts';
import type { Logger } from '#core/ports/ports.ts';
import { HARDENING_HEADERS } from '#hosts/shared/page-policy.ts';
import { createRpcSockets, SOCKET_LIMITS, type SocketLimits } from '#hosts/shared/rpc-socket.ts';
import { toFailure } from '#shared/model/failure.ts';
import { checkSender, isPrefetch, type Refusal } from './guards.ts';
import { type ServePage, serveBuilt, serveFromDevServer } from './page.ts';
import { createSessions, type Sessions } from './session.ts';

export interface WebHostOptions {
  readonly engine: Pick<Engine, 'router'>;
  readonly logger: Logger;
  /** 0: any free port. */
  readonly port: number;
  /** The built page, or in development the dev server that makes it. */
  readonly page: { readonly rendererDir: string } | { readonly devUrl: string };
  readonly limits?: SocketLimits;
  /** Asked before the page: what they answer needs no session. */
  readonly routes?: readonly HttpRoute[];
}

export interface WebHost {
  /** Without a token: works in a browser that was let in before. */
  readonly url: string;
  /** Lets one browser in, once. */
  readonly launchUrl: string;
  /** Another such link. */
  newLaunchUrl(): string;
  close(): Promise<void>;
}

const RPC_PATH = '/rpc';
/** Of requests that were not let in. */
const AUTH_RESULTS: { readonly [status: number]: string } = { 401: 'missing', 403: 'foreign' };
const NOT_LET_IN: Refusal = {
  status: 401,
  message:
    'Open Runescope by the link it printed when it started. Each link lets one browser in, once; starting it again gives a new one.',
};

/** Serves the page and the contract on 127.0.0.1 to browsers that hold a launch link, and to nobody else. */
export async function startWebHost(options: WebHostOptions): Promise<WebHost> {
  const { engine, logger, port, page, limits = SOCKET_LIMITS, routes = [] } = options;
  const servePage = 'devUrl' in page ? serveFromDevServer(page.devUrl) : serveBuilt(page.rendererDir);
  const sockets = createRpcSockets(engine, logger, limits);
  const server = createServer(SERVER_LIMITS);
  guardServer(server, logger);
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', listening);
  });
  const bound = (server.address() as AddressInfo).port;
  const url = `http://127.0.0.1:${bound}/`;
  const sessions = createSessions(bound);

  server.on('request', (request, response) => {
    const serve = async (): Promise<Refusal | null> => {
      for (const route of routes) if (await route(request, response)) return null;
      logWhenOver(logger, request, response, () => ({
        endpoint: pathOf(request),
        auth: AUTH_RESULTS[response.statusCode] ?? 'session',
      }));
      for (const [name, value] of Object.entries(HARDENING_HEADERS)) response.setHeader(name, value);
      request.resume();
      return answer(request, response, sessions, servePage);
    };
    serve().then(
      (refusal) => refusal !== null && refuse(request, response, refusal),
      (thrown: unknown) => {
        logger.log({ level: 'error', event: 'web.failed', message: toFailure(thrown).message });
        if (response.headersSent) response.destroy();
        else refuse(request, response, { status: 500, message: 'Runescope failed to answer.' });
      },
    );
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = checkUpgrade(request, sessions);
    const status = refusal?.status ?? 101;
    logRequest(logger, {
      address: request.socket.remoteAddress ?? '',
      method: request.method ?? '',
      endpoint: pathOf(request),
      status,
      auth: AUTH_RESULTS[status] ?? 'session',
      durationMs: 0,
    });
    if (refusal === null) sockets.upgrade(request, socket, head);
    else refuseRaw(socket, refusal.status, refusal.message);
  });

  const newLaunchUrl = (): string => `${url}?token=${sessions.issueToken()}`;
  return {
    url,
    launchUrl: newLaunchUrl(),
    newLaunchUrl,
    close: async () => {
      const closed = closeGently(server);
      await sockets.close();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  sessions: Sessions,
  servePage: ServePage,
): Promise<Refusal | null> {
  const refusal = checkSender(request, false);
  if (refusal !== null) return refusal;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return { status: 405, message: 'Only GET and HEAD are served here.' };
  }
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  const token = path === '/' ? new URLSearchParams(query).get('token') : null;
  const letIn = sessions.isOpen(request.headers.cookie);
  if (token !== null) {
    if (isPrefetch(request) || request.method === 'HEAD') return NOT_LET_IN;
    const cookie = letIn ? null : sessions.exchange(token);
    if (!letIn && cookie === null) return NOT_LET_IN;
    // The clean address keeps the token out of history, bookmarks and screenshots.
    response.writeHead(303, {
      location: '/',
      'cache-control': 'no-store',
      ...(cookie !== null && { 'set-cookie': cookie }),
    });
    response.end();
    return null;
  }
  if (!letIn) return NOT_LET_IN;
  if (path === RPC_PATH) return { status: 426, message: 'This address speaks WebSocket only.' };
  return servePage(request, response, path);
}

function checkUpgrade(request: IncomingMessage, sessions: Sessions): Refusal | null {
  const refusal = checkSender(request, true);
  if (refusal !== null) return refusal;
  if (!sessions.isOpen(request.headers.cookie)) return NOT_LET_IN;
  return request.url === RPC_PATH ? null : { status: 404, message: 'There is no socket at this address.' };
}

const asJson = (message: string): string => JSON.stringify({ error: { code: 'access.denied', message } });

/** A person who opens the bare address reads the sentence; programs read JSON. */
function refuse(request: IncomingMessage, response: ServerResponse, { status, message }: Refusal): void {
  const isPerson = request.headers['sec-fetch-mode'] === 'navigate';
  const body = isPerson ? `${message}\n` : asJson(message);
  response.writeHead(status, {
    'content-type': isPerson ? 'text/plain; charset=utf-8' : 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    ...(status === 426 && { upgrade: 'websocket' }),
    connection: 'close',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function refuseRaw(socket: Duplex, status: number, message: string): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = asJson(message);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
