import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { catchUpOwn } from '#core/store/catch-up.ts';
import { type Db, migrateRune, migrateRunescope, openDatabase } from '#core/store/database.ts';
import { summaryByScan, summaryFromRollup } from '#core/store/rollup.ts';
import { type TestPorts, testPorts } from '#core/testing/ports.ts';
import type { Rules } from './plan.ts';
import { createRemoval } from './remove.ts';
import { createRetention } from './retention.ts';

const NOW = Math.floor(Date.now() / 1000);
const DAY = 86_400;
const OLD: Rules = {
  retention: { max_age_days: 30, max_gb: null },
  targets: ['folder'],
  exporting: false,
};

let set: TestPorts;
let db: Db;
beforeEach(() => {
  set = testPorts();
  db = openDatabase(join(set.dataDir, 'runescope.db'), 'write');
  migrateRune(db, NOW);
  migrateRunescope(db, 'own', NOW);
});
afterEach(() => {
  db.close();
  set.remove();
});

/** A job of so many days ago with spans of 1 ms, 2 ms and so on, which the folder has. */
function job(id: string, daysAgo: number, spans: number, more: { readonly artifact?: number } = {}): void {
  const at = NOW - daysAgo * DAY;
  db.transaction(() => {
    db.prepare(
      "INSERT INTO jobs VALUES (?, 'default', 'benchmark', 'succeeded', '{}', '{}', NULL, NULL, ?, ?)",
    ).run(id, at, at + 10);
    const event = db.prepare(
      "INSERT INTO workflow_events (job_id, event, status, duration_ms, labels_json, recorded_at) VALUES (?, 'driver.call', 'ok', ?, '{\"action\": \"ask\"}', ?)",
    );
    const side = db.prepare('INSERT INTO rs_span VALUES (?, ?, NULL, 0, 1, 0, NULL)');
    for (let i = 1; i <= spans; i++) side.run(event.run(id, i, at).lastInsertRowid, `${id}${i}`);
    db.prepare("INSERT INTO rs_archive_delivery VALUES (?, 'folder', ?, 'x', ?)").run(
      id,
      `results/${id}.json`,
      at,
    );
    if (more.artifact !== undefined)
      db.prepare("INSERT INTO audit_artifact VALUES (?, ?, 'log', 'a', ?, 'x', zeroblob(?), ?)").run(
        `${id}-a`,
        id,
        more.artifact,
        more.artifact,
        at,
      );
  }).immediate();
  catchUpOwn(db);
}

const retention = (rules: Rules = OLD, everyMs?: number) => {
  let removed = 0;
  const made = createRetention({
    db,
    ...set.ports,
    rules: () => rules,
    onRemoved: () => removed++,
    everyMs,
  });
  return { ...made, removed: () => removed };
};

const left = (table: string): unknown => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();

/** The longest time during which nothing else had its turn. */
async function longestBlock(work: Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last - 1);
    last = now;
  }, 1);
  await work;
  clearInterval(timer);
  return longest;
}

describe('retention', () => {
  it('lets others have their turn while it deletes a job of 100,000 spans and one of 64 MiB', {
    timeout: 60_000,
  }, async () => {
    job('large', 60, 100_000, { artifact: 64 * 1024 * 1024 });
    for (let i = 0; i < 200; i++) job(`small${i}`, 50, 8);
    job('young', 1, 5);
    const { preview, run } = retention();
    let token = '';
    const planning = await longestBlock(preview().then((plan) => (token = plan.token)));
    const blocked = await longestBlock(run(token));
    expect(left('jobs')).toBe(1);
    expect(left('workflow_events')).toBe(5);
    expect(left('rs_span')).toBe(5);
    // 50 ms, and as much again for a machine that does other things meanwhile.
    expect(planning).toBeLessThan(100);
    expect(blocked).toBeLessThan(100);
  });

  it('finds the shortest and the longest anew when they were deleted', async () => {
    job('old', 60, 9);
    job('middle', 1, 5);
    job('newest', 0, 3);
    expect(summaryFromRollup(db)[0]).toMatchObject({ total: 17, max_ms: 9 });
    const { preview, run } = retention();
    await run((await preview()).token);
    expect(summaryFromRollup(db)[0]).toMatchObject({ total: 8, min_ms: 1, max_ms: 5 });
    expect(summaryFromRollup(db)).toEqual(summaryByScan(db));
  });

  it('is continued by whoever comes after a process that died in the middle', async () => {
    job('old', 60, 2000);
    job('young', 1, 1);
    db.transaction(() => {
      const removal = createRemoval(db, new Set());
      removal.begin('old', NOW);
      removal.step();
      removal.step();
    }).immediate();
    expect(left('jobs')).toBe(1);
    expect(left('workflow_events')).toBeGreaterThan(1);
    const { start, close, removed } = retention(
      { ...OLD, retention: { max_age_days: null, max_gb: null } },
      10,
    );
    start();
    await expect.poll(() => left('workflow_events')).toBe(1);
    await close();
    expect(left('rs_span')).toBe(1);
    expect(summaryFromRollup(db)).toEqual(summaryByScan(db));
    expect(removed()).toBe(0);
  });

  it('goes by itself when the settings say what is too old', async () => {
    job('old', 60, 3);
    job('young', 1, 1);
    const { start, close, removed } = retention(OLD, 10);
    start();
    await expect.poll(() => left('jobs')).toBe(1);
    await expect.poll(removed).toBe(1);
    await close();
    expect(set.logged.map(({ event }) => event)).toContain('retention.ran');
  });

  it('keeps what a collector has yet to get, what rents still, and what is not archived when its turn comes', async () => {
    for (const id of ['sent', 'waiting', 'renting', 'back']) job(id, 60, 1);
    job('young', 1, 1);
    db.exec("INSERT INTO rs_otlp_out (job_id, sent_at) VALUES ('sent', 1), ('waiting', NULL)");
    db.exec(
      "INSERT INTO rs_rental (rental_id, market, state, job_id, label, offer_id, gpu_name, num_gpus, gpu_total_ram, disk_gb, usd_hour, intent_at) VALUES ('r', 'demo', 'kept', 'renting', 'l', 1, 'g', 1, 1, 1, 1, 1); INSERT INTO rs_rental_use VALUES ('r', 'renting', 1)",
    );
    const { preview, run } = retention({ ...OLD, exporting: true });
    const plan = await preview();
    expect(plan).toMatchObject({ jobs: 2, kept_unarchived: 2 });
    // It is pushed once more in between.
    db.exec(
      "INSERT INTO rs_archive_outbox (job_id, target, key, body, sha256, created_at, next_attempt_at) VALUES ('back', 's3', 'k', 'b', 's', 1, 1)",
    );
    expect(await run(plan.token)).toMatchObject({ deleted: 1 });
    expect(db.prepare('SELECT job_id FROM jobs ORDER BY 1').pluck().all()).toEqual([
      'back',
      'renting',
      'waiting',
      'young',
    ]);
  });

  it('forgets a preview that nobody agreed to in time', async () => {
    job('old', 60, 1);
    job('young', 1, 1);
    let passedMs = 0;
    const clock = { nowUs: () => NOW * 1e6, monotonicMs: () => passedMs };
    const { preview, run } = createRetention({
      ...set.ports,
      db,
      clock,
      rules: () => OLD,
      onRemoved: () => {},
    });
    const { token } = await preview();
    passedMs = 16 * 60_000;
    await expect(run(token)).rejects.toMatchObject({ code: 'retention.stale' });
    expect(left('jobs')).toBe(2);
  });

  it('leaves a store that is closed meanwhile as it is', async () => {
    job('old', 60, 5000);
    job('young', 1, 1);
    const { preview, run, close } = retention();
    const { token } = await preview();
    const running = run(token);
    await close();
    await running;
    expect(left('rs_retired')).toBeLessThanOrEqual(1);
  });
});
