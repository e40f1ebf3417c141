import type { SafeStorage } from 'electron';
import { type Keychain, noKeychain } from '#hosts/shared/secrets.ts';

/** The operating system's keychain. Linux without a keyring falls back to a fixed password, which protects nothing. */
export function electronKeychain(
  safeStorage: Pick<
    SafeStorage,
    'isEncryptionAvailable' | 'getSelectedStorageBackend' | 'encryptString' | 'decryptString'
  >,
  platform: NodeJS.Platform = process.platform,
): Keychain {
  if (!safeStorage.isEncryptionAvailable()) {
    return noKeychain('This system offers no keychain to this app.');
  }
  if (platform === 'linux' && ['basic_text', 'unknown'].includes(safeStorage.getSelectedStorageBackend())) {
    return noKeychain('This desktop has no keyring running (GNOME Keyring or KWallet).');
  }
  return {
    available: true,
    reason: null,
    seal: (text) => safeStorage.encryptString(text).toString('base64'),
    open: (sealed) => safeStorage.decryptString(Buffer.from(sealed, 'base64')),
  };
}
