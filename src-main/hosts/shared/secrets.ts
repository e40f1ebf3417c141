import { join } from 'node:path';
import type { Env, Secrets } from '#core/ports/ports.ts';
import { CodedError } from '#shared/model/failure.ts';
import { readNamedValues, writeNamedValues } from './private-file.ts';

/** The operating system's keychain as a host sees it: it seals and opens text; the sealed text is kept in the data directory. */
export interface Keychain {
  readonly available: boolean;
  /** The sentence to show when it is not. */
  readonly reason: string | null;
  /** Base64 of the sealed text. */
  seal(text: string): string;
  open(sealed: string): string;
}

export interface SecretsOptions {
  readonly env: Env;
  readonly dataDir: string;
  readonly keychain: Keychain;
}

const PREFIX = 'RUNESCOPE_SECRET_';
const LOOKS_SECRET = /^[A-Z][A-Z0-9_]*_(?:KEY|TOKEN|SECRET|PASSWORD)$/;
const PLAIN_NOTE =
  'Secrets of Runescope in PLAIN TEXT, because no keychain was available and you agreed. Keep this file private.';
const SEALED_NOTE = 'Secrets of Runescope, sealed by the keychain of this user on this machine.';

/** A host without a keychain, and why. */
export const noKeychain = (reason: string): Keychain => {
  const refuse = (): never => {
    throw new CodedError('secret.unavailable', reason);
  };
  return { available: false, reason, seal: refuse, open: refuse };
};

/** `my-key` is RUNESCOPE_SECRET_MY_KEY; a name that already looks like such a variable (VASTAI_API_KEY) is also itself. */
function fromEnvironment(env: Env, name: string): string | null {
  const ours = env[PREFIX + name.replaceAll(/[.-]/g, '_').toUpperCase()];
  return ours || (LOOKS_SECRET.test(name) && env[name]) || null;
}

function environmentNames(env: Env): string[] {
  const set = Object.keys(env).filter((key) => env[key]);
  const ours = set.filter((key) => key.startsWith(PREFIX) && key.length > PREFIX.length);
  return [
    ...ours.map((key) => key.slice(PREFIX.length).toLowerCase()),
    ...set.filter((key) => LOOKS_SECRET.test(key) && !key.startsWith(PREFIX)),
  ];
}

/** Looks in the environment, then the keychain, then secrets.json, which is written only after consent. */
export function createSecrets({ env, dataDir, keychain }: SecretsOptions): Secrets {
  const sealedFile = join(dataDir, 'keychain.json');
  const plainFile = join(dataDir, 'secrets.json');

  const drop = (path: string, note: string, name: string): boolean => {
    const values = { ...readNamedValues(path) };
    if (!Object.hasOwn(values, name)) return false;
    delete values[name];
    writeNamedValues(path, note, values);
    return true;
  };
  const put = (path: string, note: string, name: string, value: string): void =>
    writeNamedValues(path, note, { ...readNamedValues(path), [name]: value });
  const own = (values: Readonly<Record<string, string>>, name: string): string | null =>
    Object.hasOwn(values, name) ? (values[name] ?? null) : null;

  return {
    keychain: { available: keychain.available, reason: keychain.reason },
    get: async (name) => {
      const inEnvironment = fromEnvironment(env, name);
      if (inEnvironment !== null) return inEnvironment;
      const sealed = own(readNamedValues(sealedFile), name);
      if (sealed !== null && keychain.available) return keychain.open(sealed);
      const plain = own(readNamedValues(plainFile), name);
      if (plain === null && sealed !== null) {
        throw new CodedError(
          'secret.unavailable',
          `"${name}" is kept in the keychain and this host cannot read it: ${keychain.reason ?? 'it has none'} Use the desktop app, or set ${PREFIX}${name.replaceAll(/[.-]/g, '_').toUpperCase()}.`,
        );
      }
      return plain;
    },
    list: async () => {
      const places = new Map<string, 'environment' | 'keychain' | 'file'>();
      for (const name of Object.keys(readNamedValues(plainFile))) places.set(name, 'file');
      for (const name of Object.keys(readNamedValues(sealedFile))) {
        if (keychain.available || !places.has(name)) places.set(name, 'keychain');
      }
      for (const name of environmentNames(env)) places.set(name, 'environment');
      return [...places]
        .map(([name, kept_in]) => ({ name, kept_in }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    set: async (name, value, allowPlainText) => {
      if (keychain.available) {
        put(sealedFile, SEALED_NOTE, name, keychain.seal(value));
        drop(plainFile, PLAIN_NOTE, name);
        return;
      }
      if (!allowPlainText) {
        throw new CodedError(
          'secret.unavailable',
          `${keychain.reason ?? 'This host has no keychain.'} Agree to a plain-text file, or set an environment variable.`,
        );
      }
      put(plainFile, PLAIN_NOTE, name, value);
      drop(sealedFile, SEALED_NOTE, name);
    },
    remove: async (name) => {
      const sealed = drop(sealedFile, SEALED_NOTE, name);
      const plain = drop(plainFile, PLAIN_NOTE, name);
      if (sealed || plain) return;
      throw fromEnvironment(env, name) === null
        ? new CodedError('secret.not_found', `There is no secret "${name}".`)
        : new CodedError('secret.unavailable', `"${name}" comes from the environment: unset it there.`);
    },
  };
}
