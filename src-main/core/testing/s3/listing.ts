import type { S3Behaviour } from './behaviour.ts';
import type { Bucket, StoredObject } from './object-store.ts';
import { escapeXml, S3Error, xmlDocument } from './s3-error.ts';

type Params = Readonly<Record<string, string | undefined>>;

const MAX_KEYS = 1000;

interface Page {
  /** Keys and rolled-up prefixes, in order. */
  readonly keys: readonly string[];
  readonly prefixes: readonly string[];
  /** The last of either; where the next page starts. */
  readonly last: Cursor | null;
  readonly truncated: boolean;
}
interface Cursor {
  readonly name: string;
  readonly isPrefix: boolean;
}

/** One page of keys that begin with `prefix`, rolled up at `delimiter`, after the cursor. */
function pageOf(
  bucket: Bucket,
  prefix: string,
  delimiter: string,
  after: Cursor | null,
  limit: number,
): Page {
  const { index } = bucket;
  const { keys: all } = index;
  const end = prefix === '' ? all.length : index.afterPrefix(prefix);
  let at = prefix === '' ? 0 : index.from(prefix);
  if (after !== null)
    at = Math.max(at, after.isPrefix ? index.afterPrefix(after.name) : index.after(after.name));
  const keys: string[] = [];
  const prefixes: string[] = [];
  let last: Cursor | null = null;
  while (at < end && keys.length + prefixes.length < limit) {
    const key = all[at] ?? '';
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    if (cut < 0) {
      keys.push(key);
      last = { name: key, isPrefix: false };
      at++;
    } else {
      const rolled = key.slice(0, cut + delimiter.length);
      prefixes.push(rolled);
      last = { name: rolled, isPrefix: true };
      at = index.afterPrefix(rolled);
    }
  }
  return { keys, prefixes, last, truncated: at < end && limit > 0 };
}

const seconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}.000Z`;

function limitOf(params: Params): number {
  const text = params['max-keys'] ?? String(MAX_KEYS);
  if (!/^\d{1,10}$/.test(text))
    throw new S3Error('InvalidArgument', 'Argument max-keys must be an integer between 0 and 2147483647');
  return Math.min(MAX_KEYS, Number(text));
}

function encoderOf(params: Params): (text: string) => string {
  const encoding = params['encoding-type'];
  if (encoding === undefined) return escapeXml;
  if (encoding !== 'url')
    throw new S3Error('InvalidArgument', 'Invalid Encoding Method specified in Request');
  return (text) => encodeURIComponent(text).replaceAll('%2F', '/');
}

const element = (name: string, value: string | number | undefined): string =>
  value === undefined ? '' : `<${name}>${value}</${name}>`;

/** Kept with the object: a listing of 100,000 shows each of them many times. */
const described = new WeakMap<StoredObject, string>();
function describe(object: StoredObject): string {
  const known = described.get(object);
  if (known !== undefined) return known;
  const made =
    `<LastModified>${seconds(object.lastModified)}</LastModified><ETag>&quot;${object.etag}&quot;</ETag>` +
    `<Size>${object.size}</Size><StorageClass>STANDARD</StorageClass>`;
  described.set(object, made);
  return made;
}

/** A token says where it goes on and for which listing; for any other it is refused. */
interface Token extends Cursor {
  readonly prefix: string;
  readonly delimiter: string;
}
const tokenOf = (token: Token | { readonly start: true }): string =>
  Buffer.from(JSON.stringify(token)).toString('base64url');

function cursorOf(params: Params, prefix: string, delimiter: string): Cursor | null {
  const token = params['continuation-token'];
  const startAfter = params['start-after'];
  if (token === undefined)
    return startAfter === undefined || startAfter === '' ? null : { name: startAfter, isPrefix: false };
  try {
    const read = JSON.parse(Buffer.from(token, 'base64url').toString()) as Token & { start?: true };
    if (read.start === true) return null;
    if (read.prefix === prefix && read.delimiter === delimiter) return read;
  } catch {
    // Not a token of ours: refused below.
  }
  throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect');
}

/** ListObjectsV2. */
export function listObjects(
  name: string,
  bucket: Bucket,
  params: Params,
  listing: S3Behaviour['listing'],
): string {
  const prefix = params.prefix ?? '';
  const delimiter = params.delimiter ?? '';
  const encode = encoderOf(params);
  const limit = limitOf(params);
  const page = pageOf(bucket, prefix, delimiter, cursorOf(params, prefix, delimiter), limit);
  const given = params['continuation-token'];
  const right =
    page.truncated && page.last !== null ? tokenOf({ ...page.last, prefix, delimiter }) : undefined;
  const next =
    listing === 'repeats-token' && given !== undefined
      ? given
      : listing === 'loops' && right === undefined
        ? tokenOf({ start: true })
        : right;
  const parts = [
    element('Name', escapeXml(name)),
    element('Prefix', encode(prefix)),
    params.delimiter === undefined ? '' : element('Delimiter', encode(delimiter)),
    element('MaxKeys', limit),
    element('KeyCount', page.keys.length + page.prefixes.length),
    element('IsTruncated', String(next !== undefined)),
    element('EncodingType', params['encoding-type']),
    element('ContinuationToken', given),
    element('NextContinuationToken', next),
    params['start-after'] === undefined ? '' : element('StartAfter', encode(params['start-after'])),
  ];
  for (const key of page.keys) {
    const object = bucket.current.get(key);
    if (object !== undefined) parts.push(`<Contents><Key>${encode(key)}</Key>${describe(object)}</Contents>`);
  }
  for (const rolled of page.prefixes)
    parts.push(`<CommonPrefixes><Prefix>${encode(rolled)}</Prefix></CommonPrefixes>`);
  return xmlDocument('ListBucketResult', parts.join(''));
}

/** ListObjectVersions, newest first within a key. A page ends between keys, so that the key alone marks it. */
export function listVersions(name: string, bucket: Bucket, params: Params): string {
  const prefix = params.prefix ?? '';
  const encode = encoderOf(params);
  const limit = limitOf(params);
  const marker = params['key-marker'] ?? '';
  const keys = [...bucket.versions.keys()]
    .filter((key) => key.startsWith(prefix))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .filter((key) => marker === '' || Buffer.compare(Buffer.from(key), Buffer.from(marker)) > 0);
  const entries: string[] = [];
  let last = '';
  for (const key of keys) {
    if (entries.length >= limit) break;
    const versions = bucket.versions.get(key) ?? [];
    versions.forEach((object, i) => {
      const tag = object.deleteMarker ? 'DeleteMarker' : 'Version';
      const details = object.deleteMarker
        ? element('LastModified', seconds(object.lastModified))
        : describe(object);
      entries.push(
        `<${tag}><Key>${encode(key)}</Key><VersionId>${object.versionId}</VersionId>` +
          `<IsLatest>${i === 0}</IsLatest>${details}</${tag}>`,
      );
    });
    last = key;
  }
  const truncated = last !== '' && last !== keys.at(-1);
  const head = [
    element('Name', escapeXml(name)),
    element('Prefix', encode(prefix)),
    element('KeyMarker', encode(marker)),
    element('MaxKeys', limit),
    element('IsTruncated', String(truncated)),
    element('EncodingType', params['encoding-type']),
    truncated ? element('NextKeyMarker', encode(last)) : '',
  ];
  return xmlDocument('ListVersionsResult', head.join('') + entries.join(''));
}
