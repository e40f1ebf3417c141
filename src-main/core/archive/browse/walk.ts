import { CodedError } from '#shared/model/failure.ts';
import { isCalendarDate } from '../record/key.ts';
import type { ArchiveTarget, ListedObject, ListPage } from '../targets/target.ts';

/** Requests under way at once. */
export const PARALLEL = 8;
/** A level with more entries than these pages hold is listed flat. */
const WALK_PAGES = 4;
const MAX_TENANTS = 256;
const MAX_WALKED_TENANTS = 32;
const MAX_PAIRS = 64;
/** Folders of a tenant and kind that are no dates. */
const MAX_OTHERS = 16;
const MAX_EMPTY_PAGES = 100;

/** What there is to list: everything below each of `subtrees`, and folders with their dates, newest first. */
export interface Plan {
  readonly subtrees: readonly string[];
  readonly folders: readonly { readonly prefix: string; readonly dates: readonly string[] }[];
}

/**
 * Looks at tenants, kinds and dates level by level. Together with the objects given to `found`, the plan covers
 * every key below the prefix. It relies on no order between names, which servers over directories do not keep.
 */
export async function planListing(
  target: ArchiveTarget,
  found: (objects: readonly ListedObject[]) => void,
  signal: AbortSignal,
): Promise<Plan> {
  const walk = (prefix: string) => walkLevel(target, prefix, signal);
  const flat: Plan = { subtrees: [target.prefix], folders: [] };

  const top = await walk(target.prefix);
  if (top === null || top.prefixes.length > MAX_TENANTS) return flat;
  if (top.prefixes.length > MAX_WALKED_TENANTS) {
    found(top.objects);
    return { subtrees: top.prefixes, folders: [] };
  }
  const tenants = await mapParallel(top.prefixes, walk);
  const pairs = tenants.reduce((sum, tenant) => sum + (tenant?.prefixes.length ?? 0), 0);
  found(top.objects);
  if (pairs > MAX_PAIRS) return { subtrees: top.prefixes, folders: [] };

  const subtrees: string[] = [];
  const pairPrefixes: string[] = [];
  tenants.forEach((tenant, at) => {
    if (tenant === null) subtrees.push(top.prefixes[at] ?? target.prefix);
    else {
      found(tenant.objects);
      pairPrefixes.push(...tenant.prefixes);
    }
  });
  const folders: { prefix: string; dates: string[] }[] = [];
  await mapParallel(pairPrefixes, async (prefix) => {
    const level = await walk(prefix);
    const nameOf = (path: string): string => path.slice(prefix.length, -1);
    const others = level?.prefixes.filter((path) => !isCalendarDate(nameOf(path))) ?? [];
    if (level === null || others.length > MAX_OTHERS) {
      subtrees.push(prefix);
      return;
    }
    found(level.objects);
    subtrees.push(...others);
    const dates = level.prefixes.map(nameOf).filter(isCalendarDate).sort().reverse();
    if (dates.length > 0) folders.push({ prefix, dates });
  });
  return { subtrees, folders };
}

interface Level {
  readonly objects: readonly ListedObject[];
  readonly prefixes: readonly string[];
}

/** One level below a prefix; null when it is too large for that. */
export async function walkLevel(
  target: ArchiveTarget,
  prefix: string,
  signal: AbortSignal,
): Promise<Level | null> {
  const objects: ListedObject[] = [];
  const prefixes = new Set<string>();
  let pages = 0;
  for await (const page of listPages(target, { prefix, delimiter: '/', after: null }, signal)) {
    objects.push(...page.objects);
    for (const path of page.prefixes) prefixes.add(path);
    if (++pages === WALK_PAGES && page.next !== null) return null;
  }
  return { objects, prefixes: [...prefixes] };
}

/** Pages until the end. Throws `archive.bad_listing` when the server repeats itself or strays from the prefix. */
export async function* listPages(
  target: ArchiveTarget,
  from: { readonly prefix: string; readonly delimiter: '/' | null; readonly after: string | null },
  signal: AbortSignal,
): AsyncGenerator<ListPage, void, undefined> {
  const tokens = new Set<string>();
  const beginnings = new Set<string>();
  let empty = 0;
  let token: string | undefined;
  for (;;) {
    const after = from.after ?? undefined;
    const { prefix, delimiter } = from;
    const page = await target.list({
      prefix,
      delimiter,
      signal,
      ...(token === undefined ? { after } : { token }),
    });
    const first = page.objects[0]?.key ?? page.prefixes[0];
    empty = first === undefined ? empty + 1 : 0;
    if (
      page.objects.some(({ key }) => !key.startsWith(prefix)) ||
      page.prefixes.some((path) => !path.startsWith(prefix))
    )
      throw badListing(target, `it answered a listing of ${prefix} with keys from elsewhere`);
    if (page.prefixes.includes(prefix))
      throw badListing(target, `it named ${prefix} as a folder inside itself`);
    if (
      (first !== undefined && beginnings.has(first)) ||
      (page.next !== null && tokens.has(page.next)) ||
      empty > MAX_EMPTY_PAGES
    )
      throw badListing(target, `its pages below ${prefix} repeat themselves without end`);
    yield page;
    if (page.next === null) return;
    if (first !== undefined) beginnings.add(first);
    tokens.add(page.next);
    token = page.next;
  }
}

const badListing = (target: ArchiveTarget, what: string): CodedError =>
  new CodedError(
    'archive.bad_listing',
    `The listing of ${target.place} cannot be relied on: ${what}. What was loaded until then stays.`,
  );

/** At most PARALLEL at once; after a failure no more are begun. */
export async function mapParallel<T, R>(items: readonly T[], fn: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const at = next++;
      try {
        results[at] = await fn(items[at] as T);
      } catch (thrown) {
        next = items.length;
        throw thrown;
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, lane));
  return results;
}
