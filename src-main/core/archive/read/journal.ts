import type { Db } from '#core/store/database.ts';
import type { JournalEntry } from '#shared/model/archive.ts';

/** Notes down what was opened when and with which hash, together. Nothing is ever taken out. */
export function appendToJournal(db: Db, entries: readonly Omit<JournalEntry, 'id'>[]): void {
  if (entries.length === 0) return;
  const insert = db.prepare(
    `INSERT INTO rs_archive_journal (at, action, place, key, size_bytes, bytes_sha256, verdict)
     VALUES (@at, @action, @place, @key, @size_bytes, @bytes_sha256, @verdict)`,
  );
  db.transaction(() => {
    for (const entry of entries) insert.run(entry);
  }).immediate();
}

/** A page of the journal, newest first. */
export function readJournal(
  db: Db,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): { readonly entries: readonly JournalEntry[]; readonly total: number } {
  const entries = db
    .prepare<[number, number], JournalEntry>(
      'SELECT * FROM rs_archive_journal ORDER BY id DESC LIMIT ? OFFSET ?',
    )
    .all(limit, offset);
  const total = db.prepare<[], number>('SELECT count(*) FROM rs_archive_journal').pluck().get() ?? 0;
  return { entries, total };
}
