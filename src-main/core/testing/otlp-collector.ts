import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { OtlpRequest, OtlpSpan } from '#core/telemetry/export/otlp.ts';

export type Answer = (response: ServerResponse, request: IncomingMessage) => void | Promise<void>;
/** Takes what was sent. */
export const ok: Answer = (response) =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
export const status =
  (code: number, headers: Record<string, string> = {}, body = ''): Answer =>
  (response) =>
    void response.setHeaders(new Headers(headers)).writeHead(code).end(body);

export interface TestCollector {
  readonly url: string;
  /** All requests whose body arrived, the taken ones and the others. */
  readonly requests: { readonly spans: readonly OtlpSpan[]; readonly headers: IncomingMessage['headers'] }[];
  /** Spans of requests that were answered as taken. */
  readonly taken: OtlpSpan[];
  /** What the next requests are answered; then `ok`. */
  readonly answers: Answer[];
  close(): void;
}

/** A collector on loopback. */
export async function startCollector(): Promise<TestCollector> {
  const requests: TestCollector['requests'] = [];
  const taken: OtlpSpan[] = [];
  const answers: Answer[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    const { resourceSpans } = JSON.parse(text.toString()) as OtlpRequest;
    const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
    requests.push({ spans, headers: { ...request.headers, ':path': request.url ?? '' } });
    response.once('finish', () => {
      if (response.statusCode < 300 && response.getHeader('content-type') !== 'text/html')
        taken.push(...spans);
    });
    await (answers.shift() ?? ok)(response, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    taken,
    answers,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
