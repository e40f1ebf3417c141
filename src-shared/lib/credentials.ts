/** Names of parameters and variables that hold one. */
export const CREDENTIAL_NAME = /key|token|secret|pass|pwd|auth|sig|cred|jwt|session/i;

/** True for an address with userinfo, or with a parameter in query or fragment that is named like a credential. */
export function urlHoldsCredential(value: string): boolean {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`);
  if (url === null) return false;
  if (url.username !== '' || url.password !== '') return true;
  const inFragment = URL.parse(`http://_/?${url.hash.slice(1)}`)?.searchParams.keys() ?? [];
  return [...url.searchParams.keys(), ...inFragment].some((name) => CREDENTIAL_NAME.test(name));
}

// A value is not one that begins as a variable, a path, a file reference or another flag does.
const IN_COMMAND: readonly RegExp[] = [
  /(?:api[_-]?key|token|secret|password|passwd|access[_-]key)["']?(?:=|\s+)["']?(?![$%/@.-])[^\s"'=]{5,}/i,
  /\b(?:sk|pk|ghp|gho|xox[abp]|hf|AKIA)[-_]?[A-Za-z0-9_-]{16,}/,
  /\b(?:bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/i,
  /:\/\/[^\s/@:]*:[^\s/@]+@/,
];

/** True for a command line that spells out a key, a token or a password instead of naming where it is. */
export const commandHoldsCredential = (command: string): boolean =>
  IN_COMMAND.some((pattern) => pattern.test(command));
