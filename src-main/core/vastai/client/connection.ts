import type { Env, Secrets } from '#core/ports/ports.ts';
import { cleanUrl } from '#shared/lib/clean-url.ts';
import { CodedError } from '#shared/model/failure.ts';

export const VAST_URL = 'https://console.vast.ai/api/v0';
const KEY_NAME = 'VAST_API_KEY';
const URL_NAME = 'VAST_API_URL';

/** Null where none is known; a secret that cannot be had (a locked keychain) is one that is not configured. */
export async function vastKey(env: Env, secrets: Pick<Secrets, 'get'>): Promise<string | null> {
  try {
    return env[KEY_NAME]?.trim() || (await secrets.get(KEY_NAME))?.trim() || null;
  } catch {
    return null;
  }
}

/** Without closing slashes. Throws for what is no address, or would take a secret along. */
export function vastBaseUrl(env: Env): string {
  const given = env[URL_NAME]?.trim() ?? '';
  if (given === '') return VAST_URL;
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `http://${given}`);
  if (url !== null && (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== ''))
    throw new CodedError(
      'request.secret_in_url',
      `${URL_NAME} may hold an address only: put the key into Settings › Secrets as ${KEY_NAME}.`,
    );
  const clean = cleanUrl(given);
  if (clean === null)
    throw new CodedError(
      'request.invalid',
      `${URL_NAME} is no http address: unset it to use Vast.ai, or set one such as ${VAST_URL}.`,
    );
  return clean;
}

/** A key that no header can take is no key. */
export function usableKey(key: string): string {
  if (/^[\x21-\x7e]{1,4096}$/.test(key)) return key;
  throw new CodedError(
    'vastai.bad_key',
    `${KEY_NAME} holds what no key of Vast.ai has, such as a space or a line break: put it in again.`,
  );
}

export const noVastKey = (): CodedError =>
  new CodedError(
    'provider.no_credentials',
    `Vast.ai needs a key: put it into Settings › Secrets as ${KEY_NAME} or into the environment, or try the demo market with backend_type demo.`,
  );
