export const REDACTED = '[redacted]';

/** Nothing below can match a text without one of these: most texts cost this one search. */
const HINT =
  /:\/\/|key|token|secret|pass|pwd|cred|auth|sig|bearer|basic|cookie|session|jwt|eyJ|LS0t|sk-|sk_|pk_|rk_|gh[a-z]_|github_|glpat|xox|hf_|AKIA|ASIA|AIza|users/i;

const NAMES =
  '(?:api[_-]?key|access[_-]?key(?:[_-]?id)?|private[_-]?key|secret[_-]?key|key[_-]data|token|secret|password|passwd|passphrase|pwd|credential)';
const QUERY_NAMES = '(?:key|token|secret|pass|pwd|auth|sig|cred|jwt|session)';

// Repetitions are bounded so that no text, however long, is slow.
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [
    /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/g,
    REDACTED,
  ],
  // The same in base64, as kubeconfigs and secrets have it.
  [/LS0tLS1CRUdJTi[A-Za-z0-9+/=]{16,}/g, REDACTED],
  [/\beyJ[A-Za-z0-9_-]{5,4096}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?/g, REDACTED],
  // Userinfo of an address, and parameters named like a credential.
  [/(\b[a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/?#"'<>\\]{1,1024}@/gi, `$1${REDACTED}@`],
  [new RegExp(`([?&#;][\\w.-]{0,64}?${QUERY_NAMES}[\\w.-]{0,64}=)[^\\s&#"'<>\\\\]+`, 'gi'), `$1${REDACTED}`],
  // Assignments in quotes: name="value", "name": "value". Before headers, which take a name away and leave its value.
  [
    new RegExp(
      `\\b([\\w-]{0,64}${NAMES}\\\\?["']?\\s*[=:]\\s*)(\\\\?["'])(?!\\[redacted)[^"'\\r\\n]{3,}?\\2`,
      'gi',
    ),
    `$1$2${REDACTED}$2`,
  ],
  [
    /\b((?:proxy-)?authorization|(?:set-)?cookie|x-[a-z-]{0,40}(?:key|token|secret|auth)|api-key)(\\?["']?\s*[:=])(?!\s*\\?["']?\[redacted)(\s*\\?["']?)[^\r\n"'\\]{3,}/gi,
    `$1$2$3${REDACTED}`,
  ],
  [/\b(bearer)\s+[A-Za-z0-9._~+/=-]{6,}/gi, `$1 ${REDACTED}`],
  [/\b(basic)\s+(?=[A-Za-z]{0,64}[0-9+/=])[A-Za-z0-9+/=]{8,}/gi, `$1 ${REDACTED}`],
  // Other assignments: NAME=value, name: value, --name value.
  [
    new RegExp(
      `\\b([\\w-]{0,64}${NAMES}\\\\?["']?\\s*[=:]\\s*)(?!\\d+(?:\\.\\d+)?\\b)(?!\\\\?["']?\\[redacted)(?!true\\b|false\\b|null\\b|none\\b)[^\\s"'&,;\\\\]{4,}`,
      'gi',
    ),
    `$1${REDACTED}`,
  ],
  [new RegExp(`(--[\\w-]{0,64}${NAMES}\\s+)(?![-\\[])[^\\s"']{4,}`, 'gi'), `$1${REDACTED}`],
  // Keys of well-known shape.
  [/\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,}/g, REDACTED],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g, REDACTED],
  [/\b(?:gh[pousr]_|github_pat_|glpat-|hf_)[A-Za-z0-9_-]{16,}/g, REDACTED],
  [/\bxox[a-z]-[A-Za-z0-9-]{8,}/g, REDACTED],
  [/\bAIza[A-Za-z0-9_-]{30,}/g, REDACTED],
];

/** A text without what looks like a credential. */
export function redactText(text: string): string {
  if (!HINT.test(text)) return text;
  let clean = withoutKubeconfig(text);
  for (const [pattern, replacement] of PATTERNS) clean = clean.replace(pattern, replacement);
  return clean;
}

/** The contents of a kubeconfig are cut from its first line on; what holds one as JSON on one line is cut as well. */
function withoutKubeconfig(text: string): string {
  if (!/\busers\\?["']?\s*:/.test(text) || !/\b(?:clusters|contexts|current-context)\\?["']?\s*:/.test(text))
    return text;
  const start = text.search(
    /\{?[ \t]*\\?["']?\b(?:apiVersion|kind|clusters|contexts|current-context|preferences|users)\\?["']?\s*:/,
  );
  return start < 0 ? text : text.slice(0, start) + REDACTED;
}
