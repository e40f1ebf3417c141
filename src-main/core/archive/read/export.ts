import { Zip, ZipDeflate } from 'fflate';
import type { ListedObject } from '#shared/model/archive.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { Bytes, EpochSeconds } from '#shared/model/units.ts';
import { sha256Hex } from '../record/canonical.ts';
import { MAX_RESULT_BYTES } from '../record/read-record.ts';
import type { ArchiveTarget, ObjectHead } from '../targets/target.ts';

/** Of all results of one export together, uncompressed: the zip is made in memory. */
const MAX_EXPORT_BYTES: Bytes = 512 * 1024 * 1024;
const MANIFEST = 'manifest.json';
/** Reads that are under way while one is packed. */
const AHEAD = 4;

export interface ExportRequest {
  readonly target: Pick<ArchiveTarget, 'get' | 'name' | 'place'>;
  readonly keys: readonly string[];
  readonly now: EpochSeconds;
  readonly appVersion: string;
  /** From the local index: what is too much is refused before anything is read. */
  readonly listed: (key: string) => ListedObject | null;
  readonly onRead: (key: string, bytes: Uint8Array, sha256: string) => void;
  readonly maxBytes?: Bytes | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A zip with the exact bytes under their keys, and a manifest with the hash of each. Throws as reading one does. */
export async function exportZip(request: ExportRequest): Promise<Blob> {
  const { target, now, listed, maxBytes = MAX_EXPORT_BYTES, signal } = request;
  const keys = [...new Set(request.keys)];
  const known = keys.reduce((sum, key) => sum + (listed(key)?.size_bytes ?? 0), 0);
  if (known > maxBytes) throw tooMuch(known, keys.length, maxBytes);

  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const zip = new Zip((error, chunk) => {
    if (error !== null) throw error;
    chunks.push(chunk as Uint8Array<ArrayBuffer>);
  });
  const add = (path: string, bytes: Uint8Array, at: EpochSeconds): void => {
    const file = new ZipDeflate(path, { level: 3 });
    // Zip has no times before 1980 and none after 2099.
    file.mtime = new Date(Math.min(Math.max(at, 315_619_200), 4_070_908_800) * 1000);
    zip.add(file);
    file.push(bytes, true);
  };
  const files: object[] = [];
  let total = 0;
  for await (const { key, head, bytes } of readAhead(target, keys, signal)) {
    total += bytes.length;
    if (total > maxBytes) throw tooMuch(total, keys.length, maxBytes);
    const sha256 = sha256Hex(bytes);
    const path = zipPath(key);
    add(path, bytes, head.last_modified);
    request.onRead(key, bytes, sha256);
    const { last_modified, etag } = head;
    files.push({ key, path, size_bytes: bytes.length, sha256, last_modified, etag });
  }
  const about = {
    target: target.name,
    place: target.place,
    exported_at: now,
    app_version: request.appVersion,
  };
  add(MANIFEST, Buffer.from(JSON.stringify({ ...about, files }, null, 2)), now);
  zip.end();
  return new Blob(chunks, { type: 'application/zip' });
}

const tooMuch = (total: Bytes, count: number, maxBytes: Bytes): CodedError =>
  new CodedError(
    'archive.too_large',
    `These ${count.toLocaleString('en')} results have ${megabytes(total)} or more; one export takes ${megabytes(maxBytes)}. Export fewer at a time.`,
  );
const megabytes = (bytes: Bytes): string => `${Math.ceil(bytes / 1024 ** 2).toLocaleString('en')} MB`;

interface Read {
  readonly key: string;
  readonly head: ObjectHead;
  readonly bytes: Uint8Array;
}

async function* readAhead(
  target: Pick<ArchiveTarget, 'get'>,
  keys: readonly string[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Read> {
  const stop = new AbortController();
  const stopped = AbortSignal.any([stop.signal, ...(signal === undefined ? [] : [signal])]);
  const read = async (key: string): Promise<Read> => {
    const { head, bytes } = await target.get(key, { maxBytes: MAX_RESULT_BYTES, signal: stopped });
    return { key, head, bytes };
  };
  const ahead: Promise<Read>[] = [];
  let next = 0;
  try {
    while (next < keys.length || ahead.length > 0) {
      for (; next < keys.length && ahead.length < AHEAD; next++) {
        const reading = read(keys[next] ?? '');
        reading.catch(() => {});
        ahead.push(reading);
      }
      const first = await ahead.shift();
      if (first !== undefined) yield first;
    }
  } finally {
    stop.abort();
  }
}

/** The key, unless unpacking it could lead out of the folder or onto the manifest. */
function zipPath(key: string): string {
  const safe = key
    .replaceAll('\\', '%5C')
    .replaceAll(':', '%3A')
    .split('/')
    .map((part) => (part === '' ? '%00' : /^\.{1,2}$/.test(part) ? part.replaceAll('.', '%2E') : part))
    .join('/');
  return safe === MANIFEST ? '%6Danifest.json' : safe;
}
