import { createHash } from 'node:crypto';
import type { S3Behaviour, S3Credential, S3Permission } from './behaviour.ts';
import { listObjects, listVersions } from './listing.ts';
import { type Bucket, type Metadata, type ObjectStore, StoredObject } from './object-store.ts';
import { payloadOf } from './payload.ts';
import { S3Error, xmlDocument } from './s3-error.ts';
import { type SignedRequest, verifySignature } from './signature.ts';

export type S3Operation =
  | 'list'
  | 'list-versions'
  | 'get'
  | 'head'
  | 'put'
  | 'delete'
  | 'head-bucket'
  | 'create-bucket'
  | 'other';

export interface PutLogEntry {
  readonly bucket: string;
  readonly key: string;
  /** Of the object's bytes, in hex. */
  readonly sha256: string;
  readonly size: number;
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface ServerState {
  readonly store: ObjectStore;
  behaviour: S3Behaviour;
  readonly now: () => number;
  readonly puts: PutLogEntry[];
  readonly requests: Record<S3Operation, number>;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: string | Uint8Array;
}

interface S3Request extends SignedRequest {
  readonly body: Buffer;
}

interface Call extends S3Request {
  readonly bucket: string;
  readonly key: string;
  readonly params: Readonly<Record<string, string | undefined>>;
  readonly credential: S3Credential;
}

const MAX_KEY_BYTES = 1024;
/** Headers that are stored with an object and given back with it. */
const KEPT = /^(content-type|content-encoding|content-disposition|cache-control|x-amz-meta-.+)$/;
/** Sub-resources that are other operations; the ones served are taken out. */
const OTHER =
  /^(acl|cors|delete|encryption|legal-hold|lifecycle|object-lock|partNumber|policy|retention|select|tagging|torrent|uploads|uploadId)$/;

/** Carries out one request of the S3 protocol; throws S3Error for every refusal. */
export async function answer(state: ServerState, request: S3Request): Promise<Answer> {
  const { bucket, key } = addressOf(request.rawPath);
  const params: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.query))
    params[name] = Array.isArray(value) ? value[0] : value;
  const operation = operationOf(request.method, bucket, key, params);
  state.requests[operation]++;
  const credential = await verifySignature(request, state.behaviour, state.now());
  const call: Call = { ...request, bucket, key, params, credential };
  switch (operation) {
    case 'list':
      allow(call, 'list');
      return xml(listObjects(bucket, state.store.bucket(bucket), params, state.behaviour.listing));
    case 'list-versions':
      allow(call, 'list');
      if (!state.behaviour.versioning) throw new S3Error('NotImplemented', 'Versions are not kept here.');
      return xml(listVersions(bucket, state.store.bucket(bucket), params));
    case 'head-bucket':
      allow(call, 'list');
      state.store.bucket(bucket);
      return { status: 200, headers: { 'x-amz-bucket-region': state.behaviour.region ?? 'us-east-1' } };
    case 'create-bucket':
      allow(call, 'create-bucket');
      state.store.create(bucket);
      return { status: 200, headers: { location: `/${bucket}` } };
    case 'get':
    case 'head':
      return read(state, call);
    case 'put':
      return put(state, call);
    case 'delete':
      return remove(state, call);
    case 'other':
      return other(state, call);
  }
}

function addressOf(rawPath: string): { bucket: string; key: string } {
  const slash = rawPath.indexOf('/', 1);
  const bucket = rawPath.slice(1, slash < 0 ? undefined : slash);
  let key: string;
  try {
    key = slash < 0 ? '' : decodeURIComponent(rawPath.slice(slash + 1));
  } catch {
    throw new S3Error('InvalidURI', "Couldn't parse the specified URI.");
  }
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) throw new S3Error('KeyTooLongError', 'Your key is too long');
  return { bucket, key };
}

function operationOf(
  method: string,
  bucket: string,
  key: string,
  params: Readonly<Record<string, string | undefined>>,
): S3Operation {
  if (bucket === '' || Object.keys(params).some((name) => OTHER.test(name))) return 'other';
  if (key !== '') {
    const operations: Readonly<Record<string, S3Operation>> = {
      GET: 'get',
      HEAD: 'head',
      PUT: 'put',
      DELETE: 'delete',
    };
    return operations[method] ?? 'other';
  }
  if (method === 'HEAD') return 'head-bucket';
  if (method === 'PUT') return 'create-bucket';
  if (method === 'GET' && params['list-type'] === '2') return 'list';
  if (method === 'GET' && params.versions !== undefined) return 'list-versions';
  return 'other';
}

const may = ({ permissions }: S3Credential, permission: S3Permission): boolean =>
  permissions?.includes(permission) ?? true;

function allow({ credential }: Call, permission: S3Permission): void {
  if (!may(credential, permission)) throw new S3Error('AccessDenied', 'Access Denied');
}

const xml = (body: string): Answer => ({ status: 200, headers: { 'content-type': 'application/xml' }, body });

function other({ store, behaviour }: ServerState, { method, bucket, key, params }: Call): Answer {
  if (method === 'GET' && bucket !== '' && key === '') {
    store.bucket(bucket);
    if (params.versioning !== undefined)
      return xml(
        xmlDocument('VersioningConfiguration', behaviour.versioning ? '<Status>Enabled</Status>' : ''),
      );
    if (params.location !== undefined) return xml(xmlDocument('LocationConstraint', behaviour.region ?? ''));
  }
  throw new S3Error('NotImplemented', `${method} of this resource is not implemented.`);
}

function find(call: Call, bucket: Bucket): StoredObject {
  const { key, params, credential } = call;
  const { versionId } = params;
  const found =
    versionId === undefined
      ? bucket.current.get(key)
      : bucket.versions.get(key)?.find((version) => version.versionId === versionId);
  if (found?.deleteMarker) throw new S3Error('MethodNotAllowed', 'This version is a delete marker.');
  if (found !== undefined) return found;
  // Who may not list is not told what is missing.
  if (!may(credential, 'list')) throw new S3Error('AccessDenied', 'Access Denied');
  if (versionId !== undefined) throw new S3Error('NoSuchVersion', 'The specified version does not exist.');
  throw new S3Error('NoSuchKey', 'The specified key does not exist.', { Key: key });
}

const unquote = (etag: string): string => etag.trim().replace(/^W\//, '').replaceAll('"', '');
const covers = (condition: string, etag: string): boolean =>
  condition === '*' || condition.split(',').some((each) => unquote(each) === etag);
const failed = (condition: string): S3Error =>
  new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    Condition: condition,
  });

function read({ store, behaviour }: ServerState, call: Call): Answer {
  allow(call, 'get');
  const object = find(call, store.bucket(call.bucket));
  const { headers, method, params } = call;
  const shown = { ...shownHeaders(object, behaviour), ...overridden(params) };
  if (headers['if-match'] !== undefined && !covers(headers['if-match'], object.etag))
    throw failed('If-Match');
  if (headers['if-none-match'] !== undefined && covers(headers['if-none-match'], object.etag))
    return { status: 304, headers: shown };
  const range = rangeOf(headers.range, object.size);
  if (range === null) {
    if (behaviour.checksums === 'current' && headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED') {
      shown['x-amz-checksum-crc32'] = object.crc32;
      shown['x-amz-checksum-type'] = 'FULL_OBJECT';
    }
    return method === 'HEAD'
      ? { status: 200, headers: { ...shown, 'content-length': object.size } }
      : { status: 200, headers: shown, body: object.body };
  }
  const { start, end } = range;
  return {
    status: 206,
    headers: {
      ...shown,
      'content-range': `bytes ${start}-${end}/${object.size}`,
      'content-length': end - start + 1,
    },
    body: object.body.subarray(start, end + 1),
  };
}

function shownHeaders(object: StoredObject, { objectLock, versioning }: S3Behaviour): Record<string, string> {
  const { mode, retainUntil, legalHold } = objectLock ?? {};
  return {
    'content-type': 'binary/octet-stream',
    ...object.metadata,
    'accept-ranges': 'bytes',
    etag: `"${object.etag}"`,
    'last-modified': new Date(object.lastModified).toUTCString(),
    ...(versioning && { 'x-amz-version-id': object.versionId }),
    ...(mode && { 'x-amz-object-lock-mode': mode }),
    ...(retainUntil && { 'x-amz-object-lock-retain-until-date': retainUntil }),
    ...(legalHold !== undefined && { 'x-amz-object-lock-legal-hold': legalHold ? 'ON' : 'OFF' }),
  };
}

/** What a presigned link says its answer's headers are: response-content-disposition and the like. */
function overridden(params: Call['params']): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(params)) {
    const header = /^response-(content-type|content-disposition|content-encoding|cache-control)$/.exec(name);
    if (header?.[1] !== undefined && value !== undefined) headers[header[1]] = value;
  }
  return headers;
}

/** Inclusive ends; null for the whole object. */
function rangeOf(header: string | undefined, size: number): { start: number; end: number } | null {
  const [whole, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (whole === undefined || (from === '' && to === '')) return null;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (start >= size || (to !== '' && from !== '' && Number(to) < start))
    throw new S3Error('InvalidRange', 'The requested range is not satisfiable', {
      ActualObjectSize: String(size),
    });
  return { start, end };
}

function put(state: ServerState, call: Call): Answer {
  const { behaviour, store, now, puts } = state;
  allow(call, 'put');
  const bucket = store.bucket(call.bucket);
  if (call.headers['x-amz-copy-source'] !== undefined)
    throw new S3Error('NotImplemented', 'Copies are not implemented.');
  const bytes = payloadOf(call.headers, call.body, behaviour.checksums);
  checkConditions(state, call, bucket);
  const object = new StoredObject({ body: bytes }, now(), metadataOf(call.headers));
  bucket.put(call.key, object, behaviour.versioning);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  puts.push({ bucket: call.bucket, key: call.key, sha256, size: bytes.length, at: now() });
  return {
    status: 200,
    headers: {
      etag: `"${object.etag}"`,
      ...(behaviour.versioning && { 'x-amz-version-id': object.versionId }),
      ...(behaviour.checksums === 'current' && {
        'x-amz-checksum-crc32': object.crc32,
        'x-amz-checksum-type': 'FULL_OBJECT',
      }),
    },
  };
}

function checkConditions(state: ServerState, { headers, key }: Call, bucket: Bucket): void {
  const match = headers['if-match'];
  const noneMatch = headers['if-none-match'];
  const { conditionalWrites, conflicts } = state.behaviour;
  if ((match === undefined && noneMatch === undefined) || conditionalWrites === 'ignored') return;
  if (conditionalWrites === 'refused' || (noneMatch !== undefined && noneMatch !== '*'))
    throw new S3Error(
      'NotImplemented',
      'A header you provided implies functionality that is not implemented',
      {
        Header: match === undefined ? 'If-None-Match' : 'If-Match',
      },
    );
  if (conflicts > 0) {
    state.behaviour = { ...state.behaviour, conflicts: conflicts - 1 };
    throw new S3Error(
      'ConditionalRequestConflict',
      'The conditional request cannot succeed due to a conflicting operation against this resource.',
    );
  }
  const current = bucket.current.get(key);
  if (noneMatch === '*' && current !== undefined) throw failed('If-None-Match');
  if (match === undefined) return;
  if (current === undefined)
    throw new S3Error('NoSuchKey', 'The specified key does not exist.', { Key: key });
  if (!covers(match, current.etag)) throw failed('If-Match');
}

function metadataOf(headers: Readonly<Record<string, string>>): Metadata {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!KEPT.test(name)) continue;
    const plain =
      name === 'content-encoding'
        ? value
            .split(',')
            .filter((each) => each.trim() !== 'aws-chunked')
            .join(',')
        : value;
    if (plain !== '') kept[name] = plain;
  }
  return kept;
}

function remove({ store, behaviour, now }: ServerState, call: Call): Answer {
  allow(call, 'delete');
  const marker = store.bucket(call.bucket).remove(call.key, now(), behaviour.versioning);
  return {
    status: 204,
    ...(marker !== null && {
      headers: { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker.versionId },
    }),
  };
}
