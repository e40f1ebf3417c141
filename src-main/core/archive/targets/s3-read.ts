import type { GetObjectCommandOutput, HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { abortFailure, CodedError } from '#shared/model/failure.ts';
import { checkObjectKey, tooLarge } from './object-key.ts';
import type { S3Connection } from './s3-client.ts';
import type { S3Config } from './s3-config.ts';
import { httpStatus, notS3, type S3Action, s3Failure } from './s3-failure.ts';
import { bareEtag, decodeCursor, decodeKey, toListPage } from './s3-listing.ts';
import type { ArchiveTarget, ListPage, ListRequest, ObjectHead, ObjectVersion } from './target.ts';

export interface S3Reader {
  list(request: ListRequest): Promise<ListPage>;
  head: ArchiveTarget['head'];
  get: ArchiveTarget['get'];
  versions(key: string, signal?: AbortSignal): Promise<readonly ObjectVersion[]>;
  presign(key: string, seconds: number): Promise<string>;
}

/** A body that breaks off is asked for again so often; the SDK itself retries only up to the headers. */
const BODY_ATTEMPTS = 3;
/** Pages of versions of one key, of 1,000 each. */
const MAX_VERSION_PAGES = 10;

/** Options of one call, for exact optional types. */
export const withSignal = (signal: AbortSignal | undefined) =>
  signal === undefined ? {} : { abortSignal: signal };

export function createS3Reader(config: S3Config, connect: () => Promise<S3Connection>): S3Reader {
  const { bucket: Bucket } = config;
  /** A server that does not take x-amz-checksum-mode is asked without. */
  let asksForChecksums = true;

  const attempt = async <T>(
    call: { readonly action: S3Action; readonly key?: string; readonly signal?: AbortSignal | undefined },
    run: (connection: S3Connection) => Promise<T>,
  ): Promise<T> => {
    if (call.signal?.aborted) throw abortFailure(call.signal);
    try {
      return await run(await connect());
    } catch (thrown) {
      throw s3Failure(thrown, { config, ...call });
    }
  };

  /** With the object's own checksum where the server takes the question. */
  const withChecksum = async <T>(run: (mode: { ChecksumMode?: 'ENABLED' }) => Promise<T>): Promise<T> => {
    if (!asksForChecksums) return run({});
    try {
      return await run({ ChecksumMode: 'ENABLED' });
    } catch (thrown) {
      const status = httpStatus(thrown);
      if (status !== 400 && status !== 501) throw thrown;
      const answer = await run({});
      asksForChecksums = false;
      return answer;
    }
  };

  async function head(key: string, signal?: AbortSignal): Promise<ObjectHead> {
    checkObjectKey(key);
    return attempt({ action: 'HeadObject', key, signal }, async ({ client, sdk }) => {
      try {
        const answer = await withChecksum((mode) =>
          client.send(new sdk.HeadObjectCommand({ Bucket, Key: key, ...mode }), withSignal(signal)),
        );
        return headOf(config, key, answer, answer.ContentLength ?? 0);
      } catch (thrown) {
        const status = httpStatus(thrown);
        if (status === 404 || status === 412 || status < 300 || status >= 500) throw thrown;
        // An answer to HEAD has no body and so no reason; the same question as GET has one, or the object after all.
        const answer = await client.send(
          new sdk.GetObjectCommand({ Bucket, Key: key, Range: 'bytes=0-0' }),
          withSignal(signal),
        );
        (answer.Body as { destroy?: () => void } | undefined)?.destroy?.();
        return headOf(config, key, answer, sizeOf(answer));
      }
    });
  }

  const getOnce: ArchiveTarget['get'] = (key, { maxBytes, range, etag, signal }) =>
    attempt({ action: 'GetObject', key, signal }, async ({ client, sdk }) => {
      const length = range === undefined ? null : range.end - range.start;
      if (length !== null && length > maxBytes) throw tooLarge(key, length, maxBytes);
      if (range !== undefined && length !== null && length <= 0)
        return { head: await head(key, signal), bytes: new Uint8Array() };
      const send = (mode: { ChecksumMode?: 'ENABLED' }) =>
        client.send(
          new sdk.GetObjectCommand({
            Bucket,
            Key: key,
            ...mode,
            ...(range !== undefined && { Range: `bytes=${range.start}-${range.end - 1}` }),
            ...(typeof etag === 'string' && { IfMatch: `"${etag}"` }),
          }),
          withSignal(signal),
        );
      // A part has no checksum of its own.
      const answer = range === undefined ? await withChecksum(send) : await orNothing(send({}));
      if (answer === null) return { head: await head(key, signal), bytes: new Uint8Array() };
      const body = answer.Body as (AsyncIterable<Uint8Array> & { destroy(): void }) | undefined;
      if (answer.ETag === undefined) body?.destroy();
      const found = headOf(config, key, answer, sizeOf(answer));
      // A server that ignores the condition is found out by what it sends.
      if (typeof etag === 'string' && found.etag !== null && found.etag !== etag) {
        body?.destroy();
        throw new CodedError('archive.object_changed', `${key} was replaced since it was listed.`);
      }
      if ((answer.ContentLength ?? 0) > maxBytes) {
        body?.destroy();
        throw tooLarge(key, answer.ContentLength ?? 0, maxBytes);
      }
      const bytes = await collect(body, key, maxBytes, answer.ContentLength);
      if (range !== undefined && answer.ContentRange === undefined)
        return {
          head: { ...found, size_bytes: bytes.length },
          bytes: bytes.subarray(range.start, range.end),
        };
      return {
        head: answer.ContentLength === undefined ? { ...found, size_bytes: bytes.length } : found,
        bytes,
      };
    });

  return {
    list: (request) =>
      attempt({ action: 'ListObjectsV2', signal: request.signal }, async ({ client, sdk }) => {
        const { prefix, delimiter, after, token, signal } = request;
        const cursor = token === undefined ? null : decodeCursor(token);
        const answer = await client.send(
          new sdk.ListObjectsV2Command({
            Bucket,
            Prefix: prefix,
            // Keys may hold what XML cannot.
            EncodingType: 'url',
            ...(delimiter !== null && { Delimiter: delimiter }),
            ...(cursor !== null
              ? { ContinuationToken: cursor.token }
              : after !== undefined && { StartAfter: after }),
          }),
          withSignal(signal),
        );
        return toListPage(config, answer, request, cursor);
      }),
    head,
    get: async (key, options) => {
      checkObjectKey(key);
      for (let tries = 1; ; tries++) {
        try {
          return await getOnce(key, options);
        } catch (thrown) {
          if (!(thrown instanceof CodedError) || tries >= BODY_ATTEMPTS) throw thrown;
          // Damage on the way mends itself, damage in the store does not.
          if (!brokeOff.has(thrown) && thrown.code !== 'archive.checksum_mismatch') throw thrown;
        }
      }
    },
    versions: (key, signal) => {
      checkObjectKey(key);
      return attempt({ action: 'ListObjectVersions', key, signal }, async ({ client, sdk }) => {
        const found: ObjectVersion[] = [];
        let marker: { KeyMarker: string; VersionIdMarker?: string } | null = null;
        for (let page = 0; page < MAX_VERSION_PAGES; page++) {
          const answer: import('@aws-sdk/client-s3').ListObjectVersionsCommandOutput = await client.send(
            new sdk.ListObjectVersionsCommand({ Bucket, Prefix: key, EncodingType: 'url', ...marker }),
            withSignal(signal),
          );
          const decode = answer.EncodingType === 'url' ? decodeKey : (name: string) => name;
          const ofKey = <T extends { Key?: string | undefined }>(entries: readonly T[] | undefined) =>
            (entries ?? []).filter(({ Key }) => Key !== undefined && decode(Key) === key);
          for (const version of ofKey(answer.Versions))
            found.push({ ...versionOf(version, false), etag: version.ETag ? bareEtag(version.ETag) : null });
          for (const marked of ofKey(answer.DeleteMarkers)) found.push(versionOf(marked, true));
          const next = answer.NextKeyMarker === undefined ? null : decode(answer.NextKeyMarker);
          // The key itself sorts first of all that begin with it: what begins with another is behind it.
          if (answer.IsTruncated !== true || next !== key) break;
          marker = {
            KeyMarker: next,
            ...(answer.NextVersionIdMarker !== undefined && { VersionIdMarker: answer.NextVersionIdMarker }),
          };
        }
        return found.sort((a, b) => Number(b.latest) - Number(a.latest) || b.last_modified - a.last_modified);
      });
    },
    presign: (key, seconds) => {
      checkObjectKey(key);
      return attempt({ action: 'GetObject', key }, async ({ client, sdk }) => {
        const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner');
        return getSignedUrl(client, new sdk.GetObjectCommand({ Bucket, Key: key }), { expiresIn: seconds });
      });
    },
  };
}

/** Null for a part behind the object's end, an empty object's first byte among them. */
async function orNothing<T>(sent: Promise<T>): Promise<T | null> {
  try {
    return await sent;
  } catch (thrown) {
    if (httpStatus(thrown) === 416) return null;
    throw thrown;
  }
}

/** Failures of a body under way, which asking again may mend. */
const brokeOff = new WeakSet<CodedError>();

async function collect(
  body: (AsyncIterable<Uint8Array> & { destroy(): void }) | undefined,
  key: string,
  maxBytes: number,
  expected: number | undefined,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const broken = (cause: unknown): CodedError => {
    const failure = new CodedError(
      'archive.unreachable',
      `The connection broke off after ${size.toLocaleString('en')} bytes of ${key}.`,
      { retryable: true, cause },
    );
    brokeOff.add(failure);
    return failure;
  };
  try {
    for await (const chunk of body ?? []) {
      size += chunk.length;
      if (size > maxBytes) {
        body?.destroy();
        throw tooLarge(key, size, maxBytes);
      }
      chunks.push(chunk);
    }
  } catch (thrown) {
    if (thrown instanceof CodedError) throw thrown;
    const { code, name, message } = thrown as NodeJS.ErrnoException;
    if (/^Checksum mismatch/i.test(message) || name === 'AbortError') throw thrown;
    throw code === undefined && !/abort|premature|hang up|time/i.test(message) ? thrown : broken(thrown);
  }
  if (expected !== undefined && size < expected) throw broken(undefined);
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

/** Of the whole object, whatever part of it comes. */
function sizeOf({ ContentRange, ContentLength }: GetObjectCommandOutput): number {
  const total = /\/(\d+)$/.exec(ContentRange ?? '')?.[1];
  return total === undefined ? (ContentLength ?? 0) : Number(total);
}

type Described = HeadObjectCommandOutput | GetObjectCommandOutput;

function headOf(config: S3Config, key: string, answer: Described, size: number): ObjectHead {
  const { LastModified, ETag, ContentType, VersionId } = answer;
  // Every S3 server gives one; a sign-in page or a proxy's greeting is no object.
  if (ETag === undefined) throw notS3(config);
  return {
    key,
    size_bytes: size,
    last_modified: LastModified === undefined ? 0 : LastModified.getTime() / 1000,
    etag: bareEtag(ETag),
    content_type: ContentType ?? null,
    version_id: VersionId === undefined || VersionId === 'null' ? null : VersionId,
    checksum: checksumOf(answer),
    lock: lockOf(answer),
  };
}

function checksumOf(answer: Described): ObjectHead['checksum'] {
  // One over the checksums of parts says nothing about the bytes as a whole.
  if (answer.ChecksumType === 'COMPOSITE') return null;
  const candidates = [
    ['sha256', answer.ChecksumSHA256],
    ['crc64nvme', answer.ChecksumCRC64NVME],
    ['crc32c', answer.ChecksumCRC32C],
    ['crc32', answer.ChecksumCRC32],
    ['sha1', answer.ChecksumSHA1],
  ] as const;
  for (const [algorithm, value] of candidates)
    if (value !== undefined && !/-\d+$/.test(value)) return { algorithm, value };
  return null;
}

function lockOf(answer: Described): ObjectHead['lock'] {
  const { ObjectLockMode, ObjectLockRetainUntilDate, ObjectLockLegalHoldStatus } = answer;
  if (ObjectLockMode === undefined && ObjectLockLegalHoldStatus === undefined) return null;
  return {
    mode: ObjectLockMode ?? 'none',
    retain_until: ObjectLockRetainUntilDate === undefined ? null : ObjectLockRetainUntilDate.getTime() / 1000,
    legal_hold: ObjectLockLegalHoldStatus === 'ON',
  };
}

const versionOf = (
  entry: {
    readonly VersionId?: string | undefined;
    readonly LastModified?: Date | undefined;
    readonly Size?: number | undefined;
    readonly IsLatest?: boolean | undefined;
  },
  deleted: boolean,
): ObjectVersion => ({
  version_id: entry.VersionId ?? 'null',
  last_modified: entry.LastModified === undefined ? 0 : entry.LastModified.getTime() / 1000,
  size_bytes: entry.Size ?? 0,
  etag: null,
  latest: entry.IsLatest ?? false,
  deleted,
});
