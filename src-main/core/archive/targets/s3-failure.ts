import { abortFailure, CodedError, type FailureCode } from '#shared/model/failure.ts';
import { withoutSecrets } from './s3-answers.ts';
import type { S3Config } from './s3-config.ts';

export type S3Action =
  | 'PutObject'
  | 'GetObject'
  | 'HeadObject'
  | 'DeleteObject'
  | 'HeadBucket'
  | 'ListObjectsV2'
  | 'ListObjectVersions';

export interface S3Call {
  readonly config: S3Config;
  readonly action: S3Action;
  readonly key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a thrown value of the SDK tells, whatever its class. */
interface Seen {
  readonly name: string;
  readonly message: string;
  /** Of the operating system or of TLS: ENOTFOUND, CERT_HAS_EXPIRED. */
  readonly errno: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** As an answer about a wrong region names the right one. */
  readonly region: string | null;
  /** As a redirect names the right host. */
  readonly endpoint: string | null;
}

type Said = readonly [code: FailureCode, message: string, retryable: boolean];

/** The permission of each call, as a policy names it. */
const PERMISSION: Readonly<Record<S3Action, string>> = {
  PutObject: 's3:PutObject',
  GetObject: 's3:GetObject',
  HeadObject: 's3:GetObject',
  DeleteObject: 's3:DeleteObject',
  HeadBucket: 's3:ListBucket',
  ListObjectsV2: 's3:ListBucket',
  ListObjectVersions: 's3:ListBucketVersions',
};

/** Where requests go, in words. */
export const serverOf = ({ endpoint, region }: S3Config): string => endpoint ?? `Amazon S3 in ${region}`;

/** Whatever a call threw, as a failure that says what is wrong and what to change. Never holds a secret. */
export function s3Failure(thrown: unknown, call: S3Call): CodedError {
  if (thrown instanceof CodedError) return thrown;
  const aborted = call.signal?.aborted === true ? call.signal : null;
  if (aborted !== null) return abortFailure(aborted);
  const seen = see(thrown);
  const [code, message, retryable] =
    fromNetwork(seen, call) ??
    fromCredentials(seen, call) ??
    fromAddress(seen, call) ??
    fromObject(seen, call) ??
    fromServer(seen, call);
  const detail = withoutSecrets(call.config, detailOf(seen)).slice(0, 500);
  return new CodedError(code, withoutSecrets(call.config, message), {
    retryable,
    cause: thrown,
    ...(detail !== '' && { detail }),
  });
}

/** An answer that is a success and still not of S3. */
export const notS3 = (config: S3Config): CodedError =>
  new CodedError(
    'archive.server_error',
    `${serverOf(config)} answers with something that no S3 server says. Check the endpoint and its port, or sign in to this network.`,
    { retryable: true },
  );

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function see(thrown: unknown): Seen {
  const error = record(thrown);
  const response = record(error.$response);
  const headers = Object.fromEntries(
    Object.entries(record(response.headers)).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  const status = record(error.$metadata).httpStatusCode ?? response.statusCode;
  return {
    name: text(error.Code) || text(error.name),
    message: thrown instanceof Error ? thrown.message : String(thrown),
    errno: errnoOf(thrown),
    status: typeof status === 'number' ? status : 0,
    headers,
    body: text(response.body) || text(error.responseBodyText),
    region: text(error.Region) || headers['x-amz-bucket-region'] || null,
    endpoint: text(error.Endpoint) || headers.location || null,
  };
}

/** Node wraps the attempts at several addresses into one AggregateError. */
function errnoOf(thrown: unknown): string {
  const { code, errors, cause } = record(thrown);
  if (typeof code === 'string') return code;
  if (Array.isArray(errors) && errors.length > 0) return errnoOf(errors[0]);
  return cause === undefined ? '' : errnoOf(cause);
}

/** The server's own words; an answer about a signature repeats what was signed, which is of no use here. */
function detailOf({ name, status, message }: Seen): string {
  if (status === 0) return message;
  const said = message === 'UnknownError' || message === name ? '' : `: ${message}`;
  return `${status} ${name}${said}`;
}

const host = (config: S3Config): string => URL.parse(config.endpoint ?? '')?.hostname ?? serverOf(config);
const NO_ROUTE = /^(EHOSTUNREACH|ENETUNREACH|ENETDOWN|EHOSTDOWN|EADDRNOTAVAIL)$/;
const BROKEN = /^(ECONNRESET|EPIPE|ECONNABORTED|ERR_STREAM_PREMATURE_CLOSE|UND_ERR_SOCKET)$/;
const TLS = /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH)|_CERT/;

function fromNetwork({ name, errno, message, status }: Seen, { config }: S3Call): Said | null {
  const server = serverOf(config);
  if (TLS.test(errno)) return ['archive.tls_failed', tlsSentence(errno, message, config), true];
  const unreachable = (sentence: string): Said => ['archive.unreachable', sentence, true];
  if (errno === 'ENOTFOUND' || errno === 'EAI_AGAIN')
    return unreachable(
      `The name ${host(config)} cannot be resolved. Check the endpoint's spelling and this computer's network.`,
    );
  if (errno === 'ECONNREFUSED')
    return unreachable(
      `${server} refuses connections. Check that the server runs and that the port is right.`,
    );
  if (NO_ROUTE.test(errno))
    return unreachable(`There is no way to ${server} from here. Check the network or VPN.`);
  if (name === 'TimeoutError' || errno === 'ETIMEDOUT')
    return unreachable(
      `${server} does not answer in time. Check the network, a firewall, or whether it is overloaded.`,
    );
  if (BROKEN.test(errno) || /^(aborted|socket hang up)$/.test(message))
    return unreachable(`The connection to ${server} broke off before the answer was whole.`);
  return status === 0 && name === 'AbortError' ? unreachable(`The call to ${server} was broken off.`) : null;
}

function tlsSentence(errno: string, message: string, config: S3Config): string {
  const server = serverOf(config);
  if (errno === 'CERT_HAS_EXPIRED')
    return `The certificate of ${server} has expired, or this computer's clock is wrong. Have the certificate renewed.`;
  if (errno === 'ERR_TLS_CERT_ALTNAME_INVALID' || errno === 'HOSTNAME_MISMATCH')
    return `The certificate of ${server} is for another name. Use the name it was issued for, or turn path-style on.`;
  if (/SELF_SIGNED|UNABLE_TO_|DEPTH_ZERO/.test(errno))
    return `The certificate of ${server} is signed by nobody this computer trusts. Name its authority's file in NODE_EXTRA_CA_CERTS and restart.`;
  if (/wrong version number|packet length too long|http request/i.test(message))
    return `${server} does not speak TLS on this port. Use http:// there, or the port it speaks https on.`;
  return `No TLS connection to ${server} could be made (${errno}).`;
}

const NO_CREDENTIALS = /^(CredentialsProviderError|ProviderError|TokenProviderError)$/;
/** Less than this is the way of the answer, not a clock. */
const NOTABLE_SKEW_MS = 60_000;
const EXPIRED = /^(ExpiredToken|ExpiredTokenException|TokenRefreshRequired|RequestExpired)$/;

function fromCredentials(seen: Seen, { config }: S3Call): Said | null {
  const { name, headers } = seen;
  const server = serverOf(config);
  const bad = (sentence: string): Said => ['archive.bad_credentials', sentence, true];
  if (NO_CREDENTIALS.test(name) || /^Resolved credential object is not valid/.test(seen.message))
    return bad(
      'There are no credentials. Enter a key id and a secret, or set S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    );
  if (name === 'RequestTimeTooSkewed' || name === 'RequestInTheFuture') {
    const skew = clockSkew(headers.date);
    const measured = skew === null || Math.abs(skew) < NOTABLE_SKEW_MS ? '' : `: ${skewInWords(skew)}`;
    return [
      'archive.clock_skew',
      `${server} refuses the request for its time${measured}. Set the clock that is wrong.`,
      true,
    ];
  }
  if (name === 'SignatureDoesNotMatch')
    return bad(`${server} does not accept the signature: the secret access key is not that of this key id.`);
  if (name === 'InvalidAccessKeyId')
    return bad(`${server} does not know the access key id. Check it, and the server.`);
  if (EXPIRED.test(name)) return bad('The credentials have expired. Renew the session token.');
  if (name === 'InvalidToken')
    return bad(`${server} does not accept the session token. Renew it, or leave it empty.`);
  return null;
}

/** Milliseconds by which this computer's clock is ahead of an answer's; null when the answer names no time. */
export function clockSkew(date: string | null | undefined): number | null {
  const server = Date.parse(date ?? '');
  return Number.isNaN(server) ? null : Date.now() - server;
}

export function skewInWords(skewMs: number): string {
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  const amount = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60).toLocaleString('en')} minutes`;
  return seconds < 2
    ? 'both clocks agree'
    : `this computer's clock is ${amount} ${skewMs > 0 ? 'ahead of' : 'behind'} the server's`;
}

const OTHER_REGION =
  /^(PermanentRedirect|TemporaryRedirect|Redirect|AuthorizationHeaderMalformed|AuthorizationQueryParametersError|IllegalLocationConstraintException)$/;

function fromAddress(seen: Seen, { config, action }: S3Call): Said | null {
  const { name, status, region, endpoint, message } = seen;
  const right = region ?? /expecting '([^']+)'/.exec(message)?.[1] ?? null;
  if (OTHER_REGION.test(name) || (status >= 300 && status < 400 && region !== null)) {
    const change =
      right !== null && right !== config.region
        ? `Set the region to ${right}.`
        : endpoint === null
          ? 'Set the region of the bucket.'
          : `Set the endpoint to ${withoutUserinfo(endpoint)}.`;
    return [
      'archive.wrong_region',
      `The bucket ${config.bucket} is not reached by way of ${config.region}. ${change}`,
      true,
    ];
  }
  if (name === 'NoSuchBucket' || (action === 'HeadBucket' && status === 404))
    return [
      'archive.no_bucket',
      `There is no bucket ${config.bucket} at ${serverOf(config)}. Create it, or correct the name.`,
      true,
    ];
  if (name === 'InvalidBucketName')
    return ['archive.no_bucket', `${config.bucket} is no name for a bucket. Correct it.`, true];
  if (status >= 300 && status < 400)
    return [
      'archive.unreachable',
      `${serverOf(config)} answers with a redirect${endpoint === null ? '' : ` to ${withoutUserinfo(endpoint)}`}, as no S3 server does. Check the endpoint, or sign in to this network.`,
      true,
    ];
  return null;
}

/** Without userinfo and query. */
function withoutUserinfo(address: string): string {
  const url = URL.parse(address);
  return url === null ? address.replace(/^.*@/, '').slice(0, 200) : `${url.origin}${url.pathname}`;
}

function fromObject(seen: Seen, { config, action, key = '' }: S3Call): Said | null {
  const { name, status } = seen;
  const reads = action === 'GetObject' || action === 'HeadObject';
  if (name === 'NoSuchKey' || name === 'NotFound' || name === 'NoSuchVersion' || (reads && status === 404))
    return ['archive.not_found', `There is no object ${key} in ${config.bucket}.`, false];
  if (status === 405 && reads)
    return ['archive.not_found', `The newest version of ${key} says that it was deleted.`, false];
  if (status === 412) return ['archive.object_changed', `${key} was replaced since it was listed.`, false];
  if (status === 409 && action === 'PutObject')
    return [
      'archive.server_error',
      `Another write to ${key} runs at the same time. It is tried again.`,
      true,
    ];
  if (name === 'KeyTooLongError')
    return ['archive.bad_key', `The server takes no key as long as ${key.slice(0, 80)}….`, false];
  if (name === 'EntityTooLarge')
    return ['archive.too_large', `${key} is larger than the server takes.`, false];
  if (isDenied(seen)) {
    const missing = reads ? ' If it does not exist, s3:ListBucket is what the server needs to say so.' : '';
    const where = key === '' ? config.bucket : `${config.bucket}/${key}`;
    return [
      'archive.access_denied',
      `The credentials lack the permission ${PERMISSION[action]} on ${where}.${missing}`,
      // A reader asks for one object; a delivery waits for the policy to be mended.
      !reads,
    ];
  }
  return null;
}

const isDenied = ({ name, status }: Seen): boolean =>
  /^(AccessDenied|AllAccessDisabled|Forbidden|AccountProblem)$/.test(name) ||
  status === 403 ||
  status === 401;

const CHECKSUM = /checksum|aws-chunked|trailer|STREAMING-UNSIGNED/i;
const DAMAGED = /^(BadDigest|XAmzContentSHA256Mismatch|XAmzContentChecksumMismatch|InvalidDigest)$/;

function fromServer(seen: Seen, call: S3Call): Said {
  const { name, status, message, headers } = seen;
  const { config, action } = call;
  const server = serverOf(config);
  if (DAMAGED.test(name))
    return [
      'archive.checksum_mismatch',
      `What ${server} received was not what was sent. It is tried again.`,
      true,
    ];
  if (/^Checksum mismatch/i.test(message))
    return [
      'archive.checksum_mismatch',
      `What came from ${server} does not match the object's checksum.`,
      true,
    ];
  if (
    (status === 400 || status === 501) &&
    (CHECKSUM.test(message) || CHECKSUM.test(text(seen.body)) || isChecksumCall(seen, call))
  )
    return [
      'archive.checksum_refused',
      `${server} does not take the checksums that were sent. Set checksums to when_required.`,
      true,
    ];
  if (action === 'ListObjectVersions' && (status === 501 || status === 400 || status === 405))
    return ['archive.unsupported', `${server} keeps no versions.`, false];
  if (name === 'SlowDown' || name === 'ServiceUnavailable' || status === 503 || status === 429)
    return ['archive.server_error', `${server} is overloaded and asks to slow down (${status}).`, true];
  if (status >= 500) return ['archive.server_error', `${server} failed (${status}${named(name)}).`, true];
  if (/http request to an https/i.test(`${message}${seen.body}`))
    return ['archive.tls_failed', `${server} speaks TLS on this port. Use https:// in the endpoint.`, true];
  if (isDamaged(seen))
    return ['archive.server_error', `The answer of ${server} came damaged and cannot be read.`, true];
  if (isNoXml(seen))
    return [
      'archive.server_error',
      `${server} answers with something that no S3 server says${headers['content-type'] ? ` (${headers['content-type'].split(';')[0]})` : ''}. Check the endpoint and its port.`,
      true,
    ];
  if (status >= 400)
    return ['archive.server_error', `${server} refuses ${action} (${status}${named(name)}).`, true];
  return ['archive.unreachable', `The call to ${server} failed.`, true];
}

const named = (name: string): string =>
  name === '' || /^(Error|UnknownError|\d+)$/.test(name) ? '' : ` ${name}`;
/** A put with checksum headers that is not implemented, when leaving out the condition did not mend it. */
const isChecksumCall = ({ name, status }: Seen, { config, action }: S3Call): boolean =>
  action === 'PutObject' &&
  config.checksums === 'when_supported' &&
  (status === 501 || name === 'NotImplemented');
const UNREADABLE = /Deserialization error|XML parse error/i;
const isDamaged = ({ headers, message }: Seen): boolean =>
  /xml/.test(headers['content-type'] ?? 'xml') && UNREADABLE.test(message);
const isNoXml = ({ headers, message, name }: Seen): boolean =>
  /html|json|text\/plain/.test(headers['content-type'] ?? '') ||
  name === 'SyntaxError' ||
  UNREADABLE.test(message);

/** An answer about the If-None-Match header itself: this server has no conditional writes. */
export function isConditionRefused(thrown: unknown): boolean {
  const { name, status, message, body } = see(thrown);
  if (CHECKSUM.test(message) || CHECKSUM.test(body)) return false;
  const header = text(record(thrown).Header);
  if (header !== '') return /^if-none-match$/i.test(header);
  return status === 501 || (status === 400 && (name === 'NotImplemented' || /if-none-match/i.test(message)));
}

export const httpStatus = (thrown: unknown): number => see(thrown).status;
