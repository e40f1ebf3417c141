import type { z } from 'zod';
import { readErrorMessage, readJson, readLines } from './body.ts';
import { statusFailure } from './failures.ts';
import { BRIEF, type HttpReply, type Patience, sendHttp } from './http-call.ts';

/** What a server answered in place of success. `message` is its own text. */
export interface Rejection {
  readonly status: number;
  readonly message: string;
}

export interface ServerCall {
  readonly path: string;
  readonly signal: AbortSignal;
  readonly body?: unknown;
  readonly patience?: Patience | undefined;
  /** Turns a status that is not success into the failure to throw; null leaves it to the general rule. */
  readonly onRejected?: ((rejection: Rejection) => Error | null) | undefined;
}

/** Calls to one server: authorised, checked for success, bodies parsed. */
export interface ServerClient {
  readonly server: string;
  json<T>(call: ServerCall, schema: z.ZodType<T>): Promise<T>;
  reply(call: ServerCall): Promise<HttpReply>;
  lines(call: ServerCall): AsyncGenerator<string>;
}

export function createServerClient(
  rootUrl: string,
  apiKey: string | null,
  patience: Patience = BRIEF,
): ServerClient {
  const server = rootUrl;
  const headers: Record<string, string> =
    apiKey === null || apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` };

  async function reply(call: ServerCall): Promise<HttpReply> {
    const answer = await sendHttp({
      method: call.body === undefined ? 'GET' : 'POST',
      url: `${rootUrl}${call.path}`,
      headers,
      body: call.body === undefined ? undefined : JSON.stringify(call.body),
      signal: call.signal,
      patience: call.patience ?? patience,
      server,
    });
    if (answer.status >= 200 && answer.status < 300) return answer;
    const message = await readErrorMessage(answer);
    throw (
      call.onRejected?.({ status: answer.status, message }) ?? statusFailure(answer.status, server, message)
    );
  }

  return {
    server,
    reply,
    json: async (call, schema) => readJson(await reply(call), schema, server),
    async *lines(call) {
      yield* readLines(await reply(call), server);
    },
  };
}
