import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** What goes wrong with an answer. `drop` and `truncate` send the first half of it. */
export type Fault =
  | 'hang'
  | 'reset'
  | 'html'
  | 'garbage'
  | 'drop'
  | 'truncate'
  | 'length-too-long'
  | 'length-too-short'
  | 'endless-line'
  | { readonly status: number; readonly body: string }
  | { readonly delayMs: number };

export interface FakeAnswer {
  readonly status?: number;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly chunks: readonly (string | Uint8Array)[];
  /** Between chunks. */
  readonly everyMs?: number;
  /** The last chunk waits for this. */
  readonly held?: Promise<unknown>;
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface FakeServer {
  readonly url: string;
  readonly port: number;
  readonly seen: readonly SeenRequest[];
  /** By path; `*` for every path. */
  readonly faults: Map<string, Fault>;
  /** Calls whose connection the client closed before they were answered. */
  readonly abandoned: () => number;
  close(): Promise<void>;
}

export const json = (value: unknown, status = 200): FakeAnswer => ({
  status,
  chunks: [JSON.stringify(value)],
});

/** An HTTP server on a free loopback port that answers by `route` and misbehaves as `faults` say. */
export async function startFakeServer(
  route: (request: SeenRequest) => FakeAnswer | undefined,
): Promise<FakeServer> {
  const seen: SeenRequest[] = [];
  const faults = new Map<string, Fault>();
  let abandoned = 0;
  const server = createServer((request, response) => {
    response.on('close', () => {
      if (!response.writableFinished) abandoned++;
    });
    readRequest(request).then(
      (asked) => {
        seen.push(asked);
        const answer = route(asked) ?? {
          status: 404,
          contentType: 'text/plain',
          chunks: ['404 page not found'],
        };
        return send(response, answer, faults.get(asked.path) ?? faults.get('*'));
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    seen,
    faults,
    abandoned: () => abandoned,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readRequest(request: IncomingMessage): Promise<SeenRequest> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return {
    method: request.method ?? '',
    path: (request.url ?? '/').split('?')[0] ?? '/',
    query: new URLSearchParams((request.url ?? '').split('?')[1] ?? ''),
    headers: request.headers,
    body: text === '' ? {} : JSON.parse(text),
  };
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function send(response: ServerResponse, answer: FakeAnswer, fault: Fault | undefined): Promise<void> {
  const contentType = answer.contentType ?? 'application/json';
  const whole = Buffer.concat(answer.chunks.map((chunk) => Buffer.from(chunk)));
  const half = whole.subarray(0, Math.ceil(whole.length / 2));
  if (typeof fault === 'object') {
    if ('delayMs' in fault) await wait(fault.delayMs);
    else {
      response.writeHead(fault.status, { 'content-type': 'application/json' }).end(fault.body);
      return;
    }
  }
  switch (fault) {
    case 'hang':
      return;
    case 'reset':
      response.destroy();
      return;
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Sign in</title>');
      return;
    case 'garbage':
      response.writeHead(200, { 'content-type': contentType }).end('%%% not json %%%\n');
      return;
    case 'drop':
      response.writeHead(200, { 'content-type': contentType });
      response.write(half);
      await wait(50);
      response.destroy();
      return;
    case 'truncate':
      response
        .writeHead(200, { 'content-type': contentType })
        .end(half.subarray(0, half.lastIndexOf('\n') + 1));
      return;
    case 'length-too-long':
      response.writeHead(200, { 'content-type': contentType, 'content-length': 1_000_000 });
      response.write(whole);
      await wait(50);
      response.destroy();
      return;
    case 'length-too-short':
      response.writeHead(200, { 'content-type': contentType, 'content-length': half.length });
      response.end(half);
      return;
    case 'endless-line':
      response.writeHead(200, { 'content-type': contentType });
      response.write('data: ');
      for (let i = 0; i < 48 && !response.destroyed; i++) {
        response.write('x'.repeat(1024 * 1024));
        await wait(1);
      }
      response.end();
      return;
  }
  response.writeHead(answer.status ?? 200, { 'content-type': contentType, ...answer.headers });
  for (const [at, chunk] of answer.chunks.entries()) {
    if (answer.everyMs !== undefined) await wait(answer.everyMs);
    if (at === answer.chunks.length - 1) await answer.held;
    if (response.destroyed) return;
    response.write(chunk);
  }
  response.end();
}
