import type { Db } from '#core/store/database.ts';
import type { PlaceRow } from './index-place.ts';

/** A folder of results as the keys name it; the first one stands for keys that fit no template. */
export interface FolderRow {
  readonly id: number;
  readonly tenant: string | null;
  readonly kind: string | null;
  readonly date: string | null;
}

/** The numbers of every row of a place, column by column: filters, facets and orders read nothing else. */
export interface Snapshot {
  readonly row: PlaceRow;
  readonly count: number;
  /** Row ids in the order of keys; a position is an index into this. */
  readonly ids: Float64Array;
  /** By position, into `folders`. */
  readonly folderAt: Uint32Array;
  readonly sizes: Float64Array;
  readonly modified: Float64Array;
  readonly isNew: Uint8Array;
  readonly folders: readonly FolderRow[];
  /** Position of a row id; -1 for one that is not in it. */
  positionOf(id: number): number;
}

const OTHER: FolderRow = { id: 0, tenant: null, kind: null, date: null };

/** Reads it within the caller's transaction. Columns come as JSON: one long text is read faster than 100,000 rows. */
export function readSnapshot(db: Db, row: PlaceRow): Snapshot {
  const ids = column(
    db
      .prepare(
        'SELECT json_group_array(id) FROM (SELECT id FROM rs_archive_object WHERE place_id = ? ORDER BY key)',
      )
      .pluck()
      .get(row.id),
  );
  const byId = db
    .prepare(
      `SELECT json_group_array(id), json_group_array(folder_id), json_group_array(size_bytes),
              json_group_array(last_modified), json_group_array(first_pass)
         FROM rs_archive_object NOT INDEXED WHERE place_id = ?`,
    )
    .raw()
    .get(row.id) as string[];
  const [rowIds = [], folderIds = [], sizes = [], modified = [], firstPass = []] = byId.map(column);

  const positions = positionsOf(ids);
  const folders = [
    OTHER,
    ...db
      .prepare<[number], FolderRow>(
        'SELECT id, tenant, kind, date FROM rs_archive_folder WHERE place_id = ? ORDER BY id',
      )
      .all(row.id),
  ];
  const folderIndex = new Map(folders.map(({ id }, at) => [id, at]));
  const snapshot = {
    row,
    count: ids.length,
    ids: Float64Array.from(ids),
    folderAt: new Uint32Array(ids.length),
    sizes: new Float64Array(ids.length),
    modified: new Float64Array(ids.length),
    isNew: new Uint8Array(ids.length),
    folders,
    positionOf: positions,
  };
  for (let i = 0; i < rowIds.length; i++) {
    const at = positions(rowIds[i] ?? 0);
    snapshot.folderAt[at] = folderIndex.get(folderIds[i] ?? 0) ?? 0;
    snapshot.sizes[at] = sizes[i] ?? 0;
    snapshot.modified[at] = modified[i] ?? 0;
    if (row.new_since > 0 && (firstPass[i] ?? 0) > row.new_since) snapshot.isNew[at] = 1;
  }
  return snapshot;
}

const column = (json: unknown): number[] => JSON.parse(json as string) as number[];

/** Ids of one place lie close together: a table serves. Where many places share the file, a map does. */
function positionsOf(ids: readonly number[]): (id: number) => number {
  let min = Number.POSITIVE_INFINITY;
  let max = 0;
  for (const id of ids) {
    if (id < min) min = id;
    if (id > max) max = id;
  }
  if (ids.length > 0 && max - min < ids.length * 8 + 1024) {
    const table = new Int32Array(max - min + 1).fill(-1);
    ids.forEach((id, at) => {
      table[id - min] = at;
    });
    return (id) => table[id - min] ?? -1;
  }
  const map = new Map(ids.map((id, at) => [id, at]));
  return (id) => map.get(id) ?? -1;
}
