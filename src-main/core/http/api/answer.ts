import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Failure, FailureCode } from '#shared/model/failure.ts';
import { endAnswer } from '../end-answer.ts';
import { failureOf } from './client.ts';

/** What an endpoint answers: a JSON document, or bytes, or it writes to the response itself. */
export type Reply =
  | { readonly status: number; readonly json: unknown; readonly headers?: Headers }
  | { readonly status: number; readonly bytes: Buffer; readonly type: string; readonly headers?: Headers }
  | { readonly stream: (response: ServerResponse) => Promise<void> };
type Headers = Readonly<Record<string, string | number>>;

export const ok = (json: unknown): Reply => ({ status: 200, json });

/** A refusal with its status: the body is RUNE's `{"error": text}`, and our code beside it where there is one. */
export class Refused extends Error {
  readonly status: number;
  readonly headers: Headers;
  readonly failureCode: FailureCode | undefined;

  constructor(status: number, message: string, headers: Headers = {}, failureCode?: FailureCode) {
    super(message);
    this.name = 'Refused';
    this.status = status;
    this.headers = headers;
    this.failureCode = failureCode;
  }
}

const STATUS_OF: { readonly [C in FailureCode]?: number } = {
  'request.too_large': 413,
  'job.not_found': 404,
  'artifact.not_found': 404,
  'source.unknown': 404,
  'job.not_cancellable': 409,
  'job.idempotency_conflict': 409,
  'cost.approval_needed': 402,
  'cost.budget_exceeded': 402,
  'cost.budget_reached': 402,
  'source.cannot_provide': 503,
  'engine.already_running': 503,
};

/** Failures of a store name files of this machine: clients of the network are not told. */
const statusOf = ({ code }: Failure): number =>
  STATUS_OF[code] ?? (code.startsWith('store.') ? 503 : code === 'internal' ? 500 : 400);

/** What was thrown as a refusal; null for a bug. */
export function refusalOf(thrown: unknown): Refused | null {
  if (thrown instanceof Refused) return thrown;
  const failure = failureOf(thrown);
  if (failure === null || failure.code === 'internal') return null;
  const status = statusOf(failure);
  const message = status === 503 ? 'The store cannot answer at the moment.' : failure.message;
  return new Refused(status, message, status === 503 ? { 'retry-after': 5 } : {}, failure.code);
}

export const refusalReply = ({ status, message, headers, failureCode }: Refused): Reply => ({
  status,
  json: { error: message, ...(failureCode === undefined ? {} : { code: failureCode }) },
  headers,
});

const HARDENING = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
} as const;

/** Writes the whole answer; to HEAD its head. */
export function send(request: IncomingMessage, response: ServerResponse, reply: Reply): Promise<void> | void {
  if ('stream' in reply) return reply.stream(response);
  const body = 'bytes' in reply ? reply.bytes : Buffer.from(JSON.stringify(reply.json));
  const type = 'bytes' in reply ? reply.type : 'application/json';
  response.writeHead(reply.status, {
    ...HARDENING,
    'content-type': type,
    'content-length': body.byteLength,
    ...reply.headers,
  });
  endAnswer(request, response, request.method === 'HEAD' ? '' : body);
}
