import type { Json, JsonObject } from '#shared/model/job.ts';

export const REDACTED = '[redacted]';

/** Questions are content and stay as given, whatever they look like. */
const CONTENT = new Set(['question', 'prompt']);
const SECRET_NAME =
  /(^|[_-])(tokens?|secrets?|password|passwd|passphrase|(api|access|private|secret)[_-]?keys?|auth|authorization|bearer|credentials?|cookies?|kubeconfig)$/i;
/** Counts of tokens, not tokens. */
const isCount = (key: string, value: Json): boolean => /tokens$/i.test(key) && typeof value === 'number';
/** Maps whose values may be anything, and so may be secrets. */
const SECRET_MAP = /^(env|environment|headers)$/i;
const URL_SHAPE = /^[a-z][a-z0-9+.-]*:\/\/\S+$/i;

/** A job's request as it may leave this machine: no kubeconfig, token, environment value or URL credential. */
export function redactRequest(request: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(request).map(([key, value]) => [key, CONTENT.has(key) ? value : redactMember(key, value)]),
  );
}

function redactMember(key: string, value: Json): Json {
  const isEmpty = value === null || value === '' || typeof value === 'boolean';
  if (SECRET_NAME.test(key) && !isEmpty && !isCount(key, value)) return REDACTED;
  if (SECRET_MAP.test(key) && typeof value === 'object' && value !== null && !Array.isArray(value))
    return Object.fromEntries(Object.keys(value).map((name) => [name, REDACTED]));
  return redactValue(value);
}

function redactValue(value: Json): Json {
  if (typeof value === 'string') return URL_SHAPE.test(value) ? bareUrl(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(redactValue);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redactMember(key, inner)]));
}

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
