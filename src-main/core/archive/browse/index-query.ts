import type { Db } from '#core/store/database.ts';
import { likePatterns } from '#core/store/like-patterns.ts';
import type { ArchiveFilter, ArchiveQuery } from '#shared/contract/archive.ts';
import type { ArchivedObject, ArchiveFacets, ArchivePage, ListingState } from '#shared/model/archive.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import { countFacets } from './index-facets.ts';
import { selectFolders } from './index-filter.ts';
import { createOrders, type Orders } from './index-order.ts';
import { guardIndex, type PlaceRow, placeRow, stateOf } from './index-place.ts';
import { readSnapshot, type Snapshot } from './index-snapshot.ts';

export interface IndexQuery {
  /** Ties in the order of keys; rows without a value last. */
  objects(place: string, query: ArchiveQuery): ArchivePage;
  facets(place: string, filter: ArchiveFilter): ArchiveFacets;
  /** One key of the index; null when it is not there. */
  object(place: string, key: string): ArchivedObject | null;
}

/** While a listing runs here, an answer may be older by so many times what reading the index anew takes. */
const PATIENCE = 10;
const MAX_SNAPSHOTS = 2;

interface Held {
  readonly snapshot: Snapshot;
  readonly orders: Orders;
  readonly readAtMs: Milliseconds;
  readonly tookMs: Milliseconds;
}

interface ObjectRow {
  readonly key: string;
  readonly tenant: string | null;
  readonly kind: string | null;
  readonly date: string | null;
  readonly size_bytes: number;
  readonly last_modified: number;
  readonly etag: string | null;
  readonly first_pass: number;
}

export function createIndexQuery(
  db: Db,
  { monotonicMs, isRunning }: { monotonicMs(): Milliseconds; isRunning(place: string): boolean },
): IndexQuery {
  const held = new Map<string, Held>();
  const columns =
    'o.key, f.tenant, f.kind, f.date, o.size_bytes, o.last_modified, o.etag, o.first_pass FROM rs_archive_object o LEFT JOIN rs_archive_folder f ON f.id = o.folder_id';
  const byId = db.prepare<[number], ObjectRow>(`SELECT ${columns} WHERE o.id = ?`);
  const byKey = db.prepare<[number, string], ObjectRow>(
    `SELECT ${columns} WHERE o.place_id = ? AND o.key = ?`,
  );

  /** All reads of one answer see the same state of the index. */
  const reading = <T>(fn: () => T): T => guardIndex(db, () => db.transaction(fn).deferred());

  const hold = (place: string): Held | null => {
    const row = placeRow(db, place);
    if (row === null) return null;
    const known = held.get(place);
    const startMs = monotonicMs();
    if (known !== undefined) {
      const isFresh = known.snapshot.row.version === row.version;
      if (isFresh || (isRunning(place) && startMs - known.readAtMs < PATIENCE * known.tookMs)) return known;
      held.delete(place);
    }
    for (const other of held.keys()) if (held.size >= MAX_SNAPSHOTS) held.delete(other);
    const snapshot = readSnapshot(db, row);
    const readAtMs = monotonicMs();
    const made = { snapshot, orders: createOrders(db, snapshot), readAtMs, tookMs: readAtMs - startMs };
    held.set(place, made);
    return made;
  };

  /** By position: part of the key is one of these; null when every key is. */
  const textMask = (snapshot: Snapshot, text: string | undefined): Uint8Array | null => {
    if (text === undefined || text === '') return null;
    const patterns = likePatterns(text);
    const like = patterns.map(() => `key LIKE ? ESCAPE '\\'`).join(' OR ');
    const ids = db
      .prepare<[number, ...string[]], string>(
        `SELECT json_group_array(id) FROM rs_archive_object WHERE place_id = ? AND (${like})`,
      )
      .pluck()
      .get(snapshot.row.id, ...patterns);
    const mask = new Uint8Array(snapshot.count);
    for (const id of JSON.parse(ids ?? '[]') as number[]) {
      const at = snapshot.positionOf(id);
      if (at >= 0) mask[at] = 1;
    }
    return mask;
  };

  /** What matches apart from tenant, kind, date and shape, which the folder alone decides. */
  const rowMask = (snapshot: Snapshot, filter: ArchiveFilter): Uint8Array | null => {
    const text = textMask(snapshot, filter.text);
    if (filter.only_new !== true) return text;
    return text === null ? snapshot.isNew : text.map((isIn, at) => isIn & (snapshot.isNew[at] ?? 0));
  };

  const matcher = (snapshot: Snapshot, filter: ArchiveFilter): ((at: number) => boolean) => {
    const rows = rowMask(snapshot, filter);
    const folders = selectFolders(snapshot.folders, filter);
    const { folderAt } = snapshot;
    return (at) => folders[folderAt[at] ?? 0] === 1 && (rows === null || rows[at] === 1);
  };

  const toObject = (row: ObjectRow, place: Pick<PlaceRow, 'new_since'>): ArchivedObject => ({
    key: row.key,
    tenant: row.tenant,
    kind: row.kind,
    date: row.date,
    job_id: row.tenant === null ? null : jobIdOf(row.key),
    size_bytes: row.size_bytes,
    last_modified: row.last_modified,
    etag: row.etag,
    is_new: place.new_since > 0 && row.first_pass > place.new_since,
  });

  const state = (place: string, row: PlaceRow | null): ListingState => stateOf(row, isRunning(place));

  return {
    objects: (place, query) =>
      reading(() => {
        const now = hold(place);
        if (now === null) return { objects: [], total: 0, state: state(place, null) };
        const { snapshot, orders } = now;
        const matches = matcher(snapshot, query);
        const { offset, limit } = query;
        const page: number[] = [];
        let total = 0;
        for (const at of orders.sorted(query.sort)) {
          if (!matches(at)) continue;
          if (total >= offset && page.length < limit) page.push(at);
          total++;
        }
        const objects = page.flatMap((at) => {
          const row = byId.get(snapshot.ids[at] ?? 0);
          return row === undefined ? [] : [toObject(row, snapshot.row)];
        });
        return { objects, total, state: state(place, snapshot.row) };
      }),
    facets: (place, filter) =>
      reading(() => {
        const now = hold(place);
        if (now === null) return { tenants: [], kinds: [], days: [], other: 0, state: state(place, null) };
        const { snapshot } = now;
        return {
          ...countFacets(snapshot, filter, rowMask(snapshot, filter)),
          state: state(place, snapshot.row),
        };
      }),
    object: (place, key) =>
      reading(() => {
        const at = placeRow(db, place);
        const row = at === null ? undefined : byKey.get(at.id, key);
        return at === null || row === undefined ? null : toObject(row, at);
      }),
  };
}

/** Of a key that fits the template. */
const jobIdOf = (key: string): string =>
  decodeURIComponent(key.slice(key.lastIndexOf('/') + 1, -'.json'.length));
