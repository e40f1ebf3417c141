import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Env, Secrets } from '#core/ports/ports.ts';
import { CodedError } from '#shared/model/failure.ts';

const VARIABLE = 'RUNE_API_TOKENS';
const MIN_SECRET = 32;
const TENANT = /^[A-Za-z0-9._-]{1,64}$/;

/** How a request was let in, or why not; RUNE's word for the log. */
export type AuthResult = 'ok' | 'disabled' | 'missing' | 'invalid' | 'wrong_tenant';
export interface Verdict {
  readonly result: AuthResult;
  /** Null: not let in. */
  readonly tenant: string | null;
  /** Names the token without telling it: what its rate is counted under. */
  readonly token: string;
}

/** Who may call, and as which tenant. */
export interface Access {
  /** False: everybody on this machine, as tenant `default`. */
  readonly auth: boolean;
  readonly tenants: readonly string[];
  check(request: IncomingMessage): Verdict;
}

const isOn = (value: string | undefined): boolean => /^(1|true|yes|on)$/i.test(value?.trim() ?? '');
const refused = (message: string): CodedError => new CodedError('http.refused', message);
const digest = (secret: string): Buffer => hash('sha256', secret, 'buffer');

/**
 * What the environment, or the secret of the same name, says of who may call; null when neither says anything: then
 * nothing is served. Throws `http.refused` for what would not be safe.
 */
export async function readAccess(
  env: Env,
  secrets: Pick<Secrets, 'get'>,
  beyondLoopback: boolean,
): Promise<Access | null> {
  if (isOn(env.RUNE_API_AUTH_DISABLED)) {
    if (beyondLoopback)
      throw refused(
        `RUNE_API_AUTH_DISABLED is for this computer only: to be reached from others, set ${VARIABLE}.`,
      );
    return OPEN;
  }
  const list = env[VARIABLE]?.trim() || (await secrets.get(VARIABLE))?.trim() || '';
  if (list !== '') return tokenAccess(list);
  if (beyondLoopback) throw refused(`To be reached from other computers, set ${VARIABLE}="tenant:secret".`);
  return null;
}

const OPEN: Access = {
  auth: false,
  tenants: ['default'],
  check: () => ({ result: 'disabled', tenant: 'default', token: 'default' }),
};

interface Token {
  readonly tenant: string;
  readonly hash: Buffer;
}

/** `tenant:secret,...`; what is said of a mistake never holds a secret. */
export function tokenAccess(list: string): Access {
  const entries = list.split(',').flatMap((entry) => (entry.trim() === '' ? [] : [entry.trim()]));
  const tokens = entries.map((entry, i): Token => {
    const colon = entry.indexOf(':');
    const tenant = entry.slice(0, Math.max(0, colon)).trim();
    const secret = entry.slice(colon + 1).trim();
    if (colon === -1 || !TENANT.test(tenant))
      throw refused(
        `Entry ${i + 1} of ${VARIABLE} must read tenant:secret, the tenant of letters, digits, ".", "_" and "-".`,
      );
    if (secret.length < MIN_SECRET)
      throw refused(
        `The secret of tenant "${tenant}" in ${VARIABLE} must have ${MIN_SECRET} characters or more.`,
      );
    return { tenant, hash: digest(secret) };
  });
  for (const [i, token] of tokens.entries()) {
    const other = tokens.slice(0, i).find((one) => one.hash.equals(token.hash));
    if (other !== undefined && other.tenant !== token.tenant)
      throw refused(`Tenants "${other.tenant}" and "${token.tenant}" in ${VARIABLE} have the same secret.`);
  }
  if (tokens.length === 0) throw refused(`${VARIABLE} names no tenant.`);
  return {
    auth: true,
    tenants: [...new Set(tokens.map(({ tenant }) => tenant))],
    check: ({ headers }) => {
      const asked = headers['x-tenant-id'];
      const given = secretsIn(headers);
      if (given.length === 0) return { result: 'missing', tenant: null, token: '' };
      const found = given.map((secret) => find(tokens, secret)).find((token) => token !== null) ?? null;
      if (found === null) return { result: 'invalid', tenant: null, token: '' };
      const wanted = typeof asked === 'string' ? asked.trim() : '';
      if (wanted !== '' && wanted !== found.tenant)
        return { result: 'wrong_tenant', tenant: null, token: '' };
      return { result: 'ok', tenant: found.tenant, token: found.hash.toString('base64') };
    },
  };
}

/** RUNE's client sends both. */
function secretsIn(headers: IncomingMessage['headers']): string[] {
  const [, bearer] = /^bearer +(.+)$/i.exec(headers.authorization?.trim() ?? '') ?? [];
  const key = headers['x-api-key'];
  return [bearer, typeof key === 'string' ? key : undefined].flatMap((one) => one?.trim() || []);
}

/** Compares with every token, whichever it is, so that time tells nothing. */
function find(tokens: readonly Token[], secret: string): Token | null {
  const given = digest(secret);
  let found: Token | null = null;
  for (const token of tokens) if (timingSafeEqual(token.hash, given)) found = token;
  return found;
}
