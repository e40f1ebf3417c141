import { isIP } from 'node:net';
import { isLoopback } from '#core/http/api/sender.ts';
import type { Env } from '#core/ports/ports.ts';
import { CodedError } from '#shared/model/failure.ts';

/** Where RUNE's API is answered beside the page's own port. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  readonly beyondLoopback: boolean;
}

/** RUNE's own. */
const DEFAULT_PORT = 8080;

/** `host`, `host:port` or `[address]:port`; null where none was asked for. Throws `http.refused` and `request.invalid`. */
export function listenAddress(asked: string | boolean | undefined, env: Env): ListenAddress | null {
  const byEnv = env.RUNE_API_HOST?.trim() ?? '';
  if (asked === undefined || asked === false) {
    if (byEnv === '' || isLoopback(byEnv)) return null;
    throw new CodedError(
      'http.refused',
      `RUNE_API_HOST asks to be reached at ${byEnv}, beyond this computer: say so with --listen, too.`,
    );
  }
  const text = asked === true ? byEnv : asked.trim();
  if (text === '')
    throw new CodedError('request.invalid', '--listen needs an address, or RUNE_API_HOST set.');
  const [, bracketed, named, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = isIP(text) === 6 ? text : (bracketed ?? named ?? '');
  const number = Number(port ?? portFromEnv(env) ?? DEFAULT_PORT);
  if (!/^[A-Za-z0-9._:-]+$/.test(host) || number > 65_535)
    throw new CodedError('request.invalid', `--listen takes an address like 0.0.0.0:8080, not "${text}".`);
  return { host, port: number, beyondLoopback: !isLoopback(host) };
}

/** RUNE_API_PORT; null where it is not set. */
export function portFromEnv(env: Env): number | null {
  const text = env.RUNE_API_PORT?.trim() ?? '';
  if (text === '') return null;
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new CodedError('request.invalid', `RUNE_API_PORT must be a port, not "${text}".`);
  return Number(text);
}
