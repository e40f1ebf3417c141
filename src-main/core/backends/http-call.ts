import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { abortFailure } from '#shared/model/failure.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import { interruptedFailure, networkFailure, timeoutFailure } from './failures.ts';

/**
 * How long a server may keep us waiting. Node's fetch ends every call whose headers take longer than 300 s, which a
 * large model's load or a long prompt exceeds: hence node:http here.
 */
export interface Patience {
  readonly connectMs: Milliseconds;
  /** From the request to the first byte of the answer's body. */
  readonly firstByteMs: Milliseconds;
  /** Between two pieces of the body. */
  readonly idleMs: Milliseconds;
}

/** For questions a server answers from memory. */
export const BRIEF: Patience = { connectMs: 10_000, firstByteMs: 30_000, idleMs: 30_000 };
/** For questions a model answers: a prompt may be evaluated on a CPU, behind a queue. */
export const LONG: Patience = { connectMs: 10_000, firstByteMs: 3_600_000, idleMs: 300_000 };

export interface HttpCall {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
  readonly patience: Patience;
  /** The server as messages name it. */
  readonly server: string;
}

export interface HttpReply {
  readonly status: number;
  readonly contentType: string;
  /** The body as it arrives; throws `backend.*` when it breaks off. Read it once, or call discard. */
  readonly chunks: AsyncGenerator<Buffer>;
  discard(): void;
}

/** One request. Redirects are not followed: a backend that redirects is a login page, and our key is not for it. */
export async function sendHttp(call: HttpCall): Promise<HttpReply> {
  if (call.signal.aborted) throw abortFailure(call.signal);
  const open = new OpenCall(call);
  const response = await open.response();
  return {
    status: response.statusCode ?? 0,
    contentType: response.headers['content-type'] ?? '',
    chunks: open.chunks(response),
    discard: () => open.end(),
  };
}

class OpenCall {
  private readonly call: HttpCall;
  private readonly request: ClientRequest;
  private timer: NodeJS.Timeout | undefined;
  /** Why we ended the call ourselves; more telling than the socket's error that follows. */
  private ended: Error | null = null;
  private readonly onAbort = () => this.stop(abortFailure(this.call.signal));

  constructor(call: HttpCall) {
    this.call = call;
    const send = call.url.startsWith('https:') ? httpsRequest : httpRequest;
    this.request = send(call.url, {
      method: call.method,
      agent: false,
      headers: {
        accept: 'application/json',
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...call.headers,
      },
    });
    call.signal.addEventListener('abort', this.onAbort, { once: true });
  }

  response(): Promise<IncomingMessage> {
    const { call, request } = this;
    return new Promise((resolve, reject) => {
      this.wait(call.patience.connectMs);
      request.on('socket', (socket) => {
        const connected = () => this.wait(call.patience.firstByteMs);
        if (socket.connecting) socket.once('connect', connected);
        else connected();
      });
      request.on('response', resolve);
      request.on('error', (thrown) => {
        this.end();
        reject(this.ended ?? networkFailure(thrown, call.server));
      });
      request.end(call.body);
    });
  }

  async *chunks(response: IncomingMessage): AsyncGenerator<Buffer> {
    try {
      this.wait(this.call.patience.firstByteMs);
      for await (const chunk of response as AsyncIterable<Buffer>) {
        clearTimeout(this.timer);
        yield chunk;
        if (this.ended !== null) throw this.ended;
        this.wait(this.call.patience.idleMs);
      }
      if (this.ended !== null) throw this.ended;
    } catch (thrown) {
      throw this.ended ?? interruptedFailure(thrown, this.call.server);
    } finally {
      this.end();
    }
  }

  end(): void {
    clearTimeout(this.timer);
    this.call.signal.removeEventListener('abort', this.onAbort);
    this.request.destroy();
  }

  private wait(ms: Milliseconds): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.stop(timeoutFailure(ms, this.call.server)), Math.min(ms, 2 ** 31 - 1));
  }

  private stop(reason: Error): void {
    this.ended ??= reason;
    this.request.destroy(reason);
  }
}
