import type { Env } from '#core/ports/ports.ts';

// What a program needs to run and to reach the network; everything else is named or stays here.
const PLAIN = new Set(
  [
    'PATH HOME USER LOGNAME SHELL LANG LANGUAGE TZ TERM TMPDIR TMP TEMP',
    'HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE',
    'NODE_EXTRA_CA_CERTS PYTHONPATH PYTHONHOME VIRTUAL_ENV CONDA_PREFIX LD_LIBRARY_PATH DYLD_LIBRARY_PATH',
    'KUBECONFIG KUBERNETES_SERVICE_HOST KUBERNETES_SERVICE_PORT RUNE_DRIVER_INVOCATION_TIMEOUT',
    'SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC PATHEXT APPDATA LOCALAPPDATA USERPROFILE PROGRAMDATA PROGRAMFILES',
  ].flatMap((line) => line.split(' ')),
);
const PREFIXES = ['LC_', 'XDG_'];

/** True for a variable that every program may see. */
export const isPlain = (name: string): boolean => {
  const upper = name.toUpperCase();
  return PLAIN.has(upper) || PREFIXES.some((prefix) => upper.startsWith(prefix));
};

/** An agent's name inside variable names: RUNE_<NAME>_…. */
export const variableName = (agent: string): string => agent.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');

export interface DriverEnvironment {
  readonly agent: string;
  /** Variables the agent's driver declares, such as OPENAI_API_KEY. */
  readonly declared: readonly string[];
  /** Variables the user lets this driver see. */
  readonly passEnv: readonly string[];
  /** Values that were found elsewhere than in the environment, by variable. */
  readonly extra: Readonly<Record<string, string>>;
}

/**
 * What a driver may see of the environment: the plain variables, its own RUNE_<NAME>_* without those that tell us
 * how to reach it, what it declares, what the user names. Another agent's keys stay out of its reach.
 */
export function driverEnvironment(env: Env, wanted: DriverEnvironment): Record<string, string> {
  const own = `RUNE_${variableName(wanted.agent)}_`;
  const named = new Set([...wanted.declared, ...wanted.passEnv]);
  const seen: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    const upper = name.toUpperCase();
    const isOwn = upper.startsWith(own) && !upper.startsWith(`${own}DRIVER_`);
    if (isPlain(name) || isOwn || named.has(name)) seen[name] = value;
  }
  return { ...seen, ...wanted.extra };
}

/** RUNE's clamp: seconds between 10 and 1800, 180 when absent or unreadable. */
export function invocationTimeoutMs(env: Env): number {
  const text = env.RUNE_DRIVER_INVOCATION_TIMEOUT?.trim() ?? '';
  const seconds = text === '' ? Number.NaN : Number(text);
  return (Number.isNaN(seconds) ? 180 : Math.min(1800, Math.max(10, seconds))) * 1000;
}
