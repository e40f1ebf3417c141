import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { catchUpOwn } from '#core/store/catch-up.ts';
import { type Change, createChangeFeed } from '#core/store/change-feed.ts';
import { migrateRunescope, openDatabase } from '#core/store/database.ts';
import { realClock } from '#core/testing/ports.ts';
import { RuneFile } from '#core/testing/rune-file.ts';
import { OWN } from '#shared/model/source.ts';
import { decodeTrace } from '#shared/model/trace-columns.ts';
import type { JobSource } from './job-source.ts';
import { createOwnSource } from './own-source.ts';
import { createSources } from './sources.ts';

const BASE_US = 1_777_000_000_000_000;
let folder: string;
let rune: RuneFile;
let own: JobSource;
const feed = createChangeFeed();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runescope-own-'));
  rune = new RuneFile(join(folder, 'runescope.db'));
  migrateRunescope(rune.db, 'own', 0);
  own = createOwnSource({ db: rune.db, path: rune.path, feed, clock: realClock() });
});
afterEach(() => {
  rune.close();
  rmSync(folder, { recursive: true });
});

function ours(
  jobId: string,
  status: string,
  run: { estimate?: string; error?: string; collector?: string } = {},
): void {
  rune.job({ job_id: jobId, status, error: status === 'failed' ? 'text' : null });
  rune.db
    .prepare('INSERT INTO rs_job_run (job_id, collector, estimate_json, error_json) VALUES (?, ?, ?, ?)')
    .run(jobId, run.collector ?? 'sqlite', run.estimate ?? null, run.error ?? null);
}

describe('our own store', () => {
  it('gives a job its estimate, its coded error and whether its spans were kept', () => {
    const error = '{"code":"driver.exit","message":"It ended with 3.","detail":"stderr","retryable":true}';
    ours('bad', 'failed', { estimate: '{"projected_cost_usd": 1}', error, collector: 'memory' });
    ours('broken', 'failed', { error: 'nonsense' });
    expect(own.job('bad')).toMatchObject({
      error: { code: 'driver.exit', message: 'It ended with 3.', detail: 'stderr' },
      estimate: { projected_cost_usd: 1 },
      spans_recorded: false,
      notes: [],
    });
    expect(own.job('broken').error).toEqual({ code: 'job.failed', message: 'text' });
  });

  it('describes recorded and open spans as they were recorded', async () => {
    ours('j', 'running');
    const labels = { driver_name: 'holmes', action: 'ask', transport_type: 'stdio' };
    const event = rune.event({ job_id: 'j', event: 'driver.call', labels, duration_ms: 2.5, recorded_at: 5 });
    rune.db
      .prepare('INSERT INTO rs_span VALUES (?, ?, ?, ?, ?, 0, NULL)')
      .run(event, '00000000000000aa', '00000000000000bb', BASE_US + 10, 2500);
    rune.db
      .prepare('INSERT INTO rs_open_span VALUES (?, ?, NULL, ?, ?, ?)')
      .run('00000000000000bb', 'j', 'agent.ask', BASE_US, '{"model": "m"}');
    expect(decodeTrace(await own.trace('j')).count).toBe(2);
    expect(own.span('j', '00000000000000aa', event)).toEqual({
      source: OWN,
      job_id: 'j',
      trace_id: 'j',
      span_id: '00000000000000aa',
      parent_span_id: '00000000000000bb',
      name: 'driver.call',
      raw_name: null,
      start_us: BASE_US + 10,
      duration_ms: 2.5,
      status: 'ok',
      error_type: null,
      attributes: labels,
      flags: 0,
      notes: [],
    });
    expect(own.span('j', '00000000000000bb', 0)).toMatchObject({
      duration_ms: null,
      attributes: { model: 'm' },
      notes: ['Still open.'],
    });
    expect(() => own.span('j', '00000000000000cc', 0)).toThrow(
      expect.objectContaining({ code: 'job.not_found' }),
    );
  });

  it('answers the summary by a scan while a RUNE process has written what no rollup holds', () => {
    rune.job({ job_id: 'theirs' });
    rune.event({ job_id: 'theirs', event: 'ollama.model.warmup', duration_ms: 4, recorded_at: 5 });
    const rows = [{ event: 'backend.warmup', total: 1, ok: 1, error: 0, avg_ms: 4, min_ms: 4, max_ms: 4 }];
    expect(own.summary(undefined)).toEqual(rows);
    catchUpOwn(rune.db);
    rune.db.exec('DELETE FROM workflow_events');
    expect(own.summary(undefined)).toEqual(rows);
  });

  it('lists artifacts without their contents', () => {
    ours('j', 'succeeded');
    rune.db.exec("INSERT INTO audit_artifact VALUES ('a', 'j', 'log', 'x.log', 2, 'ff', x'0102', 7)");
    expect(own.job('j').artifacts).toEqual([
      { artifact_id: 'a', kind: 'log', name: 'x.log', size_bytes: 2, sha256: 'ff', created_at: 7 },
    ]);
  });

  it('is readable beside its owner, and then offers nothing that writes', () => {
    ours('j', 'succeeded');
    const db = openDatabase(rune.path, 'read');
    const reader = createOwnSource({ db, path: rune.path, feed, clock: realClock() });
    expect(reader.job('j').status).toBe('succeeded');
    expect(reader.info()).toMatchObject({
      writable: false,
      provides: { cancel: false, recorded_starts: true },
    });
    db.close();
  });

  it('passes on its feed', () => {
    const heard: Change[] = [];
    const stop = own.onChange((change) => void heard.push(change));
    feed.emit({ jobs: [], spans: [] });
    stop();
    feed.emit({ jobs: [], spans: [] });
    expect(heard).toHaveLength(1);
  });
});

describe('the registry of sources', () => {
  it('opens a store once, finds it by id, and forgets it when closed', async () => {
    const path = join(folder, 'theirs.db');
    const theirs = new RuneFile(path);
    theirs.job();
    theirs.close();
    const sources = createSources({
      own,
      ports: { clock: realClock(), paths: { dataDir: join(folder, 'data') } },
      openArchived: () => null,
    });
    const first = await sources.open(path);
    expect(await sources.open(path)).toBe(first);
    const id = first.info().source;
    expect(id).toMatch(/^store-[0-9a-f]{16}$/);
    expect(await sources.get(id)).toBe(first);
    expect(sources.list().map((info) => info.source)).toEqual([OWN, id]);
    sources.close(id);
    await expect(sources.get(id)).rejects.toMatchObject({ code: 'source.unknown' });
    sources.dispose();
  });
});
