import type { ListedObject } from '#shared/model/archive.ts';
import { abortFailure } from '#shared/model/failure.ts';
import { isCalendarDate } from '../record/key.ts';
import { listPages } from '../targets/list-pages.ts';
import type { ArchiveTarget } from '../targets/target.ts';
import { addDays, daysBetween } from './calendar.ts';
import { PARALLEL, type Plan } from './listing-plan.ts';
import { dateOf, type Unit } from './listing-unit.ts';

/** Of the 1,000 keys of a page, how many a range aims at: what lies beyond its end was read for nothing. */
const AIM = 900;
const MAX_PAGES = 16;
/** A newest day says little about others: the next range is at most so many times longer. */
const MAX_GROWTH = 16;
/** What a lane without work takes over from another must be worth its requests. */
const MIN_SPLIT_KEYS = 3000;

interface Folder {
  readonly prefix: string;
  readonly dates: readonly string[];
  /** Place of the first date that is in no range yet. */
  next: number;
  ranges: number;
  lastLength: number;
  /** Of ended ranges: how many keys a date holds. */
  seenDates: number;
  seenKeys: number;
}

interface Active {
  readonly unit: Unit;
  readonly folder: Folder | null;
  readonly length: number;
  begin: string | null;
  keys: number;
}

/**
 * Lists `plan` and `units` in parallel, newest dates first, in ranges that grow with what was seen of their folder;
 * `write` gets each page with what is left after it. Ends at the first failure, or when all is listed.
 */
export async function listUnits(
  target: ArchiveTarget,
  { plan, units }: { readonly plan: Plan; readonly units: readonly Unit[] },
  write: (objects: readonly ListedObject[], todo: readonly Unit[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const queue: Unit[] = [...units, ...plan.subtrees.map((prefix) => ({ prefix, dates: null, after: null }))];
  const folders: Folder[] = plan.folders.map((folder) => ({
    ...folder,
    next: 0,
    ranges: 0,
    lastLength: 1,
    seenDates: 0,
    seenKeys: 0,
  }));
  const active = new Set<Active>();
  const stopped = new AbortController();
  const either = AbortSignal.any([signal, stopped.signal]);

  const todo = (): Unit[] => [
    ...[...active].map(({ unit }) => unit),
    ...folders.flatMap(({ prefix, dates, next }) => {
      const to = dates[next];
      return to === undefined ? [] : [{ prefix, dates: { from: null, to }, after: null }];
    }),
    ...queue,
  ];

  const take = (): Active | null => {
    const folder = newestFolder(folders);
    if (folder !== null) return nextRange(folder);
    const unit = queue.shift() ?? splitLongest(active);
    return unit === null ? null : { unit, folder: null, length: 0, begin: null, keys: 0 };
  };

  const list = async (work: Active, onPage: () => void): Promise<void> => {
    const { unit } = work;
    const from = { prefix: unit.prefix, after: unit.after ?? startOf(unit) };
    for await (const page of listPages(target, from, either)) {
      if (either.aborted) throw abortFailure(either);
      const { kept, passed } = within(unit, page.objects);
      work.keys += kept.length;
      unit.after = page.objects.at(-1)?.key ?? unit.after;
      if (unit.dates !== null && unit.after !== null)
        work.begin ??= dateOf(unit.prefix, page.objects[0]?.key ?? '');
      const isDone = passed || page.next === null;
      if (isDone) end(work);
      write(kept, todo());
      onPage();
      if (isDone) return;
    }
  };

  const end = (work: Active): void => {
    active.delete(work);
    if (work.folder === null) return;
    work.folder.seenDates += work.length;
    work.folder.seenKeys += work.keys;
  };

  await new Promise<void>((resolve, reject) => {
    let lanes = 0;
    let failure: { readonly thrown: unknown } | null = null;
    const settle = (): void => {
      if (lanes > 0) return;
      if (failure === null) resolve();
      else reject(failure.thrown);
    };
    const pump = (): void => {
      while (failure === null && lanes < PARALLEL) {
        const work = take();
        if (work === null) break;
        active.add(work);
        lanes++;
        list(work, pump)
          .catch((thrown: unknown) => {
            failure ??= { thrown };
            stopped.abort();
          })
          .finally(() => {
            lanes--;
            pump();
            settle();
          });
      }
    };
    pump();
    settle();
  });
}

/** Where a range begins: behind all names of the day before, in byte order and in that of directories alike. */
function startOf({ prefix, dates }: Unit): string | null {
  const before = dates?.from == null ? null : addDays(dates.from, -1);
  return before === null ? null : `${prefix}${before}~`;
}

/** What of a page belongs to the unit, and whether the page reached beyond its end. */
function within(
  { prefix, dates }: Unit,
  objects: readonly ListedObject[],
): { readonly kept: readonly ListedObject[]; readonly passed: boolean } {
  if (dates === null) return { kept: objects, passed: false };
  let passed = false;
  let date: string | null = null;
  let isIn = false;
  const kept = objects.filter(({ key }) => {
    const found = dateOf(prefix, key);
    if (found !== date) {
      date = found;
      const isDate = found !== null && isCalendarDate(found);
      passed ||= isDate && found > dates.to;
      isIn = isDate && found <= dates.to && (dates.from === null || found >= dates.from);
    }
    return isIn;
  });
  return { kept, passed };
}

/** The folder whose next date is the newest; one whose first day is still being listed says nothing of the next. */
function newestFolder(folders: readonly Folder[]): Folder | null {
  let newest: Folder | null = null;
  for (const folder of folders) {
    const date = folder.dates[folder.next];
    if (date === undefined || (folder.ranges > 0 && folder.seenDates === 0)) continue;
    if (newest === null || date > (newest.dates[newest.next] ?? '')) newest = folder;
  }
  return newest;
}

function nextRange(folder: Folder): Active {
  const left = folder.dates.length - folder.next;
  const length = Math.min(left, folder.ranges === 0 ? 1 : lengthOf(folder, left));
  const to = folder.dates[folder.next] ?? '';
  const isLast = length === left;
  const from = isLast ? null : (folder.dates[folder.next + length - 1] ?? null);
  folder.next += length;
  folder.ranges++;
  folder.lastLength = length;
  const unit: Unit =
    length === 1
      ? { prefix: `${folder.prefix}${to}/`, dates: null, after: null }
      : { prefix: folder.prefix, dates: { from, to }, after: null };
  return { unit, folder, length, begin: from, keys: 0 };
}

function lengthOf({ ranges, lastLength, seenDates, seenKeys }: Folder, left: number): number {
  const keysPerDate = Math.max(1, seenKeys) / seenDates;
  const pages = Math.min(MAX_PAGES, 4 ** (ranges - 1));
  const fitting = Math.floor((AIM * pages) / keysPerDate);
  const length = Math.max(1, Math.min(fitting, lastLength * MAX_GROWTH));
  return left <= length * 1.25 ? left : length;
}

/** Takes the newer half of what is left of the longest range under way. */
function splitLongest(active: ReadonlySet<Active>): Unit | null {
  let best: {
    readonly unit: Unit;
    readonly middle: string;
    readonly to: string;
    readonly keys: number;
  } | null = null;
  for (const { unit, begin, keys } of active) {
    const at = unit.after === null ? null : dateOf(unit.prefix, unit.after);
    if (unit.dates === null || begin === null || at === null) continue;
    if (!isCalendarDate(at) || !isCalendarDate(begin)) continue;
    const { to } = unit.dates;
    const left = daysBetween(at, to);
    const expected = (keys / (Math.max(0, daysBetween(begin, at)) + 1)) * left;
    const middle = addDays(at, Math.ceil(left / 2));
    if (left < 2 || expected < MIN_SPLIT_KEYS || middle === null || expected <= (best?.keys ?? 0)) continue;
    best = { unit, middle, to, keys: expected };
  }
  if (best === null || best.unit.dates === null) return null;
  const from = addDays(best.middle, 1);
  best.unit.dates = { from: best.unit.dates.from, to: best.middle };
  return { prefix: best.unit.prefix, dates: { from, to: best.to }, after: null };
}
