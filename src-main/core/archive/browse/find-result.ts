import type { Db } from '#core/store/database.ts';
import { escapeLike } from '#core/store/like-patterns.ts';
import type { FindProgress, ListedObject } from '#shared/model/archive.ts';
import { abortFailure, CodedError } from '#shared/model/failure.ts';
import { JOB_KINDS } from '#shared/model/job.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import { safeSegment } from '../record/key.ts';
import type { ArchiveTarget, ObjectHead } from '../targets/target.ts';
import { addDays } from './calendar.ts';
import { guardIndex, placeRow } from './index-place.ts';
import { mapParallel, PARALLEL, walkLevel } from './listing-plan.ts';

const DEFAULT_TENANT = 'default';

/** Where results may lie: `{prefix}{tenant}/{kind}/`. */
interface Folders {
  readonly prefixes: readonly string[];
  /** False: then S3 answers "denied" for a missing object too, and that says nothing. */
  readonly mayList: boolean;
}

/**
 * Looks for a job's result: in the index, else by asking for its key in every known tenant and kind, on today,
 * yesterday, tomorrow (a clock may be ahead) and then day by day back, with at most `maxRequests` requests.
 */
export async function* findResult(
  db: Db,
  target: ArchiveTarget,
  {
    jobId,
    maxRequests,
    now,
  }: { readonly jobId: string; readonly maxRequests: number; readonly now: EpochSeconds },
  signal: AbortSignal,
): AsyncGenerator<FindProgress, void, undefined> {
  const name = safeSegment(`${jobId}.json`);
  const indexed = guardIndex(db, () => findIndexed(db, target.place, name));
  if (indexed !== null || maxRequests === 0) {
    yield { requests: 0, planned: 0, date: null, found: indexed, from_index: indexed !== null, done: true };
    return;
  }
  const before = target.requests();
  const spent = (): number => target.requests() - before;
  const { prefixes, mayList } = await knownFolders(db, target, maxRequests, signal);
  const probes = planProbes(prefixes, name, Math.max(0, maxRequests - spent()), now);
  const planned = spent() + probes.length;
  let denied: unknown = null;
  let answered = false;
  const ask = async (key: string): Promise<ObjectHead | null> => {
    try {
      const head = await target.head(key, signal);
      answered = true;
      return head;
    } catch (thrown) {
      const code = thrown instanceof CodedError ? thrown.code : null;
      if (code === 'archive.not_found') {
        answered = true;
        return null;
      }
      if (code !== 'archive.access_denied' || mayList) throw thrown;
      denied = thrown;
      return null;
    }
  };
  const at = (date: string | null, head: ObjectHead | null, done: boolean): FindProgress => ({
    requests: spent(),
    planned: Math.max(planned, spent()),
    date,
    found: head === null ? null : foundOf(head),
    from_index: false,
    done,
  });

  yield at(null, null, probes.length === 0);
  for (let from = 0; from < probes.length; from += PARALLEL) {
    if (signal.aborted) throw abortFailure(signal);
    const batch = probes.slice(from, from + PARALLEL);
    const heads = await mapParallel(batch, ({ key }) => ask(key));
    const hit = heads.findIndex((head) => head !== null);
    const isLast = hit >= 0 || from + PARALLEL >= probes.length;
    if (isLast && hit < 0 && denied !== null && !answered) throw allDenied(target, jobId, spent(), denied);
    yield at(batch.at(hit)?.date ?? null, heads[hit] ?? null, isLast);
    if (isLast) return;
  }
}

const foundOf = ({ key, size_bytes, last_modified, etag }: ListedObject): ListedObject => ({
  key,
  size_bytes,
  last_modified,
  etag,
});

/** The newest by the date in its key. */
function findIndexed(db: Db, place: string, name: string): ListedObject | null {
  const row = placeRow(db, place);
  if (row === null) return null;
  // No index on the job: a scan of 100,000 keys costs less than keeping one would.
  const pattern = `%/${escapeLike(name)}`;
  const found = db
    .prepare<[number, string, string], ListedObject>(
      `SELECT o.key, o.size_bytes, o.last_modified, o.etag
         FROM rs_archive_object o JOIN rs_archive_folder f ON f.id = o.folder_id
        WHERE o.place_id = ? AND o.key LIKE ? ESCAPE '\\' AND o.key = f.path || ?
        ORDER BY f.date DESC, o.key LIMIT 1`,
    )
    .get(row.id, pattern, name);
  return found ?? null;
}

async function knownFolders(
  db: Db,
  target: ArchiveTarget,
  maxRequests: number,
  signal: AbortSignal,
): Promise<Folders> {
  const indexed = guardIndex(db, () => indexedFolders(db, target.place));
  if (indexed.length > 0) return { prefixes: indexed, mayList: true };
  const guessed = JOB_KINDS.map((kind) => `${target.prefix}${DEFAULT_TENANT}/${kind}/`);
  try {
    const tenants = (await walkLevel(target, target.prefix, signal))?.prefixes ?? [];
    // Half of the requests at most: the rest is for the results themselves.
    const walked = tenants.slice(0, Math.floor(maxRequests / 2));
    const kinds = await mapParallel(walked, (tenant) => walkLevel(target, tenant, signal));
    return { prefixes: kinds.flatMap((level) => level?.prefixes ?? []), mayList: true };
  } catch (thrown) {
    if (thrown instanceof CodedError && thrown.code === 'archive.access_denied')
      return { prefixes: guessed, mayList: false };
    throw thrown;
  }
}

/** As the keys spell them, those with results on most days first. */
function indexedFolders(db: Db, place: string): string[] {
  const row = placeRow(db, place);
  if (row === null) return [];
  return db
    .prepare<[number], string>(
      `SELECT substr(path, 1, length(path) - 11) AS pair FROM rs_archive_folder
        WHERE place_id = ? GROUP BY pair ORDER BY count(*) DESC, pair`,
    )
    .pluck()
    .all(row.id);
}

function planProbes(
  prefixes: readonly string[],
  name: string,
  most: number,
  now: EpochSeconds,
): { readonly key: string; readonly date: string }[] {
  const probes: { key: string; date: string }[] = [];
  const today = new Date(now * 1000).toISOString().slice(0, 10);
  const asked = prefixes.slice(0, most);
  for (let step = 0; asked.length > 0 && probes.length + asked.length <= most; step++) {
    const date = addDays(today, step === 2 ? 1 : step === 0 ? 0 : step === 1 ? -1 : 1 - step);
    if (date === null) break;
    for (const prefix of asked) probes.push({ key: `${prefix}${date}/${name}`, date });
  }
  return probes;
}

const allDenied = (target: ArchiveTarget, jobId: string, requests: number, cause: unknown): CodedError =>
  new CodedError(
    'archive.access_denied',
    `${target.place} may not be listed, and answered each of ${requests} requests for job ${jobId} with "denied", as it does for results that are missing and for those that may not be read. Ask for the permission to list, or open the result by its key.`,
    { cause },
  );
