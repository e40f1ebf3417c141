import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from '#core/testing/ports.ts';
import { RuneFile } from '#core/testing/rune-file.ts';
import { MODEL_CALL_ATTRIBUTE } from '#shared/model/model-call.ts';
import type { Attributes, SpanRecord } from '#shared/model/span.ts';
import { catchUpOwn } from './catch-up.ts';
import { createChangeFeed } from './change-feed.ts';
import { type Db, migrateRune, migrateRunescope, openDatabase } from './database.ts';
import { EventWriter } from './event-writer.ts';
import { ForeignIndex, openIndex, shapeOf } from './foreign-index.ts';
import type { JobFigures } from './job-figures.ts';
import { createJobFigures } from './job-figures-reader.ts';

let folder: string;
const closers: (() => void)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rs-figures-'));
});
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
  rmSync(folder, { recursive: true, force: true });
});

const figuresOver = (source: Db, index: Db = source): JobFigures =>
  createJobFigures(() => ({
    path: 'store.db',
    source,
    index,
    recorded: true,
    quantised: false,
    hasEvents: true,
  }));

function ownStore(name = 'own.db'): { db: Db; path: string } {
  const path = join(folder, name);
  const db = openDatabase(path, 'write');
  closers.push(() => db.close());
  migrateRune(db, 0);
  migrateRunescope(db, 'own', 0);
  return { db, path };
}

function runeStore(): RuneFile {
  const rune = new RuneFile(join(folder, 'jobs.db'));
  closers.push(() => rune.close());
  return rune;
}

/** A private index of a RUNE store, as a foreign source makes it. */
function indexOf(source: Db, digest = 'a'): Db {
  const index = openIndex(join(folder, 'indexes'), digest, 0);
  closers.push(() => index.close());
  syncIndex(index, source);
  return index;
}

function syncIndex(index: Db, source: Db): void {
  const shape = shapeOf(source, 'jobs.db');
  const foreign = new ForeignIndex(index);
  foreign.resetUnlessOf(source, shape);
  foreign.syncJobs(source, shape);
  while (foreign.foldEvents(source, shape) > 0);
}

/** Everything that figures say, by job id, so that stores with other row numbers can be compared. */
function everything(figures: JobFigures): unknown {
  const jobs = figures.jobs();
  const byJob = <T extends { readonly row: Int32Array }>(columns: T): unknown =>
    Array.from(columns.row, (row, i) => {
      const values = Object.entries<unknown>({ ...columns }).filter(([name]) => name !== 'row');
      return [jobs.job_id[row], values.map(([name, column]) => [name, (column as readonly number[])[i]])];
    }).sort();
  const events = figures.events();
  return {
    ids: [...jobs.job_id].sort(),
    events,
    spans: events.map(({ event }) => [event, byJob(figures.spans(event))]),
    calls: byJob(figures.calls()),
  };
}

const CALL = {
  input_tokens: 100,
  output_tokens: 50,
  tokens_source: 'server',
  time_to_first_token_ms: 400,
  output_tokens_per_second: 25,
  prompt_tokens_per_second: 1000,
  speed_source: 'server',
  phases: [{ phase: 'load', ms: 250, source: 'server' }],
};

let spanNumber = 0;
const record = (jobId: string, name: string, more: Partial<SpanRecord> = {}): SpanRecord => ({
  trace_id: '0'.repeat(32),
  span_id: (++spanNumber).toString(16).padStart(16, '0'),
  parent_span_id: null,
  name,
  job_id: jobId,
  tenant_id: 'default',
  start_us: 1_777_000_000_000_000,
  duration_ms: 8,
  status: 'ok',
  error_type: null,
  attributes: {},
  ...more,
});
const chat = (figures: object): Attributes => ({ [MODEL_CALL_ATTRIBUTE]: { ...CALL, ...figures } });

function insertJob(db: Db, jobId: string, result: unknown = null): void {
  db.prepare(
    "INSERT INTO jobs VALUES (?, 'default', 'benchmark', 'succeeded', '{\"model\": \"m\"}', ?, NULL, NULL, 1777000000.5, 1777000010.5)",
  ).run(jobId, result === null ? null : JSON.stringify(result));
}

describe('live writes', () => {
  const writeAll = (db: Db): void => {
    for (const id of ['a', 'b', 'none']) insertJob(db, id);
    catchUpOwn(db);
    const writer = new EventWriter(db, createChangeFeed(), realClock(), { log: () => {} });
    for (let round = 0; round < 3; round++) {
      for (const id of ['a', 'b']) {
        writer.record(record(id, 'agent.ask', { duration_ms: 16 }));
        writer.record(record(id, 'agent.ask', { status: 'error', error_type: 'X', duration_ms: 4 }));
        writer.record(record(id, 'ollama.model.warmup'));
        writer.record(record(id, 'backend.warmup'));
        writer.record(record(id, 'odd', { duration_ms: Number.NaN }));
        writer.record(record(id, 'odd', { duration_ms: -5 }));
        writer.record(record(id, 'odd', { duration_ms: 1e30 }));
        writer.record(record(id, 'backend.chat', { attributes: chat({ time_to_first_token_ms: round }) }));
      }
      writer.flush();
    }
    writer.record({ ...record('', 'no.job'), job_id: null });
    writer.close();
  };

  it('equal a full fold of the same file, and the private index of it', () => {
    const { db, path } = ownStore();
    writeAll(db);
    const live = everything(figuresOver(db));
    expect(live).toMatchObject({ ids: ['a', 'b', 'none'] });

    const copy = join(folder, 'copy.db');
    db.pragma('wal_checkpoint(TRUNCATE)');
    copyFileSync(path, copy);
    const again = openDatabase(copy, 'write');
    closers.push(() => again.close());
    again.exec(
      "DELETE FROM rs_rollup; DELETE FROM rs_job_span; DELETE FROM rs_job_call; DELETE FROM rs_meta WHERE key = 'indexed_event_id'",
    );
    catchUpOwn(again);
    expect(everything(figuresOver(again))).toEqual(live);
    expect(everything(figuresOver(again, indexOf(again)))).toEqual(live);
  });

  it('add up: errors, absurd durations, names of earlier versions, speeds over all calls', () => {
    const { db } = ownStore();
    writeAll(db);
    const figures = figuresOver(db);
    const of = (event: string) => {
      const { row, count, errors, sum_ms } = figures.spans(event);
      const at = row.indexOf(figures.jobs().job_id.indexOf('a'));
      return { jobs: row.length, count: count[at], errors: errors[at], sum_ms: sum_ms[at] };
    };
    expect(of('agent.ask')).toEqual({ jobs: 2, count: 6, errors: 3, sum_ms: 60 });
    expect(of('backend.warmup')).toEqual({ jobs: 2, count: 6, errors: 0, sum_ms: 48 });
    expect(of('odd')).toEqual({ jobs: 2, count: 9, errors: 0, sum_ms: 3e12 });
    expect(of('ollama.model.warmup').jobs).toBe(0);
    expect(figures.events()[0]).toEqual({ event: 'odd', total: 18, errors: 0 });
    const calls = figures.calls();
    expect(calls.row).toHaveLength(2);
    const first = Object.values(calls).map((column: Float64Array) => column[0]);
    expect(first.slice(1)).toEqual([3, 300, 150, 0, 750, 1000, 25, 1]);
  });
});

describe('a RUNE store', () => {
  it('does not count a warm-up twice: the old pull is a span around it', () => {
    const rune = runeStore();
    const pull = (jobId: string, warmupEndsAt: number | null): void => {
      rune.job({ job_id: jobId });
      const warmup = { job_id: jobId, event: 'ollama.model.warmup', duration_ms: 5000 };
      if (warmupEndsAt !== null) rune.event({ ...warmup, recorded_at: warmupEndsAt });
      rune.event({ job_id: jobId, event: 'vastai.model.pull', duration_ms: 6000, recorded_at: 1000.5 });
      rune.event({ ...warmup, recorded_at: 1010, duration_ms: 100 });
    };
    pull('around', 999.25);
    pull('apart', 900);
    pull('alone', null);
    const index = indexOf(rune.db);
    const figures = figuresOver(rune.db, index);
    const { row, count, sum_ms } = figures.spans('backend.warmup');
    const ids = figures.jobs().job_id;
    expect(Object.fromEntries(Array.from(row, (at, i) => [ids[at], [count[i], sum_ms[i]]]))).toEqual({
      around: [2, 5100],
      apart: [3, 11_100],
      alone: [2, 6100],
    });
    // Event summaries and the board count every row.
    expect(figures.events()).toEqual([{ event: 'backend.warmup', total: 8, errors: 0 }]);
    expect(index.prepare("SELECT span_count FROM rs_job WHERE job_id = 'around'").pluck().get()).toBe(3);
  });

  it('with times rounded to 128 s knows neither durations of jobs nor counts a pull twice', () => {
    const rune = runeStore();
    rune.job({ job_id: 'j', created_at: 128 * 1000, updated_at: 128 * 1002 });
    const at = { job_id: 'j', recorded_at: 128 * 1001 };
    rune.event({ ...at, event: 'ollama.model.warmup', duration_ms: 5000 });
    rune.event({ ...at, event: 'vastai.model.pull', duration_ms: 6000, recorded_at: 128 * 1002 });
    const figures = figuresOver(rune.db, indexOf(rune.db));
    expect(figures.jobs().duration_ms[0]).toBeNaN();
    expect(figures.spans('backend.warmup').sum_ms).toEqual(Float64Array.of(5000));
  });

  it('keeps what is no duration out of the sums, and jobs without events in the columns', () => {
    const rune = runeStore();
    rune.job({ job_id: 'empty', request: 'nonsense' });
    rune.job({ job_id: 'j', request: { backend_type: 'openai', question: 'Why?' }, tenant_id: 'acme' });
    const odd = (duration: unknown, event = 'x'): void => {
      rune.db
        .prepare(
          'INSERT INTO workflow_events (job_id, event, status, duration_ms, recorded_at) VALUES (?, ?, ?, ?, 5)',
        )
        .run('j', event, 'ok', duration);
    };
    for (const value of [null, 'text', Number.POSITIVE_INFINITY, -3, 1e300]) odd(value);
    odd(null, 'untimed');
    rune.event({ job_id: 'nowhere', event: 'x', recorded_at: 5 });
    const figures = figuresOver(rune.db, indexOf(rune.db));
    const jobs = figures.jobs();
    const text = (column: Int32Array, row: number): string | undefined => jobs.texts[column[row] ?? -1];
    expect(jobs.job_id).toEqual(['empty', 'j']);
    expect([text(jobs.backend_type, 1), text(jobs.question, 1), text(jobs.tenant_id, 1)]).toEqual([
      'openai',
      'Why?',
      'acme',
    ]);
    expect([jobs.question[0], jobs.duration_ms[1], jobs.queue_ms[1]]).toEqual([-1, 10_000, Number.NaN]);
    expect(figures.spans('x')).toEqual({
      row: Int32Array.of(1),
      count: Float64Array.of(5),
      errors: Float64Array.of(0),
      sum_ms: Float64Array.of(1e12),
    });
    expect(figures.spans('untimed').sum_ms).toEqual(Float64Array.of(Number.NaN));
    expect(figures.calls().row).toHaveLength(0);
  });

  it('knows the server of a job, without the password in its URL', () => {
    const rune = runeStore();
    rune.job({ job_id: 'a', request: { backend_url: 'http://user:pw@One:11434/?key=x' } });
    rune.job({ job_id: 'b', request: { ollama_url: 'http://one:11434' }, result: { answer: 'x' } });
    rune.job({ job_id: 'c' });
    const { texts, backend_url } = figuresOver(rune.db, indexOf(rune.db)).jobs();
    expect(Array.from(backend_url, (at) => texts[at])).toEqual([
      'http://one:11434',
      'http://one:11434',
      undefined,
    ]);
  });

  it('forgets a job that the store lost, though it gained another one', () => {
    const rune = runeStore();
    for (const job_id of ['a', 'b', 'c']) rune.job({ job_id });
    for (const job_id of ['a', 'b', 'c']) rune.event({ job_id, event: 'x', recorded_at: 5 });
    const index = indexOf(rune.db);
    const figures = figuresOver(rune.db, index);
    expect(figures.jobs().job_id).toEqual(['a', 'b', 'c']);
    rune.db.exec("DELETE FROM jobs WHERE job_id = 'b'");
    rune.job({ job_id: 'd' });
    syncIndex(index, rune.db);
    expect(figures.jobs().job_id).toEqual(['a', 'c', 'd']);
    // The newest one: its number is given again.
    rune.db.exec("DELETE FROM jobs WHERE job_id = 'd'");
    rune.job({ job_id: 'e' });
    syncIndex(index, rune.db);
    expect(figures.jobs().job_id).toEqual(['a', 'c', 'e']);
    expect(figures.spans('x').row).toHaveLength(2);
  });

  it('takes tokens from what the agent says where no call is seen, and no figure that is none', () => {
    const rune = runeStore();
    const tokens = { system_prompt: 0, tool_calls: 0, agent_reasoning: 12, output: 200, total: 812 };
    rune.job({ job_id: 'told', result: { answer: 'a', telemetry: { tokens } } });
    rune.job({ job_id: 'seen', result: { answer: 'a', telemetry: { tokens } } });
    const event = { job_id: 'seen', event: 'backend.chat', recorded_at: 5 };
    rune.event({ ...event, labels: chat({ input_tokens: 'many', speed_source: 'odd', phases: null }) });
    rune.event({ ...event, labels: `{"${MODEL_CALL_ATTRIBUTE}": {"phases": [7], "output_tokens": NaN}}` });
    rune.event({ ...event, labels: `{"${MODEL_CALL_ATTRIBUTE}": "text"}` });
    rune.event({ ...event, event: 'other', labels: chat({}) });
    const figures = figuresOver(rune.db, indexOf(rune.db));
    expect(figures.calls()).toEqual({
      row: Int32Array.of(1, 0),
      calls: Float64Array.of(2, Number.NaN),
      input_tokens: Float64Array.of(Number.NaN, 600),
      output_tokens: Float64Array.of(Number.NaN, 212),
      first_token_ms: Float64Array.of(400, Number.NaN),
      load_ms: Float64Array.of(Number.NaN, Number.NaN),
      prompt_tokens_per_second: Float64Array.of(Number.NaN, Number.NaN),
      output_tokens_per_second: Float64Array.of(25, Number.NaN),
      speed_source: Uint8Array.of(0, 0),
    });
  });
});

describe('an attribute', () => {
  it('is of the first span that has it, whatever its name was, and objects are JSON', () => {
    const rune = runeStore();
    for (const id of ['a', 'b', 'c']) rune.job({ job_id: id });
    const event = (job_id: string, name: string, labels: unknown): void =>
      void rune.event({ job_id, event: name, labels, recorded_at: 5 });
    event('a', 'agent.ask', { note: 'says "model"' });
    event('a', 'agent.ask', { deep: { model: 'hidden' } });
    event('a', 'agent.ask', { model: 'first' });
    event('a', 'agent.ask', { model: 'second' });
    event('b', 'agent.ask', { model: { name: 'x' }, backend: 'existing' });
    event('c', 'bedrock.model.warmup', null);
    event('gone', 'agent.ask', { model: 'nobody' });
    const figures = figuresOver(rune.db, indexOf(rune.db));
    const of = (name: string, key: string): unknown => {
      const { row, value } = figures.attribute(name, key);
      return Array.from(row, (at, i) => [figures.jobs().job_id[at], value[i]]);
    };
    expect(of('agent.ask', 'model')).toEqual([
      ['a', 'first'],
      ['b', '{"name":"x"}'],
    ]);
    expect(of('agent.ask', 'provider_type')).toEqual([['b', 'existing']]);
    expect(of('backend.warmup', 'backend_type')).toEqual([['c', 'bedrock']]);
    expect(of('agent.ask', 'nothing')).toEqual([]);
  });

  it('is found job by job where a name is frequent', () => {
    const rune = runeStore();
    for (const id of ['a', 'b']) {
      rune.job({ job_id: id });
      for (let i = 0; i < 30; i++)
        rune.event({
          job_id: id,
          event: 'tool.call',
          labels: i < 3 ? null : { n: `${id}${i}` },
          recorded_at: 5,
        });
    }
    const { row, value } = figuresOver(rune.db, indexOf(rune.db)).attribute('tool.call', 'n');
    expect([[...row], value]).toEqual([
      [0, 1],
      ['a3', 'b3'],
    ]);
  });
});

describe('the version', () => {
  it('changes with each answer and only then, for what this and another connection write', () => {
    const { db, path } = ownStore();
    const other = openDatabase(path, 'read');
    closers.push(() => other.close());
    const both = [figuresOver(db), figuresOver(other)];
    const versions = (): string[] => both.map((figures) => figures.version());
    const jobs = () => both.map((figures) => figures.jobs().count);
    expect(jobs()).toEqual([0, 0]);
    const changed = (write: () => void): boolean[] => {
      const before = versions();
      write();
      return versions().map((version, i) => version !== before[i]);
    };
    expect(changed(() => insertJob(db, 'a'))).toEqual([false, false]);
    expect(changed(() => void catchUpOwn(db))).toEqual([true, true]);
    expect(jobs()).toEqual([1, 1]);
    const kept = both.map((figures) => figures.jobs());
    const writer = new EventWriter(db, createChangeFeed(), realClock(), { log: () => {} });
    closers.push(() => writer.close());
    expect(both.map((figures) => figures.spans('x').row.length)).toEqual([0, 0]);
    writer.record(record('a', 'x'));
    expect(changed(() => writer.flush())).toEqual([true, true]);
    expect(both.map((figures) => figures.spans('x').row.length)).toEqual([1, 1]);
    expect(both.map((figures, i) => figures.jobs() === kept[i])).toEqual([true, true]);
    expect(changed(() => writer.flush())).toEqual([false, false]);
    expect(
      changed(() => {
        db.exec("UPDATE jobs SET status = 'failed', updated_at = updated_at + 1");
        catchUpOwn(db);
      }),
    ).toEqual([true, true]);
    const failed = both.map((figures) => {
      const { texts, status } = figures.jobs();
      return texts[status[0] ?? -1];
    });
    expect(failed).toEqual(['failed', 'failed']);
  });

  it('says when events are still to be folded', () => {
    const rune = runeStore();
    rune.job({ job_id: 'a' });
    const index = indexOf(rune.db);
    const figures = figuresOver(rune.db, index);
    expect(figures.complete()).toBe(true);
    rune.event({ job_id: 'a', event: 'x', recorded_at: 5 });
    expect(figures.complete()).toBe(false);
    syncIndex(index, rune.db);
    expect([figures.complete(), figures.spans('x').row.length]).toEqual([true, 1]);
  });
});
