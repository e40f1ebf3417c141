import type { IncomingMessage } from 'node:http';

export interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 405 | 426 | 500 | 502 | 503;
  readonly message: string;
}

const LOOPBACK_HOST = /^(?:127\.0\.0\.1|localhost)(?::\d{1,5})?$/i;

/**
 * Refuses what a page of another site could make a browser send. The Host must name this machine (against DNS
 * rebinding; any port, so that an SSH tunnel works). A request that changes something, or opens a socket, must come
 * from the page that this very Host served.
 */
export function checkSender(request: IncomingMessage, upgrade: boolean): Refusal | null {
  const hosts = request.rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host');
  const { host, origin } = request.headers;
  if (hosts.length !== 1 || host === undefined || !LOOPBACK_HOST.test(host)) {
    return { status: 403, message: 'This server answers only as 127.0.0.1 or localhost.' };
  }
  const reads = request.method === 'GET' || request.method === 'HEAD';
  const foreign = origin !== undefined && origin !== `http://${host}`;
  if (foreign || ((upgrade || !reads) && origin === undefined)) {
    return { status: 403, message: 'Only the page that this server itself serves may do this.' };
  }
  if (
    request.headers['sec-fetch-site'] === 'cross-site' &&
    request.headers['sec-fetch-mode'] !== 'navigate'
  ) {
    return { status: 403, message: 'Other sites may not load this.' };
  }
  return null;
}

/** A browser that loads a page ahead of its user must not use up a launch link. */
export const isPrefetch = ({ headers }: IncomingMessage): boolean =>
  /prefetch|prerender/i.test(`${headers['sec-purpose'] ?? ''} ${headers.purpose ?? ''}`);
