/** What a credential may do. Reading a missing key without `list` is AccessDenied, as on AWS. */
export type S3Permission = 'list' | 'get' | 'put' | 'delete' | 'create-bucket';

export interface S3Credential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Everything when absent. */
  readonly permissions?: readonly S3Permission[];
  /** Epoch milliseconds after which the credential answers ExpiredToken. */
  readonly expiresAt?: number;
}

export interface S3ObjectLock {
  readonly mode?: 'GOVERNANCE' | 'COMPLIANCE';
  /** ISO 8601. */
  readonly retainUntil?: string;
  readonly legalHold?: boolean;
}

/** Everything about the server that differs between real ones, changeable while it runs. All of it is JSON. */
export interface S3Behaviour {
  readonly credentials: readonly S3Credential[];
  /** If-Match and If-None-Match on PUT: AWS honours them, old servers overwrite silently, others answer 501. */
  readonly conditionalWrites: 'honoured' | 'ignored' | 'refused';
  /** `old` answers 501 to the checksum headers and 400 to aws-chunked trailers. */
  readonly checksums: 'current' | 'old';
  /** A request signed for another region is AuthorizationHeaderMalformed; null accepts every region. */
  readonly region: string | null;
  readonly versioning: boolean;
  /** Shown on GET and HEAD of every object. */
  readonly objectLock: S3ObjectLock | null;
  /** Before every answer. */
  readonly latencyMs: number;
  /** Added to the server's clock: more than 15 minutes and every signature is RequestTimeTooSkewed. */
  readonly clockOffsetMs: number;
  /** A broken server: every page's token repeats that page, or the last page leads back to the first. */
  readonly listing: 'correct' | 'repeats-token' | 'loops';
  /** So many of the next conditional writes answer 409 ConditionalRequestConflict. */
  readonly conflicts: number;
}

/** The credential of `startS3Server()` without options. */
export const TEST_CREDENTIAL: S3Credential = {
  accessKeyId: 'TESTACCESSKEY',
  secretAccessKey: 'a-test-secret-of-no-value',
};

export const DEFAULT_BEHAVIOUR: S3Behaviour = {
  credentials: [TEST_CREDENTIAL],
  conditionalWrites: 'honoured',
  checksums: 'current',
  region: null,
  versioning: false,
  objectLock: null,
  latencyMs: 0,
  clockOffsetMs: 0,
  listing: 'correct',
  conflicts: 0,
};
