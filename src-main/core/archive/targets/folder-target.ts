import { constants } from 'node:fs';
import { access, lstat, mkdir, open, realpath, statfs } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { TestReport } from '#shared/contract/types.ts';
import type { ListedObject } from '#shared/model/archive.ts';
import { abortFailure, CodedError } from '#shared/model/failure.ts';
import { putFile } from './folder-put.ts';
import { RESULTS, type WalkItem, type WalkOptions, walkFolder } from './folder-walk.ts';
import { checkObjectKey, tooLarge } from './object-key.ts';
import type { ArchiveTarget, ListPage, ObjectHead } from './target.ts';
import { createTestSteps } from './test-steps.ts';

const PAGE = 1000;
/** Walks that wait for the request of their next page; one forgotten starts again where its token says. */
const MAX_WAITING_WALKS = 16;
/** Below this, the Test button says that the disk is nearly full. */
const LOW_SPACE_BYTES = 100 * 1024 * 1024;

/** Results as files below `root` (keys begin with `results/`). */
export function createFolderTarget(root: string): ArchiveTarget {
  const base = resolve(root);
  let requests = 0;
  const onRead = (): void => void requests++;
  const list = createPager(base, onRead);

  const headOf = async (key: string): Promise<{ path: string; head: ObjectHead }> => {
    const path = await pathOf(base, key);
    onRead();
    const found = await lstat(path);
    if (!found.isFile()) throw notFound(key, base);
    return {
      path,
      head: { ...listed(key, found), content_type: null, version_id: null, checksum: null, lock: null },
    };
  };

  return {
    name: 'folder',
    kind: 'folder',
    title: 'Local folder',
    place: join(base, 'results') + sep,
    prefix: RESULTS,
    requests: () => requests,
    put: async (key, bytes, signal) => {
      if (signal?.aborted) throw abortFailure(signal);
      const path = await pathOf(base, key);
      await failing('archive.write_failed', `${path} could not be written`, () => putFile(path, bytes));
    },
    list: (request) => failing('archive.access_denied', `${base} could not be listed`, () => list(request)),
    head: (key) => reading(base, key, async () => (await headOf(key)).head),
    get: (key, { maxBytes, range, signal }) =>
      reading(base, key, async () => {
        if (signal?.aborted) throw abortFailure(signal);
        const { path, head } = await headOf(key);
        const start = Math.min(range?.start ?? 0, head.size_bytes);
        const length = Math.max(0, Math.min(range?.end ?? head.size_bytes, head.size_bytes) - start);
        if (length > maxBytes) throw tooLarge(key, length, maxBytes);
        onRead();
        const bytes = await readPart(path, start, length);
        if (bytes.length !== length)
          throw new CodedError(
            'archive.object_changed',
            `${path} was changed while it was read. Try again.`,
            {
              retryable: true,
            },
          );
        return { head, bytes };
      }),
    presign: null,
    versions: null,
    test: () => testFolder(base),
    close: () => {},
  };
}

const listed = (
  key: string,
  { size, mtimeMs }: { readonly size: number; readonly mtimeMs: number },
): ListedObject => ({ key, size_bytes: size, last_modified: mtimeMs / 1000, etag: null });

const notFound = (key: string, base: string): CodedError =>
  new CodedError('archive.not_found', `There is no file ${key} in ${base}.`);

/** Where a key lies. One not below `results/`, or with a folder on the way that is a link out of the root, is refused. */
async function pathOf(base: string, key: string): Promise<string> {
  checkObjectKey(key);
  const path = resolve(base, key);
  const inside = relative(base, path).split(sep).join('/');
  // What resolving changes ('..', '//', a drive letter, a trailing '/') is no file's key.
  if (inside !== key || !inside.startsWith(RESULTS))
    throw new CodedError(
      'archive.bad_key',
      `The key ${key} leads out of the archive folder or names no file.`,
    );
  const folder = await deepestFolder(dirname(path), base);
  if (folder !== base) {
    const [real, realBase] = await Promise.all([realpath(folder), realpath(base)]);
    if (relative(realBase, real).split(sep)[0] === '..')
      throw new CodedError(
        'archive.bad_key',
        `${folder} leads out of the archive folder through a symbolic link. Move the folder there instead of linking it.`,
      );
  }
  return path;
}

/** The deepest folder on the way that is there. */
async function deepestFolder(folder: string, base: string): Promise<string> {
  for (let at = folder; at !== base && at !== dirname(at); at = dirname(at)) {
    try {
      await lstat(at);
      return at;
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') throw thrown;
    }
  }
  return base;
}

async function failing<T>(
  code: 'archive.write_failed' | 'archive.access_denied',
  what: string,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (thrown) {
    if (thrown instanceof CodedError) throw thrown;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new CodedError(code, `${what}: ${why}.`, { retryable: true, cause: thrown });
  }
}

const reading = <T>(base: string, key: string, run: () => Promise<T>): Promise<T> =>
  failing('archive.access_denied', `${key} could not be read`, async () => {
    try {
      return await run();
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') throw notFound(key, base);
      throw thrown;
    }
  });

async function readPart(path: string, start: number, length: number): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    const bytes = Buffer.alloc(length);
    let at = 0;
    while (at < length) {
      const { bytesRead } = await file.read(bytes, at, length - at, start + at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return bytes.subarray(0, at);
  } finally {
    await file.close();
  }
}

/** Pages of a walk. The token is the last key; the walk behind it is kept, so that no folder is read for every page. */
function createPager(base: string, onRead: () => void): ArchiveTarget['list'] {
  const waiting = new Map<string, AsyncGenerator<WalkItem, void, void>>();

  return async ({ prefix, delimiter, after, token, signal }): Promise<ListPage> => {
    // A prefix that climbs matches no key.
    if (prefix.split('/').some((part) => part === '..' || part === '.') || prefix.includes('\0'))
      return { objects: [], prefixes: [], next: null };
    const id = (last: string): string => JSON.stringify([prefix, delimiter, last]);
    const from = token ?? after;
    const options: WalkOptions = {
      base,
      prefix,
      delimiter,
      after: from === undefined ? null : { key: from, folder: token !== undefined && from.endsWith('/') },
      onRead,
    };
    const kept = token === undefined ? undefined : waiting.get(id(token));
    if (token !== undefined) waiting.delete(id(token));
    const walk = kept ?? walkFolder(options);
    const items: WalkItem[] = [];
    let ended = false;
    while (items.length < PAGE && !ended) {
      if (signal?.aborted) throw abortFailure(signal);
      const { value, done } = await walk.next();
      if (done === true) ended = true;
      else items.push(value);
    }
    const last = items.at(-1);
    const next = ended || last === undefined ? null : last.key;
    if (next !== null) {
      waiting.set(id(next), walk);
      for (const oldest of waiting.keys()) {
        if (waiting.size <= MAX_WAITING_WALKS) break;
        waiting.delete(oldest);
      }
    }
    const objects = await Promise.all(
      items.filter(({ folder }) => !folder).map(({ key }) => stat(base, key)),
    );
    return {
      objects: objects.filter((object) => object !== null),
      prefixes: items.filter(({ folder }) => folder).map(({ key }) => key),
      next,
    };
  };
}

/** Null: it went away since its folder was read. */
async function stat(base: string, key: string): Promise<ListedObject | null> {
  try {
    return listed(key, await lstat(join(base, key)));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw thrown;
  }
}

async function testFolder(base: string): Promise<TestReport> {
  const { step, report } = createTestSteps();
  const folder = join(base, 'results');
  const there = await step('Folder', async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return `${folder} is there.`;
  });
  if (!there) return report();
  await step('Writable', async () => {
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return 'It can be read and written.';
  });
  await step('Space', async () => {
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    const words = `${Math.floor(free / 1024 ** 2).toLocaleString('en')} MB are free.`;
    if (free < LOW_SPACE_BYTES)
      throw new CodedError('archive.write_failed', `Only ${words} Make room on this disk.`);
    return words;
  });
  return report();
}
