import type { Db } from '#core/store/database.ts';
import type { ArchiveSortColumn } from '#shared/model/archive.ts';
import type { Snapshot } from './index-snapshot.ts';

/** Dense ranks by position; the highest, `levels - 1`, is that of rows without a value when `hasNull`. */
interface Ranks {
  readonly at: Uint32Array;
  readonly levels: number;
  readonly hasNull: boolean;
}

/** Orders of one snapshot. Ranks are made when a column is first sorted by, and kept. */
export interface Orders {
  /** All positions, sorted; ties in the order of keys, rows without a value last. */
  sorted(sort: readonly { readonly by: ArchiveSortColumn; readonly desc: boolean }[]): Uint32Array;
}

const MAX_KEPT = 8;
/** Letters of a job id that fit a double exactly. */
const HEAD = 6;

export function createOrders(db: Db, snapshot: Snapshot): Orders {
  const ranks = new Map<ArchiveSortColumn, Ranks>();
  const kept = new Map<string, Uint32Array>();
  const ranksOf = (by: ArchiveSortColumn): Ranks => {
    const known = ranks.get(by);
    if (known !== undefined) return known;
    const made = makeRanks(db, snapshot, by);
    ranks.set(by, made);
    return made;
  };
  return {
    sorted: (sort) => {
      const name = JSON.stringify(sort);
      const known = kept.get(name);
      if (known !== undefined) return known;
      let order: Uint32Array = Uint32Array.from({ length: snapshot.count }, (_, at) => at);
      // Stable, from the last term to the first.
      for (const { by, desc } of sort.toReversed()) order = countingSort(order, ranksOf(by), desc);
      if (kept.size >= MAX_KEPT) kept.clear();
      kept.set(name, order);
      return order;
    },
  };
}

function countingSort(order: Uint32Array, { at, levels, hasNull }: Ranks, desc: boolean): Uint32Array {
  const top = levels - (hasNull ? 2 : 1);
  const levelOf = (position: number): number => {
    const rank = at[position] ?? 0;
    return desc && rank <= top ? top - rank : rank;
  };
  const starts = new Uint32Array(levels + 1);
  for (const position of order) starts[levelOf(position) + 1] = (starts[levelOf(position) + 1] ?? 0) + 1;
  for (let level = 1; level <= levels; level++)
    starts[level] = (starts[level] ?? 0) + (starts[level - 1] ?? 0);
  const sorted = new Uint32Array(order.length);
  for (const position of order) {
    const level = levelOf(position);
    const to = starts[level] ?? 0;
    sorted[to] = position;
    starts[level] = to + 1;
  }
  return sorted;
}

function makeRanks(db: Db, snapshot: Snapshot, by: ArchiveSortColumn): Ranks {
  switch (by) {
    case 'key':
      return {
        at: Uint32Array.from({ length: snapshot.count }, (_, at) => at),
        levels: snapshot.count,
        hasNull: false,
      };
    case 'size_bytes':
      return rankNumbers(snapshot.sizes);
    case 'last_modified':
      return rankNumbers(snapshot.modified);
    case 'job_id':
      return rankJobIds(db, snapshot);
    default:
      return rankFolders(snapshot, by);
  }
}

/** By sorting the values alone, natively, and finding each again. */
function rankNumbers(values: Float64Array): Ranks {
  const sorted = values.slice().sort();
  let levels = 0;
  for (let i = 0; i < sorted.length; i++)
    if (i === 0 || sorted[i] !== sorted[i - 1]) sorted[levels++] = sorted[i] ?? 0;
  const at = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    let low = 0;
    let high = levels - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sorted[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    at[i] = low;
  }
  return { at, levels: Math.max(1, levels), hasNull: false };
}

function rankFolders({ folders, folderAt }: Snapshot, by: 'tenant' | 'kind' | 'date'): Ranks {
  const values = [...new Set(folders.flatMap((folder) => folder[by] ?? []))].sort();
  const rankOf = new Map(values.map((value, rank) => [value, rank]));
  const byFolder = folders.map((folder) =>
    folder[by] === null ? values.length : (rankOf.get(folder[by]) ?? 0),
  );
  return { at: folderAt.map((folder) => byFolder[folder] ?? 0), levels: values.length + 1, hasNull: true };
}

/** Job ids are as many as keys: they are read when they are sorted by. */
function rankJobIds(db: Db, { row, count, positionOf }: Snapshot): Ranks {
  const read = db
    .prepare(
      'SELECT json_group_array(id), json_group_array(key) FROM rs_archive_object WHERE place_id = ? AND folder_id > 0',
    )
    .raw()
    .get(row.id) as [string, string];
  const ids = JSON.parse(read[0]) as number[];
  const names = (JSON.parse(read[1]) as string[]).map((key) => key.slice(key.lastIndexOf('/') + 1, -5));
  const ranks = rankNames(names);
  const at = new Uint32Array(count).fill(ranks.levels);
  for (let i = 0; i < ids.length; i++) {
    const position = positionOf(ids[i] ?? 0);
    if (position >= 0) at[position] = ranks.at[i] ?? 0;
  }
  return { at, levels: ranks.levels + 1, hasNull: true };
}

/** By their first letters as numbers, which sort natively; only names that share those are compared as text. */
function rankNames(names: readonly string[]): Omit<Ranks, 'hasNull'> {
  const heads = new Float64Array(names.length);
  names.forEach((name, i) => {
    let head = 0;
    for (let c = 0; c < HEAD; c++)
      head = head * 256 + (c < name.length ? Math.min(255, name.charCodeAt(c)) : 0);
    heads[i] = head;
  });
  const coarse = rankNumbers(heads);
  const everyone = Uint32Array.from(names, (_, i) => i);
  const order = countingSort(everyone, coarse, false);
  const at = new Uint32Array(names.length);
  let level = -1;
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && coarse.at[order[to] ?? 0] === coarse.at[order[from] ?? 0]) to++;
    if (to - from > 1)
      order.subarray(from, to).sort((a, b) => ((names[a] ?? '') < (names[b] ?? '') ? -1 : 1));
    for (let i = from; i < to; i++) {
      const name = order[i] ?? 0;
      if (i === from || names[name] !== names[order[i - 1] ?? 0]) level++;
      at[name] = level;
    }
    from = to;
  }
  return { at, levels: level + 1 };
}
