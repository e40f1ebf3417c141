import { createHash, createHmac, type Hash, type Hmac, timingSafeEqual } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { S3Behaviour, S3Credential } from './behaviour.ts';
import { S3Error } from './s3-error.ts';

/** What S3 tolerates between the two clocks. */
const MAX_SKEW_MS = 15 * 60 * 1000;
const UNSIGNED = 'UNSIGNED-PAYLOAD';

/** The hash SignatureV4 wants, from Node's own. */
export class NodeSha256 {
  readonly #hash: Hash | Hmac;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    if (secret === undefined) this.#hash = createHash('sha256');
    else {
      const bytes =
        secret instanceof ArrayBuffer
          ? new Uint8Array(secret)
          : typeof secret === 'string'
            ? secret
            : new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength);
      this.#hash = createHmac('sha256', bytes);
    }
  }
  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {
    throw new Error('a hash is used once');
  }
}

export interface SignedRequest {
  readonly method: string;
  /** As on the wire, percent-encoded. */
  readonly rawPath: string;
  readonly query: Readonly<Record<string, string | string[]>>;
  readonly headers: Readonly<Record<string, string>>;
}

interface Claim {
  readonly accessKeyId: string;
  readonly region: string;
  readonly day: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** YYYYMMDDTHHMMSSZ. */
  readonly date: string;
  readonly token: string | undefined;
  /** Seconds; null for a signature in the header. */
  readonly expires: number | null;
}

const one = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;

function claimOf({ query, headers }: SignedRequest): Claim {
  const presigned = one(query['X-Amz-Algorithm']);
  const malformed = (why: string) =>
    new S3Error(
      presigned === undefined ? 'AuthorizationHeaderMalformed' : 'AuthorizationQueryParametersError',
      why,
    );
  let fields: Readonly<Record<string, string | undefined>>;
  if (presigned !== undefined) {
    if (presigned !== 'AWS4-HMAC-SHA256') throw malformed('Only AWS4-HMAC-SHA256 is supported.');
    fields = {
      Credential: one(query['X-Amz-Credential']),
      SignedHeaders: one(query['X-Amz-SignedHeaders']),
      Signature: one(query['X-Amz-Signature']),
    };
  } else {
    const { authorization } = headers;
    if (authorization === undefined) throw new S3Error('AccessDenied', 'Anonymous access is forbidden.');
    const [algorithm, ...rest] = authorization.split(' ');
    if (algorithm !== 'AWS4-HMAC-SHA256') throw new S3Error('InvalidRequest', 'Please use AWS4-HMAC-SHA256.');
    fields = Object.fromEntries(
      rest
        .join('')
        .split(',')
        .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    );
  }
  const scope = (fields.Credential ?? '').split('/');
  const [terminal, service, region, day] = scope.slice(-4).reverse();
  if (scope.length < 5 || terminal !== 'aws4_request' || service !== 's3' || !day || !region)
    throw malformed('The credential scope must be KEY/DATE/REGION/s3/aws4_request.');
  if (!fields.SignedHeaders || !fields.Signature) throw malformed('The authorization is incomplete.');
  const date = presigned === undefined ? headers['x-amz-date'] : one(query['X-Amz-Date']);
  if (date === undefined || !/^\d{8}T\d{6}Z$/.test(date)) throw malformed('The request carries no date.');
  if (!date.startsWith(day)) throw malformed('The date is not that of the credential scope.');
  return {
    accessKeyId: scope.slice(0, -4).join('/'),
    region,
    day,
    signedHeaders: fields.SignedHeaders.split(';'),
    signature: fields.Signature,
    date,
    token: presigned === undefined ? headers['x-amz-security-token'] : one(query['X-Amz-Security-Token']),
    expires: presigned === undefined ? null : Number(one(query['X-Amz-Expires'])),
  };
}

const dateOf = (text: string): Date =>
  new Date(text.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));

/** Checks clock, key, region and token, then signs the request again and compares. Returns who asked. */
export async function verifySignature(
  request: SignedRequest,
  behaviour: S3Behaviour,
  now: number,
): Promise<S3Credential> {
  const claim = claimOf(request);
  const credential = behaviour.credentials.find(({ accessKeyId }) => accessKeyId === claim.accessKeyId);
  if (credential === undefined)
    throw new S3Error('InvalidAccessKeyId', 'The access key id does not exist in our records.', {
      AWSAccessKeyId: claim.accessKeyId,
    });
  checkTime(claim, now);
  if (behaviour.region !== null && claim.region !== behaviour.region)
    throw new S3Error(
      claim.expires === null ? 'AuthorizationHeaderMalformed' : 'AuthorizationQueryParametersError',
      `The authorization is malformed; the region '${claim.region}' is wrong; expecting '${behaviour.region}'`,
      { Region: behaviour.region },
    );
  const required = Object.keys(request.headers).filter(
    (name) => name === 'host' || (claim.expires === null && name.startsWith('x-amz-')),
  );
  const unsigned = required.filter((name) => !claim.signedHeaders.includes(name));
  if (unsigned.length > 0)
    throw new S3Error('AccessDenied', 'There were headers present in the request which were not signed', {
      HeadersNotSigned: unsigned.join(', '),
    });
  const expected = Buffer.from(await signatureFor(request, claim, credential));
  const given = Buffer.from(claim.signature);
  if (expected.length !== given.length || !timingSafeEqual(expected, given))
    throw new S3Error(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      { AWSAccessKeyId: claim.accessKeyId, SignatureProvided: claim.signature },
    );
  if (credential.sessionToken !== claim.token)
    throw new S3Error('InvalidToken', 'The provided token is malformed or otherwise invalid.');
  if (credential.expiresAt !== undefined && now > credential.expiresAt)
    throw new S3Error('ExpiredToken', 'The provided token has expired.');
  return credential;
}

function checkTime({ date, expires }: Claim, now: number): void {
  const signedAt = dateOf(date).getTime();
  if (expires === null ? Math.abs(now - signedAt) > MAX_SKEW_MS : signedAt - now > MAX_SKEW_MS)
    throw new S3Error(
      'RequestTimeTooSkewed',
      "The difference between the request time and the server's time is too large.",
      {
        RequestTime: date,
        ServerTime: new Date(now).toISOString(),
        MaxAllowedSkewMilliseconds: String(MAX_SKEW_MS),
      },
    );
  if (expires === null) return;
  if (!(expires >= 1 && expires <= 604_800))
    throw new S3Error('AuthorizationQueryParametersError', 'X-Amz-Expires must be 1 to 604800 seconds.');
  if (now > signedAt + expires * 1000) throw new S3Error('AccessDenied', 'Request has expired');
}

/** The signature this request should carry. The library keeps the key of each day, region and credential. */
async function signatureFor(
  { method, rawPath, query, headers }: SignedRequest,
  claim: Claim,
  { accessKeyId, secretAccessKey, sessionToken }: S3Credential,
): Promise<string> {
  const signer = new SignatureV4({
    service: 's3',
    region: claim.region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    sha256: NodeSha256,
    uriEscapePath: false,
    applyChecksum: false,
  });
  const signed = new Set(claim.signedHeaders);
  const { 'X-Amz-Signature': _signature, ...rest } = query;
  // In a presigned URL the content hash is a parameter, if it is said at all.
  const payload = headers['x-amz-content-sha256'] ?? one(query['X-Amz-Content-Sha256']) ?? UNSIGNED;
  const again = await signer.sign(
    {
      method,
      protocol: 'http:',
      hostname: headers.host ?? '',
      path: rawPath,
      query: { ...rest },
      headers: {
        ...Object.fromEntries(claim.signedHeaders.map((name) => [name, headers[name] ?? ''])),
        'x-amz-content-sha256': payload,
      },
    },
    {
      signingDate: dateOf(claim.date),
      signableHeaders: signed,
      // The library adds these by itself; they count only where the client signed them.
      unsignableHeaders: new Set(['x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256']),
    },
  );
  return /Signature=([0-9a-f]+)$/.exec(again.headers.authorization ?? '')?.[1] ?? '';
}
