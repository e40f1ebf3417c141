import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Refusal } from './refusal.ts';
import {
  type Around,
  type Endpoint,
  type MarketReply,
  type MarketRequest,
  type NoReply,
  reply,
} from './reply.ts';
import { findRoute } from './routes.ts';

const MAX_BODY_BYTES = 1024 * 1024;
const PAGE = '<!doctype html><html><head><title>Vast.ai | Console</title></head><body></body></html>';
/** A wrong key is told as 404 there, which does not mean that the instance is gone. */
const KEY_AS_404: ReadonlySet<Endpoint> = new Set(['show', 'manage', 'destroy']);

export interface MarketServerDeps {
  readonly port: number;
  readonly key: string;
  api(request: MarketRequest): Promise<MarketReply>;
  /** Null where a call comes too soon. */
  tooSoon?: ((endpoint: Endpoint) => MarketReply | null) | undefined;
  readonly around?: Around | undefined;
  /** Text of a path outside the API that needs no key; null where there is none. */
  open(path: string): string | null;
}

export interface MarketServer {
  readonly origin: string;
  close(): Promise<void>;
}

/** The API over HTTP on loopback: keys, routes, bodies, errors in its shape. */
export async function startMarketServer(deps: MarketServerDeps): Promise<MarketServer> {
  const server = createServer((request, response) => {
    answer(deps, request).then(
      (given) => send(response, given),
      (thrown: unknown) => send(response, failed(thrown)),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(deps.port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(deps: MarketServerDeps, request: IncomingMessage): Promise<MarketReply | NoReply> {
  const [path = '/', search = ''] = (request.url ?? '/').split('?', 2);
  const text = request.method === 'GET' ? deps.open(path) : null;
  if (text !== null) return { status: 200, type: 'text/plain', text };
  const route = findRoute(request.method ?? '', path);
  if (route === null) {
    // Without its last slash a path is one of the console's pages.
    if (!path.endsWith('/')) return { status: 200, type: 'text/html', text: PAGE };
    return reply({ success: false, error: 'not_found', msg: `no such path ${path}` }, 404);
  }
  const { endpoint, id } = route;
  const asked: MarketRequest = {
    endpoint,
    id,
    query: new URLSearchParams(search),
    body: await readBody(request),
  };
  const next = async (changed = asked): Promise<MarketReply> => {
    try {
      if (request.headers.authorization !== `Bearer ${deps.key}`)
        throw new Refusal(KEY_AS_404.has(endpoint) ? 404 : 401, 'auth_error', 'Invalid user key');
      return deps.tooSoon?.(endpoint) ?? (await deps.api(changed));
    } catch (thrown) {
      return failed(thrown);
    }
  };
  return deps.around === undefined ? next() : deps.around(asked, next);
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Refusal(413, 'too_large', 'the body is too large');
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Refusal(400, 'invalid_args', 'the body is not JSON');
  }
}

function failed(thrown: unknown): MarketReply {
  if (thrown instanceof Refusal)
    return reply({ success: false, error: thrown.error, msg: thrown.message }, thrown.status);
  return reply({ success: false, error: 'internal', msg: 'internal server error' }, 500);
}

function send(response: ServerResponse, given: MarketReply | NoReply): void {
  if (given === 'hang') return;
  if (given === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  if (response.destroyed) return;
  response.writeHead(given.status, {
    'content-type': given.type === 'application/json' ? given.type : `${given.type}; charset=utf-8`,
    ...(given.status === 413 ? { connection: 'close' } : {}),
  });
  response.end(given.text);
}
