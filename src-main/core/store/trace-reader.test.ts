import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  decodeTrace,
  SPAN_INFERRED,
  SPAN_MODEL_CALL,
  SPAN_OPEN,
  spanIdAt,
} from '#shared/model/trace-columns.ts';
import { type Db, migrateRune, migrateRunescope, openDatabase } from './database.ts';
import { packTrace, readTrace, type TraceStore } from './trace-reader.ts';

const BASE_US = 1_777_000_000_000_000;
let db: Db;
let store: TraceStore;
let jobId: string;
beforeEach(() => {
  db = openDatabase(':memory:', 'write');
  migrateRune(db, 0);
  migrateRunescope(db, 'own', 0);
  store = { source: db, index: db, recorded: true, quantised: false, hasEvents: true };
  jobId = addJob('succeeded');
});
afterEach(() => db.close());

function addJob(status: string, ours = true): string {
  const id = randomUUID();
  db.prepare("INSERT INTO jobs VALUES (?, 'default', 'agentic-agent', ?, '{}', NULL, NULL, NULL, ?, ?)").run(
    id,
    status,
    BASE_US / 1e6,
    BASE_US / 1e6 + 1,
  );
  if (ours) db.prepare("INSERT INTO rs_job_run (job_id, collector) VALUES (?, 'sqlite')").run(id);
  return id;
}
function addSpan(
  job: string,
  name: string,
  spanId: string | null,
  parent: string | null,
  startUs: number,
  durationUs: number,
  more: { flags?: number; labels?: string } = {},
): number {
  const id = Number(
    db
      .prepare(
        "INSERT INTO workflow_events (job_id, event, status, duration_ms, labels_json, recorded_at) VALUES (?, ?, 'ok', ?, ?, ?)",
      )
      .run(job, name, durationUs / 1000, more.labels ?? null, (BASE_US + startUs + durationUs) / 1e6)
      .lastInsertRowid,
  );
  if (spanId !== null) {
    db.prepare('INSERT INTO rs_span VALUES (?, ?, ?, ?, ?, ?, ?)').run(
      id,
      spanId,
      parent,
      BASE_US + startUs,
      durationUs,
      more.flags ?? 0,
      'label',
    );
  }
  return id;
}
function read(job = jobId) {
  const bytes = readTrace(store, job, BASE_US + 10e6);
  if (bytes === null) throw new Error('no such job');
  return decodeTrace(bytes);
}
const names = (trace = read()): (string | undefined)[] =>
  Array.from({ length: trace.count }, (_, i) => trace.names[trace.name[i] ?? 0]);

const ROOT = '00000000000000aa';
const CHILD = 'ffffffff000000bb';

describe('a recorded trace', () => {
  it('has its spans in pre-order with their own starts, parents, labels and open spans', () => {
    addSpan(jobId, 'driver.call', CHILD, ROOT, 100, 50);
    addSpan(jobId, 'agent.ask', ROOT, null, 0, 400);
    db.prepare('INSERT INTO rs_open_span VALUES (?, ?, ?, ?, ?, ?)').run(
      '00000000000000cc',
      jobId,
      ROOT,
      'backend.warmup',
      BASE_US + 200,
      '{"model": "m"}',
    );
    const trace = read();
    expect(names(trace)).toEqual(['agent.ask', 'driver.call', 'backend.warmup']);
    expect([...trace.parent]).toEqual([-1, 0, 0]);
    expect([...trace.startUs]).toEqual([0, 100, 200]);
    expect([...trace.durationUs]).toEqual([400, 50, Number.NaN]);
    expect([...trace.eventId]).toEqual([2, 1, 0]);
    expect(spanIdAt(trace, 1)).toBe(CHILD);
    expect(trace.labels[trace.label[2] ?? 0]).toBe('m');
    expect([...trace.flags].map((flags) => flags & (SPAN_OPEN | SPAN_INFERRED))).toEqual([0, 0, SPAN_OPEN]);
  });

  it('carries the figures of model calls, and clears the mark where they are gone', () => {
    const labels = '{"rune.model_call": {"input_tokens": 3, "phases": []}}';
    addSpan(jobId, 'backend.chat', ROOT, null, 0, 10, { flags: SPAN_MODEL_CALL, labels });
    addSpan(jobId, 'backend.chat', CHILD, null, 20, 10, { flags: SPAN_MODEL_CALL, labels: '{}' });
    const trace = read();
    expect(trace.calls).toEqual([[0, { input_tokens: 3, phases: [] }]]);
    expect([...trace.flags]).toEqual([SPAN_MODEL_CALL, 0]);
  });

  it('is empty for a job of ours that recorded nothing, and null for an unknown job', () => {
    expect(read().count).toBe(0);
    expect(readTrace(store, 'unknown', 0)).toBeNull();
  });

  it('infers what a RUNE process wrote into the same file', () => {
    const theirs = addJob('succeeded', false);
    addSpan(theirs, 'ollama.model.warmup', null, null, 0, 500);
    const trace = read(theirs);
    expect(names(trace)).toEqual(['job.execute', 'backend.warmup']);
    expect([...trace.flags]).toEqual([SPAN_INFERRED, SPAN_INFERRED]);
  });
});

describe('a packed trace', () => {
  it('answers in place of the rows until another event comes', () => {
    const event = addSpan(jobId, 'agent.ask', ROOT, null, 0, 400);
    expect(packTrace(db, jobId)).toBe(true);
    db.prepare("UPDATE workflow_events SET event = 'changed' WHERE id = ?").run(event);
    expect(names()).toEqual(['agent.ask']);
    addSpan(jobId, 'driver.call', CHILD, ROOT, 500, 5);
    expect(names()).toEqual(['changed', 'driver.call']);
  });

  it('is not made of a job that has not ended or has open spans', () => {
    expect(packTrace(db, addJob('running'))).toBe(false);
    db.prepare("INSERT INTO rs_open_span VALUES ('00000000000000cc', ?, NULL, 'x', 1, '{}')").run(jobId);
    expect(packTrace(db, jobId)).toBe(false);
    expect(packTrace(db, 'unknown')).toBe(false);
  });

  it('is made when a long trace is first read', () => {
    db.transaction(() => {
      for (let i = 0; i < 1000; i++) addSpan(jobId, 'x', i.toString(16).padStart(16, '1'), null, i, 1);
    })();
    expect(read().count).toBe(1000);
    expect(db.prepare('SELECT job_id, last_event_id FROM rs_trace').raw().all()).toEqual([[jobId, 1000]]);
  });
});
