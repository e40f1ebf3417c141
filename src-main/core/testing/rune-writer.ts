import { createInterface } from 'node:readline';
import Database from 'better-sqlite3';

/**
 * A second process that writes a RUNE store: `node rune-writer.ts PATH hold|per-operation`, then one SQL statement a
 * line, each answered with a line. RUNE opens a connection per operation; a server's pool holds one.
 */
const [path = '', mode] = process.argv.slice(2);
const open = (): Database.Database => {
  const db = new Database(path, { fileMustExist: true });
  db.pragma('journal_mode = WAL');
  return db;
};
const held = mode === 'hold' ? open() : null;
for await (const sql of createInterface({ input: process.stdin })) {
  const db = held ?? open();
  db.exec(sql);
  if (held === null) db.close();
  process.stdout.write('done\n');
}
held?.close();
