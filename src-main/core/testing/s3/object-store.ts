import { createHash, randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { KeyIndex } from './key-index.ts';
import { S3Error } from './s3-error.ts';

/** An object to put without a request. A body may be made each time it is read; then its size must be said. */
export type SeedItem = {
  readonly key: string;
  /** MD5 of the body, in hex, when absent. */
  readonly etag?: string;
  /** Epoch milliseconds; now when absent. */
  readonly lastModified?: number;
} & ({ readonly body: Uint8Array } | { readonly body: () => Uint8Array; readonly size: number });

export type Metadata = Readonly<Record<string, string>>;

export class StoredObject {
  readonly size: number;
  /** Epoch milliseconds. */
  readonly lastModified: number;
  readonly versionId = randomUUID().replaceAll('-', '');
  /** Headers that were put with it: content-type, x-amz-meta-*. */
  readonly metadata: Metadata;
  readonly deleteMarker: boolean;
  readonly #body: Uint8Array | (() => Uint8Array);
  #etag: string | undefined;
  #crc32: string | undefined;

  constructor(item: Omit<SeedItem, 'key'>, now: number, metadata: Metadata = {}, deleteMarker = false) {
    const { body } = item;
    this.size =
      typeof body === 'function' ? ((item as { size?: number }).size ?? body().length) : body.length;
    this.#body = body;
    this.lastModified = item.lastModified ?? now;
    this.metadata = metadata;
    this.deleteMarker = deleteMarker;
    this.#etag = item.etag;
  }

  get body(): Uint8Array {
    return typeof this.#body === 'function' ? this.#body() : this.#body;
  }
  /** In hex, without quotes. */
  get etag(): string {
    this.#etag ??= createHash('md5').update(this.body).digest('hex');
    return this.#etag;
  }
  /** Base64 of the four bytes, as in x-amz-checksum-crc32. */
  get crc32(): string {
    this.#crc32 ??= base64Crc32(this.body);
    return this.#crc32;
  }
}

export function base64Crc32(bytes: Uint8Array): string {
  const four = Buffer.alloc(4);
  four.writeUInt32BE(crc32(bytes));
  return four.toString('base64');
}

const NO_BYTES = new Uint8Array();

/** One bucket: the current objects, sorted keys, and every version when versioning is on. */
export class Bucket {
  readonly index = new KeyIndex();
  readonly current = new Map<string, StoredObject>();
  /** Newest first, by key; filled only while versioning is on. */
  readonly versions = new Map<string, StoredObject[]>();

  put(key: string, object: StoredObject, versioning: boolean): void {
    if (!this.current.has(key)) this.index.add(key);
    this.current.set(key, object);
    if (versioning) this.#remember(key, object);
  }

  seed(items: Iterable<SeedItem>, now: number, versioning: boolean): number {
    const added: string[] = [];
    let count = 0;
    for (const item of items) {
      const object = new StoredObject(item, now);
      if (!this.current.has(item.key)) added.push(item.key);
      this.current.set(item.key, object);
      if (versioning) this.#remember(item.key, object);
      count++;
    }
    this.index.addMany(added);
    return count;
  }

  /** Returns the version of the delete marker, if one was written. */
  remove(key: string, now: number, versioning: boolean): StoredObject | null {
    if (this.current.delete(key)) this.index.remove(key);
    if (!versioning) return null;
    const marker = new StoredObject({ body: NO_BYTES }, now, {}, true);
    this.#remember(key, marker);
    return marker;
  }

  #remember(key: string, object: StoredObject): void {
    const known = this.versions.get(key);
    if (known === undefined) this.versions.set(key, [object]);
    else known.unshift(object);
  }
}

/** All buckets of a server. */
export class ObjectStore {
  readonly #buckets = new Map<string, Bucket>();

  create(name: string): void {
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name))
      throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.', { BucketName: name });
    if (this.#buckets.has(name))
      throw new S3Error('BucketAlreadyOwnedByYou', 'The bucket exists and is yours.', { BucketName: name });
    this.#buckets.set(name, new Bucket());
  }

  bucket(name: string): Bucket {
    const found = this.#buckets.get(name);
    if (found === undefined)
      throw new S3Error('NoSuchBucket', 'The specified bucket does not exist', { BucketName: name });
    return found;
  }
}
