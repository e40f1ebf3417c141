import { createServer, type Server, type ServerOptions, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from '#core/ports/ports.ts';
import { CodedError, toFailure } from '#shared/model/failure.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import { logRequest, logWhenOver } from './request-log.ts';
import type { HttpServer, HttpServerOptions } from './seams.ts';

/** What one connection may cost: slow senders, floods of headers. Clients that poll every 5 s keep theirs. */
export const SERVER_LIMITS: ServerOptions = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 2000,
};
/** Beyond these, headers are dropped unread. */
const MAX_HEADERS = 100;
const DRAIN_MS: Milliseconds = 5000;

/** A server of its own for some routes. Throws `http.port_taken` and `http.refused` where it cannot listen. */
export async function startHttpServer(
  { host, port, routes }: HttpServerOptions,
  logger: Logger,
): Promise<HttpServer> {
  const server = createServer(SERVER_LIMITS);
  guardServer(server, logger);
  server.on('request', (request, response) => {
    const serve = async (): Promise<void> => {
      for (const route of routes) if (await route(request, response)) return;
      logWhenOver(logger, request, response, () => ({ endpoint: '(unknown)', auth: 'none' }));
      request.resume();
      sendError(response, 404, 'not found');
    };
    serve().catch((thrown: unknown) => {
      logger.log({ level: 'error', event: 'http.failed', message: toFailure(thrown).message });
      if (response.headersSent) response.destroy();
      else sendError(response, 500, 'internal error');
    });
  });
  await listen(server, host, port);
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close: (drainMs = DRAIN_MS) => closeGently(server, drainMs),
  };
}

export function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((listening, failed) => {
    server.once('error', (error: NodeJS.ErrnoException) => failed(whyNot(error, host, port)));
    server.listen(port, host, listening);
  });
}

function whyNot(error: NodeJS.ErrnoException, host: string, port: number): unknown {
  if (error.code === 'EADDRINUSE')
    return new CodedError('http.port_taken', `Port ${port} is taken: give another, or none.`, {
      cause: error,
    });
  if (error.code === 'EACCES')
    return new CodedError('http.refused', `Port ${port} needs more rights: give one above 1023.`, {
      cause: error,
    });
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
    return new CodedError('http.refused', `${host} is no address of this computer.`, { cause: error });
  return error;
}

/** What every server here says to a request that cannot be read. Call it before other listeners are added. */
export function guardServer(server: Server, logger: Logger): void {
  trackResponses(server);
  server.maxHeadersCount = MAX_HEADERS;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const [status, message] = UNREADABLE[error.code ?? ''] ?? [400, 'this request cannot be read'];
    // Who has left is told nothing.
    if (socket.writable && error.code !== 'ECONNRESET') {
      logRequest(logger, {
        address: (socket as Socket).remoteAddress ?? '',
        method: '',
        endpoint: '(unreadable)',
        status,
        auth: 'none',
        durationMs: 0,
        error: message,
      });
    }
    endRaw(socket, status, message);
  });
}

const UNREADABLE: { readonly [code: string]: readonly [status: number, message: string] } = {
  HPE_HEADER_OVERFLOW: [431, 'request header fields too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'request timeout'],
};

const active = new WeakMap<Server, Set<ServerResponse>>();

/** So that closing can wait for what is under way. */
function trackResponses(server: Server): void {
  const responses = new Set<ServerResponse>();
  active.set(server, responses);
  server.on('request', (_request, response: ServerResponse) => {
    responses.add(response);
    response.once('close', () => responses.delete(response));
    // Somebody who comes on a connection that was kept open while we close.
    if (!server.listening) response.setHeader('connection', 'close');
  });
}

/** No new connections; what is under way is answered, at most for `drainMs`; then every connection is cut. */
export async function closeGently(server: Server, drainMs: Milliseconds = DRAIN_MS): Promise<void> {
  const closed = new Promise<void>((done) => server.close(() => done()));
  const underway = [...(active.get(server) ?? [])];
  for (const response of underway) if (!response.headersSent) response.setHeader('connection', 'close');
  const answered = Promise.all(
    underway.map((response) => new Promise<void>((done) => response.once('close', () => done()))),
  );
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((done) => {
    timer = setTimeout(done, drainMs);
  });
  await Promise.race([answered, late]);
  clearTimeout(timer);
  server.closeAllConnections();
  await closed;
}

const errorBody = (message: string): string => JSON.stringify({ error: message });

function sendError(response: ServerResponse, status: number, message: string): void {
  const body = errorBody(message);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

function endRaw(socket: Duplex, status: number, message: string): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = errorBody(message);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
