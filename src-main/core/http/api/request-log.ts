import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '#core/ports/ports.ts';
import type { RequestAbout } from './api.ts';

/** One record per request, when it was answered or its sender left. Nothing of its headers, query or body. */
export function logRequest(
  logger: Logger,
  request: IncomingMessage,
  response: ServerResponse,
  about: RequestAbout,
  nowMs: number,
): void {
  const status = response.headersSent ? response.statusCode : 499;
  logger.log({
    level: status >= 500 ? 'error' : status >= 400 ? 'warn' : 'info',
    event: 'http.request',
    logger: 'http',
    message: `${request.method ?? ''} ${about.endpoint} ${status}`,
    ...(about.tenant === null ? {} : { tenant_id: about.tenant }),
    fields: {
      client_ip: about.address,
      http_method: request.method ?? '',
      endpoint: about.endpoint,
      status_code: status,
      auth_result: about.auth,
      duration_ms: Math.round((nowMs - about.startedMs) * 100) / 100,
    },
    ...(about.jobId === null ? {} : { job_id: about.jobId }),
  });
}
