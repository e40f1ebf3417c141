import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { DEFAULT_BEHAVIOUR, type S3Behaviour } from './behaviour.ts';
import { ObjectStore, type SeedItem, StoredObject } from './object-store.ts';
import { type Answer, answer, type PutLogEntry, type S3Operation, type ServerState } from './operations.ts';
import { readBody } from './payload.ts';
import { errorXml, S3Error } from './s3-error.ts';

export interface S3ServerOptions extends Partial<S3Behaviour> {
  /** Made at the start. */
  readonly buckets?: readonly string[];
  /** Epoch milliseconds; the server's clock before `clockOffsetMs`. */
  readonly now?: () => number;
  /** Answers what is not S3, such as a test's own endpoints; false leaves the request alone. */
  readonly control?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** Objects without requests, permissions or the put log. */
export interface S3Objects {
  put(bucket: string, key: string, body: Uint8Array, options?: { readonly lastModified?: Date }): void;
  /** Adds many at once; returns how many. */
  seed(bucket: string, items: Iterable<SeedItem>): number;
  get(bucket: string, key: string): Buffer | undefined;
  keys(bucket: string): readonly string[];
  remove(bucket: string, key: string): void;
}

export interface S3Server {
  readonly url: string;
  readonly port: number;
  readonly behaviour: S3Behaviour;
  /** Every put that was accepted over HTTP, in order. */
  readonly puts: readonly PutLogEntry[];
  /** Counted when they arrive, whatever the answer. */
  readonly requests: Readonly<Record<S3Operation, number>>;
  readonly objects: S3Objects;
  configure(change: Partial<S3Behaviour>): void;
  close(): Promise<void>;
}

/** An S3 server on a free loopback port: path-style, in memory, with real signatures, checksums and conditions. */
export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
  const { buckets = ['results'], now = Date.now, control, ...behaviour } = options;
  const state: ServerState = {
    store: new ObjectStore(),
    behaviour: { ...DEFAULT_BEHAVIOUR, ...behaviour },
    now: () => now() + state.behaviour.clockOffsetMs,
    puts: [],
    requests: {
      list: 0,
      'list-versions': 0,
      get: 0,
      head: 0,
      put: 0,
      delete: 0,
      'head-bucket': 0,
      'create-bucket': 0,
      other: 0,
    },
  };
  for (const bucket of buckets) state.store.create(bucket);
  const server = createServer((request, response) => {
    if (control?.(request, response)) return;
    serve(state, request, response).catch(() => response.destroy());
  });
  // A keep-alive connection that the server closes is a race every client loses now and then.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    get behaviour() {
      return state.behaviour;
    },
    puts: state.puts,
    requests: state.requests,
    objects: objectsOf(state),
    configure: (change) => {
      state.behaviour = { ...state.behaviour, ...change };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function objectsOf(state: ServerState): S3Objects {
  const bucketOf = (name: string) => state.store.bucket(name);
  return {
    put: (bucket, key, body, { lastModified } = {}) =>
      bucketOf(bucket).put(
        key,
        new StoredObject(
          { body, ...(lastModified && { lastModified: lastModified.getTime() }) },
          state.now(),
        ),
        state.behaviour.versioning,
      ),
    seed: (bucket, items) => bucketOf(bucket).seed(items, state.now(), state.behaviour.versioning),
    get: (bucket, key) => {
      const body = bucketOf(bucket).current.get(key)?.body;
      return body === undefined ? undefined : Buffer.from(body);
    },
    keys: (bucket) => bucketOf(bucket).index.keys,
    remove: (bucket, key) => {
      bucketOf(bucket).remove(key, state.now(), state.behaviour.versioning);
    },
  };
}

async function serve(state: ServerState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = request.url ?? '/';
  const [rawPath = '/', search = ''] = url.split(/\?(.*)/s, 2);
  let reply: Answer;
  try {
    // Read even when the request is refused: an answer before the body's end resets the connection.
    const body = await readBody(request);
    if (state.behaviour.latencyMs > 0)
      await new Promise((resolve) => setTimeout(resolve, state.behaviour.latencyMs));
    reply = await answer(state, {
      method: request.method ?? 'GET',
      rawPath,
      query: queryOf(search),
      headers: headersOf(request),
      body,
    });
  } catch (thrown) {
    const error = thrown instanceof S3Error ? thrown : new S3Error('InternalError', String(thrown));
    reply = {
      status: error.status,
      headers: { 'content-type': 'application/xml' },
      body: errorXml(error, rawPath),
    };
  }
  const bytes = typeof reply.body === 'string' ? Buffer.from(reply.body) : (reply.body ?? Buffer.alloc(0));
  response.sendDate = false;
  response.writeHead(reply.status, {
    server: 'test',
    date: new Date(state.now()).toUTCString(),
    'x-amz-request-id': createHash('md5').update(url).digest('hex').slice(0, 16).toUpperCase(),
    ...(reply.status === 204 || reply.status === 304 ? {} : { 'content-length': bytes.length }),
    ...reply.headers,
  });
  if (request.method === 'HEAD') response.end();
  else response.end(bytes);
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(',') : value;
  return flat;
}

/** Decoded parameters; `+` is a plus sign, for S3 signs a space as %20. */
function queryOf(search: string): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {};
  for (const pair of search.split('&').filter(Boolean)) {
    const [name = '', value = ''] = pair.split(/=(.*)/s, 2).map(decode);
    const known = query[name];
    query[name] = known === undefined ? value : [known, value].flat();
  }
  return query;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error('InvalidURI', "Couldn't parse the specified URI.");
  }
}
