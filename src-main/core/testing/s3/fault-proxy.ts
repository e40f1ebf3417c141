import { Agent, request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { errorXml, S3Error, type S3ErrorCode } from './s3-error.ts';

/** What goes wrong with one request. */
export const FAULTS = [
  /** The connection is reset before the server hears of the request. */
  'reset-before',
  /** The server executes it, then the connection is reset: a put whose outcome is unknown. */
  'reset-after',
  /** The server gets half the body, then both connections are reset. Without a body: as `reset-before`. */
  'reset-mid-request',
  /** Half the answer's body comes, then a reset. Without a body: as `reset-after`. */
  'reset-mid-answer',
  /** Half the answer's body comes and looks whole. Passed as it is where there is no body. */
  'truncate',
  /** One bit of the answer's body is another. Passed as it is where there is no body. */
  'flip-byte',
  'internal-error',
  'slow-down',
  'expired-token',
  'clock-skew',
  /** The server executes it, the answer never comes; reset after `hangMs`. */
  'hang',
] as const;
export type FaultName = (typeof FAULTS)[number];

export interface FaultRates {
  /** Probability of each, 0 to 1; their sum is at most 1. */
  readonly rates?: Readonly<Partial<Record<FaultName, number>>>;
  /** Added to a share of the requests, besides any fault. */
  readonly latency?: { readonly rate: number; readonly minMs: number; readonly maxMs: number };
  readonly hangMs?: number;
  /** Only requests of these methods; all when absent. */
  readonly methods?: readonly string[];
}

export interface FaultProxyOptions {
  /** The server's URL, http. */
  readonly target: string;
  /** The same seed and the same order of requests give the same faults. */
  readonly seed: number;
  readonly faults?: FaultRates;
}

export interface FaultCounts extends Readonly<Record<FaultName, number>> {
  readonly latency: number;
  /** Requests that met no fault. */
  readonly clean: number;
}

export interface FaultProxy {
  readonly url: string;
  readonly port: number;
  readonly counts: FaultCounts;
  /** From now on these faults instead. */
  configure(faults: FaultRates): void;
  /** No faults any more. */
  quiet(): void;
  /** The next requests meet exactly these, before chance decides again. */
  inject(...faults: readonly FaultName[]): void;
  close(): Promise<void>;
}

const DEFAULT_HANG_MS = 30_000;
const ERRORS: Readonly<Partial<Record<FaultName, readonly [S3ErrorCode, string]>>> = {
  'internal-error': ['InternalError', 'We encountered an internal error. Please try again.'],
  'slow-down': ['SlowDown', 'Please reduce your request rate.'],
  'expired-token': ['ExpiredToken', 'The provided token has expired.'],
  'clock-skew': [
    'RequestTimeTooSkewed',
    "The difference between the request time and the server's time is too large.",
  ],
};

/** A small seeded generator (mulberry32) of numbers in [0, 1). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** An HTTP proxy that misbehaves. Headers pass unchanged, Host too, so that signatures stay right. */
export async function startFaultProxy({ target, seed, faults = {} }: FaultProxyOptions): Promise<FaultProxy> {
  const random = seeded(seed);
  const { hostname, port: targetPort } = new URL(target);
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const counts: Record<string, number> = { latency: 0, clean: 0 };
  for (const name of FAULTS) counts[name] = 0;
  const timers = new Set<NodeJS.Timeout>();
  let now = faults;
  const queue: FaultName[] = [];
  const wait = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        resolve();
      }, ms);
      timers.add(timer);
    });

  interface Drawn {
    readonly fault: FaultName | null;
    readonly delayMs: number;
    /** Where in the answer a bit flips, 0 to 1. */
    readonly place: number;
  }

  /** Always three numbers a request, so that one fault more or less does not change all later ones. */
  function draw(method: string): Drawn {
    const [chance, slow, place] = [random(), random(), random()];
    const forced = queue.shift();
    if (forced !== undefined) return { fault: forced, delayMs: 0, place };
    if (now.methods !== undefined && !now.methods.includes(method)) return { fault: null, delayMs: 0, place };
    const { rate = 0, minMs = 0, maxMs = 0 } = now.latency ?? {};
    const delayMs = slow < rate ? minMs + (slow / rate) * (maxMs - minMs) : 0;
    let sum = 0;
    for (const fault of FAULTS) {
      sum += now.rates?.[fault] ?? 0;
      if (chance < sum) return { fault, delayMs, place };
    }
    return { fault: null, delayMs, place };
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const drawn = draw(request.method ?? '');
    const { fault, delayMs } = drawn;
    const body = await collect(request);
    counts[fault ?? 'clean'] = (counts[fault ?? 'clean'] ?? 0) + 1;
    if (delayMs > 0) {
      counts.latency = (counts.latency ?? 0) + 1;
      await wait(delayMs);
    }
    const refused = fault === null ? undefined : ERRORS[fault];
    if (refused !== undefined) {
      const error = new S3Error(...refused);
      const text = errorXml(error, request.url ?? '/');
      response.writeHead(error.status, {
        'content-type': 'application/xml',
        'content-length': Buffer.byteLength(text),
      });
      response.end(request.method === 'HEAD' ? undefined : text);
      return;
    }
    const half = fault === 'reset-mid-request';
    if (fault === 'reset-before' || (half && body.length < 2)) {
      response.socket?.resetAndDestroy();
      return;
    }
    if (half) {
      await forward(request, body.subarray(0, body.length >> 1), true);
      response.socket?.resetAndDestroy();
      return;
    }
    const answer = await forward(request, body, false);
    if (answer === null) response.socket?.resetAndDestroy();
    else await reply(request, response, answer, drawn);
  }

  interface Forwarded {
    readonly status: number;
    readonly headers: readonly string[];
    readonly body: Buffer;
  }

  /** Asks the server; null when it could not be asked. A cut body is sent as it is and then reset. */
  function forward(request: IncomingMessage, body: Buffer, cut: boolean): Promise<Forwarded | null> {
    return new Promise((resolve) => {
      const onward = ask(
        {
          hostname,
          port: targetPort,
          method: request.method,
          path: request.url,
          headers: request.rawHeaders,
          setHost: false,
          ...(cut ? {} : { agent }),
        },
        (answer) => {
          collect(answer).then(
            (bytes) => resolve({ status: answer.statusCode ?? 0, headers: answer.rawHeaders, body: bytes }),
            () => resolve(null),
          );
        },
      );
      onward.on('error', () => resolve(null));
      if (!cut) onward.end(body);
      else
        onward.write(body, () => {
          onward.socket?.resetAndDestroy();
          resolve(null);
        });
    });
  }

  async function reply(
    request: IncomingMessage,
    response: ServerResponse,
    { status, headers, body }: Forwarded,
    { fault, place }: Drawn,
  ): Promise<void> {
    const reset = () => response.socket?.resetAndDestroy();
    if (fault === 'hang') {
      await wait(now.hangMs ?? DEFAULT_HANG_MS);
      return void reset();
    }
    if (fault === 'reset-after' || (fault === 'reset-mid-answer' && body.length < 2)) return void reset();
    response.sendDate = false;
    const half = body.subarray(0, body.length >> 1);
    if (fault === 'truncate' && half.length > 0) {
      response.writeHead(status, withLength(headers, half.length));
      response.end(half);
      return;
    }
    if (fault === 'flip-byte' && body.length > 0) {
      const at = Math.floor(place * body.length);
      body[at] = (body[at] ?? 0) ^ 1;
    }
    response.writeHead(status, request.method === 'HEAD' ? [...headers] : withLength(headers, body.length));
    if (fault === 'reset-mid-answer') response.write(half, reset);
    else response.end(body);
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    counts: counts as unknown as FaultCounts,
    configure: (next) => {
      now = next;
    },
    quiet: () => {
      now = {};
      queue.length = 0;
    },
    inject: (...next) => void queue.push(...next),
    close: () =>
      new Promise((resolve) => {
        for (const timer of timers) clearTimeout(timer);
        agent.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function collect(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The same headers for a body of another length, sent in one piece. */
function withLength(headers: readonly string[], length: number): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2)
    if (!/^(content-length|transfer-encoding)$/i.test(headers[i] ?? ''))
      kept.push(headers[i] ?? '', headers[i + 1] ?? '');
  return [...kept, 'content-length', String(length)];
}
