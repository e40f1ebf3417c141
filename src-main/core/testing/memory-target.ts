import { createHash } from 'node:crypto';
import type { ArchiveTarget, ObjectHead } from '#core/archive/targets/target.ts';
import { CodedError } from '#shared/model/failure.ts';

export interface MemoryTarget extends ArchiveTarget {
  readonly objects: Map<string, { bytes: Uint8Array; head: ObjectHead }>;
  /** Puts an object as it would be after `put`, with changes of what the target says about it. */
  add(key: string, bytes: Uint8Array | string, about?: Partial<ObjectHead>): ObjectHead;
  /** Called before each read; what it throws is the answer. */
  onGet: (key: string) => void | Promise<void>;
}

/** An S3-like target in memory. `pageSize`: keys of one page of a listing. */
export function memoryTarget(name = 'memory', pageSize = 1000): MemoryTarget {
  const objects: MemoryTarget['objects'] = new Map();
  let requests = 0;
  const find = (key: string) => {
    requests++;
    const found = objects.get(key);
    if (found === undefined) throw new CodedError('archive.not_found', `There is no object ${key}.`);
    return found;
  };
  const target: MemoryTarget = {
    name,
    kind: 's3',
    title: 'Memory',
    place: 's3://bucket/results/ at http://127.0.0.1:1',
    prefix: 'results/',
    objects,
    onGet: () => {},
    add: (key, given, about = {}) => {
      const bytes = typeof given === 'string' ? Buffer.from(given) : given;
      const head: ObjectHead = {
        key,
        size_bytes: bytes.length,
        last_modified: 1_795_362_010,
        etag: createHash('md5').update(bytes).digest('hex'),
        content_type: 'application/json',
        version_id: null,
        checksum: null,
        lock: null,
        ...about,
      };
      objects.set(key, { bytes, head });
      return head;
    },
    requests: () => requests,
    put: async (key, bytes) => void target.add(key, bytes),
    list: async ({ prefix, token }) => {
      requests++;
      const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
      const from = token === undefined ? 0 : Number(token);
      const page = keys.slice(from, from + pageSize);
      return {
        objects: page.map((key) => find(key).head),
        prefixes: [],
        next: from + pageSize < keys.length ? String(from + pageSize) : null,
      };
    },
    head: async (key) => find(key).head,
    get: async (key, { maxBytes, range, etag }) => {
      const { bytes, head } = find(key);
      await target.onGet(key);
      if (typeof etag === 'string' && etag !== head.etag)
        throw new CodedError('archive.object_changed', `${key} was replaced since it was listed.`);
      const part = range === undefined ? bytes : bytes.subarray(range.start, range.end);
      if ((range === undefined ? head.size_bytes : part.length) > maxBytes)
        throw new CodedError('archive.too_large', `${key} is too large.`);
      return { head, bytes: part };
    },
    presign: async (key, seconds) => `http://127.0.0.1:1/bucket/${key}?X-Amz-Expires=${seconds}`,
    versions: null,
    test: async () => {
      throw new CodedError('archive.unsupported', 'A target in memory has nothing to test.');
    },
    close: () => {},
  };
  return target;
}
