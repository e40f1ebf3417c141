import { afterEach, describe, expect, it } from 'vitest';
import type { Settings } from '#shared/contract/settings.ts';
import type { JobDetail } from '#shared/model/job.ts';
import { createEngine, type Engine } from './engine.ts';
import type { Clock } from './ports/ports.ts';
import { DELETED, KEPT } from './retention/tables.ts';
import { openDatabase } from './store/database.ts';
import { ownStorePath } from './store/own-file.ts';
import { summaryByScan, summaryFromRollup } from './store/rollup.ts';
import { fakeDriverCommand } from './testing/fake-driver.ts';
import { realClock, type TestPorts, testPorts } from './testing/ports.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

const DAY_US = 86_400 * 1e6;

/** A clock that can be set forward by days. */
function movable(): { readonly clock: Clock; days: number } {
  const real = realClock();
  const moved = { days: 0 };
  return Object.assign(moved, {
    clock: { nowUs: () => real.nowUs() + moved.days * DAY_US, monotonicMs: () => real.monotonicMs() },
  });
}

interface Bench extends TestPorts {
  readonly engine: Engine;
  readonly time: { days: number };
  set(more: Partial<Record<keyof Settings, unknown>>): Promise<void>;
  job(kind?: 'agentic-agent' | 'chain' | 'cost-estimate', request?: object): Promise<JobDetail>;
}

async function start(): Promise<Bench> {
  const time = movable();
  const set = testPorts({
    clock: time.clock,
    env: {
      PATH: process.env.PATH,
      RUNE_ARTIST_DRIVER_CMD: fakeDriverCommand('artifact'),
      RUNE_HANG_DRIVER_CMD: fakeDriverCommand('hang'),
      RUNE_BROKEN_DRIVER_CMD: fakeDriverCommand('exit3'),
    },
  });
  const engine = await createEngine(set.ports, { mode: 'own' });
  cleanUp.push(() => set.remove());
  cleanUp.push(() => engine.dispose());
  const settings: Bench['set'] = async (more) => {
    await engine.client.settings.set({
      version: 1,
      demo: { slowness: 0.02 },
      // The clock goes far ahead, and old lines would go by themselves.
      logs: { keep_days: 3650 },
      ...more,
    } as Settings);
  };
  await settings({});
  const job: Bench['job'] = async (kind = 'agentic-agent', request = DEMO) => {
    const { job_id } = await engine.client.jobs.create({ kind, request: { ...request } });
    for (;;) {
      const detail = await engine.client.jobs.get({ job_id });
      if (detail.finished_at !== null) return detail;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return { ...set, engine, time, set: settings, job };
}

const DEMO = { question: 'Why does checkout restart?', backend_type: 'demo', agent: 'prompt' };
const ARTIST = { question: 'Draw', agent: 'artist', model: 'm' };
const OLD = { retention: { max_age_days: 30 } };

/** Rows of these jobs by table. */
function rowsOf({ dataDir }: TestPorts, ids: readonly string[]): Record<string, number> {
  const db = openDatabase(ownStorePath(dataDir), 'read');
  try {
    const tables = db
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      .pluck()
      .all() as string[];
    const counts: Record<string, number> = {};
    for (const table of tables) {
      const has = db.prepare("SELECT 1 FROM pragma_table_info(?) WHERE name = 'job_id'").get(table);
      if (has === undefined) continue;
      counts[table] = db
        .prepare(`SELECT count(*) FROM ${table} WHERE job_id IN (SELECT value FROM json_each(?))`)
        .pluck()
        .get(JSON.stringify(ids)) as number;
    }
    return counts;
  } finally {
    db.close();
  }
}

const codeOf = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'did not throw',
    (thrown: { data?: { code?: unknown } }) => thrown.data?.code,
  );

describe('what retention would delete', () => {
  it('is nothing as long as the settings do not say', async () => {
    const { engine, job, time } = await start();
    await job();
    await job();
    time.days = 400;
    expect(await engine.client.retention.preview()).toMatchObject({ jobs: 0, bytes: 0, kept_unarchived: 0 });
  });

  it('is what is old and archived, shown before', async () => {
    const { engine, job, set, time } = await start();
    const [first, second] = [await job(), await job()];
    time.days = 31;
    await job();
    expect(await engine.drainArchive(5000)).toBe(true);
    await set(OLD);
    const plan = await engine.client.retention.preview();
    expect(plan).toMatchObject({
      jobs: 2,
      kept_unarchived: 0,
      oldest_at: first.finished_at,
      newest_at: second.finished_at,
      sample: [
        { job_id: first.job_id, finished_at: first.finished_at },
        { job_id: second.job_id, finished_at: second.finished_at },
      ],
    });
    expect(plan.bytes).toBeGreaterThan(2000);
    expect((await engine.client.jobs.list({})).total).toBe(3);
  });

  it('never is what an archive that delivers does not have', async () => {
    const { engine, job, set, time } = await start();
    await job();
    await job();
    expect(await engine.drainArchive(5000)).toBe(true);
    time.days = 31;
    await job();
    const gone = { id: 'gone', name: 'Gone', bucket: 'results', endpoint: 'http://127.0.0.1:1' };
    await set({ ...OLD, archive: { targets: [gone] } });
    expect(await engine.client.retention.preview()).toMatchObject({ jobs: 0, kept_unarchived: 2 });
    // No archive at all is none that has it.
    await set({ ...OLD, archive: { folder: false } });
    expect(await engine.client.retention.preview()).toMatchObject({ jobs: 0, kept_unarchived: 2 });
    await set(OLD);
    expect(await engine.client.retention.preview()).toMatchObject({ jobs: 2, kept_unarchived: 0 });
  });

  it('never is a job that runs or waits, however old', async () => {
    const { engine, set, time, job } = await start();
    const hang = { question: 'x', agent: 'hang', model: 'm' };
    const { job_id } = await engine.client.jobs.create({ kind: 'agentic-agent', request: hang });
    await job('cost-estimate', { local_hardware: true });
    time.days = 100;
    await job();
    await engine.drainArchive(5000);
    await set(OLD);
    const plan = await engine.client.retention.preview();
    expect(plan.jobs).toBe(1);
    expect(plan.sample.map((one) => one.job_id)).not.toContain(job_id);
    await engine.client.jobs.cancel({ job_id });
  });

  it('is as much as is too much, the oldest first', async () => {
    const { engine, job, set, dataDir } = await start();
    const jobs = [];
    for (let i = 0; i < 6; i++)
      jobs.push(await job('agentic-agent', { ...ARTIST, question: 'x'.repeat(50_000) }));
    await engine.drainArchive(5000);
    const db = openDatabase(ownStorePath(dataDir), 'read');
    const [pages, free, size] = ['page_count', 'freelist_count', 'page_size'].map(
      (name) => db.pragma(name, { simple: true }) as number,
    ) as [number, number, number];
    db.close();
    const used = (pages - free) * size;
    await set({ retention: { max_gb: (used - 200_000) / 1e9 } });
    const plan = await engine.client.retention.preview();
    expect(plan.jobs).toBeGreaterThan(0);
    expect(plan.jobs).toBeLessThan(5);
    expect(plan.bytes).toBeGreaterThan(100_000);
    expect(plan.sample.map((one) => one.job_id)).toEqual(jobs.slice(0, plan.jobs).map((one) => one.job_id));
    await set({ retention: { max_gb: (used + 50_000_000) / 1e9 } });
    expect((await engine.client.retention.preview()).jobs).toBe(0);
  });
});

describe('what retention deletes', () => {
  async function filled() {
    const bench = await start();
    const { engine, job } = bench;
    const chain = { model: 'm', steps: [{ name: 'a', agent: 'artist', question_template: 'Draw' }] };
    const old = [
      await job(),
      await job('agentic-agent', ARTIST),
      await job('chain', chain),
      await job('agentic-agent', { question: 'x', agent: 'broken', model: 'm' }),
      await job('cost-estimate', { local_hardware: true }),
    ].map(({ job_id }) => job_id);
    for (const job_id of old) await engine.client.trace.columns({ job_id });
    bench.time.days = 31;
    const young = (await job()).job_id;
    expect(await engine.drainArchive(5000)).toBe(true);
    await bench.set(OLD);
    return { ...bench, old, young };
  }

  it('is whole: every table with a job is emptied of it, or keeps it for a reason', async () => {
    const bench = await filled();
    const { engine, old, young } = bench;
    // Writes the lines that wait.
    await engine.client.logs.list({});
    const before = rowsOf(bench, old);
    expect(Object.keys(before).toSorted()).toEqual([...DELETED, ...Object.keys(KEPT)].toSorted());
    expect(before.audit_artifact).toBeGreaterThan(0);
    expect(before.chain_state).toBe(1);
    expect(before.rs_log).toBeGreaterThan(0);
    const plan = await engine.client.retention.preview();
    const done = await engine.client.retention.run({ token: plan.token });
    expect(done).toEqual({ deleted: 5, bytes: plan.bytes });
    const after = rowsOf(bench, old);
    for (const table of DELETED) expect([table, after[table]]).toEqual([table, 0]);
    for (const table of Object.keys(KEPT).filter((name) => name !== 'rs_retired'))
      expect([table, after[table]]).toEqual([table, before[table]]);
    expect(after.rs_retired).toBe(5);
    const { jobs } = await engine.client.jobs.list({});
    expect(jobs.map(({ job_id }) => job_id)).toEqual([young]);
    expect(rowsOf(bench, [young]).workflow_events).toBeGreaterThan(0);
  });

  it('leaves nothing of what lies beside a job, and every total as a count of what is left', async () => {
    const bench = await filled();
    const { engine } = bench;
    await engine.client.retention.run({ token: (await engine.client.retention.preview()).token });
    const db = openDatabase(ownStorePath(bench.dataDir), 'read');
    try {
      const orphans = (sql: string) => db.prepare(sql).pluck().get();
      expect(
        orphans('SELECT count(*) FROM rs_span WHERE event_id NOT IN (SELECT id FROM workflow_events)'),
      ).toBe(0);
      expect(
        orphans('SELECT count(*) FROM rs_job_span WHERE number NOT IN (SELECT number FROM rs_job_number)'),
      ).toBe(0);
      expect(
        orphans('SELECT count(*) FROM rs_job_call WHERE number NOT IN (SELECT number FROM rs_job_number)'),
      ).toBe(0);
      expect(orphans('SELECT count(*) FROM rs_retired WHERE open = 1')).toBe(0);
      expect(summaryFromRollup(db)).toEqual(summaryByScan(db));
    } finally {
      db.close();
    }
    const { summary } = engine.client.events;
    expect(await summary({ tenant_id: 'default' })).toEqual(await summary({}));
  });

  it('is not asked about twice: a link says where the result is, and its spending stays spent', async () => {
    const { engine, old } = await filled();
    const spent = () => engine.client.costs.spend({ by: 'kind', utc_offset_minutes: 0 });
    const before = await spent();
    expect(before.rows.length).toBeGreaterThan(0);
    await engine.client.retention.run({ token: (await engine.client.retention.preview()).token });
    const message = await engine.client.jobs
      .get({ job_id: old[0] ?? '' })
      .catch((thrown: Error) => thrown.message);
    expect(message).toMatch(
      /deleted here by retention on \d{4}-\d\d-\d\d.*results\/default\/agentic-agent\//,
    );
    expect(await spent()).toEqual(before);
    expect(await engine.client.jobs.list({ status: ['failed'] })).toMatchObject({ total: 0 });
  });

  it('is only what was shown: an unknown token, a used one, and one of other settings are refused', async () => {
    const { engine, set } = await filled();
    const { run, preview } = engine.client.retention;
    expect(await codeOf(run({ token: 'nope' }))).toBe('retention.stale');
    const { token } = await preview();
    await set({ retention: { max_age_days: 1 } });
    expect(await codeOf(run({ token }))).toBe('retention.stale');
    await set(OLD);
    const again = await preview();
    expect(again.token).toBe(token);
    expect((await run({ token })).deleted).toBe(5);
    expect(await codeOf(run({ token }))).toBe('retention.stale');
  });

  it('is told to whoever watches', async () => {
    const { engine } = await filled();
    const stop = new AbortController();
    const { token } = await engine.client.retention.preview();
    let gap = false;
    for await (const batch of await engine.client.live.watch({}, { signal: stop.signal })) {
      if (batch.seq === 0) void engine.client.retention.run({ token });
      gap ||= batch.gap;
      if (gap) break;
    }
    stop.abort();
    expect(gap).toBe(true);
  });

  it('is nothing in a process that only reads, which can show it', async () => {
    const { dataDir, ports } = await filled();
    const reader = await createEngine(testPorts({ dataDir, clock: ports.clock }).ports, { mode: 'read' });
    cleanUp.push(() => reader.dispose());
    const { token, jobs } = await reader.client.retention.preview();
    expect(jobs).toBe(5);
    expect(await codeOf(reader.client.retention.run({ token }))).toBe('source.cannot_provide');
  });
});
