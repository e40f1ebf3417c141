import { randomUUID } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TestReport } from '#shared/contract/types.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { S3Connection } from './s3-client.ts';
import type { S3Config } from './s3-config.ts';
import {
  clockSkew,
  httpStatus,
  isConditionRefused,
  notS3,
  type S3Action,
  s3Failure,
  skewInWords,
} from './s3-failure.ts';
import type { ConditionalWrites, TargetFacts } from './target-facts.ts';
import { createTestSteps } from './test-steps.ts';

const REACH_MS = 5000;
/** Knowing the server's time is worth no longer wait. */
const CLOCK_MS = 2000;
const CALL_MS = 20_000;
/** What S3 tolerates between the two clocks. */
const MAX_SKEW_MS = 15 * 60_000;
const PROBE = Buffer.from('{"runescope":"test"}');

interface TestedTarget {
  readonly config: S3Config;
  readonly place: string;
  readonly facts: TargetFacts;
  readonly delivers: boolean;
  readonly connect: () => Promise<S3Connection>;
}

/** The Test button of a bucket: from the name to a probe that is written, read and removed. Stops where the rest is pointless. */
export async function testS3Target(target: TestedTarget): Promise<TestReport> {
  const { config, connect } = target;
  const { step, report } = createTestSteps();
  const call = async <T>(
    action: S3Action,
    run: (connection: S3Connection, options: { abortSignal: AbortSignal }) => Promise<T>,
    key?: string,
  ): Promise<T> => {
    try {
      return await run(await connect(), { abortSignal: AbortSignal.timeout(CALL_MS) });
    } catch (thrown) {
      throw s3Failure(thrown, { config, action, ...(key !== undefined && { key }) });
    }
  };

  let address: URL | null = null;
  const configured = await step('Configuration', async () => {
    await config.credentials?.();
    address = await addressOf(target);
    const style = config.pathStyle ? 'in the path' : "in the host's name";
    return `${address.origin}, region ${config.region}, bucket ${config.bucket} ${style}.`;
  });
  const url = address as URL | null;
  if (!configured || url === null) return report();
  if (!(await step('Address', () => reach(url, config)))) return report();
  if (url.protocol === 'https:' && !(await step('TLS', () => handshake(url, config)))) return report();
  await step('Clock', () => compareClocks(url));

  let someKey: string | null = null;
  let listing: CodedError | null = null;
  // One listing tells of the signature, the bucket and the permission to list; each step says its part.
  const accepted = await step('Credentials', async () => {
    try {
      someKey = await firstKey(call, config);
    } catch (thrown) {
      listing = s3Failure(thrown, { config, action: 'ListObjectsV2' });
      if (listing.code !== 'archive.access_denied' && listing.code !== 'archive.no_bucket') throw listing;
    }
    return 'The signature is accepted.';
  });
  if (!accepted) return report();
  const refusal = listing as CodedError | null;
  const bucket = await step('Bucket', async () => {
    if (refusal === null) return `${config.bucket} is there.`;
    if (refusal.code === 'archive.no_bucket') throw refusal;
    const status = await call('HeadBucket', ({ client, sdk }, options) =>
      client
        .send(new sdk.HeadBucketCommand({ Bucket: config.bucket }), options)
        .then(() => 200)
        .catch((thrown: unknown) => {
          if (httpStatus(thrown) === 403) return 403;
          throw thrown;
        }),
    );
    return status === 200
      ? `${config.bucket} is there.`
      : `These credentials may not see whether ${config.bucket} is there.`;
  });
  if (!bucket) return report();
  await step('List', () => {
    if (refusal !== null) throw refusal;
    return `What lies below ${config.prefix} can be listed.`;
  });
  if (target.delivers) await writeProbe(target, step, call);
  else await step('Read', () => readOne(someKey, call, config));
  return report();
}

type Step = ReturnType<typeof createTestSteps>['step'];
type Call = <T>(
  action: S3Action,
  run: (connection: S3Connection, options: { abortSignal: AbortSignal }) => Promise<T>,
  key?: string,
) => Promise<T>;

/** Where the SDK will send requests; for AWS its own rules say. */
async function addressOf({ config, connect }: TestedTarget): Promise<URL> {
  const { client } = await connect();
  return client.config.endpointProvider({
    Bucket: config.bucket,
    Region: config.region,
    ForcePathStyle: config.pathStyle,
    UseFIPS: false,
    UseDualStack: false,
    ...(config.endpoint !== null && { Endpoint: config.endpoint }),
  }).url;
}

const portOf = (url: URL): number => Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
/** Without the brackets of an IPv6 address. */
const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1');

async function reach(url: URL, config: S3Config): Promise<string> {
  try {
    const addresses = await lookup(hostOf(url), { all: true });
    const socket = connectTcp({ host: hostOf(url), port: portOf(url) });
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(REACH_MS) });
    } finally {
      socket.destroy();
    }
    const found = addresses.map(({ address }) => address).join(', ');
    return `${url.hostname} (${found}) accepts connections at port ${portOf(url)}.`;
  } catch (thrown) {
    throw s3Failure(timedOut(thrown), { config, action: 'HeadBucket' });
  }
}

async function handshake(url: URL, config: S3Config): Promise<string> {
  const host = hostOf(url);
  const socket = connectTls({ host, port: portOf(url), ...(/[a-z]/i.test(host) && { servername: host }) });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(REACH_MS) });
    const { valid_to: validTo } = socket.getPeerCertificate();
    return `${socket.getProtocol()}, the certificate is trusted and valid until ${validTo}.`;
  } catch (thrown) {
    throw s3Failure(timedOut(thrown), { config, action: 'HeadBucket' });
  } finally {
    socket.destroy();
  }
}

/** `once` says AbortError when its time is up. */
const timedOut = (thrown: unknown): unknown =>
  (thrown as Error).name === 'AbortError'
    ? Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })
    : thrown;

async function compareClocks(url: URL): Promise<string> {
  const answer = await fetch(url.origin, {
    redirect: 'manual',
    signal: AbortSignal.timeout(CLOCK_MS),
  }).catch(() => null);
  await answer?.body?.cancel();
  const skew = clockSkew(answer?.headers.get('date'));
  if (skew === null) return 'The server does not say what time it has.';
  const words = skewInWords(skew);
  if (Math.abs(skew) > MAX_SKEW_MS)
    throw new CodedError(
      'archive.clock_skew',
      `${words[0]?.toUpperCase()}${words.slice(1)}; S3 takes 15 minutes at most. Set the clock that is wrong; until then requests are sent with the server's time.`,
    );
  return `${words[0]?.toUpperCase()}${words.slice(1)}.`;
}

/** A key below the prefix that has bytes; null where there is none. */
const firstKey = (call: Call, config: S3Config): Promise<string | null> =>
  call('ListObjectsV2', async ({ client, sdk }, options) => {
    const answer = await client.send(
      new sdk.ListObjectsV2Command({ Bucket: config.bucket, Prefix: config.prefix, MaxKeys: 1 }),
      options,
    );
    if (answer.Name === undefined && answer.IsTruncated === undefined) throw notS3(config);
    return answer.Contents?.find(({ Size }) => Size !== 0)?.Key ?? null;
  });

async function readOne(key: string | null, call: Call, config: S3Config): Promise<string> {
  if (key === null) return 'There is nothing yet that could be read.';
  await call(
    'GetObject',
    async ({ client, sdk }, options) => {
      const { Body } = await client.send(
        new sdk.GetObjectCommand({ Bucket: config.bucket, Key: key, Range: 'bytes=0-0' }),
        options,
      );
      await Body?.transformToByteArray();
    },
    key,
  );
  return 'Objects can be read.';
}

/** Writes, reads and removes one object; learns on the way what the server makes of conditional writes. */
async function writeProbe({ config, place, facts }: TestedTarget, step: Step, call: Call): Promise<void> {
  const { bucket: Bucket } = config;
  const Key = `${config.prefix}.runescope-test-${randomUUID()}`;
  const put = (conditional: boolean): Promise<'stored' | 'taken' | 'refused'> =>
    call(
      'PutObject',
      async ({ client, sdk }, options) => {
        try {
          await client.send(
            new sdk.PutObjectCommand({ Bucket, Key, Body: PROBE, ...(conditional && { IfNoneMatch: '*' }) }),
            options,
          );
          return 'stored';
        } catch (thrown) {
          if (conditional && httpStatus(thrown) === 412) return 'taken';
          if (conditional && isConditionRefused(thrown)) return 'refused';
          throw thrown;
        }
      },
      Key,
    );

  let refused = false;
  const written = await step('Write', async () => {
    refused = (await put(true)) === 'refused';
    if (refused) await put(false);
    return `A test object was written, with checksums ${config.checksums}.`;
  });
  if (!written) return;
  await step('Conditional writes', async () => {
    const second = refused ? 'refused' : await put(true);
    const writes: ConditionalWrites =
      second === 'taken' ? 'honoured' : second === 'stored' ? 'ignored' : 'refused';
    facts.set(place, writes);
    return writes === 'honoured'
      ? 'The server honours them: nothing can be overwritten.'
      : `The server has none (they are ${writes}): each delivery looks first whether something is there.`;
  });
  await step('Read', () =>
    call(
      'GetObject',
      async ({ client, sdk }, options) => {
        const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket, Key }), options);
        if (!PROBE.equals((await Body?.transformToByteArray()) ?? new Uint8Array()))
          throw new CodedError('archive.checksum_mismatch', 'The test object came back with other bytes.');
        return 'The test object came back as it was written.';
      },
      Key,
    ),
  );
  await step('Clean-up', async () => {
    try {
      await call(
        'DeleteObject',
        ({ client, sdk }, options) => client.send(new sdk.DeleteObjectCommand({ Bucket, Key }), options),
        Key,
      );
      return 'The test object was removed.';
    } catch (thrown) {
      // An archive that lets nobody delete is as it should be.
      if (thrown instanceof CodedError && thrown.code === 'archive.access_denied')
        return `These credentials may not delete, which is good for an archive. Remove the test object yourself: ${Key}.`;
      throw new CodedError(
        'archive.server_error',
        `The test object ${Key} could not be removed. Remove it yourself.`,
        {
          cause: thrown,
        },
      );
    }
  });
}
