import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Db, migrateRunescope, openDatabase } from '#core/store/database.ts';
import { CodedError } from '#shared/model/failure.ts';
import { createFolderTarget } from '../targets/folder-target.ts';
import type { ArchiveTarget } from '../targets/target.ts';
import { createOutbox, type Outbox } from './outbox.ts';

let dir: string;
let db: Db;
const outboxes: Outbox[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rs-outbox-'));
  db = openDatabase(join(dir, 'store.db'), 'write');
  migrateRunescope(db, 'own', 0);
});
afterEach(async () => {
  for (const outbox of outboxes.splice(0)) await outbox.dispose();
  db.close();
  rmSync(dir, { recursive: true, force: true });
});

const clock = { nowUs: () => Date.now() * 1000, monotonicMs: () => performance.now() };
const add = (job: string, target = 'folder', dueIn = 0): void => {
  db.prepare(
    "INSERT INTO rs_archive_outbox (job_id, target, key, body, sha256, created_at, next_attempt_at) VALUES (?, ?, ?, ?, '', 0, ?)",
  ).run(job, target, `results/t/k/d/${job}.json`, Buffer.from(`{"job":"${job}"}`), Date.now() / 1000 + dueIn);
};
const start = (
  targets: readonly ArchiveTarget[],
  onChange = () => {},
  backoff = { firstMs: 40, maxMs: 200 },
): Outbox => {
  const outbox = createOutbox({ db, targets, clock, logger: { log: () => {} }, onChange, backoff });
  outboxes.push(outbox);
  return outbox;
};
/** Fails `times` times for each key that `matches`, then keeps what it gets. */
function flaky(times: number, retryable: boolean, matches = /./) {
  const calls: { key: string; at: number }[] = [];
  const kept = new Map<string, string>();
  const target: ArchiveTarget = {
    name: 'folder',
    put: (key, bytes) => {
      calls.push({ key, at: performance.now() });
      if (matches.test(key) && calls.filter((call) => call.key === key).length <= times)
        return Promise.reject(new CodedError('archive.write_failed', 'no', { retryable }));
      kept.set(key, Buffer.from(bytes).toString());
      return Promise.resolve();
    },
  };
  return { target, calls, kept };
}
const rows = () => db.prepare('SELECT job_id, attempts, last_error FROM rs_archive_outbox ORDER BY id').all();

describe('the outbox', () => {
  it('delivers each row to its target, byte for byte, and forgets it', async () => {
    const onChange = vi.fn();
    const outbox = start([createFolderTarget(dir)], onChange);
    add('a');
    add('b');
    expect(outbox.pendingCount()).toBe(2);
    outbox.wake();
    await vi.waitFor(() => expect(outbox.pendingCount()).toBe(0));
    expect(readFileSync(join(dir, 'results/t/k/d/a.json'), 'utf8')).toBe('{"job":"a"}');
    expect(onChange).toHaveBeenCalledTimes(2);
  });

  it('waits longer after each failure, notes it, and delivers in the end', async () => {
    const { target, calls, kept } = flaky(3, true);
    add('a');
    const seen: unknown[] = [];
    const outbox = start([target], () => seen.push(...rows()));
    outbox.wake();
    await vi.waitFor(() => expect(outbox.pendingCount()).toBe(0), { timeout: 3000 });
    expect(kept.size).toBe(1);
    expect(seen).toMatchObject(
      [1, 2, 3].map((attempts) => ({ attempts, last_error: 'archive.write_failed: no' })),
    );
    const waits = calls.slice(1).map((call, i) => call.at - (calls[i]?.at ?? 0));
    // Half of 40, 80 and 160 ms at the least.
    expect(waits.map((wait, i) => wait >= 19 * 2 ** i)).toEqual([true, true, true]);
  });

  it('spares a target that is down: one try, not one for each result', async () => {
    const { target, calls } = flaky(1000, true);
    for (let i = 0; i < 20; i++) add(`job${i}`);
    const outbox = start([target]);
    await outbox.drain(1000);
    for (let i = 0; i < 50; i++) outbox.wake();
    expect(calls.length).toBe(1);
  });

  it('does not let one result that is refused hold up the others', async () => {
    const { target, kept } = flaky(1000, false, /bad/);
    add('bad');
    add('good');
    const outbox = start([target]);
    expect(await outbox.drain(1000)).toBe(false);
    expect([...kept.keys()]).toEqual(['results/t/k/d/good.json']);
    expect(rows()).toMatchObject([{ job_id: 'bad', attempts: 1 }]);
  });

  it('delivers what comes later while a refused result waits for its next try', async () => {
    const { target, kept } = flaky(1000, false, /bad/);
    const outbox = start([target], () => {}, { firstMs: 60_000, maxMs: 60_000 });
    add('bad');
    await outbox.drain(1000);
    add('later');
    outbox.wake();
    await vi.waitFor(() => expect([...kept.keys()]).toEqual(['results/t/k/d/later.json']));
    expect(rows()).toMatchObject([{ job_id: 'bad', attempts: 1 }]);
  });

  it('keeps rows of a target that is not configured', async () => {
    add('a', 's3');
    const outbox = start([createFolderTarget(dir)]);
    expect(await outbox.drain(500)).toBe(false);
    expect(outbox.pendingCount()).toBe(1);
  });

  it('comes back for what falls due later', async () => {
    add('a', 'folder', 0.15);
    const outbox = start([createFolderTarget(dir)]);
    outbox.wake();
    await sleep(50);
    expect(outbox.pendingCount()).toBe(1);
    await vi.waitFor(() => expect(outbox.pendingCount()).toBe(0));
  });

  it('gives up waiting, not the row, when a target hangs past the time limit', async () => {
    let release = (): void => {};
    const hanging: ArchiveTarget = {
      name: 'folder',
      put: () => new Promise<void>((resolve) => (release = resolve)),
    };
    add('a');
    const outbox = start([hanging]);
    const started = performance.now();
    expect(await outbox.drain(80)).toBe(false);
    expect(performance.now() - started).toBeLessThan(1000);
    expect(rows()).toHaveLength(1);
    release();
  });

  it('delivers what is due when it is disposed of, and touches the store no more', async () => {
    add('a');
    const outbox = start([createFolderTarget(dir)]);
    await outbox.dispose();
    expect(existsSync(join(dir, 'results/t/k/d/a.json'))).toBe(true);
    add('b');
    outbox.wake();
    await sleep(30);
    expect(rows()).toHaveLength(1);
  });

  it('loses nothing when its process is killed at any moment', async () => {
    const jobs = 60;
    for (let i = 0; i < jobs; i++) add(`job${i}`);
    const url = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href);
    const code = `
      const { openDatabase } = await import(${url('../store/database.ts')});
      const { createOutbox } = await import(${url('./outbox.ts')});
      const { createFolderTarget } = await import(${url('../targets/folder-target.ts')});
      const clock = { nowUs: () => Date.now() * 1000, monotonicMs: () => performance.now() };
      const db = openDatabase(${JSON.stringify(join(dir, 'store.db'))}, 'write');
      const outbox = createOutbox({ db, targets: [createFolderTarget(${JSON.stringify(dir)})], clock,
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
    for (let i = 0; i < jobs; i++)
      expect(readFileSync(join(dir, `results/t/k/d/job${i}.json`), 'utf8')).toBe(`{"job":"job${i}"}`);
  });
});
