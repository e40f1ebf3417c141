import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogRecord } from '#core/ports/ports.ts';
import { newSpanId } from '#core/telemetry/span.ts';
import { realClock } from '#core/testing/ports.ts';
import type { OpenSpan, SpanRecord } from '#shared/model/span.ts';
import { SPAN_LOST } from '#shared/model/trace-columns.ts';
import { createChangeFeed } from './change-feed.ts';
import { type Db, migrateRune, migrateRunescope, openDatabase } from './database.ts';
import { BATCH, EventWriter } from './event-writer.ts';

const JOB = '0af76519-16cd-43dd-8448-eb211c80319c';
const real = realClock();
let laterMs = 0;
const clock = { nowUs: real.nowUs, monotonicMs: () => real.monotonicMs() + laterMs };
let dir: string;
let db: Db;
let other: Db;
let writer: EventWriter;
let logged: LogRecord[];

beforeEach(() => {
  laterMs = 0;
  dir = mkdtempSync(join(tmpdir(), 'rs-writer-'));
  const path = join(dir, 'store.db');
  // No waiting for the other connection's lock: a store that refuses at once.
  db = openDatabase(path, 'write', 0);
  migrateRune(db, 0);
  migrateRunescope(db, 'own', 0);
  other = openDatabase(path, 'write', 0);
  logged = [];
  writer = new EventWriter(db, createChangeFeed(), clock, { log: (record) => logged.push(record) });
});
afterEach(() => {
  writer.close();
  other.close();
  db.close();
  rmSync(dir, { recursive: true, force: true });
});

const opened = (): OpenSpan => ({
  trace_id: JOB.replaceAll('-', ''),
  span_id: newSpanId(),
  parent_span_id: null,
  name: 'agent.ask',
  job_id: JOB,
  tenant_id: 'default',
  start_us: clock.nowUs(),
  attributes: {},
});
const ended = (span: OpenSpan): SpanRecord => ({ ...span, duration_ms: 1, status: 'ok', error_type: null });
const recordMany = (count: number): void => {
  for (let i = 0; i < count; i++) writer.record(ended(opened()));
};
const stored = () => other.prepare('SELECT count(*) FROM workflow_events').pluck().get();

describe('a store that refuses to be written', () => {
  it('is tried again after a while, not once for each span that comes', () => {
    other.exec('BEGIN IMMEDIATE');
    recordMany(1500);
    expect(logged.filter(({ event }) => event === 'telemetry.write_failed')).toHaveLength(1);
    other.exec('COMMIT');
    writer.flush();
    expect(stored()).toBe(1500);
    recordMany(BATCH);
    expect(stored()).toBe(1500 + BATCH);
    expect(writer.health().dropped).toBe(0);
  });

  it('shows in the lag, which grows until it writes again', () => {
    other.exec('BEGIN IMMEDIATE');
    recordMany(1);
    writer.flush();
    laterMs = 10_000;
    expect(writer.health().write_lag_ms).toBeGreaterThanOrEqual(10_000);
    laterMs = 20_000;
    expect(writer.health().write_lag_ms).toBeGreaterThanOrEqual(20_000);
    other.exec('COMMIT');
    writer.flush();
    recordMany(1);
    writer.flush();
    expect(writer.health().write_lag_ms).toBeLessThan(10_000);
  });

  it('costs the oldest spans when too many wait, and they are counted', () => {
    other.exec('BEGIN IMMEDIATE');
    recordMany(100_300);
    writer.flush();
    other.exec('COMMIT');
    writer.flush();
    expect(writer.health().dropped).toBe(300);
    expect(stored()).toBe(100_000);
  });
});

describe('a span that was given up as lost', () => {
  it('stays as it was when it ends late after all', () => {
    const span = opened();
    writer.start(span);
    writer.loseOpenSpans(JOB);
    writer.flush();
    writer.record(ended(span));
    writer.flush();
    expect(other.prepare('SELECT span_id, flags & ? AS lost FROM rs_span').all(SPAN_LOST)).toEqual([
      { span_id: span.span_id, lost: SPAN_LOST },
    ]);
  });
});

describe('a span that SQLite or JSON cannot hold', () => {
  it('costs what cannot be held, not itself and not the spans beside it', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    const odd = { n: 10n, circle } as unknown as OpenSpan['attributes'];
    writer.start({ ...opened(), attributes: odd });
    writer.record({ ...ended(opened()), duration_ms: Number.NaN });
    writer.record({ ...ended(opened()), duration_ms: Number.POSITIVE_INFINITY });
    writer.record({ ...ended(opened()), attributes: odd });
    const text = '\u0000 \ud800 \u2028 \u202e <script>';
    writer.record({ ...ended(opened()), attributes: { text, large: 'x'.repeat(2_000_000) } });
    writer.flush();
    expect(logged).toEqual([]);
    expect(writer.health().dropped).toBe(0);
    expect(stored()).toBe(4);
    expect(other.prepare('SELECT duration_ms FROM workflow_events').pluck().all()).toEqual([0, 0, 1, 1]);
    const labels = other.prepare('SELECT labels_json FROM workflow_events').pluck().all();
    expect(labels[2]).toContain('rune.lost_attributes');
    expect(JSON.parse(String(labels[3])).text).toBe(text);
    expect(other.prepare('SELECT attributes_json FROM rs_open_span').pluck().get()).toContain(
      'lost_attributes',
    );
  });

  it('may have the id of another: both are kept', () => {
    const span = ended(opened());
    writer.record(span);
    writer.record(span);
    writer.flush();
    expect(stored()).toBe(2);
  });

  it('finds a free number although the store has forgotten which it gave', () => {
    recordMany(3);
    writer.flush();
    other.exec('DELETE FROM sqlite_sequence; DELETE FROM workflow_events WHERE id = 3');
    recordMany(2);
    writer.flush();
    expect(logged).toEqual([]);
    expect(stored()).toBe(4);
  });
});
