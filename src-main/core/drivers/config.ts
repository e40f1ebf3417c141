import { split } from 'shlex';
import type { Env, Secrets } from '#core/ports/ports.ts';
import type { DriverSetting } from '#shared/contract/settings.ts';
import { cleanUrl } from '#shared/lib/clean-url.ts';
import { CodedError } from '#shared/model/failure.ts';
import { variableName } from './environment.ts';

export type DriverMode = 'stdio' | 'http' | 'manual' | 'browser';
export type ConfiguredBy = 'environment' | 'settings' | 'default';

/** How to reach a driver, before anything was checked or any secret was read. */
export interface DriverConfig {
  readonly driver_name: string;
  readonly configured_by: ConfiguredBy;
  readonly mode: DriverMode;
  /** Command line in POSIX shell words. */
  readonly command: string;
  readonly url: string | null;
  readonly tenant: string;
  readonly token: string | null;
  readonly token_secret: string | null;
  readonly passEnv: readonly string[];
}

const filled = (value: string | null | undefined): string | null =>
  value === null || value === undefined || value.trim() === '' ? null : value.trim();

/** RUNE's variables over the settings, field by field; RUNE's own command where neither says anything. */
export function resolveDriver(name: string, env: Env, settings: readonly DriverSetting[]): DriverConfig {
  const prefix = `RUNE_${variableName(name)}_DRIVER_`;
  const read = (key: string): string | null => filled(env[prefix + key]);
  const setting = settings.find((driver) => driver.agent === name);

  const modeText = read('MODE') ?? read('TYPE');
  const command = read('CMD');
  const url = read('URL');
  const fromEnv = modeText !== null || command !== null || url !== null;
  // A URL alone says http; RUNE reads every mode it does not know as stdio.
  const inferred = command === null && url !== null ? 'http' : command !== null ? 'stdio' : null;
  return {
    driver_name: name,
    configured_by: fromEnv ? 'environment' : setting === undefined ? 'default' : 'settings',
    mode: modeText === null ? (inferred ?? setting?.mode ?? 'stdio') : parseMode(modeText),
    command: command ?? filled(setting?.command) ?? `python -m rune_bench.drivers.${name}`,
    url: url ?? filled(setting?.url),
    tenant: read('TENANT') ?? setting?.tenant ?? 'default',
    token: read('TOKEN'),
    // A token kept for the address in the settings is not sent to another one.
    token_secret: url === null ? (setting?.token_secret ?? null) : null,
    passEnv: setting?.pass_env ?? [],
  };
}

function parseMode(text: string): DriverMode {
  const mode = text.toLowerCase();
  return mode === 'http' || mode === 'manual' || mode === 'browser' ? mode : 'stdio';
}

/** Names that have a driver command or URL in the environment, in lower case as agents are called. */
export const driversInEnvironment = (env: Env): readonly string[] => [
  ...new Set(
    Object.entries(env).flatMap(([name, value]) => {
      const agent = /^RUNE_([A-Z0-9_]+?)_DRIVER_(?:CMD|URL)$/.exec(name)?.[1];
      return agent === undefined || filled(value) === null ? [] : [agent.toLowerCase()];
    }),
  ),
];

/** The command as its words. No shell runs it, so variables, pipes and globs mean nothing in it. */
export function commandWords(config: DriverConfig): readonly [string, ...string[]] {
  let words: readonly string[];
  try {
    words = split(config.command);
  } catch {
    words = [];
  }
  const [program, ...rest] = words;
  if (program === undefined || program === '') {
    throw new CodedError(
      'driver.spawn_failed',
      `The command of driver "${config.driver_name}" is not a command line: check its quotes.`,
    );
  }
  return [program, ...rest];
}

/** The driver server's address, without a credential in it. */
export function driverUrl(config: DriverConfig): string {
  const variable = `RUNE_${variableName(config.driver_name)}_DRIVER_URL`;
  const url = config.url === null ? null : cleanUrl(config.url);
  if (url !== null) return url;
  throw new CodedError(
    'agent.not_configured',
    `Driver "${config.driver_name}" is in http mode without a usable address. Set ${variable} to an http URL.`,
  );
}

/** The bearer token of an http driver: from the environment, else the named secret. */
export async function driverToken(config: DriverConfig, secrets: Secrets): Promise<string | null> {
  if (config.token !== null || config.token_secret === null) return config.token;
  const secret = await secrets.get(config.token_secret);
  if (secret !== null) return secret;
  throw new CodedError(
    'secret.not_found',
    `Driver "${config.driver_name}" needs the secret "${config.token_secret}". Store it in Settings.`,
  );
}
