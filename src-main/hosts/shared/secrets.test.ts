import { chmodSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createSecrets, type Keychain, noKeychain } from './secrets.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'runescope-secrets-'));
});

const none = noKeychain('This host has no keychain.');
/** Reverses the text: enough to see that the plain value is not what is kept. */
const fakeKeychain: Keychain = {
  available: true,
  reason: null,
  seal: (text) => Buffer.from([...text].reverse().join('')).toString('base64'),
  open: (sealed) => [...Buffer.from(sealed, 'base64').toString()].reverse().join(''),
};
const web = (env = {}) => createSecrets({ env, dataDir, keychain: none });
const desktop = (env = {}) => createSecrets({ env, dataDir, keychain: fakeKeychain });

describe('secrets', () => {
  it('refuses to keep plain text without consent and writes nothing', async () => {
    await expect(web().set('vast', 's3cret', false)).rejects.toMatchObject({ code: 'secret.unavailable' });
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('keeps plain text after consent in a file of mode 0600 that says what it is', async () => {
    await web().set('vast', 's3cret', true);
    const path = join(dataDir, 'secrets.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toContain('PLAIN TEXT');
    expect(await web().get('vast')).toBe('s3cret');
    expect(await web().list()).toEqual([{ name: 'vast', kept_in: 'file' }]);
    expect(readdirSync(dataDir)).toEqual(['secrets.json']);
  });

  it('closes a secrets file that others could read', async () => {
    await web().set('vast', 's3cret', true);
    const path = join(dataDir, 'secrets.json');
    chmodSync(path, 0o644);
    await web().get('vast');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('prefers the keychain, never leaves the value readable, and moves it out of the plain file', async () => {
    await web().set('vast', 'plain-value', true);
    await desktop().set('vast', 'sealed-value', false);
    expect(await desktop().get('vast')).toBe('sealed-value');
    const everything = readdirSync(dataDir)
      .map((name) => readFileSync(join(dataDir, name), 'utf8'))
      .join();
    expect(everything).not.toContain('plain-value');
    expect(everything).not.toContain('sealed-value');
  });

  it('says that another host keeps the secret instead of answering that there is none', async () => {
    await desktop().set('vast', 'sealed-value', false);
    await expect(web().get('vast')).rejects.toMatchObject({ code: 'secret.unavailable' });
    expect(await web().get('other')).toBeNull();
  });

  it('lets the environment win, under our prefix or under a name that is a credential', async () => {
    await desktop().set('my-key', 'kept', false);
    const env = { RUNESCOPE_SECRET_MY_KEY: 'from-env', VASTAI_API_KEY: 'v', PATH: '/bin' };
    expect(await desktop(env).get('my-key')).toBe('from-env');
    expect(await desktop(env).get('VASTAI_API_KEY')).toBe('v');
    expect(await desktop(env).get('PATH')).toBeNull();
    expect((await desktop(env).list()).map((entry) => entry.name)).toEqual([
      'VASTAI_API_KEY',
      'my-key',
      'my_key',
    ]);
  });

  it('removes from wherever it is, and says so when it cannot', async () => {
    await web().set('vast', 's3cret', true);
    await web().remove('vast');
    expect(await web().get('vast')).toBeNull();
    await expect(web().remove('vast')).rejects.toMatchObject({ code: 'secret.not_found' });
    await expect(web({ HF_TOKEN: 'x' }).remove('HF_TOKEN')).rejects.toMatchObject({
      code: 'secret.unavailable',
    });
  });

  it('refuses a damaged file instead of starting an empty one over it', async () => {
    writeFileSync(join(dataDir, 'secrets.json'), '{"values": {"a": 1', { mode: 0o600 });
    await expect(web().get('a')).rejects.toMatchObject({ code: 'secret.unavailable' });
    await expect(web().set('b', 'x', true)).rejects.toMatchObject({ code: 'secret.unavailable' });
    expect(readFileSync(join(dataDir, 'secrets.json'), 'utf8')).toBe('{"values": {"a": 1');
  });
});
