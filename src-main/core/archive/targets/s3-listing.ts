import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { z } from 'zod';
import type { ListedObject } from '#shared/model/archive.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { S3Config } from './s3-config.ts';
import { notS3 } from './s3-failure.ts';
import type { ListPage, ListRequest } from './target.ts';
import { compareByFolder, compareUtf8 } from './utf8-order.ts';

/**
 * Where a listing goes on: the server's token, and the last name seen, by which the next page shows that it moves
 * forward. `order` is what the pages so far agree with; servers that keep keys as files list folder by folder.
 */
interface Cursor {
  readonly token: string;
  readonly last: string;
  readonly order: 'either' | 'bytes' | 'folders';
}

const cursorSchema = z.tuple([z.string(), z.string(), z.enum(['either', 'bytes', 'folders'])]);

const encodeCursor = ({ token, last, order }: Cursor): string => JSON.stringify([token, last, order]);

export function decodeCursor(text: string): Cursor {
  try {
    const [token, last, order] = cursorSchema.parse(JSON.parse(text));
    return { token, last, order };
  } catch {
    throw badListing('The listing cannot go on from there: this is no token of this target. List it anew.');
  }
}

const badListing = (message: string): CodedError => new CodedError('archive.bad_listing', message);

/** What the SDK read, checked and in our words. Runs for every page of 100,000 keys: the work per key is kept small. */
export function toListPage(
  config: S3Config,
  answer: ListObjectsV2CommandOutput,
  { prefix, after }: ListRequest,
  cursor: Cursor | null,
): ListPage {
  if (answer.Name === undefined && answer.IsTruncated === undefined && answer.KeyCount === undefined)
    throw notS3(config);
  const decode = answer.EncodingType === 'url' ? decodeKey : asIs;
  const objects: ListedObject[] = [];
  for (const { Key, Size, LastModified, ETag } of answer.Contents ?? []) {
    const key = decode(Key ?? '');
    if (key === '' || !key.startsWith(prefix)) throw outside(key, prefix);
    objects.push({
      key,
      size_bytes: Size ?? 0,
      last_modified: LastModified === undefined ? 0 : LastModified.getTime() / 1000,
      etag: ETag === undefined ? null : bareEtag(ETag),
    });
  }
  const prefixes: string[] = [];
  for (const { Prefix } of answer.CommonPrefixes ?? []) {
    const name = decode(Prefix ?? '');
    if (name === '' || !name.startsWith(prefix)) throw outside(name, prefix);
    prefixes.push(name);
  }
  const first = earlier(objects[0]?.key, prefixes[0]);
  const last = later(objects.at(-1)?.key, prefixes.at(-1));
  const order = orderOf(first, cursor);
  // A server that does not know start-after lists from the beginning.
  if (cursor === null && after !== undefined && first !== undefined && !isAfter(first, after))
    throw badListing(`The server lists ${first}, which is not after ${after}: it ignores where to start.`);
  return { objects, prefixes, next: nextOf(answer, cursor, last, order) };
}

function nextOf(
  answer: ListObjectsV2CommandOutput,
  cursor: Cursor | null,
  last: string | undefined,
  order: Cursor['order'],
): string | null {
  const token = answer.NextContinuationToken;
  if (answer.IsTruncated !== true) return null;
  if (token === undefined || token === '')
    throw badListing('The server says that there is more and not how to go on. The listing is not complete.');
  if (token === cursor?.token)
    throw badListing('The server repeats a page of the listing for ever. The listing is not complete.');
  return encodeCursor({ token, last: last ?? cursor?.last ?? '', order });
}

/** The order that still holds; throws when the page begins before the last one ended in every order. */
function orderOf(first: string | undefined, cursor: Cursor | null): Cursor['order'] {
  if (cursor === null) return 'either';
  if (first === undefined || cursor.last === '') return cursor.order;
  const bytes = cursor.order !== 'folders' && compareUtf8(first, cursor.last) > 0;
  const folders = cursor.order !== 'bytes' && compareByFolder(first, cursor.last) > 0;
  if (bytes && folders) return cursor.order;
  if (bytes) return 'bytes';
  if (folders) return 'folders';
  throw badListing(
    `The listing goes back to ${first} after ${cursor.last}: the server repeats itself. It is not complete.`,
  );
}

const isAfter = (key: string, after: string): boolean =>
  compareUtf8(key, after) > 0 || compareByFolder(key, after) > 0;

function earlier(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareUtf8(a, b) <= 0 ? a : b;
}
function later(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareUtf8(a, b) >= 0 ? a : b;
}

const outside = (key: string, prefix: string): CodedError =>
  badListing(`The server lists ${JSON.stringify(key.slice(0, 200))}, which is not below ${prefix}.`);

/** As servers quote it; multipart and foreign etags stay what they are. */
export const bareEtag = (etag: string): string => etag.replace(/^(?:W\/)?"(.*)"$/, '$1');

const asIs = (key: string): string => key;

/** Of encoding-type=url. What is no UTF-8 keeps its place with a replacement character, and cannot be opened. */
export function decodeKey(encoded: string): string {
  if (!/[%+]/.test(encoded)) return encoded;
  const spaced = encoded.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    const bytes = spaced.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    return Buffer.from(bytes, 'latin1').toString('utf8');
  }
}
