import { type Db, guardStore } from '#core/store/database.ts';
import type { ListingState } from '#shared/model/archive.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { ConditionalWrites, TargetFacts } from '../targets/target-facts.ts';

/** A row of rs_archive_place. */
export interface PlaceRow {
  readonly id: number;
  readonly place: string;
  readonly pass: number;
  readonly complete_pass: number;
  readonly new_since: number;
  readonly listed_at: number | null;
  readonly requests: number;
  readonly loaded: number;
  readonly new_count: number;
  readonly version: number;
  readonly resume_json: string | null;
  readonly conditional_writes: ConditionalWrites | null;
}

/** Runs `fn` and turns SQLite's errors about the index into coded ones. */
export function guardIndex<T>(db: Db, fn: () => T): T {
  try {
    return guardStore(db.name, fn);
  } catch (thrown) {
    if (!(thrown instanceof CodedError) || thrown.code !== 'store.damaged') throw thrown;
    throw new CodedError(
      'archive.index_unreadable',
      `${db.name}, the index and journal of archives, is damaged. Quit Runescope, move that file away and start again: archives are then listed anew.`,
      { cause: thrown },
    );
  }
}

/** The place's row; null when nothing is known of it yet. */
export const placeRow = (db: Db, place: string): PlaceRow | null =>
  db.prepare<[string], PlaceRow>('SELECT * FROM rs_archive_place WHERE place = ?').get(place) ?? null;

export function ensurePlace(db: Db, place: string): PlaceRow {
  db.prepare('INSERT INTO rs_archive_place (place) VALUES (?) ON CONFLICT DO NOTHING').run(place);
  return placeRow(db, place) as PlaceRow;
}

export function stateOf(row: PlaceRow | null, running: boolean): ListingState {
  return {
    loaded: row?.loaded ?? 0,
    complete: row !== null && row.pass > 0 && row.complete_pass === row.pass,
    listed_at: row?.listed_at ?? null,
    new_count: row?.new_count ?? 0,
    requests: row?.requests ?? 0,
    running,
  };
}

export function createFacts(db: Db): TargetFacts {
  return {
    get: (place) => placeRow(db, place)?.conditional_writes ?? null,
    set: (place, value) =>
      void db
        .prepare(
          `INSERT INTO rs_archive_place (place, conditional_writes) VALUES (?, ?)
             ON CONFLICT (place) DO UPDATE SET conditional_writes = excluded.conditional_writes`,
        )
        .run(place, value),
  };
}
