import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '#core/ports/ports.ts';
import type { Milliseconds } from '#shared/model/units.ts';

/** What is told of a request: nothing of its headers, its query or its body. */
export interface RequestFacts {
  readonly address: string;
  /** As the sender named it, or '' where that could not be read. */
  readonly method: string;
  /** A path without what it is filled with, where it has a pattern. */
  readonly endpoint: string;
  readonly status: number;
  /** "ok", or why it was not let in. */
  readonly auth: string;
  readonly durationMs: Milliseconds;
  readonly tenant?: string | null;
  readonly jobId?: string | null;
  /** What a refusal says. */
  readonly error?: string | null;
}

/** The sender left before it was answered. */
const LEFT = 499;
const MAX_ENDPOINT = 200;

/** One record per request, whichever server it came to. */
export function logRequest(logger: Logger, facts: RequestFacts): void {
  const { address, method, status, auth, durationMs, tenant = null, jobId = null, error = null } = facts;
  const endpoint = facts.endpoint.slice(0, MAX_ENDPOINT);
  logger.log({
    level: status >= 500 ? 'error' : status >= 400 ? 'warn' : 'info',
    logger: 'http',
    event: 'http.request',
    message: `${method} ${endpoint} ${status}`.trim(),
    ...(tenant === null ? {} : { tenant_id: tenant }),
    ...(jobId === null ? {} : { job_id: jobId }),
    fields: {
      client_ip: address,
      http_method: method,
      endpoint,
      status_code: status,
      auth_result: auth,
      duration_ms: Math.round(durationMs * 100) / 100,
      ...(error === null ? {} : { error_message: error }),
    },
  });
}

/** The status that a response ends with; ask when it is closed. */
export const statusOf = (response: ServerResponse): number =>
  response.headersSent ? response.statusCode : LEFT;

/** Logs a request when it is over; `about` is asked then. */
export function logWhenOver(
  logger: Logger,
  request: IncomingMessage,
  response: ServerResponse,
  about: () => Pick<RequestFacts, 'endpoint' | 'auth'>,
): void {
  const startedMs = performance.now();
  // A socket that was closed has none.
  const address = request.socket.remoteAddress ?? '';
  response.once('close', () =>
    logRequest(logger, {
      address,
      method: request.method ?? '',
      status: statusOf(response),
      durationMs: performance.now() - startedMs,
      ...about(),
    }),
  );
}

/** The path of a request, without its query. */
export const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?', 1)[0] ?? '/';
