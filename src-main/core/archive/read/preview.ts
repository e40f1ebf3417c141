import { nestsTooDeep } from '#shared/lib/json-depth.ts';
import type { ArchivePreview } from '#shared/model/archive.ts';
import type { JsonObject } from '#shared/model/job.ts';
import type { Bytes } from '#shared/model/units.ts';
import { readRecord } from '../record/read-record.ts';
import type { ArchiveTarget } from '../targets/target.ts';
import { headMembers, type Member, tailMembers } from './partial-json.ts';

/** Objects up to this size are read whole. */
const WHOLE_BYTES: Bytes = 256 * 1024;
/** Of larger ones, this much of each end. */
const PART_BYTES: Bytes = 64 * 1024;
/** What a summary does not need. */
const BULK = new Set(['spans', 'events']);

/**
 * What a result says about itself without reading it all: our JSON is sorted by key, so its beginning holds costs,
 * environment and error, and its end status, times and tenant. Other layouts give fewer members. Nothing is verified.
 */
export async function preview(
  target: Pick<ArchiveTarget, 'head' | 'get'>,
  key: string,
  signal?: AbortSignal,
): Promise<ArchivePreview> {
  const head = await target.head(key, signal);
  const { size_bytes, last_modified, etag } = head;
  const about = { key, size_bytes, last_modified, etag };
  if (size_bytes <= WHOLE_BYTES) {
    const { bytes } = await target.get(key, { maxBytes: WHOLE_BYTES, etag, signal });
    return { ...about, members: withoutBulk(readRecord(bytes).record), partial: false };
  }
  const part = async (start: Bytes, end: Bytes): Promise<string> => {
    const { bytes } = await target.get(key, { maxBytes: PART_BYTES, range: { start, end }, etag, signal });
    // A character cut in two at the edge belongs to a member that is not whole.
    return new TextDecoder().decode(bytes);
  };
  const [first, last] = await Promise.all([part(0, PART_BYTES), part(size_bytes - PART_BYTES, size_bytes)]);
  return { ...about, members: withoutBulk(merge(headMembers(first), tailMembers(last))), partial: true };
}

const merge = (a: readonly Member[], b: readonly Member[]): JsonObject => Object.fromEntries([...a, ...b]);

const withoutBulk = (members: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(members).filter(
      ([name, value]) =>
        !BULK.has(name) && !(typeof value === 'object' && nestsTooDeep(JSON.stringify(value))),
    ),
  );
