import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '#core/store/database.ts';
import { type TestPorts, testPorts } from '#core/testing/ports.ts';
import { openArchiveFile } from './archive-file.ts';
import { createFacts, ensurePlace, placeRow } from './index-place.ts';

const NOW = 1_795_362_003;
let ports: TestPorts;
beforeEach(() => {
  ports = testPorts();
});
afterEach(() => ports.remove());

const open = (dataDir = ports.dataDir) => openArchiveFile(dataDir, NOW, ports.ports.logger);

describe('archive.db', () => {
  it('keeps what is known of places for the next start, and may be open twice', () => {
    const one = open();
    const two = open();
    const facts = createFacts(one);
    expect(facts.get('s3://a')).toBeNull();
    facts.set('s3://a', 'ignored');
    facts.set('s3://a', 'honoured');
    const { id } = ensurePlace(one, 's3://a');
    expect(ensurePlace(two, 's3://a')).toMatchObject({ id, pass: 0, loaded: 0 });
    one.close();
    two.close();
    const again = open();
    expect(createFacts(again).get('s3://a')).toBe('honoured');
    expect(placeRow(again, 's3://b')).toBeNull();
    again.close();
  });

  it('does not keep the engine from starting while somebody else keeps it locked', () => {
    const holder = openDatabase(join(ports.dataDir, 'archive.db'), 'write');
    holder.exec('BEGIN EXCLUSIVE');
    const db = open();
    expect(db.name).toBe(':memory:');
    expect(ports.logged.at(-1)?.message).toContain('locked by another program');
    holder.exec('ROLLBACK');
    holder.close();
    db.close();
  });

  it.each([
    ['text', Buffer.from('this is no database, and long enough to be seen as none'.repeat(40))],
    ['half of a database', null],
  ])('that holds %s is moved aside whole, made anew, and the loss is told', (_, bytes) => {
    const path = join(ports.dataDir, 'archive.db');
    if (bytes === null) {
      open().close();
      const whole = readFileSync(path);
      writeFileSync(path, Buffer.concat([whole.subarray(0, 100), Buffer.alloc(2000, 0xff)]));
    } else writeFileSync(path, bytes);
    const damaged = readFileSync(path);
    const db = open();
    createFacts(db).set('p', 'refused');
    db.close();
    const aside = readdirSync(ports.dataDir).filter((name) => name.startsWith('archive.db.damaged-'));
    expect(aside).toHaveLength(1);
    expect(readFileSync(join(ports.dataDir, aside[0] ?? '')).equals(damaged)).toBe(true);
    expect(ports.logged).toMatchObject([{ level: 'warn', event: 'archive.index' }]);
    expect(ports.logged[0]?.message).toContain('the journal');
    expect(ports.logged[0]?.message).toContain(aside[0]);
  });

  it('of a newer Runescope is refused and left alone', () => {
    const db = open();
    db.exec("INSERT INTO rs_schema_version VALUES ('2999-01-01-01-later', 0)");
    db.close();
    expect(() => open()).toThrow(expect.objectContaining({ code: 'store.newer_schema' }));
    expect(readdirSync(ports.dataDir).filter((name) => name.includes('damaged'))).toEqual([]);
  });

  it('is kept in memory where it cannot be written', () => {
    writeFileSync(join(ports.dataDir, 'file'), '');
    const db = open(join(ports.dataDir, 'file', 'dir'));
    createFacts(db).set('p', 'honoured');
    expect(db.memory).toBe(true);
    expect(ports.logged[0]?.message).toContain('in memory');
    db.close();
    expect(readdirSync(ports.dataDir)).toEqual(['file']);
  });

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'stays out of a folder that is read-only',
    () => {
      chmodSync(ports.dataDir, 0o500);
      const db = open();
      expect(db.memory).toBe(true);
      db.close();
      chmodSync(ports.dataDir, 0o700);
    },
  );
});
