import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ArchivedJob } from '#core/archive/read/reader.ts';
import { readRecord } from '#core/archive/record/read-record.ts';
import { createEngine } from '#core/engine.ts';
import { createChangeFeed } from '#core/store/change-feed.ts';
import { type Db, migrateRune, migrateRunescope, openDatabase } from '#core/store/database.ts';
import { EventWriter } from '#core/store/event-writer.ts';
import type { JobFigures } from '#core/store/job-figures.ts';
import { RUNESCOPE_MIGRATIONS } from '#core/store/migrations/runescope.ts';
import { openOwnToRead } from '#core/store/own-file.ts';
import { realClock, testPorts } from '#core/testing/ports.ts';
import { madeObject } from '#core/testing/result-records.ts';
import { RuneFile } from '#core/testing/rune-file.ts';
import type { SpanRecord } from '#shared/model/span.ts';
import { openArchivedResult } from './archive-source.ts';
import { createImported } from './imported-source.ts';
import { createOwnSource } from './own-source.ts';
import { openRuneStore } from './store-source.ts';

let folder: string;
const closers: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rs-figures-'));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

const clock = realClock();
const ownFigures = (db: Db, path: string): JobFigures =>
  createOwnSource({ db, path, feed: createChangeFeed(), clock }).figures();

/** Per job that has spans of the name: how many, how many failed, how long. */
function spansOf(figures: JobFigures, event: string): Record<string, readonly (number | undefined)[]> {
  const { row, count, errors, sum_ms } = figures.spans(event);
  const ids = figures.jobs().job_id;
  return Object.fromEntries(Array.from(row, (at, i) => [ids[at], [count[i], errors[i], sum_ms[i]]]));
}

/** A RUNE process that writes into the file. */
async function runeOn(path: string): Promise<(sql: string) => Promise<void>> {
  const writer = fileURLToPath(new URL('../testing/rune-writer.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [writer, path, 'per-operation'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  closers.push(async () => {
    child.stdin?.end();
    if (child.exitCode === null) await once(child, 'exit');
  });
  return async (sql) => {
    child.stdin?.write(`${sql}\n`);
    await once(child.stdout ?? child, 'data');
  };
}
const jobSql = (id: string): string =>
  `INSERT INTO jobs VALUES ('${id}', 'default', 'benchmark', 'running', '{}', NULL, NULL, NULL, 1777000000.5, 1777000000.5)`;
const eventSql = (id: string, status: string): string =>
  `INSERT INTO workflow_events (job_id, event, status, duration_ms, recorded_at) VALUES ('${id}', 'agent.ask', '${status}', 10, 1777000001.5)`;

describe('figures of our own store', () => {
  it('count what we and a RUNE process write at the same time, each once', async () => {
    const path = join(folder, 'own.db');
    const db = openDatabase(path, 'write');
    closers.push(() => db.close());
    migrateRune(db, 0);
    migrateRunescope(db, 'own', 0);
    db.exec(jobSql('ours'));
    const writer = new EventWriter(db, createChangeFeed(), clock, { log: () => {} });
    closers.push(() => writer.close());
    const rune = await runeOn(path);
    await rune(jobSql('theirs'));
    for (let i = 0; i < 40; i++) {
      const done = rune(eventSql('theirs', i % 4 === 0 ? 'error' : 'ok'));
      writer.record(ourSpan(i));
      if (i % 3 === 0) writer.takeOver();
      await done;
    }
    writer.takeOver();
    const reader = openDatabase(path, 'read');
    closers.push(() => reader.close());
    const expected = { ours: [40, 0, 80], theirs: [40, 10, 400] };
    for (const figures of [ownFigures(db, path), ownFigures(reader, path)]) {
      expect(spansOf(figures, 'agent.ask')).toEqual(expected);
      expect(figures.complete()).toBe(true);
    }
  });

  it('are rolled back with the batch that a full disk refused, and written with the next', () => {
    const db = openDatabase(join(folder, 'own.db'), 'write');
    closers.push(() => db.close());
    migrateRune(db, 0);
    migrateRunescope(db, 'own', 0);
    db.exec(jobSql('ours'));
    const writer = new EventWriter(db, createChangeFeed(), clock, { log: () => {} });
    closers.push(() => writer.close());
    const figures = ownFigures(db, 'own.db');
    writer.record(ourSpan(1));
    expect(() =>
      writer.flushWith(() => {
        throw new Error('the disk is full');
      }),
    ).toThrow('the disk is full');
    expect(spansOf(figures, 'agent.ask')).toEqual({});
    writer.record(ourSpan(2));
    writer.takeOver();
    expect(spansOf(figures, 'agent.ask')).toEqual({ ours: [2, 0, 4] });
  });

  it('are made of what an earlier Runescope wrote, once, whoever opens it', async () => {
    const set = testPorts();
    closers.push(() => set.remove());
    const path = join(set.dataDir, 'runescope.db');
    const rune = new RuneFile(path);
    const tokens = { system_prompt: 0, tool_calls: 0, agent_reasoning: 0, output: 12, total: 52 };
    rune.job({
      job_id: 'a',
      request: { backend_url: 'http://asked' },
      result: { answer: 'x', telemetry: { tokens }, backend_url: 'http://one:11434/' },
    });
    rune.job({ job_id: 'b', request: { backend_url: 'http://u:pw@two' }, result: '{"answer": NaN' });
    earlier(rune.db);
    rune.db.exec(
      "INSERT INTO rs_job (job_id, tenant_id, kind, status, created_at, updated_at, span_count) SELECT job_id, tenant_id, kind, status, created_at, updated_at, 2 FROM jobs; INSERT INTO rs_rollup VALUES ('agent.ask', '', 4, 4, 0, 4, 4, 1, 1); INSERT INTO rs_meta VALUES ('indexed_event_id', '4')",
    );
    for (const job_id of ['a', 'a', 'b', 'b']) rune.event({ job_id, event: 'agent.ask', recorded_at: 5 });
    rune.close();

    const db = await openOwnToRead(set.dataDir, 0);
    closers.push(() => db.close());
    const check = (of: Db): void => {
      const figures = ownFigures(of, path);
      expect(spansOf(figures, 'agent.ask')).toEqual({ a: [2, 0, 2], b: [2, 0, 2] });
      expect(figures.events()).toEqual([{ event: 'agent.ask', total: 4, errors: 0 }]);
      expect(
        of.prepare('SELECT span_count, tokens_in, tokens_out, backend_url FROM rs_job').raw().all(),
      ).toEqual([
        [2, 40, 12, 'http://one:11434'],
        [2, null, null, null],
      ]);
    };
    check(db);
    const engine = await createEngine(set.ports, { mode: 'own' });
    closers.push(() => engine.dispose());
    check(db);
  });
});

/** A store as it was before figures of jobs were kept. */
function earlier(db: Db): void {
  db.exec('INSERT INTO schema_version VALUES (1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0)');
  db.exec('CREATE TABLE rs_schema_version (name TEXT PRIMARY KEY, applied_at REAL NOT NULL)');
  for (const { name, scope, sql } of RUNESCOPE_MIGRATIONS) {
    if (scope === 'archive' || name >= '2026-11-22-07') continue;
    db.exec(sql);
    db.prepare('INSERT INTO rs_schema_version VALUES (?, 0)').run(name);
  }
}

const ourSpan = (number: number): SpanRecord => ({
  trace_id: '0'.repeat(32),
  span_id: number.toString(16).padStart(16, '0'),
  parent_span_id: null,
  name: 'agent.ask',
  job_id: 'ours',
  tenant_id: 'default',
  start_us: 1_777_000_000_000_000,
  duration_ms: 2,
  status: 'ok',
  error_type: null,
  attributes: {},
});

describe('figures of other sources', () => {
  it('follow a RUNE store while its process writes', async () => {
    const path = join(folder, 'jobs.db');
    new RuneFile(path).close();
    const rune = await runeOn(path);
    const holder = openDatabase(path, 'write');
    closers.push(() => holder.close());
    const source = await openRuneStore(path, { dataDir: join(folder, 'ours'), clock });
    closers.push(() => source.close());
    const figures = source.figures();
    const before = figures.version();
    await rune(jobSql('theirs'));
    for (let i = 0; i < 5; i++) await rune(eventSql('theirs', 'ok'));
    await expect.poll(() => spansOf(figures, 'agent.ask'), { timeout: 5000 }).toEqual({ theirs: [5, 0, 50] });
    expect(figures.version()).not.toBe(before);
  });

  it('speak of imported results, of none when they are removed, and of one archived result', () => {
    const made = (id: string, spans: number): ArchivedJob => ({
      source: 'archive:t:k',
      uri: 's3://b/k',
      bytes_sha256: null,
      record: readRecord(madeObject({ job_id: id }, spans).body),
      notes: [],
    });
    const imported = createImported({ dataDir: folder, clock });
    closers.push(() => imported.results.close());
    imported.results.add(made('a', 3));
    imported.results.add(made('b', 5));
    const figures = imported.source().figures();
    const counts = (of: JobFigures) => [...of.spans('backend.chat').count];
    expect(counts(figures)).toEqual([3, 5]);
    expect(figures.complete()).toBe(true);
    imported.results.clear();
    expect([figures.jobs().count, counts(figures), figures.events()]).toEqual([0, [], []]);
    imported.results.add(made('c', 2));
    expect([figures.jobs().job_id, counts(figures)]).toEqual([['c'], [2]]);

    const one = openArchivedResult(made('a', 3), clock);
    closers.push(() => one.close());
    const version = one.figures().version();
    expect(counts(one.figures())).toEqual([3]);
    one.reopened({ ...made('z', 3), bytes_sha256: 'other' });
    expect(one.figures().version()).not.toBe(version);
    expect(one.figures().jobs().job_id).toEqual(['z']);
  });

  it('are folded anew in an imported store of an earlier Runescope', () => {
    const imported = createImported({ dataDir: folder, clock });
    const job = madeObject({ job_id: 'a' }, 3).body;
    imported.results.add({ source: 's', uri: 'u', bytes_sha256: null, record: readRecord(job), notes: [] });
    imported.results.close();
    const db = openDatabase(join(folder, 'imported.db'), 'write');
    db.exec(
      "DELETE FROM rs_job_span; DELETE FROM rs_rollup; UPDATE rs_job SET span_count = 0; DELETE FROM rs_meta WHERE key = 'indexed_event_id'",
    );
    db.close();
    const again = createImported({ dataDir: folder, clock });
    closers.push(() => again.results.close());
    const source = again.source();
    expect(spansOf(source.figures(), 'backend.chat').a?.[0]).toBe(3);
    expect(source.job('a').span_count).toBe(4);
    expect(source.info().indexed_events).toBe(4);
  });
});
