import { ROWS_PER_STATEMENT } from '#core/store/bulk-insert.ts';
import type { Db } from '#core/store/database.ts';
import type { ListedObject } from '#shared/model/archive.ts';
import type { EpochSeconds, Seconds } from '#shared/model/units.ts';
import { parseKey } from '../record/key.ts';
import { ensurePlace, guardIndex, type PlaceRow } from './index-place.ts';
import { encodeResume, type Resume, readResume } from './listing-resume.ts';
import type { Unit } from './listing-unit.ts';

/** An interrupted listing is resumed within this time; after it, too much may have changed. */
const RESUME_S: Seconds = 600;

/** Writes one listing of a place into the index: each call is one short transaction. */
export interface IndexWriter {
  /** What is left of an interrupted listing; null for a new one. */
  readonly resume: Resume | null;
  /** `todo` is what is left to list after these; null while that is not known. */
  write(objects: readonly ListedObject[], todo: readonly Unit[] | null, requests: number): void;
  /** Everything was listed: what was not seen leaves the index. Gives how many that were. */
  finish(requests: number): number;
  /** Notes what was requested by a listing that ends early. */
  stop(requests: number): void;
}

const COLUMNS = 8;
const MAX_FOLDERS_KEPT = 50_000;

export function createIndexWriter(
  db: Db,
  place: string,
  prefix: string,
  now: () => EpochSeconds,
): IndexWriter {
  const guarded = <T>(fn: () => T): T => guardIndex(db, () => db.transaction(fn).immediate());
  const { id, pass, resume } = guarded(() => beginPass(db, ensurePlace(db, place), now()));

  const upsert = (rows: number) =>
    db.prepare(
      `INSERT INTO rs_archive_object (place_id, key, folder_id, size_bytes, last_modified, etag, first_pass, last_pass)
       VALUES ${Array(rows).fill('(?, ?, ?, ?, ?, ?, ?, ?)').join(', ')}
       ON CONFLICT (place_id, key) DO UPDATE SET size_bytes = excluded.size_bytes,
         last_modified = excluded.last_modified, etag = excluded.etag, last_pass = max(last_pass, excluded.last_pass)`,
    );
  const many = upsert(ROWS_PER_STATEMENT);
  const one = upsert(1);
  const values: unknown[] = new Array(ROWS_PER_STATEMENT * COLUMNS);
  const maxId = db.prepare<[], number>('SELECT coalesce(max(id), 0) FROM rs_archive_object').pluck();
  const countAfter = db
    .prepare<[number], number>('SELECT count(*) FROM rs_archive_object WHERE id > ?')
    .pluck();
  const note = db.prepare(
    `UPDATE rs_archive_place SET loaded = loaded + @inserted, new_count = new_count + iif(new_since > 0, @inserted, 0),
       version = version + 1, requests = @requests, resume_json = @resume
      WHERE id = @id`,
  );
  // Another process may have finished this listing, or begun the next: then only the rows count.
  const noteRows = db.prepare(
    `UPDATE rs_archive_place SET loaded = loaded + @inserted, new_count = new_count + iif(new_since > 0, @inserted, 0),
       version = version + 1 WHERE id = @id`,
  );
  const isOurs = db
    .prepare<[number, number], number>(
      'SELECT 1 FROM rs_archive_place WHERE id = ? AND pass = ? AND complete_pass < pass',
    )
    .pluck();
  const findFolder = db
    .prepare<[number, string], number>('SELECT id FROM rs_archive_folder WHERE place_id = ? AND path = ?')
    .pluck();
  const addFolder = db
    .prepare<[number, string, string, string, string], number>(
      `INSERT INTO rs_archive_folder (place_id, path, tenant, kind, date) VALUES (?, ?, ?, ?, ?) RETURNING id`,
    )
    .pluck();
  const folders = new Map<string, number>();

  const folderOf = (key: string): number => {
    const parts = parseKey(prefix, key);
    if (parts === null) return 0;
    const path = key.slice(0, key.lastIndexOf('/') + 1);
    const known = folders.get(path);
    if (known !== undefined) return known;
    const folder =
      findFolder.get(id, path) ?? addFolder.get(id, path, parts.tenant, parts.kind, parts.date) ?? 0;
    if (folders.size >= MAX_FOLDERS_KEPT) folders.clear();
    folders.set(path, folder);
    return folder;
  };

  /** Gives how many keys are new to the index. */
  const put = (objects: readonly ListedObject[]): number => {
    const before = maxId.get() ?? 0;
    let at = 0;
    let left = objects.length;
    for (const object of objects) {
      values[at++] = id;
      values[at++] = object.key;
      values[at++] = folderOf(object.key);
      values[at++] = object.size_bytes;
      values[at++] = object.last_modified;
      values[at++] = object.etag;
      values[at++] = pass;
      values[at++] = pass;
      if (at === values.length) {
        many.run(values);
        left -= ROWS_PER_STATEMENT;
        at = 0;
      }
    }
    for (let row = 0; row < left; row++) one.run(values.slice(row * COLUMNS, (row + 1) * COLUMNS));
    return countAfter.get(before) ?? 0;
  };

  return {
    resume,
    write: (objects, todo, requests) => {
      try {
        guarded(() => {
          const inserted = put(objects);
          if (isOurs.get(id, pass) === undefined) noteRows.run({ id, inserted });
          else note.run({ id, inserted, requests, resume: todo === null ? null : encodeResume(now(), todo) });
        });
      } catch (thrown) {
        // What the transaction had added went back with it.
        folders.clear();
        throw thrown;
      }
    },
    finish: (requests) =>
      guarded(() => {
        if (isOurs.get(id, pass) === undefined) return 0;
        const gone = db
          .prepare('DELETE FROM rs_archive_object WHERE place_id = ? AND last_pass < ?')
          .run(id, pass).changes;
        if (gone > 0) {
          db.prepare(
            `DELETE FROM rs_archive_folder WHERE place_id = @id AND id NOT IN
               (SELECT DISTINCT folder_id FROM rs_archive_object WHERE place_id = @id)`,
          ).run({ id });
        }
        db.prepare(
          `UPDATE rs_archive_place SET complete_pass = @pass, listed_at = @now, requests = @requests,
             resume_json = NULL, version = version + 1, loaded = loaded - @gone,
             new_count = iif(new_since = 0, 0,
               (SELECT count(*) FROM rs_archive_object WHERE place_id = @id AND first_pass > new_since))
            WHERE id = @id`,
        ).run({ id, pass, now: now(), requests, gone });
        return gone;
      }),
    stop: (requests) =>
      guarded(() => {
        if (isOurs.get(id, pass) !== undefined)
          db.prepare('UPDATE rs_archive_place SET requests = ? WHERE id = ?').run(requests, id);
      }),
  };
}

/** Goes on with an interrupted listing, or numbers a new one. */
function beginPass(
  db: Db,
  row: PlaceRow,
  now: EpochSeconds,
): { readonly id: number; readonly pass: number; readonly resume: Resume | null } {
  const resume = row.complete_pass < row.pass ? readResume(row.resume_json, row.requests) : null;
  if (resume !== null && now - resume.at < RESUME_S && now >= resume.at)
    return { id: row.id, pass: row.pass, resume };
  db.prepare(
    `UPDATE rs_archive_place SET pass = pass + 1, new_since = complete_pass, new_count = 0, requests = 0,
       resume_json = NULL, version = version + 1 WHERE id = ?`,
  ).run(row.id);
  return { id: row.id, pass: row.pass + 1, resume: null };
}
