import type { TestReport } from '#shared/contract/types.ts';
import type { ListedObject } from '#shared/model/archive.ts';
import type { Bytes, EpochSeconds, Seconds } from '#shared/model/units.ts';

export interface ListRequest {
  readonly prefix: string;
  /** '/' groups what lies deeper into `prefixes`; null lists every key. */
  readonly delimiter: '/' | null;
  /** Only keys after this one, in UTF-8 byte order. Ignored when `token` is given. */
  readonly after?: string | undefined;
  /** `next` of the page before. */
  readonly token?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** At most 1,000 objects and prefixes in UTF-8 byte order. `next` null: that was all. */
export interface ListPage {
  readonly objects: readonly ListedObject[];
  readonly prefixes: readonly string[];
  readonly next: string | null;
}

export interface ObjectHead extends ListedObject {
  readonly content_type: string | null;
  readonly version_id: string | null;
  /** What the server computed when it took the object; `value` is base64. */
  readonly checksum: {
    readonly algorithm: 'crc32' | 'crc32c' | 'sha1' | 'sha256' | 'crc64nvme';
    readonly value: string;
  } | null;
  readonly lock: {
    readonly mode: string;
    readonly retain_until: EpochSeconds | null;
    readonly legal_hold: boolean;
  } | null;
}

export interface ObjectVersion {
  readonly version_id: string;
  readonly last_modified: EpochSeconds;
  readonly size_bytes: Bytes;
  readonly etag: string | null;
  readonly latest: boolean;
  readonly deleted: boolean;
}

/**
 * Where results go and come from: a bucket or a folder. Keys are whole object keys, the prefix included. Every failure
 * is a CodedError `archive.*`; `retryable` says whether waiting may help.
 */
export interface ArchiveTarget {
  /** Stable: rows of the outbox name their target by it. `folder`, `env`, or the id of a setting. */
  readonly name: string;
  readonly kind: 'folder' | 's3';
  readonly title: string;
  /** Where that is, for people and as the identity of the local index: `s3://bucket/results/ at http://host:8333`. */
  readonly place: string;
  /** What results are written below: `results/` unless configured; ends with '/'. */
  readonly prefix: string;
  /** Requests sent since the target was made, retries included; a folder counts its reads of directories and files. */
  requests(): number;
  /**
   * Afterwards the object at `key` holds exactly `bytes` and survives a power cut. The same again is a success; other
   * bytes there are never replaced: `archive.conflict`.
   */
  put(key: string, bytes: Uint8Array, signal?: AbortSignal): Promise<void>;
  list(request: ListRequest): Promise<ListPage>;
  head(key: string, signal?: AbortSignal): Promise<ObjectHead>;
  /**
   * The object, or `range` of it (`end` exclusive). Throws `archive.too_large` above `maxBytes` before reading it, and
   * `archive.object_changed` when its etag is not `etag`.
   */
  get(
    key: string,
    options: {
      readonly maxBytes: Bytes;
      readonly range?: { readonly start: number; readonly end: number } | undefined;
      readonly etag?: string | null | undefined;
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<{ readonly head: ObjectHead; readonly bytes: Uint8Array }>;
  /** A link that works without credentials for that long; null where there is none. */
  readonly presign: ((key: string, seconds: Seconds) => Promise<string>) | null;
  /** Newest first; null where the target keeps none. */
  readonly versions: ((key: string, signal?: AbortSignal) => Promise<readonly ObjectVersion[]>) | null;
  /** Says step by step what works (name, TLS, clock, signature, bucket, permissions, checksum mode) and what to change. */
  test(): Promise<TestReport>;
  close(): void;
}
