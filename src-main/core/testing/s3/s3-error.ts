const STATUS = {
  AccessDenied: 403,
  AuthorizationHeaderMalformed: 400,
  AuthorizationQueryParametersError: 400,
  BadDigest: 400,
  BucketAlreadyOwnedByYou: 409,
  ConditionalRequestConflict: 409,
  EntityTooLarge: 400,
  ExpiredToken: 400,
  IncompleteBody: 400,
  InternalError: 500,
  InvalidAccessKeyId: 403,
  InvalidArgument: 400,
  InvalidBucketName: 400,
  InvalidRange: 416,
  InvalidRequest: 400,
  InvalidToken: 400,
  InvalidURI: 400,
  KeyTooLongError: 400,
  MethodNotAllowed: 405,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchVersion: 404,
  NotImplemented: 501,
  PreconditionFailed: 412,
  RequestTimeTooSkewed: 403,
  SignatureDoesNotMatch: 403,
  SlowDown: 503,
  XAmzContentSHA256Mismatch: 400,
} as const;
export type S3ErrorCode = keyof typeof STATUS;

/** An answer of the S3 protocol other than success. */
export class S3Error extends Error {
  readonly code: S3ErrorCode;
  readonly status: number;
  /** Further elements of the answer, such as the Region that was expected. */
  readonly details: Readonly<Record<string, string>>;
  constructor(code: S3ErrorCode, message: string, details: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.status = STATUS[code];
    this.details = details;
  }
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
// biome-ignore lint/suspicious/noControlCharactersInRegex: XML has to write control characters as references.
const SPECIAL = /[&<>"\u0000-\u001f]/g;

export const escapeXml = (text: string): string =>
  text.search(SPECIAL) < 0
    ? text
    : text.replace(SPECIAL, (char) => ENTITIES[char] ?? `&#${char.charCodeAt(0)};`);

const PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n';
export const xmlDocument = (root: string, inner: string): string =>
  `${PROLOGUE}<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</${root}>`;

export function errorXml(error: S3Error, resource: string): string {
  const details = { Code: error.code, Message: error.message, Resource: resource, ...error.details };
  const inner = Object.entries(details).map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`);
  return `${PROLOGUE}<Error>${inner.join('')}<RequestId>TEST</RequestId></Error>`;
}
