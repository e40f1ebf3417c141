import { hash } from 'node:crypto';
import type { Settings } from '#shared/contract/settings.ts';
import { CodedError } from '#shared/model/failure.ts';

export type RemoteSetting = Settings['remotes'][number];

/** Where a remote's paths begin: no trailing slash, and no /v1, which every path has. */
export function remoteBase(url: string): string {
  // RUNE's client takes a bare host, too.
  const parsed = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://${url}`);
  if (parsed === null || !/^https?:$/.test(parsed.protocol))
    throw new CodedError('settings.invalid', `"${url}" is no http or https address. Correct it in Settings.`);
  return parsed.origin + parsed.pathname.replace(/\/+$/, '').replace(/\/v1$/, '');
}

/** Names the private store: another address, or another tenant there, is another history. */
export const remoteDigest = ({ url, tenant }: Pick<RemoteSetting, 'url' | 'tenant'>): string =>
  hash('sha256', `${remoteBase(url)}\n${tenant}`, 'hex').slice(0, 16);

/** A token would be readable on its way: http, and not to this computer. */
export function isPlainAndFar(base: string): boolean {
  const { protocol, hostname } = new URL(base);
  return protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
