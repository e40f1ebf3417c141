import { link, mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CodedError } from '#shared/model/failure.ts';

/** Writes a file that is whole or not there, survives a power cut, and never replaces another. */
export async function putFile(path: string, bytes: Uint8Array): Promise<void> {
  if (await isThere(path, bytes)) return;
  const folder = dirname(path);
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  // One name per object: what a killed process left behind is overwritten by the next try.
  const temporary = join(folder, `.${basename(path)}.tmp`);
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await publish(temporary, path, bytes);
  await syncFolders(folder, made);
}

/** Gives the finished file its name without ever replacing another: a link fails where a rename would overwrite. */
async function publish(temporary: string, path: string, bytes: Uint8Array): Promise<void> {
  try {
    await link(temporary, path);
    await unlink(temporary);
  } catch (thrown) {
    switch ((thrown as NodeJS.ErrnoException).code) {
      case 'EEXIST':
        await unlink(temporary);
        await isThere(path, bytes);
        return;
      // File systems without hard links.
      case 'EPERM':
      case 'ENOTSUP':
      case 'EOPNOTSUPP':
      case 'ENOSYS':
      case 'EMLINK':
        await rename(temporary, path);
        return;
      default:
        throw thrown;
    }
  }
}

/** True when the file holds these bytes; throws when it holds others: a result is written once and never changed. */
async function isThere(path: string, bytes: Uint8Array): Promise<boolean> {
  let present: Buffer;
  try {
    present = await readFile(path);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw thrown;
  }
  if (present.equals(bytes)) return true;
  throw new CodedError(
    'archive.conflict',
    `${path} already holds another result. It was left as it is; move it away to have this one written.`,
  );
}

/** Makes the new name durable, and the names of the folders above it that were made on the way (`made` is the topmost). */
async function syncFolders(folder: string, made: string | undefined): Promise<void> {
  const last = made === undefined ? folder : dirname(made);
  for (let at = folder; ; at = dirname(at)) {
    await syncFolder(at);
    if (at === last || at === dirname(at)) return;
  }
}

async function syncFolder(path: string): Promise<void> {
  // Windows opens no folders; its file systems journal names themselves.
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
