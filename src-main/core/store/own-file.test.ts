import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { createEngine } from '#core/engine.ts';
import { type TestPorts, testPorts } from '#core/testing/ports.ts';
import { RuneFile } from '#core/testing/rune-file.ts';
import { migrateRune, openDatabase } from './database.ts';
import { acquireOwnership, thisProcess } from './ownership.ts';

const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanUp.splice(0)) clean();
});

function directory(): TestPorts & { readonly path: string } {
  const set = testPorts();
  cleanUp.push(() => set.remove());
  return { ...set, path: join(set.dataDir, 'runescope.db') };
}

/** A data directory with one finished job, left in order. */
async function used() {
  const set = directory();
  const engine = await createEngine(set.ports, { mode: 'own' });
  await engine.client.jobs.create({ kind: 'cost-estimate', request: { local_hardware: true } });
  await engine.idle();
  await engine.dispose();
  return set;
}

const jobsIn = async ({ ports }: TestPorts, mode: 'own' | 'read'): Promise<number> => {
  const engine = await createEngine(ports, { mode });
  try {
    return (await engine.client.jobs.list({})).total;
  } finally {
    await engine.dispose();
  }
};
const hash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

describe('a store of ours that is damaged', () => {
  it.each<[what: string, code: string, harm: (path: string) => void]>([
    ['is no SQLite file', 'store.not_sqlite', (path) => writeFileSync(path, 'Dear diary, '.repeat(999))],
    ['is cut in half', 'store.damaged', (path) => truncateSync(path, statSync(path).size / 2)],
    ['is cut within its header', 'store.damaged', (path) => truncateSync(path, 50)],
    [
      'is another program’s database',
      'store.not_rune',
      (path) => {
        rmSync(path);
        new Database(path).exec('CREATE TABLE jobs (title); CREATE TABLE schema_version (v)').close();
      },
    ],
  ])('%s: both kinds of engine say so and leave it as it is', async (_, code, harm) => {
    const set = await used();
    harm(set.path);
    const before = hash(set.path);
    for (const mode of ['own', 'read'] as const) {
      await expect(jobsIn(set, mode), mode).rejects.toMatchObject({
        name: 'CodedError',
        code,
        message: expect.stringContaining(set.path),
      });
    }
    expect(hash(set.path)).toBe(before);
    expect(existsSync(join(set.dataDir, 'engine.lock'))).toBe(false);
  });

  it('has nonsense in its middle: whoever would write to it refuses it, untouched', async () => {
    const set = await used();
    const file = openSync(set.path, 'r+');
    writeSync(file, Buffer.alloc(4096 * 6, 0xee), 0, 4096 * 6, 4096 * 2);
    closeSync(file);
    const before = hash(set.path);
    await expect(jobsIn(set, 'own')).rejects.toMatchObject({ code: 'store.damaged' });
    expect(hash(set.path)).toBe(before);
    expect(existsSync(join(set.dataDir, 'engine.lock'))).toBe(false);
  });

  it('is a folder', async () => {
    const set = directory();
    mkdirSync(set.path);
    for (const mode of ['own', 'read'] as const)
      await expect(jobsIn(set, mode)).rejects.toMatchObject({ code: 'store.unreadable' });
  });
});

describe('a store that is not complete', () => {
  it.each(['own', 'read'] as const)(
    'because its maker was killed at once is completed (%s)',
    async (mode) => {
      const set = directory();
      writeFileSync(set.path, '');
      expect(await jobsIn(set, mode)).toBe(0);
      const half = directory();
      const db = openDatabase(half.path, 'write');
      migrateRune(db, 1);
      db.close();
      expect(await jobsIn(half, mode)).toBe(0);
      expect(existsSync(join(half.dataDir, 'engine.lock'))).toBe(false);
    },
  );

  it.each(['own', 'read'] as const)(
    'because RUNE made it gets our tables, jobs and all (%s)',
    async (mode) => {
      const set = directory();
      const rune = new RuneFile(set.path);
      for (let version = 1; version <= 6; version++)
        rune.db.prepare('INSERT INTO schema_version VALUES (?, 1)').run(version);
      rune.job();
      rune.close();
      expect(await jobsIn(set, 'own')).toBe(1);
      expect(await jobsIn(set, mode)).toBe(1);
    },
  );

  it('is waited for while its owner completes it', async () => {
    const set = directory();
    const db = openDatabase(set.path, 'write');
    const ownership = acquireOwnership(db, set.dataDir);
    const reading = jobsIn(set, 'read');
    await new Promise((resolve) => setTimeout(resolve, 150));
    migrateRune(db, 1);
    ownership.release();
    db.close();
    expect(await reading).toBe(0);
  });
});

describe('engine.lock', () => {
  const line = (pid: number): string =>
    JSON.stringify({ ...thisProcess(null), pid, started: null, boot_id: null });

  it.each([
    ['empty', ''],
    ['no JSON', '{"pid":'],
    ['of a process that no system can have', line(1e15)],
    ['of a process number beyond 32 bits', line(2 ** 32 + process.pid)],
    ['of a negative process', line(-1)],
    ['endless', 'x'.repeat(100_000)],
  ])('that is %s keeps nobody out', async (_, text) => {
    const set = await used();
    writeFileSync(join(set.dataDir, 'engine.lock'), text);
    expect(await jobsIn(set, 'own')).toBe(1);
  });

  it('that is a folder is named', async () => {
    const set = await used();
    mkdirSync(join(set.dataDir, 'engine.lock'));
    await expect(jobsIn(set, 'own')).rejects.toMatchObject({
      code: 'store.unreadable',
      message: expect.stringContaining('engine.lock'),
    });
  });
});

describe('a data directory', () => {
  it('that is a file, or lies below one, is refused in words', async () => {
    const set = await used();
    for (const dataDir of [set.path, join(set.path, 'below')]) {
      await expect(jobsIn(testPorts({ dataDir }), 'own')).rejects.toMatchObject({
        name: 'CodedError',
        code: 'store.unreadable',
        message: expect.stringContaining(dataDir),
      });
    }
  });

  it.each([['{'], ['[]'], ['null'], ['{"version":99}'], [Buffer.from([0xff, 0xfe])], [5]])(
    'keeps settings that cannot be read (%s), says so and goes by the defaults',
    async (value) => {
      const set = await used();
      const db = new Database(set.path);
      db.prepare("INSERT OR REPLACE INTO rs_setting VALUES ('settings', ?, 1)").run(value);
      const stored = () => db.prepare('SELECT value_json FROM rs_setting').pluck().get();
      const before = stored();
      expect(await jobsIn(set, 'own')).toBe(1);
      expect(set.logged.map(({ event }) => event)).toContain('settings.invalid');
      expect(stored()).toEqual(before);
      db.close();
    },
  );
});
