import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Db, migrateRune, migrateRunescope, openDatabase } from '#core/store/database.ts';
import { RUNESCOPE_MIGRATIONS } from '#core/store/migrations/runescope.ts';
import { CodedError, type FailureCode } from '#shared/model/failure.ts';
import { createFolderTarget } from '../targets/folder-target.ts';
import type { ArchiveTarget } from '../targets/target.ts';
import { createOutbox, type Outbox, type OutboxDeps } from './outbox.ts';

let dir: string;
let db: Db;
const outboxes: Outbox[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rs-outbox-'));
  db = openDatabase(join(dir, 'store.db'), 'write');
  migrateRune(db, 0);
  migrateRunescope(db, 'own', 0);
});
afterEach(async () => {
  for (const outbox of outboxes.splice(0)) await outbox.dispose();
  db.close();
  rmSync(dir, { recursive: true, force: true });
});

const clock = { nowUs: () => Date.now() * 1000, monotonicMs: () => performance.now() };
const seconds = (): number => Date.now() / 1000;
const key = (job: string): string => `results/t/k/d/${job}.json`;
const add = (job: string, target = 'folder', dueIn = 0): void => {
  db.prepare(
    "INSERT INTO rs_archive_outbox (job_id, target, key, body, sha256, created_at, next_attempt_at) VALUES (?, ?, ?, ?, 'h', 0, ?)",
  ).run(job, target, key(job), Buffer.from(`{"job":"${job}"}`), seconds() + dueIn);
};
const addMany = (count: number, target = 'folder'): void => {
  db.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)
     INSERT INTO rs_archive_outbox (job_id, target, key, body, sha256, created_at, next_attempt_at)
     SELECT 'job' || i, ?, 'results/t/k/d/job' || i || '.json', CAST('{"job":"job' || i || '"}' AS BLOB), 'h', 0, ? FROM n`,
  ).run(count, target, seconds());
};
const entry = (job: string, target: string, body = `{"job":"${job}"}`) => ({
  target,
  key: key(job),
  body: Buffer.from(body),
  sha256: 'h',
});
function start(targets: readonly ArchiveTarget[], more: Partial<OutboxDeps> = {}): Outbox {
  const outbox = createOutbox({
    db,
    targets: () => targets,
    clock,
    logger: { log: () => {} },
    onChange: () => {},
    backoff: { firstMs: 40, maxMs: 200 },
    ...more,
  });
  outboxes.push(outbox);
  return outbox;
}
const target = (name: string, put: ArchiveTarget['put']): ArchiveTarget => ({
  ...createFolderTarget(dir),
  name,
  put,
});
const failure = (code: FailureCode, retryable: boolean): CodedError =>
  new CodedError(code, 'no', { retryable });

/** Rejects while `fails` says so, and keeps what it gets. */
function memory(name = 'folder', fails: (key: string, tries: number) => CodedError | null = () => null) {
  const calls: { key: string; at: number }[] = [];
  const kept = new Map<string, string>();
  const seen = { inFlight: 0, most: 0 };
  const put: ArchiveTarget['put'] = async (path, bytes) => {
    calls.push({ key: path, at: performance.now() });
    const tries = calls.filter((call) => call.key === path).length;
    seen.most = Math.max(seen.most, ++seen.inFlight);
    await sleep(2);
    seen.inFlight--;
    const failed = fails(path, tries);
    if (failed !== null) throw failed;
    kept.set(path, Buffer.from(bytes).toString());
  };
  return { target: target(name, put), calls, kept, seen };
}
const unreachable = failure('archive.unreachable', true);
const rows = () => db.prepare('SELECT job_id, attempts, refused FROM rs_archive_outbox ORDER BY id').all();
const delivered = () =>
  db.prepare('SELECT job_id, target, key, sha256 FROM rs_archive_delivery ORDER BY job_id, target').all();

describe('the outbox', () => {
  it('delivers each row to its target, byte for byte, notes that and forgets it', async () => {
    const onChange = vi.fn();
    const outbox = start([createFolderTarget(dir)], { onChange });
    add('a');
    add('b');
    expect(outbox.pendingCount()).toBe(2);
    outbox.wake();
    await vi.waitFor(() => expect(outbox.pendingCount()).toBe(0));
    expect(readFileSync(join(dir, key('a')), 'utf8')).toBe('{"job":"a"}');
    expect(delivered()).toEqual(
      ['a', 'b'].map((job_id) => ({ job_id, target: 'folder', key: key(job_id), sha256: 'h' })),
    );
    expect(outbox.states().get('folder')).toEqual({ pending: 0, refused: 0, delivered: 2, down: null });
    expect(onChange).toHaveBeenCalled();
  });

  it('sends one result, and once that arrived as many at once as allowed, to each target', async () => {
    const [one, two] = [memory('one'), memory('two')];
    for (const name of ['one', 'two']) addMany(100, name);
    const outbox = start([one.target, two.target], { concurrency: 4 });
    expect(await outbox.drain(5000)).toBe(true);
    expect([one.kept.size, two.kept.size]).toEqual([100, 100]);
    expect([one.seen.most, two.seen.most]).toEqual([4, 4]);
    expect([one.calls.length, two.calls.length]).toEqual([100, 100]);
  });

  it('waits longer after each failure, says so, and delivers in the end', async () => {
    const { target: flaky, calls, kept } = memory('folder', (_, tries) => (tries <= 3 ? unreachable : null));
    add('a');
    const seen: unknown[] = [];
    const outbox = start([flaky], {
      onChange: () => seen.push(outboxes[0]?.list({ limit: 10, offset: 0 }).entries[0]),
    });
    outbox.wake();
    await vi.waitFor(() => expect(outbox.pendingCount()).toBe(0), { timeout: 3000 });
    expect(kept.size).toBe(1);
    expect(seen.slice(0, 3)).toMatchObject(
      [1, 2, 3].map((attempts) => ({
        job_id: 'a',
        attempts,
        size_bytes: 11,
        last_error: { code: 'archive.unreachable', message: 'no', retryable: true },
      })),
    );
    const waits = calls.slice(1).map((call, i) => call.at - (calls[i]?.at ?? 0));
    // Half of 40, 80 and 160 ms at the least.
    expect(waits.map((wait, i) => wait >= 19 * 2 ** i)).toEqual([true, true, true]);
  });

  it('spares a target that is down: one try, not one for each result', async () => {
    const { target: dead, calls } = memory('folder', () => failure('archive.bad_credentials', false));
    addMany(20);
    const outbox = start([dead], { backoff: { firstMs: 60_000, maxMs: 60_000 } });
    await outbox.drain(1000);
    for (let i = 0; i < 50; i++) outbox.wake();
    await sleep(20);
    expect(calls.length).toBe(1);
    const { down } = outbox.states().get('folder') ?? {};
    expect(down?.failure.code).toBe('archive.bad_credentials');
    expect(down?.next_attempt_at).toBeGreaterThan(seconds() + 25);
  });

  it('goes on with all that waited as soon as one result gets through', async () => {
    let works = true;
    const { target: moody, calls, kept } = memory('folder', () => (works ? null : unreachable));
    addMany(5);
    const outbox = start([moody]);
    await outbox.drain(1000);
    works = false;
    for (let i = 0; i < 40; i++) add(`later${i}`);
    await outbox.drain(1000);
    // All that were under way when it went down, and no more.
    expect(calls.length).toBeLessThanOrEqual(5 + 16);
    await sleep(150);
    works = true;
    await vi.waitFor(() => expect(outbox.pendingCount()).toBe(0), { timeout: 3000 });
    expect(kept.size).toBe(45);
    expect(outbox.states().get('folder')?.down).toBeNull();
  });

  it('holds up nothing for one result that fails, whether it is refused or not', async () => {
    for (const failed of [failure('archive.conflict', false), failure('archive.server_error', true)]) {
      const { target: picky, kept } = memory('folder', (path) => (path.includes('bad') ? failed : null));
      add('bad');
      addMany(200);
      const outbox = start([picky]);
      outbox.wake();
      await vi.waitFor(() => expect(kept.size).toBe(200), { timeout: 4000 });
      expect(rows()).toMatchObject([{ job_id: 'bad', refused: failed.retryable === true ? 0 : 1 }]);
      expect(outbox.states().get('folder')).toMatchObject({
        pending: 1,
        refused: failed.retryable === true ? 0 : 1,
      });
      await outbox.dispose();
      db.exec('DELETE FROM rs_archive_outbox; DELETE FROM rs_archive_delivery');
    }
  });

  it('comes back for what falls due later, and for what a wrong clock dated into the future', async () => {
    add('a', 'folder', 0.15);
    add('b', 'folder', 3600 * 24 * 365);
    const outbox = start([createFolderTarget(dir)]);
    outbox.wake();
    await sleep(50);
    expect(outbox.pendingCount()).toBe(2);
    await vi.waitFor(() => expect(outbox.pendingCount()).toBe(0), { timeout: 3000 });
  });

  it('tries at once after the computer slept, however long it meant to wait', async () => {
    let asleepMs = 0;
    let works = false;
    const { target: away, kept } = memory('folder', () => (works ? null : unreachable));
    const timers: (() => void)[] = [];
    const spy = vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms: number) => {
      if (ms === 30_000) timers.push(run);
      return ms === 30_000 ? { unref: () => {} } : setImmediate(run);
    }) as unknown as typeof setTimeout);
    try {
      add('a');
      const outbox = start([away], {
        backoff: { firstMs: 3_600_000, maxMs: 3_600_000 },
        wallMs: () => Date.now() + asleepMs,
      });
      outbox.wake();
      await vi.waitFor(() => expect(outbox.states().get('folder')?.down).not.toBeNull());
      works = true;
      timers.at(-1)?.();
      await new Promise((resolve) => setImmediate(resolve));
      expect(kept.size).toBe(0);
      asleepMs = 8 * 3_600_000;
      timers.at(-1)?.();
      await vi.waitFor(() => expect(kept.size).toBe(1));
    } finally {
      spy.mockRestore();
    }
  });
});

describe('targets that change', () => {
  it('leave their rows waiting when they go, and have them delivered when they return', async () => {
    const [one, two] = [memory('one'), memory('two')];
    let targets = [one.target, two.target];
    const outbox = start([], { targets: () => targets });
    targets = [one.target];
    outbox.targetsChanged();
    add('a', 'one');
    add('a', 'two');
    expect(await outbox.drain(1000)).toBe(false);
    expect(outbox.states().get('two')).toEqual({ pending: 1, refused: 0, delivered: 0, down: null });
    expect(outbox.jobState('a')).toEqual([
      {
        target: 'one',
        key: key('a'),
        sha256: 'h',
        delivered_at: expect.any(Number),
        last_error: null,
        attempts: 0,
      },
      { target: 'two', key: key('a'), sha256: 'h', delivered_at: null, last_error: null, attempts: 0 },
    ]);
    targets = [one.target, two.target];
    outbox.targetsChanged();
    expect(await outbox.drain(1000)).toBe(true);
    expect(two.kept.size).toBe(1);
  });

  it('are tried at once when their credentials changed, with everything that waited for them', async () => {
    const wrong = memory('s3', () => failure('archive.bad_credentials', false));
    const right = memory('s3');
    let targets = [wrong.target];
    const outbox = start([], {
      targets: () => targets,
      backoff: { firstMs: 60_000, maxMs: 60_000 },
    });
    addMany(30, 's3');
    await outbox.drain(1000);
    expect(outbox.states().get('s3')?.down).not.toBeNull();
    targets = [right.target];
    outbox.targetsChanged();
    await vi.waitFor(() => expect(outbox.pendingCount()).toBe(0), { timeout: 2000 });
    expect(right.kept.size).toBe(30);
  });

  it('stop what is under way to a target that goes', async () => {
    let aborted = false;
    const hanging = target(
      's3',
      (_key, _bytes, signal) =>
        new Promise((_, reject) => {
          signal?.addEventListener('abort', () => {
            aborted = true;
            reject(new Error('stopped'));
          });
        }),
    );
    let targets = [hanging];
    const outbox = start([], { targets: () => targets });
    add('a', 's3');
    outbox.wake();
    targets = [];
    outbox.targetsChanged();
    expect(aborted).toBe(true);
    expect(rows()).toEqual([{ job_id: 'a', attempts: 0, refused: 0 }]);
  });

  it('cost nothing for what waits for one that is gone', () => {
    addMany(100_000, 'gone');
    add('a', 'folder');
    const outbox = start([memory().target]);
    const times = Array.from({ length: 9 }, () => {
      const started = performance.now();
      outbox.wake();
      outbox.pendingCount();
      outbox.states();
      return performance.now() - started;
    });
    expect(outbox.pendingCount()).toBe(100_001);
    expect(times.toSorted((a, b) => a - b)[4]).toBeLessThan(5);
  });
});

describe('what a person can do', () => {
  it('is to list, retry and drop', async () => {
    let works = false;
    const { target: picky, kept } = memory('folder', () =>
      works ? null : failure('archive.conflict', false),
    );
    for (const job of ['a', 'b', 'c']) add(job);
    const outbox = start([picky], { backoff: { firstMs: 60_000, maxMs: 60_000 } });
    await outbox.drain(1000);
    expect(outbox.states().get('folder')).toMatchObject({ pending: 3, refused: 3, down: null });
    const { entries, total } = outbox.list({ target: 'folder', limit: 2, offset: 1 });
    expect(total).toBe(3);
    expect(entries.map(({ job_id, last_error }) => [job_id, last_error?.code])).toEqual([
      ['b', 'archive.conflict'],
      ['c', 'archive.conflict'],
    ]);
    works = true;
    outbox.retry({ id: entries[0]?.id });
    await vi.waitFor(() => expect([...kept.keys()]).toEqual([key('b')]));
    const ids = outbox.list({ limit: 10, offset: 0 }).entries.map(({ id }) => id);
    expect(outbox.drop([ids[0] ?? 0, 999_999])).toBe(1);
    outbox.retry({ target: 'folder' });
    await vi.waitFor(() => expect(outbox.pendingCount()).toBe(0));
    expect([...kept.keys()]).toEqual([key('b'), key('c')]);
  });

  it('is to push: everything is tried now, whatever it waited for', async () => {
    let works = false;
    const good = memory('good', () => (works ? null : unreachable));
    const bad = memory('bad', () => failure('archive.access_denied', false));
    addMany(50, 'good');
    add('x', 'bad');
    const outbox = start([good.target, bad.target], { backoff: { firstMs: 60_000, maxMs: 60_000 } });
    await outbox.drain(1000);
    works = true;
    const { failed, ...numbers } = await outbox.push();
    expect(numbers).toEqual({ delivered: 50, pending: 1 });
    expect(failed).toEqual([
      {
        job_id: 'x',
        target: 'bad',
        key: key('x'),
        code: 'archive.access_denied',
        message: 'no',
        retryable: false,
      },
    ]);
  });

  it("is to push one job's result, which is made anew where it is missing, in the bytes that still wait", async () => {
    const [one, two] = [memory('one'), memory('two', () => unreachable)];
    const asked: string[] = [];
    const outbox = start([one.target, two.target], {
      backoff: { firstMs: 60_000, maxMs: 60_000 },
      entriesOf: (jobId) => {
        asked.push(jobId);
        if (jobId === 'nobody') throw new CodedError('job.not_found', 'no');
        return [entry(jobId, 'one', 'anew'), entry(jobId, 'two', 'anew')];
      },
    });
    add('a', 'two');
    expect(await outbox.push('a')).toMatchObject({ delivered: 1, pending: 1, failed: [{ target: 'two' }] });
    expect(one.kept.get(key('a'))).toBe('{"job":"a"}');
    expect(await outbox.push('b')).toMatchObject({ delivered: 1, pending: 1 });
    expect(one.kept.get(key('b'))).toBe('anew');
    // Delivered to one, waiting for the other: nothing to make.
    expect(await outbox.push('b')).toMatchObject({ delivered: 0, pending: 1 });
    // Nobody waits for a target that is gone.
    add('c', 'gone');
    expect(await outbox.push('c')).toMatchObject({ delivered: 1, pending: 2 });
    await expect(outbox.push('nobody')).rejects.toMatchObject({ code: 'job.not_found' });
    expect(asked).toEqual(['a', 'b', 'b', 'c', 'nobody']);
  });
});

describe('a store of the first version', () => {
  it('has its waiting rows counted and delivered, and their failures shown', async () => {
    const old = openDatabase(join(dir, 'old.db'), 'write');
    migrateRune(old, 0);
    old.exec('CREATE TABLE rs_schema_version (name TEXT PRIMARY KEY, applied_at REAL NOT NULL)');
    for (const { name, scope, sql } of RUNESCOPE_MIGRATIONS) {
      if (scope === 'archive' || name >= '2026-11-22-05') continue;
      old.exec(sql);
      old.prepare('INSERT INTO rs_schema_version VALUES (?, 0)').run(name);
    }
    old.exec(
      "INSERT INTO rs_archive_outbox VALUES (1, 'a', 'folder', 'results/a.json', x'00', 'h', 0, 3, 0, 'archive.write_failed: no')",
    );
    migrateRunescope(old, 'own', 0);
    const { target: disk, kept } = memory();
    const outbox = start([disk], { db: old });
    expect(outbox.states().get('folder')).toMatchObject({ pending: 1, refused: 0, delivered: 0 });
    expect(outbox.list({ limit: 1, offset: 0 }).entries[0]?.last_error).toEqual({
      code: 'archive.write_failed',
      message: 'archive.write_failed: no',
    });
    expect(await outbox.drain(1000)).toBe(true);
    expect(kept.size).toBe(1);
    await outbox.dispose();
    old.close();
  });
});

describe('an end', () => {
  it('gives up waiting, not the row, when a target hangs past the time limit', async () => {
    let stopped = false;
    const hanging = target('folder', (_key, _bytes, signal) => {
      signal?.addEventListener('abort', () => (stopped = true));
      return new Promise(() => {});
    });
    add('a');
    const outbox = start([hanging]);
    const started = performance.now();
    expect(await outbox.drain(80)).toBe(false);
    await outbox.dispose();
    expect(performance.now() - started).toBeLessThan(3000);
    expect(stopped).toBe(true);
    expect(rows()).toHaveLength(1);
  });

  it('delivers what is due when it is disposed of, and touches the store no more', async () => {
    add('a');
    const outbox = start([createFolderTarget(dir)]);
    await outbox.dispose();
    expect(existsSync(join(dir, key('a')))).toBe(true);
    add('b');
    outbox.wake();
    await sleep(30);
    expect(rows()).toHaveLength(1);
  });

  it('loses nothing when its process is killed at any moment', async () => {
    const jobs = 400;
    addMany(jobs);
    const url = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href);
    const code = `
      const { openDatabase } = await import(${url('../../store/database.ts')});
      const { createOutbox } = await import(${url('./outbox.ts')});
      const { createFolderTarget } = await import(${url('../targets/folder-target.ts')});
      const clock = { nowUs: () => Date.now() * 1000, monotonicMs: () => performance.now() };
      const db = openDatabase(${JSON.stringify(join(dir, 'store.db'))}, 'write');
      const folder = createFolderTarget(${JSON.stringify(dir)});
      const outbox = createOutbox({ db, targets: () => [folder], clock,
        logger: { log() {} }, onChange: () => process.stdout.write('.') });
      await outbox.drain(60000);`;
    let kills = 0;
    for (let round = 0; round < 20 && rows().length > 0; round++) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), Math.random() * 12));
      const signal = await new Promise((resolve) => child.once('exit', (_, by) => resolve(by)));
      if (signal === 'SIGKILL') kills++;
    }
    const outbox = start([createFolderTarget(dir)]);
    expect(await outbox.drain(10_000)).toBe(true);
    expect(kills).toBeGreaterThan(0);
    expect(outbox.states().get('folder')).toMatchObject({ pending: 0, refused: 0, delivered: jobs });
    for (let i = 0; i < jobs; i++)
      expect(readFileSync(join(dir, `results/t/k/d/job${i}.json`), 'utf8')).toBe(`{"job":"job${i}"}`);
  });
});
