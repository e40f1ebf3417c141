import { randomUUID } from 'node:crypto';
import type { Clock } from '#core/ports/ports.ts';
import type { Db } from '#core/store/database.ts';
import type { SavedComparison } from '#shared/model/compare.ts';
import { CodedError } from '#shared/model/failure.ts';
import { toEpochSeconds } from '#shared/model/units.ts';

const MAX_SAVED = 1000;

/** Comparisons under their names, in our own store. A name that is there already gets the new query. */
export class Comparisons {
  private readonly db: Db;
  private readonly clock: Clock;
  private readonly writable: boolean;

  constructor(db: Db, clock: Clock, writable: boolean) {
    this.db = db;
    this.clock = clock;
    this.writable = writable;
  }

  list(): readonly SavedComparison[] {
    return this.db
      .prepare('SELECT id, name, query, saved_at FROM rs_comparison ORDER BY name COLLATE NOCASE, name')
      .all() as SavedComparison[];
  }

  save({ name, query }: Pick<SavedComparison, 'name' | 'query'>): SavedComparison {
    this.requireWritable();
    const known = this.db.prepare('SELECT 1 FROM rs_comparison WHERE name = ?').get(name);
    const saved = this.db.prepare('SELECT count(*) FROM rs_comparison').pluck().get() as number;
    if (known === undefined && saved >= MAX_SAVED)
      throw new CodedError(
        'request.invalid',
        `There are ${MAX_SAVED} saved comparisons, the most that are kept. Remove one first.`,
      );
    return this.db
      .prepare(
        'INSERT INTO rs_comparison (id, name, query, saved_at) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET query = excluded.query, saved_at = excluded.saved_at RETURNING id, name, query, saved_at',
      )
      .get(randomUUID(), name, query, toEpochSeconds(this.clock.nowUs())) as SavedComparison;
  }

  /** An id that is not there is gone already. */
  remove(id: string): void {
    this.requireWritable();
    this.db.prepare('DELETE FROM rs_comparison WHERE id = ?').run(id);
  }

  private requireWritable(): void {
    if (this.writable) return;
    throw new CodedError(
      'source.cannot_provide',
      'This process only reads: comparisons are saved by the process that owns the data directory.',
    );
  }
}
