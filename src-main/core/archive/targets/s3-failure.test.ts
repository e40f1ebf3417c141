import { describe, expect, it } from 'vitest';
import { testS3Config } from '#core/testing/s3/test-target.ts';
import { CodedError } from '#shared/model/failure.ts';
import { isConditionRefused, type S3Action, s3Failure } from './s3-failure.ts';

const config = testS3Config('http://seaweedfs:8333');
const http = (status: number, name: string, message = name, more: object = {}) =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status }, ...more });
const network = (code: string, message = code) => Object.assign(new Error(message), { code });
const failure = (thrown: unknown, action: S3Action = 'PutObject', key = 'results/a') =>
  s3Failure(thrown, { config, action, key });

describe('what a bucket throws', () => {
  it.each([
    [network('ENOTFOUND'), 'archive.unreachable', /name seaweedfs cannot be resolved/],
    [network('ECONNREFUSED'), 'archive.unreachable', /http:\/\/seaweedfs:8333 refuses connections/],
    [new AggregateError([network('ECONNREFUSED')]), 'archive.unreachable', /refuses connections/],
    [network('EHOSTUNREACH'), 'archive.unreachable', /no way to/],
    [network('ECONNRESET'), 'archive.unreachable', /broke off/],
    [Object.assign(new Error('x'), { name: 'TimeoutError' }), 'archive.unreachable', /in time/],
    [network('CERT_HAS_EXPIRED'), 'archive.tls_failed', /has expired/],
    [network('DEPTH_ZERO_SELF_SIGNED_CERT'), 'archive.tls_failed', /NODE_EXTRA_CA_CERTS/],
    [network('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'archive.tls_failed', /NODE_EXTRA_CA_CERTS/],
    [network('ERR_TLS_CERT_ALTNAME_INVALID'), 'archive.tls_failed', /another name/],
    [network('EPROTO', 'ssl: wrong version number'), 'archive.tls_failed', /Use http:\/\//],
    [
      http(400, 'UnknownError', 'Client sent an HTTP request to an HTTPS server.'),
      'archive.tls_failed',
      /Use https:\/\//,
    ],
    [http(403, 'SignatureDoesNotMatch'), 'archive.bad_credentials', /not that of this key id/],
    [http(403, 'InvalidAccessKeyId'), 'archive.bad_credentials', /does not know/],
    [http(400, 'ExpiredToken'), 'archive.bad_credentials', /expired/],
    [
      Object.assign(new Error('x'), { name: 'CredentialsProviderError' }),
      'archive.bad_credentials',
      /no credentials/,
    ],
    [
      http(403, 'RequestTimeTooSkewed', 'x', {
        $response: { headers: { Date: new Date(Date.now() + 3_600_000).toUTCString() } },
      }),
      'archive.clock_skew',
      /60 minutes behind the server's/,
    ],
    [http(403, 'AccessDenied'), 'archive.access_denied', /s3:PutObject on results\/results\/a/],
    [http(404, 'NoSuchBucket'), 'archive.no_bucket', /no bucket results at http/],
    [
      http(301, 'PermanentRedirect', 'x', {
        Endpoint: 'https://u:planted@s3.eu-west-1.amazonaws.com?planted',
      }),
      'archive.wrong_region',
      /Set the endpoint to https:\/\/s3\.eu-west-1\.amazonaws\.com/,
    ],
    [
      http(301, '301', 'x', { $response: { headers: { 'x-amz-bucket-region': 'eu-west-1' } } }),
      'archive.wrong_region',
      /Set the region to eu-west-1/,
    ],
    [
      http(400, 'AuthorizationHeaderMalformed', "the region 'us-east-1' is wrong; expecting 'ap-1'"),
      'archive.wrong_region',
      /Set the region to ap-1/,
    ],
    [
      http(302, '302', 'x', { $response: { headers: { location: 'http://portal/login?planted=1' } } }),
      'archive.unreachable',
      /redirect to http:\/\/portal\/login,/,
    ],
    [
      http(501, 'NotImplemented', 'x-amz-checksum-crc32 is not supported'),
      'archive.checksum_refused',
      /when_required/,
    ],
    [http(400, 'BadDigest'), 'archive.checksum_mismatch', /not what was sent/],
    [http(503, 'SlowDown'), 'archive.server_error', /slow down/],
    [http(500, 'InternalError'), 'archive.server_error', /500 InternalError/],
    [http(507, 'UnknownError'), 'archive.server_error', /failed \(507\)/],
    [
      http(403, '403', 'x', { $response: { headers: { 'content-type': 'text/html' } } }),
      'archive.access_denied',
      /s3:PutObject/,
    ],
    [
      http(418, 'UnknownError', 'x', {
        $response: { headers: { 'content-type': 'text/html; charset=utf-8' } },
      }),
      'archive.server_error',
      /no S3 server says \(text\/html\)/,
    ],
    [new TypeError('odd'), 'archive.unreachable', /failed/],
  ])('%s is %s, which waiting or a change of settings may mend', (thrown, code, message) => {
    const found = failure(thrown);
    expect(found).toMatchObject({ code, retryable: true, message: expect.stringMatching(message) });
    expect(JSON.stringify([found.message, found.detail])).not.toContain('planted');
  });

  it.each([
    [http(400, 'KeyTooLongError'), 'PutObject', 'archive.bad_key'],
    [http(400, 'EntityTooLarge'), 'PutObject', 'archive.too_large'],
    [http(404, 'NoSuchKey'), 'GetObject', 'archive.not_found'],
    [http(404, 'NotFound'), 'HeadObject', 'archive.not_found'],
    [http(412, 'PreconditionFailed'), 'GetObject', 'archive.object_changed'],
    [http(501, 'NotImplemented'), 'ListObjectVersions', 'archive.unsupported'],
    [http(403, 'AccessDenied'), 'GetObject', 'archive.access_denied'],
  ] as const)('%s of %s is %s, which waiting does not mend', (thrown, action, code) => {
    expect(failure(thrown, action)).toMatchObject({ code, retryable: false });
  });

  it("is the caller's own abort where there was one, and a coded failure where it is one", () => {
    const signal = AbortSignal.abort();
    expect(s3Failure(new Error('x'), { config, action: 'GetObject', signal }).code).toBe('job.cancelled');
    const coded = new CodedError('secret.not_found', 'x');
    expect(failure(coded)).toBe(coded);
  });

  it.each([
    [http(501, 'NotImplemented', 'A header is not implemented', { Header: 'If-None-Match' }), true],
    [
      http(501, 'NotImplemented', 'A header is not implemented', { Header: 'x-amz-sdk-checksum-algorithm' }),
      false,
    ],
    [http(501, 'NotImplemented'), true],
    [http(400, 'InvalidArgument', 'If-None-Match is not supported'), true],
    [http(400, 'InvalidArgument', 'bad'), false],
    [http(500, 'InternalError'), false],
    [network('ECONNRESET'), false],
  ])('tells from %s whether it is the condition that is refused: %s', (thrown, refused) => {
    expect(isConditionRefused(thrown)).toBe(refused);
  });
});
