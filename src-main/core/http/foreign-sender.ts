import type { IncomingMessage } from 'node:http';

const LOCAL = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i;

/**
 * What shows that a request to a loopback port comes from a page in a browser on this computer: a Host that is another
 * name (DNS rebinding), or another site's Origin. Null for programs.
 */
export function foreignSender({ headers: { host, origin } }: IncomingMessage): 'host' | 'origin' | null {
  if (host === undefined || !LOCAL.test(host)) return 'host';
  return origin !== undefined && !LOCAL.test(origin.replace(/^https?:\/\//, '')) ? 'origin' : null;
}
