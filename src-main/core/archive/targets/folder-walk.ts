import { isUtf8 } from 'node:buffer';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compareUtf8 } from './utf8-order.ts';

/** What keys begin with: whatever else lies in a data directory (secrets, stores) is no archive's business. */
export const RESULTS = 'results/';

/** A file's key, or with a delimiter a folder's (it ends with '/'). */
export interface WalkItem {
  readonly key: string;
  readonly folder: boolean;
}

export interface WalkOptions {
  readonly base: string;
  readonly prefix: string;
  readonly delimiter: '/' | null;
  /** Only what comes after this key; one that was itself given as a folder is skipped whole. */
  readonly after: WalkItem | null;
  /** Called once for each folder that is read. */
  readonly onRead: () => void;
}

interface Child extends WalkItem {
  /** What sorts it among its siblings as the bytes of whole keys would. */
  readonly name: string;
}

/**
 * Regular files below `base` in the byte order of their keys, read folder by folder as the consumer gets there.
 * Symbolic links, half-written and hidden files that are no results, and names that are not UTF-8, which no key can
 * say, are left out. A tenant may be named with a dot.
 */
export async function* walkFolder(options: WalkOptions): AsyncGenerator<WalkItem, void, void> {
  const { prefix } = options;
  yield* walkBelow(prefix.slice(0, prefix.lastIndexOf('/') + 1), options);
}

async function* walkBelow(folderKey: string, options: WalkOptions): AsyncGenerator<WalkItem, void, void> {
  const { prefix, delimiter, after } = options;
  for (const child of await childrenOf(folderKey, options)) {
    if (!child.key.startsWith(RESULTS) || !child.key.startsWith(prefix) || isBefore(child, after)) continue;
    if (!child.folder) yield { key: child.key, folder: false };
    else if (delimiter === null) yield* walkBelow(child.key, options);
    else if (await holdsAny(child.key, options)) yield { key: child.key, folder: true };
  }
}

function isBefore(child: WalkItem, after: WalkItem | null): boolean {
  if (after === null) return false;
  // What lies in a folder that `after` lies in too may come after it.
  if (child.folder && after.key.startsWith(child.key)) return after.folder && after.key === child.key;
  return compareUtf8(child.key, after.key) <= 0;
}

/** Folders without results in them are no prefixes, as on S3. */
async function holdsAny(folderKey: string, options: WalkOptions): Promise<boolean> {
  const inside = walkBelow(folderKey, { ...options, prefix: folderKey, delimiter: null });
  try {
    return (await inside.next()).done !== true;
  } finally {
    await inside.return();
  }
}

async function childrenOf(folderKey: string, { base, onRead }: WalkOptions): Promise<readonly Child[]> {
  onRead();
  const entries = await readEntries(join(base, folderKey));
  return entries
    .flatMap((entry): Child[] => {
      if (!isUtf8(entry.name)) return [];
      const name = entry.name.toString();
      const folder = entry.isDirectory();
      if (!folder && !entry.isFile()) return [];
      if (!folder && name.startsWith('.') && !name.endsWith('.json')) return [];
      const sorting = folder ? `${name}/` : name;
      return [{ key: folderKey + sorting, name: sorting, folder }];
    })
    .sort((a, b) => compareUtf8(a.name, b.name));
}

/** A folder that is not there (any more) holds nothing. */
async function readEntries(path: string) {
  try {
    return await readdir(path, { withFileTypes: true, encoding: 'buffer' });
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw thrown;
  }
}
