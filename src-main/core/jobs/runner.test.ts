import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ChangeFeed, createChangeFeed } from '#core/store/change-feed.ts';
import { type Db, migrateRune, migrateRunescope, openDatabase } from '#core/store/database.ts';
import { EventWriter } from '#core/store/event-writer.ts';
import { thisProcess } from '#core/store/ownership.ts';
import { nullCollector } from '#core/telemetry/collectors/null.ts';
import { realClock } from '#core/testing/ports.ts';
import { parseRequest } from '#shared/contract/requests.ts';
import { JobStore } from './job-store.ts';
import { JobRunner } from './runner.ts';
import type { JobOutcome, Run } from './workflow.ts';

const clock = realClock();
const logger = { log: () => {} };
const DONE: JobOutcome = { result: {}, cost_usd: null, artifacts: [] };
let dir: string;
let db: Db;
/** Another program's connection to the same file. */
let other: Db;
let feed: ChangeFeed;
let store: JobStore;
let writer: EventWriter;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rs-runner-'));
  const path = join(dir, 'store.db');
  // No waiting for the other connection's lock: a store that refuses at once.
  db = openDatabase(path, 'write', 0);
  migrateRune(db, 0);
  migrateRunescope(db, 'own', 0);
  other = openDatabase(path, 'write', 0);
  feed = createChangeFeed();
  writer = new EventWriter(db, feed, clock, logger);
  store = new JobStore({
    db,
    writer,
    feed,
    clock,
    logger,
    owner: thisProcess(null),
    enqueueResult: () => {},
    onEnded: () => {},
  });
});
afterEach(() => {
  writer.close();
  other.close();
  db.close();
  rmSync(dir, { recursive: true, force: true });
});

function runnerOf(workflow: (run: Pick<Run<unknown>, 'progress'>) => Promise<JobOutcome>): JobRunner {
  const workflows = {
    'agentic-agent': workflow,
    benchmark: workflow,
    'llm-instance': workflow,
    'cost-estimate': workflow,
  };
  return new JobRunner({ store, workflows, clock, logger, workRoot: join(dir, 'work') }, 1);
}

function submit(runner: JobRunner): string {
  const request = parseRequest('cost-estimate', { local_hardware: true });
  const about = { kind: 'cost-estimate', tenant_id: 'default', request } as const;
  const { job_id } = store.create({ ...about, idempotency_key: '', collector: 'null' });
  runner.submit({ ...about, job_id, collector: nullCollector, allowed_usd: 0, rate: null, timeout: 60 });
  return job_id;
}

describe('the job runner', () => {
  it('starts a job late when the store refuses its start', async () => {
    const runner = runnerOf(() => Promise.resolve(DONE));
    const first = submit(runner);
    const waits = submit(runner);
    // The second is started when the first has ended: then somebody else holds the lock.
    const locked = new Promise<void>((resolve) => {
      feed.subscribe(({ jobs }) => {
        if (!jobs.some(({ job_id, status }) => job_id === first && status === 'succeeded')) return;
        other.exec('BEGIN IMMEDIATE');
        resolve();
      });
    });
    await locked;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(store.status(waits)).toBe('queued');
    expect(runner.queued).toBe(1);
    other.exec('COMMIT');
    await runner.idle();
    expect(store.status(waits)).toBe('succeeded');
  });

  it('lets a job go on when what it says of itself cannot be written', async () => {
    const runner = runnerOf((run) => {
      other.exec('BEGIN IMMEDIATE');
      try {
        run.progress('half way');
      } finally {
        other.exec('COMMIT');
      }
      return Promise.resolve(DONE);
    });
    const job = submit(runner);
    await runner.idle();
    expect(store.status(job)).toBe('succeeded');
  });

  it('writes what a job says of itself once, however often it repeats it', async () => {
    const runner = runnerOf((run) => {
      for (let line = 0; line < 500; line++) run.progress(`pulling: ${Math.floor(line / 250)} %`);
      return Promise.resolve(DONE);
    });
    const said: (string | null)[] = [];
    feed.subscribe(({ jobs }) => said.push(...jobs.map(({ message }) => message)));
    submit(runner);
    await runner.idle();
    expect(said.filter((message) => message?.startsWith('pulling'))).toEqual([
      'pulling: 0 %',
      'pulling: 1 %',
    ]);
  });

  it('begins no work for a job that is cancelled as it starts', async () => {
    const workflow = vi.fn(() => new Promise<JobOutcome>(() => {}));
    const runner = runnerOf(workflow);
    const job = submit(runner);
    await vi.waitFor(() => expect(runner.running).toBe(1), { interval: 0 });
    await runner.cancel(job);
    expect(store.status(job)).toBe('cancelled');
    expect(workflow).not.toHaveBeenCalled();
  });

  it('begins no work once it is being closed, and says so of the job', async () => {
    const workflow = vi.fn(() => Promise.resolve(DONE));
    const runner = runnerOf(workflow);
    await runner.dispose();
    const job = submit(runner);
    await runner.idle();
    expect(workflow).not.toHaveBeenCalled();
    expect(store.status(job)).toBe('failed');
  });
});
