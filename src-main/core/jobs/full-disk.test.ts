import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogRecord } from '#core/ports/ports.ts';
import { createChangeFeed } from '#core/store/change-feed.ts';
import { type Db, migrateRune, migrateRunescope, openDatabase } from '#core/store/database.ts';
import { EventWriter } from '#core/store/event-writer.ts';
import { thisProcess } from '#core/store/ownership.ts';
import { span } from '#core/telemetry/span.ts';
import { realClock } from '#core/testing/ports.ts';
import { parseRequest } from '#shared/contract/requests.ts';
import { JobStore } from './job-store.ts';
import { JobRunner } from './runner.ts';
import type { JobOutcome, Run } from './workflow.ts';

const clock = realClock();
let dir: string;
let db: Db;
let writer: EventWriter;
let store: JobStore;
let logged: LogRecord[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rs-full-'));
  db = openDatabase(join(dir, 'store.db'), 'write');
  migrateRune(db, 0);
  migrateRunescope(db, 'own', 0);
  logged = [];
  const logger = { log: (record: LogRecord) => logged.push(record) };
  const feed = createChangeFeed();
  writer = new EventWriter(db, feed, clock, logger);
  store = new JobStore({
    db,
    writer,
    feed,
    clock,
    logger,
    owner: thisProcess(null),
    enqueueResult: (jobId) => {
      db.prepare(
        `INSERT INTO rs_archive_outbox (job_id, target, key, body, sha256, created_at, next_attempt_at)
         VALUES (?, 'folder', ?, zeroblob(5000), '', 0, 0)`,
      ).run(jobId, jobId);
    },
    onEnded: () => {},
  });
});
afterEach(() => {
  writer.close();
  db.close();
  rmSync(dir, { recursive: true, force: true });
});

/** The file may not grow any more: SQLite answers as on a disk without a free block. */
function fillDisk(): void {
  db.pragma('max_page_count = 1');
  // What is left in pages that are already there.
  const insert = db.prepare('INSERT INTO settings VALUES (?, ?, 0)');
  for (const bytes of [3000, 500, 50]) {
    try {
      for (;;) insert.run(randomUUID(), 'x'.repeat(bytes));
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'SQLITE_FULL' });
    }
  }
}
const emptyDisk = (): void => void db.pragma('max_page_count = 1000000');

function runnerOf(workflow: (run: Run<unknown>) => Promise<JobOutcome>): JobRunner {
  const workflows = {
    'agentic-agent': workflow,
    benchmark: workflow,
    'llm-instance': workflow,
    'cost-estimate': workflow,
  };
  const logger = { log: (record: LogRecord) => logged.push(record) };
  return new JobRunner({ store, workflows, clock, logger, workRoot: join(dir, 'work') }, 1);
}

function submit(runner: JobRunner): string {
  const request = parseRequest('cost-estimate', { local_hardware: true });
  const about = { kind: 'cost-estimate', tenant_id: 'default', request } as const;
  const { job_id } = store.create({ ...about, idempotency_key: '', collector: 'sqlite' });
  runner.submit({ ...about, job_id, collector: writer, allowed_usd: 0, rate: null, timeout: 60 });
  return job_id;
}
const all = (sql: string): unknown[] => db.prepare(sql).pluck().all();
const seen = (event: string) => () => logged.some((record) => record.event === event);

const LARGE = { result: { answer: 'x'.repeat(20_000) }, cost_usd: 0.25, artifacts: [] };

describe('a disk that is full', () => {
  it('while a job runs costs it nothing: spans, estimate, model and end are written when there is room', async () => {
    const estimate = { projected_cost_usd: 0.5 } as Parameters<Run<unknown>['estimated']>[0];
    const runner = runnerOf(async (run) => {
      fillDisk();
      run.estimated({ ...estimate, note: 'x'.repeat(9000) } as typeof estimate, null);
      run.progress('working '.repeat(60));
      run.chose(`the-model-${'m'.repeat(4000)}`);
      for (let i = 0; i < 300; i++) span('driver.call', { detail: 'x'.repeat(100) }, () => i);
      return LARGE;
    });
    const job = submit(runner);
    await expect.poll(seen('job.end_not_written')).toBe(true);
    expect(seen('telemetry.write_failed')()).toBe(true);
    expect(store.status(job)).toBe('running');
    expect(runner.running).toBe(1);

    emptyDisk();
    await runner.idle();
    expect(store.status(job)).toBe('succeeded');
    expect(writer.health().dropped).toBe(0);
    expect(all("SELECT count(*) FROM workflow_events WHERE event = 'driver.call'")).toEqual([300]);
    expect(all('SELECT span_count FROM rs_job')).toEqual([301]);
    expect(all('SELECT length(model) FROM rs_job')).toEqual([4010]);
    expect(all('SELECT estimate_usd FROM rs_job')).toEqual([0.5]);
    expect(all('SELECT count(*) FROM rs_archive_outbox')).toEqual([1]);
    expect(all('SELECT count(*) FROM rs_open_span')).toEqual([0]);
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  });

  it('takes no job that it cannot keep, and keeps each that it took', async () => {
    const runner = runnerOf(async () => LARGE);
    fillDisk();
    const taken: string[] = [];
    // Pages that are there already have room for a few.
    expect(() => {
      for (let i = 0; i < 200; i++) taken.push(submit(runner));
    }).toThrow(/full/);
    expect(all('SELECT count(*) FROM jobs')).toEqual([taken.length]);
    emptyDisk();
    await runner.idle();
    const last = submit(runner);
    await runner.idle();
    for (const job of [...taken, last]) expect(store.status(job)).toBe('succeeded');
  });

  it('that stays full to the end leaves the job to the next start, and a store that is whole', async () => {
    const runner = runnerOf(async () => {
      fillDisk();
      return LARGE;
    });
    const job = submit(runner);
    await expect.poll(seen('job.end_not_written')).toBe(true);
    await runner.dispose();
    expect(store.status(job)).toBe('running');
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  });
});

describe('a result that no store could take', () => {
  it('ends its job as failed instead of keeping it running for ever', async () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    const runner = runnerOf(async () => ({ ...LARGE, result: { deep } }));
    const job = submit(runner);
    await runner.idle();
    expect(store.status(job)).toBe('failed');
    expect(all('SELECT error_json FROM rs_job_run').join()).toContain('"internal"');
  });
});
