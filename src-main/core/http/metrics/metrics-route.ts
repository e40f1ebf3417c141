import type { ServerResponse } from 'node:http';
import type { Logger } from '#core/ports/ports.ts';
import { foreignSender } from '../foreign-sender.ts';
import { logWhenOver, pathOf } from '../request-log.ts';
import type { HttpRoute } from '../seams.ts';
import type { Metrics } from './metrics.ts';

const PATH = '/metrics';

/** GET /metrics, for programs on this computer. */
export function createMetricsRoute(metrics: Metrics, logger: Logger): HttpRoute {
  return async (request, response) => {
    if (pathOf(request) !== PATH) return false;
    const foreign = foreignSender(request) !== null;
    logWhenOver(logger, request, response, () => ({ endpoint: PATH, auth: foreign ? 'foreign' : 'local' }));
    if (foreign) answer(response, 403, 'text/plain', 'Metrics are answered on 127.0.0.1 only.\n');
    else if (request.method !== 'GET' && request.method !== 'HEAD')
      answer(response, 405, 'text/plain', 'Metrics are read with GET.\n');
    else answer(response, 200, metrics.contentType, await metrics.text());
    request.resume();
    return true;
  };
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
