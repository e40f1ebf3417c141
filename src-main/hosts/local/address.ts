import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Env } from '#core/ports/ports.ts';

/** Shortest limit among the systems we run on (macOS: 104 bytes with the final NUL). */
const MAX_SOCKET_PATH = 103;

/** Only its owner may enter: ours, a real directory, mode 0700. */
function isPrivate(folder: string): boolean {
  const { uid, mode } = lstatSync(folder);
  return lstatSync(folder).isDirectory() && uid === process.getuid?.() && (mode & 0o077) === 0;
}

function privateFolder(base: string): string {
  const folder = join(base, `runescope-${process.getuid?.() ?? 0}`);
  try {
    mkdirSync(folder, { mode: 0o700 });
    chmodSync(folder, 0o700);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
  }
  // Somebody else may have made it first, to listen in: then take one with a name nobody could guess.
  return isPrivate(folder) ? folder : mkdtempSync(join(base, 'runescope-'));
}

/**
 * Where the owner of a data directory listens: one name per data directory, in a folder that only this user may
 * enter. Not inside the data directory, whose path may be longer than a socket's may be.
 */
export function socketAddress(dataDir: string, env: Env = process.env): string {
  const id = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  if (process.platform === 'win32') {
    return `\\\\.\\pipe\\runescope-${id}-${randomBytes(8).toString('hex')}`;
  }
  const bases = [env.XDG_RUNTIME_DIR, tmpdir(), '/tmp'].filter(
    (base): base is string => base?.startsWith('/') === true,
  );
  for (const base of bases) {
    try {
      const path = join(privateFolder(base), `${id}.sock`);
      if (Buffer.byteLength(path) <= MAX_SOCKET_PATH) return path;
    } catch {
      // Not there or not writable: the next one.
    }
  }
  throw new Error(`No folder for a socket: tried ${bases.join(', ')}.`);
}
