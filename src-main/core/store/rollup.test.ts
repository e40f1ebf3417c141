import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RuneFile } from '#core/testing/rune-file.ts';
import { catchUpOwn } from './catch-up.ts';
import { migrateRunescope } from './database.ts';
import { canonicalName } from './legacy.ts';
import {
  foldEvents,
  indexedEventId,
  RollupBatch,
  summaryByScan,
  summaryFromRollup,
  summaryOfJob,
} from './rollup.ts';

let folder: string;
let rune: RuneFile;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runescope-rollup-'));
  rune = new RuneFile(join(folder, 'jobs.db'));
  migrateRunescope(rune.db, 'own', 0);
});
afterEach(() => {
  rune.close();
  rmSync(folder, { recursive: true });
});

describe('rollups', () => {
  it('add up over batches and round as Python does', () => {
    for (const durations of [[1.25], [10, 2.25, null]]) {
      const batch = new RollupBatch();
      for (const ms of durations) batch.add('agent.ask', 'ollama', ms === 10 ? 'error' : 'ok', ms);
      batch.add('driver.call', '', 'ok', 1.25);
      batch.apply(rune.db);
    }
    const other = new RollupBatch();
    other.add('agent.ask', 'openai', 'odd', 0.35);
    other.apply(rune.db);
    expect(summaryFromRollup(rune.db)).toEqual([
      { event: 'agent.ask', total: 5, ok: 3, error: 1, avg_ms: 3.5, min_ms: 0.3, max_ms: 10 },
      { event: 'driver.call', total: 2, ok: 2, error: 0, avg_ms: 1.2, min_ms: 1.2, max_ms: 1.2 },
    ]);
  });

  it('say 0.0 for an event that never had a duration, and merge with later ones that do', () => {
    const untimed = new RollupBatch();
    untimed.add('x', '', 'ok', null);
    untimed.apply(rune.db);
    expect(summaryFromRollup(rune.db)).toEqual([
      { event: 'x', total: 1, ok: 1, error: 0, avg_ms: 0, min_ms: 0, max_ms: 0 },
    ]);
    const timed = new RollupBatch();
    timed.add('x', '', 'ok', 7);
    timed.apply(rune.db);
    expect(summaryFromRollup(rune.db)[0]).toMatchObject({ total: 2, avg_ms: 7, min_ms: 7, max_ms: 7 });
  });
});

describe('folding what RUNE wrote', () => {
  it('takes each event once, under its name of today and its backend', () => {
    const jobId = rune.job({ request: { backend_type: 'openai' } });
    rune.event({ job_id: jobId, event: 'ollama.model.warmup', duration_ms: 5, recorded_at: 2 });
    rune.event({ job_id: jobId, event: 'agent.ask', status: 'error', duration_ms: null, recorded_at: 3 });
    rune.event({ job_id: jobId, event: 'agent.ask', labels: { backend_type: 'demo' }, recorded_at: 3 });
    rune.event({ job_id: null, event: 'agent.ask', labels: 'nonsense', recorded_at: 4 });
    expect(catchUpOwn(rune.db)).toEqual({ jobs: 1, events: 4 });
    expect(catchUpOwn(rune.db)).toEqual({ jobs: 0, events: 0 });
    expect(
      rune.db.prepare('SELECT event, backend_type, total FROM rs_rollup ORDER BY 1, 2').raw().all(),
    ).toEqual([
      ['agent.ask', '', 1],
      ['agent.ask', 'demo', 1],
      ['agent.ask', 'openai', 1],
      ['backend.warmup', 'ollama', 1],
    ]);
    expect(rune.db.prepare('SELECT span_count, error_count FROM rs_job').raw().all()).toEqual([[3, 1]]);
    expect(summaryFromRollup(rune.db)).toEqual(summaryByScan(rune.db));
  });

  it('goes on in chunks from where it stopped', () => {
    for (let i = 0; i < 5; i++) rune.event({ job_id: null, event: 'x', recorded_at: i });
    const chunks = [2, 2, 2, 2].map((limit) => foldEvents(rune.db, rune.db, { limit }));
    expect(chunks).toEqual([2, 2, 1, 0]);
    expect(indexedEventId(rune.db)).toBe(5);
    expect(summaryFromRollup(rune.db)[0]?.total).toBe(5);
  });

  it('brings the row of a job that RUNE changed up to date and keeps its counts', () => {
    const jobId = rune.job({ status: 'running' });
    rune.event({ job_id: jobId, event: 'agent.ask', recorded_at: 3 });
    catchUpOwn(rune.db);
    rune.db
      .prepare("UPDATE jobs SET status = 'completed', updated_at = updated_at + 5 WHERE job_id = ?")
      .run(jobId);
    expect(catchUpOwn(rune.db)).toEqual({ jobs: 1, events: 0 });
    expect(rune.db.prepare('SELECT status, span_count FROM rs_job').raw().all()).toEqual([['succeeded', 1]]);
  });
});

describe('the summary of one job', () => {
  it('merges old and new names of an event and sorts by code point', () => {
    const jobId = rune.job();
    rune.event({ job_id: jobId, event: 'ollama.model.warmup', duration_ms: 1, recorded_at: 2 });
    rune.event({ job_id: jobId, event: 'backend.warmup', duration_ms: 2.5, status: 'error', recorded_at: 3 });
    rune.event({ job_id: jobId, event: '\u{10000}', recorded_at: 3 });
    rune.event({ job_id: jobId, event: '\uffff', recorded_at: 3 });
    rune.event({ job_id: 'other', event: 'backend.warmup', recorded_at: 3 });
    const rows = summaryOfJob(rune.db, jobId, canonicalName);
    expect(rows[0]).toEqual({
      event: 'backend.warmup',
      total: 2,
      ok: 1,
      error: 1,
      avg_ms: 1.8,
      min_ms: 1,
      max_ms: 2.5,
    });
    expect(rows.map((row) => row.event)).toEqual(['backend.warmup', '\uffff', '\u{10000}']);
  });
});
