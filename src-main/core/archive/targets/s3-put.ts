import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PutObjectCommandOutput } from '@aws-sdk/client-s3';
import { abortFailure, CodedError } from '#shared/model/failure.ts';
import { checkObjectKey } from './object-key.ts';
import type { S3Connection } from './s3-client.ts';
import type { S3Config } from './s3-config.ts';
import { httpStatus, isConditionRefused, notS3, s3Failure, serverOf } from './s3-failure.ts';
import { bareEtag } from './s3-listing.ts';
import { type S3Reader, withSignal } from './s3-read.ts';
import type { ConditionalWrites, TargetFacts } from './target-facts.ts';

type Put = 'stored' | 'taken' | 'refused';
interface Job {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly signal: AbortSignal | undefined;
}

/** Answers 409 when two writes of a key race; the next try finds a winner. */
const RACE_TRIES = 4;
const RACE_WAIT_MS = 100;

/** Puts an object once and for all, whatever the server makes of conditions. */
export function createS3Writer({
  config,
  place,
  facts,
  connect,
  reader,
}: {
  readonly config: S3Config;
  readonly place: string;
  readonly facts: TargetFacts;
  readonly connect: () => Promise<S3Connection>;
  readonly reader: Pick<S3Reader, 'head' | 'get'>;
}): (key: string, bytes: Uint8Array, signal?: AbortSignal) => Promise<void> {
  /** The first put of a place finds out what it honours; the others wait for that. */
  let learning: Promise<void> | null = null;
  let etagIsMd5 = true;

  async function send({ key, bytes, signal }: Job, conditional: boolean): Promise<Put> {
    if (signal?.aborted) throw abortFailure(signal);
    for (let tries = 1; ; tries++) {
      try {
        const { client, sdk } = await connect();
        const answer = await client.send(
          new sdk.PutObjectCommand({
            Bucket: config.bucket,
            Key: key,
            Body: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
            ContentLength: bytes.byteLength,
            ContentType: 'application/json',
            ...(conditional && { IfNoneMatch: '*' }),
          }),
          withSignal(signal),
        );
        await checkStored(answer, { key, bytes, signal });
        return 'stored';
      } catch (thrown) {
        const status = httpStatus(thrown);
        if (conditional && status === 412) return 'taken';
        if (conditional && isConditionRefused(thrown)) return 'refused';
        if (status !== 409 || tries >= RACE_TRIES)
          throw s3Failure(thrown, { config, action: 'PutObject', key, signal });
      }
      await sleep(RACE_WAIT_MS * 2 ** tries * (0.5 + Math.random() / 2));
    }
  }

  /** An etag that looks like an MD5 and is another one is looked into: some servers' etags are no MD5. */
  async function checkStored(answer: PutObjectCommandOutput, job: Job): Promise<void> {
    if (answer.ETag === undefined) throw notS3(config);
    const etag = bareEtag(answer.ETag);
    const encrypted = answer.ServerSideEncryption?.startsWith('aws:kms') || answer.SSECustomerAlgorithm;
    if (!etagIsMd5 || encrypted || !/^[0-9a-f]{32}$/i.test(etag)) return;
    if (etag.toLowerCase() === hash('md5', job.bytes)) return;
    const same = await holds(job).catch((thrown: unknown) => {
      // Who may write and not read has the signed hash of the body to go by.
      if (thrown instanceof CodedError && thrown.code === 'archive.access_denied') return true;
      throw thrown;
    });
    if (!same)
      throw new CodedError(
        'archive.checksum_mismatch',
        `${serverOf(config)} keeps other bytes under ${job.key} than it was sent.`,
        { retryable: true },
      );
    etagIsMd5 = false;
  }

  /** Whether the object holds exactly these bytes. */
  async function holds({ key, bytes, signal }: Job): Promise<boolean> {
    const { size_bytes, etag } = await reader.head(key, signal);
    if (size_bytes !== bytes.length) return false;
    if (etag === hash('md5', bytes)) return true;
    const options = { maxBytes: bytes.length, ...(signal !== undefined && { signal }) };
    const present = await reader.get(key, options);
    return Buffer.from(present.bytes).equals(bytes);
  }

  /** True when the bytes are there, false when nothing is; throws when other bytes are. */
  async function isThere(job: Job): Promise<boolean> {
    try {
      if (await holds(job)) return true;
    } catch (thrown) {
      if (thrown instanceof CodedError && thrown.code === 'archive.not_found') return false;
      throw needsReading(thrown, job.key);
    }
    throw new CodedError(
      'archive.conflict',
      `${config.bucket}/${job.key} already holds another result. It was left as it is; move it away to have this one written.`,
    );
  }

  /** For a delivery, what is denied here is not this object's fault: the policy has to be mended. */
  const needsReading = (thrown: unknown, key: string): unknown =>
    thrown instanceof CodedError && thrown.code === 'archive.access_denied'
      ? new CodedError(
          'archive.access_denied',
          `Whether ${config.bucket}/${key} is already there cannot be seen. Allow s3:GetObject and s3:ListBucket beside s3:PutObject.`,
          { retryable: true, cause: thrown },
        )
      : thrown;

  async function settleTaken(job: Job): Promise<void> {
    if (await isThere(job)) return;
    throw new CodedError(
      'archive.server_error',
      `${job.key} was there and is gone again. It is tried again.`,
      { retryable: true },
    );
  }

  async function learn(job: Job): Promise<void> {
    const known = await isThere(job).catch((thrown: unknown) => {
      // Who may only write cannot look first; what the put itself answers is more exact, too.
      if (thrown instanceof CodedError && thrown.code === 'archive.access_denied') return false;
      throw thrown;
    });
    if (known) return;
    const put = await send(job, true);
    if (put === 'refused') {
      await send(job, false);
      facts.set(place, 'refused');
    } else if (put === 'taken') {
      facts.set(place, 'honoured');
      await settleTaken(job);
    } else {
      // The same again: harmless where it is taken, and the only way to tell.
      const again = await send(job, true).catch(() => null);
      if (again === 'taken') facts.set(place, 'honoured');
      if (again === 'stored') facts.set(place, 'ignored');
    }
  }

  async function deliver(job: Job, writes: ConditionalWrites): Promise<void> {
    if (writes !== 'honoured' && (await isThere(job))) return;
    const put = await send(job, writes !== 'refused');
    if (put === 'taken') await settleTaken(job);
    if (put !== 'refused') return;
    if (writes === 'honoured' && (await isThere(job))) return;
    await send(job, false);
    facts.set(place, 'refused');
  }

  return async (key, bytes, signal) => {
    checkObjectKey(key);
    const job: Job = { key, bytes, signal };
    for (;;) {
      const writes = facts.get(place);
      if (writes !== null) return deliver(job, writes);
      if (learning === null) {
        const mine = learn(job);
        learning = mine;
        return mine.finally(() => {
          learning = null;
        });
      }
      try {
        await learning;
      } catch (thrown) {
        // What the place suffers from, this put would too.
        if (thrown instanceof CodedError && thrown.retryable === true) throw thrown;
      }
    }
  };
}
