import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { TEST_CREDENTIAL } from './behaviour.ts';

/** The bare SDK on the test server: one attempt a call, so that a refusal is seen as it came. */
export const sdkClient = (endpoint: string, config: S3ClientConfig = {}): S3Client =>
  new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: TEST_CREDENTIAL,
    maxAttempts: 1,
    ...config,
  });
