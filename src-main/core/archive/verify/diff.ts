import { isObject } from '#core/store/lenient-json.ts';
import type { RecordDiff, RecordDifference } from '#shared/model/archive.ts';
import type { Json, JsonObject } from '#shared/model/job.ts';

const MAX_LISTED = 1000;
/** Lists whose entries have a name of their own: an entry that is missing does not move all that follow it. */
const IDENTITY: Readonly<Record<string, string>> = { '/spans': 'span_id', '/events': 'id' };
/** Differ whenever the program or a single other member does: they come last. */
const LAST = /^\/(environment|sha256)(\/|$)/;

/** Where an archived record and this computer's differ, member by member. */
export function diffRecords(archived: JsonObject, local: JsonObject | null): RecordDiff {
  if (local === null) return { has_local: false, differences: [], total: 0 };
  const found: RecordDifference[] = [];
  const last: RecordDifference[] = [];
  let total = 0;
  const report = (difference: RecordDifference): void => {
    total++;
    const list = LAST.test(difference.pointer) ? last : found;
    if (list.length < MAX_LISTED) list.push(difference);
  };
  compare('', archived, local, report);
  return { has_local: true, differences: [...found, ...last].slice(0, MAX_LISTED), total };
}

type Side = Json | undefined;
type Report = (difference: RecordDifference) => void;
const isList = (value: Side): value is readonly Json[] => Array.isArray(value);

function compare(pointer: string, archived: Side, local: Side, report: Report): void {
  if (archived === local) return;
  if (isObject(archived) && isObject(local)) {
    const names = new Set([...Object.keys(archived), ...Object.keys(local)]);
    for (const name of [...names].sort())
      compare(`${pointer}/${escapeName(name)}`, member(archived, name), member(local, name), report);
  } else if (isList(archived) && isList(local)) {
    const identity = IDENTITY[pointer];
    const pairs = identity === undefined ? byIndex(archived, local) : byName(archived, local, identity);
    for (const [a, b] of pairs) compare(`${pointer}/${a ?? b}`, archived[a ?? -1], local[b ?? -1], report);
  } else
    report({ pointer, ...(archived !== undefined && { archived }), ...(local !== undefined && { local }) });
}

const member = (map: JsonObject, name: string): Side => (Object.hasOwn(map, name) ? map[name] : undefined);
/** RFC 6901. */
const escapeName = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

type Pair = readonly [archived: number | null, local: number | null];

const byIndex = (archived: readonly Json[], local: readonly Json[]): readonly Pair[] =>
  Array.from({ length: Math.max(archived.length, local.length) }, (_, i) => [
    i < archived.length ? i : null,
    i < local.length ? i : null,
  ]);

function byName(archived: readonly Json[], local: readonly Json[], name: string): readonly Pair[] {
  const waiting = new Map<Json, number[]>();
  const nameOf = (entry: Json): Json => (isObject(entry) ? (entry[name] ?? null) : entry);
  local.forEach((entry, i) => {
    const same = waiting.get(nameOf(entry));
    if (same === undefined) waiting.set(nameOf(entry), [i]);
    else same.push(i);
  });
  const pairs = archived.map((entry, i): Pair => [i, waiting.get(nameOf(entry))?.shift() ?? null]);
  return [...pairs, ...[...waiting.values()].flat().map((i): Pair => [null, i])];
}
