import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import type { RentalState } from '#shared/model/rentals.ts';

const ENDED: ReadonlySet<string> = new Set(['succeeded', 'failed', 'cancelled']);

/** Reads the store of another process beside it: which states rentals reach, and whether an end stays one. */
export class RentalsWatch {
  /** Jobs whose status changed after they had ended. */
  changedEnds = 0;
  readonly #ends = new Map<string, string>();
  readonly #path: string;
  #db: Database.Database | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  lookAtEnds(): void {
    const jobs = this.#read<{ job_id: string; status: string }>('SELECT job_id, status FROM jobs');
    for (const { job_id, status } of jobs) {
      const before = this.#ends.get(job_id);
      if (before !== undefined && before !== status) this.changedEnds++;
      if (ENDED.has(status)) this.#ends.set(job_id, before ?? status);
    }
  }

  /** The newest attempt to rent; 0: none was made. */
  newest(): number {
    return this.#read<{ seq: number }>('SELECT seq FROM rs_rental ORDER BY seq DESC LIMIT 1')[0]?.seq ?? 0;
  }

  /** Whether a rental made after that one is in this state, as committed. */
  isThere(state: RentalState, after: number): boolean {
    const found = this.#read('SELECT 1 FROM rs_rental WHERE seq > ? AND state = ? LIMIT 1', after, state);
    return found.length > 0;
  }

  close(): void {
    this.#db?.close();
    this.#db = null;
  }

  #read<Row>(sql: string, ...values: readonly unknown[]): readonly Row[] {
    try {
      if (this.#db === null && !existsSync(this.#path)) return [];
      this.#db ??= new Database(this.#path, { readonly: true, timeout: 0 });
      return this.#db.prepare(sql).all(...values) as Row[];
    } catch (thrown) {
      // The store is not made yet, or its owner is just recovering it.
      if (!(thrown instanceof Database.SqliteError)) throw thrown;
      this.close();
      return [];
    }
  }
}
