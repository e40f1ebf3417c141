import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { catchUpOwn } from '#core/store/catch-up.ts';
import { createChangeFeed } from '#core/store/change-feed.ts';
import { migrateRunescope } from '#core/store/database.ts';
import type { TraceThread } from '#core/store/rune-store.ts';
import { realClock } from '#core/testing/ports.ts';
import { RuneFile } from '#core/testing/rune-file.ts';
import { decodeTrace } from '#shared/model/trace-columns.ts';
import { createOwnSource } from './own-source.ts';
import { createTraceThread } from './trace-thread.ts';

let folder: string;
let rune: RuneFile;
let thread: ReturnType<typeof createTraceThread>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runescope-thread-'));
  rune = new RuneFile(join(folder, 'runescope.db'));
  migrateRunescope(rune.db, 'own', 0);
  rune.job({ job_id: 'large' });
  rune.db.exec(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
     INSERT INTO workflow_events (job_id, event, status, duration_ms, recorded_at)
     SELECT 'large', 'x', 'ok', 1, 1777000000.5 + i FROM n`,
  );
  catchUpOwn(rune.db);
  thread = createTraceThread(new URL('./trace-worker.ts', import.meta.url));
});
afterEach(() => {
  thread.close();
  rune.close();
  rmSync(folder, { recursive: true });
});
const source = (over: TraceThread) =>
  createOwnSource({
    db: rune.db,
    path: rune.path,
    feed: createChangeFeed(),
    clock: realClock(),
    thread: over,
  });

describe('the thread that builds large traces', () => {
  it('builds one, keeps it packed, and is not asked for it again', async () => {
    let asked = 0;
    const counting: TraceThread = {
      read: (...request) => {
        asked++;
        return thread.read(...request);
      },
    };
    const own = source(counting);
    expect(decodeTrace(await own.trace('large')).count).toBe(12_001);
    expect(rune.db.prepare('SELECT job_id FROM rs_trace').pluck().all()).toEqual(['large']);
    expect(decodeTrace(await own.trace('large')).count).toBe(12_001);
    expect(asked).toBe(1);
    await expect(own.trace('unknown')).rejects.toMatchObject({ code: 'job.not_found' });
  });

  it('passes on why a store cannot be read', async () => {
    const store = { source: { name: join(folder, 'gone.db') }, index: { name: rune.path, readonly: true } };
    const asked = thread.read(store as unknown as Parameters<TraceThread['read']>[0], 'large', 0);
    await expect(asked).rejects.toMatchObject({ code: 'store.not_found' });
  });

  it('is done without where it cannot be started', async () => {
    const broken = createTraceThread(new URL('./no-such-worker.ts', import.meta.url));
    expect(decodeTrace(await source(broken).trace('large')).count).toBe(12_001);
  });
});
