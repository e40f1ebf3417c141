import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|::1|::ffff:127(?:\.\d{1,3}){3})$/;
/** An address that only this machine can reach, however it is spelt. */
export const isLoopback = (address: string): boolean => address === 'localhost' || LOOPBACK.test(address);

/** The name or address in a Host header, without its port; null when it is none. */
function hostName(host: string | undefined): string | null {
  const [, bracketed, bare] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(host ?? '') ?? [];
  return bracketed ?? bare ?? null;
}

/**
 * Whether a page of another site may have made a browser send this: a Host that is a name of somebody else's (DNS
 * rebinding; an address cannot be rebound, but it must be ours), or an Origin that is not the page we serve.
 */
export function isForeign({ headers, rawHeaders, socket }: IncomingMessage): boolean {
  const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host');
  const name = hosts.length === 1 ? hostName(headers.host) : null;
  if (name === null) return true;
  const ours = isLoopback(name.toLowerCase()) || (isIP(name) !== 0 && name === plain(socket.localAddress));
  if (!ours) return true;
  if (headers.origin !== undefined && headers.origin !== `http://${headers.host ?? ''}`) return true;
  return headers['sec-fetch-site'] === 'cross-site' && headers['sec-fetch-mode'] !== 'navigate';
}

const plain = (address: string | undefined): string => (address ?? '').replace(/^::ffff:/, '');
