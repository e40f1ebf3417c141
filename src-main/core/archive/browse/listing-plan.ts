import PQueue from 'p-queue';
import type { ListedObject } from '#shared/model/archive.ts';
import { isCalendarDate } from '../record/key.ts';
import { listPages } from '../targets/list-pages.ts';
import type { ArchiveTarget } from '../targets/target.ts';

/** Requests under way at once. */
export const PARALLEL = 8;
/** A level with more entries than these pages hold is listed flat. */
const WALK_PAGES = 4;
const MAX_TENANTS = 256;
const MAX_WALKED_TENANTS = 32;
const MAX_PAIRS = 64;
/** Folders of a tenant and kind that are no dates. */
const MAX_OTHERS = 16;

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
  for await (const page of listPages(target, { prefix, delimiter: '/' }, signal)) {
    objects.push(...page.objects);
    for (const path of page.prefixes) prefixes.add(path);
    if (++pages === WALK_PAGES && page.next !== null) return null;
  }
  return { objects, prefixes: [...prefixes] };
}

/** At most PARALLEL at once; after a failure no more are begun. */
export async function mapParallel<T, R>(items: readonly T[], fn: (item: T) => Promise<R>): Promise<R[]> {
  const queue = new PQueue({ concurrency: PARALLEL });
  try {
    return await queue.addAll(items.map((item) => () => fn(item)));
  } finally {
    queue.clear();
  }
}
