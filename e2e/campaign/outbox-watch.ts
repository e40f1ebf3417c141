import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';

interface Row {
  readonly id: number;
  readonly job_id: string;
  readonly target: string;
  readonly key: string;
  readonly body: Buffer;
}

/** Reads the outbox of another process's store beside it, and remembers what stood there. */
export class OutboxWatch {
  /** `target job_id` to `key sha256-of-the-bytes`. */
  readonly seen = new Map<string, string>();
  /** Rows whose key or bytes were others than before. */
  changed = 0;
  /** Rows at the last look. */
  waiting = 0;
  private readonly path: string;
  private db: Database.Database | null = null;

  constructor(path: string) {
    this.path = path;
  }

  look(): void {
    try {
      if (this.db === null && !existsSync(this.path)) return;
      this.db ??= new Database(this.path, { readonly: true, timeout: 0 });
      const rows = this.db.prepare<[], Row>('SELECT * FROM rs_archive_outbox').all();
      this.waiting = rows.length;
      for (const row of rows) this.note(row);
    } catch (thrown) {
      // The store is not made yet, or its owner is just recovering it.
      if (!(thrown instanceof Database.SqliteError)) throw thrown;
      this.close();
    }
  }

  private note({ job_id, target, key, body }: Row): void {
    const name = `${target} ${job_id}`;
    const stands = `${key} ${createHash('sha256').update(body).digest('hex')}`;
    const before = this.seen.get(name);
    if (before !== undefined && before !== stands) this.changed++;
    this.seen.set(name, before ?? stands);
  }

  close(): void {
    this.db?.close();
    this.db = null;
  }
}
