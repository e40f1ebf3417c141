import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import type { Milliseconds } from '#shared/model/units.ts';
import { guardAnswers } from './s3-answers.ts';
import type { S3Config } from './s3-config.ts';

/** Loaded when the first request is made: it takes a tenth of a second, which a start can do without. */
const loadSdk = () => import('@aws-sdk/client-s3');

const CONNECT_MS = 5000;
/** Without a byte in either direction. */
const IDLE_MS = 30_000;
const ATTEMPTS = 3;
/** Fetches and deliveries side by side. */
const SOCKETS = 32;
const CREDENTIALS_MS = 4000;
/** The SDK asks for credentials again when they expire within five minutes. */
const SDK_EXPIRY_MARGIN_MS = 300_000;

const silent = { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export interface S3Connection {
  readonly client: S3Client;
  readonly sdk: Awaited<ReturnType<typeof loadSdk>>;
}

/** `onRequest` is called for every HTTP request that is sent, retries included. */
export async function connectS3(
  config: S3Config,
  onRequest: () => void,
  idleMs: Milliseconds = IDLE_MS,
): Promise<S3Connection> {
  const sdk = await loadSdk();
  const agent = { keepAlive: true, maxSockets: SOCKETS };
  const { credentials } = config;
  const mode = config.checksums === 'when_supported' ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED';
  const options: S3ClientConfig = {
    region: config.region,
    forcePathStyle: config.pathStyle,
    requestChecksumCalculation: mode,
    responseChecksumValidation: mode,
    maxAttempts: ATTEMPTS,
    retryMode: 'standard',
    followRegionRedirects: false,
    // What the configuration says is all there is, whatever AWS_ENDPOINT_URL or a profile would add.
    ignoreConfiguredEndpointUrls: true,
    // Older servers never answer 100, and each large put would wait for it.
    expectContinueHeader: false,
    logger: silent,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout: idleMs,
      httpAgent: agent,
      httpsAgent: agent,
      logger: silent,
    },
    ...(config.endpoint !== null && { endpoint: config.endpoint }),
    ...(credentials !== null && {
      credentials: async () => ({
        ...(await credentials()),
        expiration: new Date(Date.now() + SDK_EXPIRY_MARGIN_MS + CREDENTIALS_MS),
      }),
    }),
  };
  const client = new sdk.S3Client(options);
  // The step inside the retries: once per attempt.
  client.middlewareStack.add(
    (next) => (args) => {
      onRequest();
      return next(args);
    },
    { step: 'deserialize', name: 'countRequests', priority: 'low' },
  );
  guardAnswers(client, config);
  return { client, sdk };
}
