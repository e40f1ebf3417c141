import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Change } from '#core/store/change-feed.ts';
import { realClock } from '#core/testing/ports.ts';
import { RuneFile, type RuneShape } from '#core/testing/rune-file.ts';
import { jobQuery } from '#shared/contract/contract.ts';
import { decodeTrace } from '#shared/model/trace-columns.ts';
import type { JobSource } from './job-source.ts';
import { openRuneStore } from './store-source.ts';

let root: string;
let folder: string;
let path: string;
let ports: { dataDir: string; clock: ReturnType<typeof realClock> };
const closers: (() => unknown)[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'runescope-foreign-'));
  folder = join(root, 'theirs');
  path = join(folder, 'jobs.db');
  mkdirSync(folder);
  ports = { dataDir: join(root, 'ours'), clock: realClock() };
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  chmodSync(folder, 0o755);
  rmSync(root, { recursive: true });
});

const open = async (at = path): Promise<JobSource> => {
  const source = await openRuneStore(at, ports);
  closers.push(() => source.close());
  return source;
};
/** Writes a store and closes it, so that no -wal is left. */
function write(fill: (rune: RuneFile) => void, shape: RuneShape = 'current', at = path): void {
  const rune = new RuneFile(at, shape);
  fill(rune);
  rune.close();
}
const hash = (): string => createHash('sha256').update(readFileSync(path)).digest('hex');
const board = (source: JobSource) =>
  source.listJobs(jobQuery.parse({ sort: [{ by: 'created_at', desc: false }] })).jobs;
const failure = (at = path) =>
  openRuneStore(at, ports).then(
    () => 'opened',
    (thrown: { code?: string }) => thrown.code,
  );

async function writer(mode: 'hold' | 'per-operation') {
  const child: ChildProcess = spawn(
    process.execPath,
    [fileURLToPath(new URL('../testing/rune-writer.ts', import.meta.url)), path, mode],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  closers.push(async () => {
    child.stdin?.end();
    if (child.exitCode === null) await once(child, 'exit');
  });
  return async (sql: string): Promise<void> => {
    child.stdin?.write(`${sql}\n`);
    await once(child.stdout ?? child, 'data');
  };
}
const insertJob = (id: string, status: string) =>
  `INSERT INTO jobs VALUES ('${id}', 'default', 'benchmark', '${status}', '{"model": "m"}', NULL, NULL, 'accepted', 1777000000, 1777000000)`;
const insertEvent = (job: string, event: string, ms: number, at: number) =>
  `INSERT INTO workflow_events (job_id, event, status, duration_ms, recorded_at) VALUES ('${job}', '${event}', 'ok', ${ms}, ${at})`;

describe('a RUNE store of each shape', () => {
  it.each(['a', 'b', 'c', 'current'] as const)('opens shape %s', async (shape) => {
    write((rune) => {
      const job = rune.job({ request: { ollama_url: 'http://h:11434', model: 'm' }, status: 'completed' });
      if (shape !== 'a')
        rune.event({ job_id: job, event: 'ollama.model.warmup', duration_ms: 5, recorded_at: 1_777_000_001 });
    }, shape);
    const source = await open();
    const [job] = board(source);
    expect(job).toMatchObject({
      status: 'succeeded',
      backend_type: 'ollama',
      span_count: shape === 'a' ? 0 : 1,
    });
    expect(source.summary(undefined)).toHaveLength(shape === 'a' ? 0 : 1);
    const trace = decodeTrace(await source.trace(job?.job_id ?? ''));
    expect([...trace.names]).toEqual(shape === 'a' ? ['job.execute'] : ['job.execute', 'backend.warmup']);
    expect(source.job(job?.job_id ?? '').artifacts).toEqual([]);
    expect(source.info()).toMatchObject({
      writable: false,
      snapshot: false,
      provides: { live: true, cancel: false },
    });
  });

  it('reads odd rows: unknown kinds and statuses, NULL and broken labels, NULL durations, wrong types', async () => {
    write((rune) => {
      const job = rune.job({
        kind: 'mystery',
        status: 'paused',
        request: 'not json',
        created_at: 5,
        updated_at: 6,
      });
      rune.event({
        job_id: job,
        event: 'x.y',
        status: 'odd',
        duration_ms: null,
        recorded_at: 6,
        labels: '[1',
      });
      rune.event({
        job_id: job,
        event: 'x.z',
        status: 'odd',
        error_type: 'E',
        recorded_at: 7,
        labels: '{"v": NaN}',
      });
      rune.event({ job_id: null, event: 'alone', recorded_at: 7 });
      rune.db.exec("INSERT INTO jobs VALUES ('typed', x'6162', 7, 8, 9, x'00', NULL, NULL, 'noon', 'late')");
    });
    const source = await open();
    const [typed, odd] = board(source);
    expect(typed).toMatchObject({ job_id: 'typed', tenant_id: 'ab', kind: '7', status: '8', created_at: 0 });
    expect(odd).toMatchObject({ kind: 'mystery', status: 'paused', span_count: 2, error_count: 0 });
    const detail = source.job(odd?.job_id ?? '');
    expect(detail.request).toBeNull();
    expect(detail.notes).toContain('The request is not JSON.');
    const trace = decodeTrace(await source.trace(odd?.job_id ?? ''));
    expect(trace.count).toBe(3);
    const at = [...trace.eventId].indexOf(1);
    const span = source.span(odd?.job_id ?? '', '0'.repeat(16), 1);
    expect(span).toMatchObject({ name: 'x.y', status: 'ok', attributes: { 'rune.raw_labels': '[1' } });
    expect(span.notes.join()).toContain('"odd"');
    expect(source.span(odd?.job_id ?? '', '0'.repeat(16), 2)).toMatchObject({
      status: 'error',
      error_type: 'E',
      attributes: { v: null },
    });
    expect(at).toBeGreaterThan(0);
    expect(decodeTrace(await source.trace('typed')).count).toBe(1);
    for (const format of ['otlp', 'chrome', 'csv'] as const) {
      expect(source.exportTrace('typed', format).text.length).toBeGreaterThan(0);
    }
  });

  it('tells a late cancel, a cancel and a failure apart', async () => {
    write((rune) => {
      rune.job({ job_id: 'late', status: 'succeeded', error: 'Cancelled by user' });
      rune.job({ job_id: 'gone', status: 'cancelled', error: 'Cancelled by user' });
      rune.job({ job_id: 'bad', status: 'error', error: 'Agent error: exit 1' });
    });
    const source = await open();
    expect(source.job('late')).toMatchObject({ status: 'succeeded', error: null });
    expect(source.job('late').notes.join()).toContain('Cancelled by user');
    expect(source.job('gone').error).toEqual({ code: 'job.cancelled', message: 'Cancelled by user' });
    expect(source.job('bad').error).toEqual({ code: 'job.failed', message: 'Agent error: exit 1' });
    expect(() => source.job('unknown')).toThrow(expect.objectContaining({ code: 'job.not_found' }));
  });

  it('fills the contract from the request and marks it so', async () => {
    let event = 0;
    write((rune) => {
      const request = {
        backend_type: 'bedrock',
        backend_url: 'http://u:secret@h:1/?key=secret',
        agent: 'k8sgpt',
      };
      rune.job({ job_id: 'j', request });
      const labels = { backend: 'existing', model: 'm' };
      event = rune.event({ job_id: 'j', event: 'agent.ask', labels, recorded_at: 1_777_000_005 });
    });
    const source = await open();
    const span = source.span('j', '0'.repeat(16), event);
    expect(span.attributes).toEqual({
      agent_name: 'k8sgpt',
      backend_type: 'bedrock',
      backend_url: 'http://h:1',
      model: 'm',
      provider_type: 'existing',
    });
    expect(span.notes).toContain('backend_type: from request.');
    expect(source.exportTrace('j', 'otlp').text).not.toContain('secret');
  });

  it('shows no computed times where all are rounded to 128 s', async () => {
    write((rune) => {
      rune.job({ job_id: 'j', created_at: 128_000, updated_at: 128_128 });
      rune.event({ job_id: 'j', event: 'agent.ask', duration_ms: 50, recorded_at: 128_128 });
    });
    const source = await open();
    expect(source.job('j').duration_ms).toBeNull();
    const trace = decodeTrace(await source.trace('j'));
    expect([...trace.durationUs]).toContain(50_000);
    expect([...trace.startUs].every((start) => start < 10)).toBe(true);
    expect(source.info().notes.join()).toContain('128 s');
  });
});

describe('files that are no RUNE store', () => {
  it('are refused with a code that says what they are', async () => {
    expect(await failure()).toBe('store.not_found');
    expect(await failure(folder)).toBe('store.unreadable');
    writeFileSync(path, '');
    expect(await failure()).toBe('store.not_rune');
    writeFileSync(path, 'This is a text, and a text is no database, however long it may be. '.repeat(9));
    expect(await failure()).toBe('store.not_sqlite');
    rmSync(path);
    new Database(path).exec('CREATE TABLE other (x)').close();
    expect(await failure()).toBe('store.not_rune');
    rmSync(path);
    new Database(path).exec('CREATE TABLE jobs (job_id, status)').close();
    expect(await failure()).toBe('store.not_rune');
  });

  it('are refused when cut short', async () => {
    write((rune) => {
      for (let i = 0; i < 200; i++) rune.job({ request: { question: 'x'.repeat(500) } });
    });
    truncateSync(path, 40_960);
    expect(await failure()).toBe('store.damaged');
    truncateSync(path, 60);
    expect(await failure()).toBe('store.not_sqlite');
  });

  it('are refused while another program keeps them locked', async () => {
    const rune = new Database(path);
    rune.exec('CREATE TABLE jobs (job_id); BEGIN EXCLUSIVE');
    closers.push(() => rune.close());
    expect(await failure()).toBe('store.locked');
  });

  it('leave no copy behind', async () => {
    new Database(path).exec('PRAGMA journal_mode = WAL; CREATE TABLE other (x)').close();
    expect(await failure()).toBe('store.not_rune');
    expect(readdirSync(join(ports.dataDir, 'indexes')).filter((name) => name.split('.').length > 2)).toEqual(
      [],
    );
  });
});

describe('what is left untouched', () => {
  it('is the file and its folder, also when it is written by root', async () => {
    write((rune) => void rune.job());
    const before = hash();
    const source = await open();
    expect(board(source)).toHaveLength(1);
    source.close();
    expect(hash()).toBe(before);
    expect(readdirSync(folder)).toEqual(['jobs.db']);
    expect(readdirSync(join(ports.dataDir, 'indexes')).every((name) => /^[0-9a-f]{16}\.db/.test(name))).toBe(
      true,
    );
  });

  it('is a read-only folder, whose -wal is read too and which is called a snapshot', async () => {
    const rune = new RuneFile(join(root, 'live.db'));
    closers.push(() => rune.close());
    rune.job({ job_id: 'only in the wal' });
    for (const side of ['', '-wal']) copyFileSync(join(root, `live.db${side}`), path + side);
    const names = readdirSync(folder);
    chmodSync(folder, 0o555);
    const before = hash();
    const source = await open();
    expect(board(source).map((job) => job.job_id)).toEqual(['only in the wal']);
    expect(source.info()).toMatchObject({ snapshot: true, provides: { live: false } });
    source.close();
    expect(hash()).toBe(before);
    expect(readdirSync(folder)).toEqual(names);
  });
});

describe('following a writer', () => {
  it.each(['hold', 'per-operation'] as const)('shows what another process writes (%s)', async (mode) => {
    write((rune) => void rune.job({ job_id: 'old', created_at: 5 }));
    const source = await open();
    const changes: Change[] = [];
    source.onChange((change) => void changes.push(change));
    const run = await writer(mode);
    await run(insertJob('new', 'running'));
    await vi.waitFor(() => expect(board(source).map((job) => job.job_id)).toEqual(['old', 'new']), {
      timeout: 5000,
    });
    await run(insertEvent('new', 'ollama.model.warmup', 500, 1_777_000_001));
    await vi.waitFor(() => expect(source.job('new').span_count).toBe(1), { timeout: 5000 });
    await run(insertEvent('new', 'vastai.model.pull', 600, 1_777_000_001.05));
    await run("UPDATE jobs SET status = 'succeeded', updated_at = 1777000009 WHERE job_id = 'new'");
    await vi.waitFor(() => expect(source.job('new')).toMatchObject({ status: 'succeeded', span_count: 2 }), {
      timeout: 5000,
    });
    await vi.waitFor(() => expect(changes.at(-1)?.jobs[0]?.status).toBe('succeeded'), { timeout: 5000 });

    const last = new Map(changes.flatMap((change) => change.spans).map((span) => [span.event_id, span]));
    expect(last.get(1)?.parent_span_id).toBe(last.get(2)?.span_id);
    expect(last.get(2)?.parent_span_id).toBe(last.get(0)?.span_id);
    expect(last.get(0)).toMatchObject({ name: 'job.execute', duration_ms: 9000 });
    expect(source.summary(undefined)).toMatchObject([{ event: 'backend.warmup', total: 2, max_ms: 600 }]);
    expect(source.info()).toMatchObject({ indexed_events: 2, total_events: 2, snapshot: false });
  });

  it('goes on from the private index when the store is opened again', async () => {
    write((rune) => {
      rune.job({ job_id: 'a', status: 'succeeded' });
      rune.event({ job_id: 'a', event: 'x', recorded_at: 1_777_000_001 });
    });
    (await open()).close();
    const run = await writer('per-operation');
    await run("UPDATE jobs SET status = 'failed', updated_at = updated_at + 1 WHERE job_id = 'a'");
    await run(insertEvent('a', 'x', 3, 1_777_000_002));
    const source = await open();
    expect(source.job('a')).toMatchObject({ status: 'failed', span_count: 2 });
    expect(source.summary(undefined)).toMatchObject([{ event: 'x', total: 2 }]);
  });

  it('opens a large store before all its events are indexed, and goes on', async () => {
    write((rune) => {
      rune.job({ job_id: 'j' });
      rune.db.exec(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120000)
         INSERT INTO workflow_events (job_id, event, status, duration_ms, recorded_at)
         SELECT 'j', 'x', 'ok', 1, 1777000000.5 + i FROM n`,
      );
    });
    const source = await open();
    const { indexed_events, total_events } = source.info();
    expect(indexed_events).toBeLessThan(total_events);
    const whole = [{ event: 'x', total: 120_000, ok: 120_000, error: 0, avg_ms: 1, min_ms: 1, max_ms: 1 }];
    expect(source.summary(undefined)).toEqual(whole);
    await vi.waitFor(() => expect(source.info().indexed_events).toBe(120_000), { timeout: 10_000 });
    expect(source.summary(undefined)).toEqual(whole);
    expect(source.job('j').span_count).toBe(120_000);
  });

  it('forgets the index of a file that other contents took the place of', async () => {
    write((rune) => {
      rune.job({ job_id: 'a' });
      rune.event({ job_id: 'a', event: 'x', recorded_at: 1_777_000_001 });
    });
    (await open()).close();
    const other = join(root, 'other.db');
    write((rune) => void rune.job({ job_id: 'b' }), 'current', other);
    writeFileSync(path, readFileSync(other));
    const source = await open();
    expect(board(source).map((job) => job.job_id)).toEqual(['b']);
    expect(source.summary(undefined)).toEqual([]);
  });

  it('stops when closed', async () => {
    write((rune) => void rune.job());
    const source = await open();
    let told = 0;
    source.onChange(() => void told++);
    source.close();
    const run = await writer('per-operation');
    await run(insertJob('new', 'queued'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(told).toBe(0);
    expect(existsSync(`${path}-wal`)).toBe(false);
  });
});
