import type { ArchiveTarget, ListPage, ListRequest } from '#core/archive/targets/target.ts';
import { compareByFolder, compareUtf8 } from '#core/archive/targets/utf8-order.ts';
import type { ListedObject } from '#shared/model/archive.ts';
import { abortFailure, CodedError } from '#shared/model/failure.ts';

export interface MemoryArchive {
  readonly target: ArchiveTarget;
  readonly objects: Map<string, ListedObject>;
  /** Every list request, in order. */
  readonly listed: ListRequest[];
  readonly headed: string[];
  /** Called before each answer; what it throws is the answer. */
  before: (request: ListRequest | { readonly key: string }) => void | Promise<void>;
}

/** A target in memory that lists as a server does, in pages; `folders` sorts as servers over directories do. */
export function memoryArchive(
  keys: Iterable<string>,
  {
    order = 'bytes',
    page = 1000,
    prefix = 'results/',
  }: { order?: 'bytes' | 'folders'; page?: number; prefix?: string } = {},
): MemoryArchive {
  const objects = new Map<string, ListedObject>();
  const compare = order === 'bytes' ? compareUtf8 : compareByFolder;
  let requests = 0;
  let sorted: string[] = [];
  for (const key of keys)
    objects.set(key, { key, size_bytes: key.length, last_modified: 1_790_000_000, etag: 'e' });

  const sort = (): readonly string[] => {
    if (sorted.length !== objects.size || sorted.some((key) => !objects.has(key)))
      sorted = [...objects.keys()].sort(compare);
    return sorted;
  };

  const list = (request: ListRequest): ListPage => {
    const found: ListedObject[] = [];
    const prefixes = new Set<string>();
    const after = request.token ?? request.after ?? '';
    let last = '';
    for (const key of sort()) {
      if (!key.startsWith(request.prefix) || compare(key, after) <= 0) continue;
      const slash = request.delimiter === null ? -1 : key.indexOf('/', request.prefix.length);
      const group = slash === -1 ? null : key.slice(0, slash + 1);
      if (group !== null && (prefixes.has(group) || after.startsWith(group))) {
        last = key;
        continue;
      }
      if (found.length + prefixes.size === page)
        return { objects: found, prefixes: [...prefixes], next: last };
      last = key;
      if (group !== null) prefixes.add(group);
      else found.push(objects.get(key) as ListedObject);
    }
    return { objects: found, prefixes: [...prefixes], next: null };
  };

  const archive: MemoryArchive = {
    objects,
    listed: [],
    headed: [],
    before: () => {},
    target: {
      name: 'memory',
      kind: 's3',
      title: 'Memory',
      place: `memory:${prefix}`,
      prefix,
      requests: () => requests,
      list: async (request) => {
        requests++;
        archive.listed.push(request);
        await archive.before(request);
        await new Promise(setImmediate);
        if (request.signal?.aborted) throw abortFailure(request.signal);
        return list(request);
      },
      head: async (key, signal) => {
        requests++;
        archive.headed.push(key);
        await archive.before({ key });
        if (signal?.aborted) throw abortFailure(signal);
        const object = objects.get(key);
        if (object === undefined) throw new CodedError('archive.not_found', `There is no ${key}.`);
        return { ...object, content_type: null, version_id: null, checksum: null, lock: null };
      },
      put: () => Promise.reject(new Error('Nothing is put here.')),
      get: () => Promise.reject(new Error('Nothing is got here.')),
      presign: null,
      versions: null,
      test: () => Promise.reject(new Error('Nothing is tested here.')),
      close: () => {},
    },
  };
  return archive;
}
