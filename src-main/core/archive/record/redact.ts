import type { Env } from '#core/ports/ports.ts';
import { CREDENTIAL_NAME } from '#shared/lib/credentials.ts';
import { REDACTED, redactText } from '#shared/lib/redact-text.ts';
import type { Json, JsonObject } from '#shared/model/job.ts';

/** Questions and answers are content and stay as given, whatever they look like. */
const ASKED = new Set(['question', 'prompt']);
const ANSWERED = new Set([...ASKED, 'answer']);
/** Members named so are secrets whatever they hold. */
const SECRET_MEMBER =
  /(^|[_-])(tokens?|secrets?|password|passwd|passphrase|(api|access|private|secret)[_-]?keys?([_-]?id)?|(client-)?key-data|auth|authorization|bearer|credentials?|cookies?|kubeconfig)$/i;
/** Maps whose values may be anything, and so may be secrets. */
const SECRET_MAP = /^(env|environ|environment|environment_variables|headers)$/i;
const URL_SHAPE = /^[a-z][a-z0-9+.-]*:\/\/\S+$/i;
const SHORTEST_SECRET = 8;
/** Texts that are remembered, and how long they may be. */
const MAX_REPEATED = 1000;
const MAX_REPEATED_LENGTH = 200;

/** Takes out of a record what must not leave this machine; made once for each record. */
export interface Redactor {
  text(text: string): string;
  /** Any JSON: secret-named members, environments, headers, and what looks like a credential in texts. */
  value(value: Json): Json;
  /** The same, and addresses lose their whole query and fragment. */
  request(request: JsonObject): JsonObject;
  /** The same as `value`; the answer stays as given. */
  result(result: JsonObject): JsonObject;
}

/** `secrets`: values to take out wherever they stand. */
export function createRedactor(secrets: readonly string[] = []): Redactor {
  const known = secrets.filter((secret) => secret.length >= SHORTEST_SECRET);
  const redact = (given: string): string => {
    let clean = given;
    for (const secret of known) clean = clean.replaceAll(secret, REDACTED);
    return redactText(clean);
  };
  /** Addresses and names stand in every span of a job. */
  const repeated = new Map<string, string>();
  const text = (given: string): string => {
    if (given.length > MAX_REPEATED_LENGTH) return redact(given);
    const before = repeated.get(given);
    if (before !== undefined) return before;
    const clean = redact(given);
    if (repeated.size < MAX_REPEATED) repeated.set(given, clean);
    return clean;
  };
  const bare = (given: string): string => text(URL_SHAPE.test(given) ? bareUrl(given) : given);
  return {
    text,
    value: (value) => redactValue(value, text),
    request: (request) => redactMembers(request, bare, ASKED),
    result: (result) => redactMembers(result, text, ANSWERED),
  };
}

/** What variables named like credentials hold; the longest first, so that none is cut by a part of it. */
export const secretValuesOf = (env: Env): readonly string[] =>
  Object.entries(env)
    .flatMap(([name, value]) => (value !== undefined && isSecretVariable(name, value) ? [value] : []))
    .sort((a, b) => b.length - a.length);

/** A path, a number or an address is no secret by itself, and may stand anywhere. */
const isSecretVariable = (name: string, value: string): boolean =>
  CREDENTIAL_NAME.test(name) &&
  value.length >= SHORTEST_SECRET &&
  !/^([/~.]|[a-z]:\\|\d+$)/i.test(value) &&
  !URL_SHAPE.test(value);

function redactMembers(
  value: { readonly [key: string]: Json },
  text: (given: string) => string,
  content: ReadonlySet<string> = NONE,
): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      content.has(key) ? member : redactMember(key, member, text),
    ]),
  );
}
const NONE: ReadonlySet<string> = new Set();

function redactMember(key: string, value: Json, text: (given: string) => string): Json {
  const isEmpty = value === null || value === '' || typeof value === 'boolean';
  if (SECRET_MEMBER.test(key) && !isEmpty && !isCount(key, value)) return REDACTED;
  if (SECRET_MAP.test(key) && typeof value === 'object' && value !== null)
    return Array.isArray(value)
      ? value.map(() => REDACTED)
      : Object.fromEntries(Object.keys(value).map((name) => [name, REDACTED]));
  return redactValue(value, text);
}

function redactValue(value: Json, text: (given: string) => string): Json {
  if (typeof value === 'string') return text(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => redactValue(item, text));
  return redactMembers(value as JsonObject, text);
}

/** Counts of tokens, not tokens: `max_tokens: 512`, `tokens: {input: 20, output: 12}`. */
const isCount = (key: string, value: Json): boolean => /tokens$/i.test(key) && holdsNumbersOnly(value);

const holdsNumbersOnly = (value: Json): boolean =>
  typeof value === 'object' && value !== null
    ? Object.values(value).every(holdsNumbersOnly)
    : typeof value !== 'string';

/** Without userinfo, query and fragment. */
function bareUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null) return REDACTED;
  if (url.username === '' && url.password === '' && url.search === '' && url.hash === '') return text;
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  return url.href;
}
