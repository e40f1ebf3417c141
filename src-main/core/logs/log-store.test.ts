import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Db, migrateRune, migrateRunescope, openDatabase } from '#core/store/database.ts';
import { realClock } from '#core/testing/ports.ts';
import { logQuery } from '#shared/contract/http.ts';
import type { LogEntry } from './keeping-logger.ts';
import { listLogs } from './log-reader.ts';
import { createLogWriter, type LogWriter } from './log-writer.ts';

const clock = realClock();
const NOW = clock.nowUs() / 1e6;
let dir: string;
let db: Db;
let writer: LogWriter;
let limits: { keep_days: number; max_rows: number };
let troubles: unknown[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rs-logs-'));
  db = openDatabase(join(dir, 'store.db'), 'write', 0);
  migrateRune(db, 0);
  migrateRunescope(db, 'own', 0);
  limits = { keep_days: 14, max_rows: 200_000 };
  troubles = [];
  writer = createLogWriter({
    db,
    clock,
    limits: () => limits,
    onTrouble: (thrown) => troubles.push(thrown),
  });
});
afterEach(() => {
  writer.close();
  db.close();
  rmSync(dir, { recursive: true, force: true });
});

const entry = (more: Partial<LogEntry> = {}): LogEntry => ({
  at: NOW,
  level: 'info',
  logger: 'job',
  event: 'job.accepted',
  message: 'Job accepted.',
  tenant_id: null,
  job_id: null,
  trace_id: null,
  span_id: null,
  fields: {},
  ...more,
});
const list = (query: Parameters<typeof logQuery.parse>[0] = {}) => listLogs(db, logQuery.parse(query));
const messages = async (query: Parameters<typeof logQuery.parse>[0] = {}) =>
  (await list(query)).lines.map(({ message }) => message);
const count = (): number => db.prepare('SELECT count(*) FROM rs_log').pluck().get() as number;

describe('kept lines', () => {
  it('come back as they were said, the oldest first, and are written a moment later without being asked', async () => {
    const fields = { status_code: 404, endpoint: '/v1/jobs/{id}', ok: false, nothing: null };
    const ids = { tenant_id: 't', job_id: 'j', trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16) };
    const said = [
      entry({ ...ids, level: 'warn', fields, message: 'naïve — "quoted"\n😀' }),
      entry({ message: 'second' }),
    ];
    for (const each of said) writer.add(each);
    expect(count()).toBe(0);
    await expect.poll(count, { timeout: 5000 }).toBe(2);
    const { lines, more } = await list();
    expect(more).toBe(false);
    expect(lines.map(({ seq: _, ...line }) => line)).toEqual(said);
  });

  it('are found by level, text, event, job, tenant and time', async () => {
    for (const level of ['debug', 'info', 'warn', 'error'] as const)
      writer.add(entry({ level, message: level, event: level === 'error' ? 'job.failed' : 'host.said' }));
    writer.add(entry({ message: '100 % sure_ly', job_id: 'j1', tenant_id: 'x', at: NOW - 50 }));
    writer.add(entry({ message: 'request', event: 'http.request', fields: { endpoint: '/v1/estimates' } }));
    writer.flush();
    expect(await messages({ level: 'warn' })).toEqual(['warn', 'error']);
    expect(await messages({ event: 'job' })).toEqual(['error', '100 % sure_ly']);
    expect(await messages({ event: 'job.*' })).toEqual(['error', '100 % sure_ly']);
    expect(await messages({ event: 'job.failed' })).toEqual(['error']);
    expect(await messages({ event: 'jo' })).toEqual([]);
    expect(await messages({ text: '0 % SURE_' })).toEqual(['100 % sure_ly']);
    expect(await messages({ text: 'sure%ly' })).toEqual([]);
    expect(await messages({ text: 'estimates request' })).toEqual(['request']);
    expect(await messages({ job_id: 'j1' })).toEqual(['100 % sure_ly']);
    expect(await messages({ tenant_id: 'x' })).toEqual(['100 % sure_ly']);
    expect(await messages({ from: NOW - 50, to: NOW })).toEqual(['100 % sure_ly']);
    expect(await messages({ to: NOW - 50 })).toEqual([]);
  });

  it('come in pages of the newest, and say whether older ones match', async () => {
    for (let i = 1; i <= 10; i++) writer.add(entry({ message: `m${i}`, job_id: i % 2 ? 'odd' : 'even' }));
    writer.flush();
    const last = await list({ limit: 2, job_id: 'odd' });
    expect(last).toMatchObject({ more: true, lines: [{ message: 'm7' }, { message: 'm9' }] });
    const before_seq = last.lines[0]?.seq ?? 0;
    const first = await list({ limit: 3, job_id: 'odd', before_seq });
    expect(first).toMatchObject({
      more: false,
      lines: [{ message: 'm1' }, { message: 'm3' }, { message: 'm5' }],
    });
    expect(await messages({ after_seq: before_seq })).toEqual(['m8', 'm9', 'm10']);
  });

  it('are found among very many, a few in each stretch', async () => {
    const insert = db.prepare(
      "INSERT INTO rs_log (at, level, logger, event, message) VALUES (?, 1, 'x', 'http.request', ?)",
    );
    db.transaction(() => {
      for (let i = 1; i <= 80_000; i++) insert.run(NOW, i % 30_000 === 1 ? `needle ${i}` : 'hay');
    })();
    expect(await list({ text: 'needle', limit: 2 })).toMatchObject({
      more: true,
      lines: [{ message: 'needle 30001' }, { message: 'needle 60001' }],
    });
    expect(await messages({ text: 'needle' })).toEqual(['needle 1', 'needle 30001', 'needle 60001']);
  });
});

describe('the bounds', () => {
  it('hold at most as many rows as the settings say, the newest', async () => {
    limits.max_rows = 1000;
    for (let i = 1; i <= 3500; i++) writer.add(entry({ message: `m${i}` }));
    writer.flush();
    await expect.poll(count, { timeout: 5000 }).toBe(1000);
    expect((await messages({ limit: 1000 }))[0]).toBe('m2501');
    // Lowered later, at the next line.
    limits.max_rows = 10;
    writer.add(entry({ message: 'last' }));
    writer.flush();
    await expect.poll(count, { timeout: 5000 }).toBe(10);
    expect((await messages()).at(-1)).toBe('last');
  });

  it('keep the lines of jobs when requests come in a flood', async () => {
    limits.max_rows = 1000;
    for (let i = 1; i <= 300; i++) writer.add(entry({ message: `j${i}`, job_id: 'j' }));
    for (let i = 1; i <= 5000; i++) writer.add(entry({ message: `r${i}`, event: 'http.request' }));
    writer.flush();
    await expect.poll(count, { timeout: 5000 }).toBe(1000);
    expect(await messages({ job_id: 'j' })).toHaveLength(300);
    expect((await messages({ event: 'http.request', limit: 2000 }))[0]).toBe('r4301');
    // And at least half of all is theirs.
    for (let i = 1; i <= 3000; i++) writer.add(entry({ message: `k${i}`, job_id: 'k' }));
    writer.flush();
    await expect.poll(count, { timeout: 5000 }).toBe(1000);
    expect((await messages({ job_id: 'k', limit: 2000 })).length).toBeGreaterThan(490);
  });

  it('delete what is older than the settings say, also when nothing is logged', async () => {
    const day = 86_400;
    for (let i = 1; i <= 2500; i++) writer.add(entry({ message: 'old', at: NOW - 15 * day }));
    writer.add(entry({ message: 'young', at: NOW - 13 * day }));
    writer.close();
    writer = createLogWriter({ db, clock, limits: () => limits, onTrouble: () => {} });
    await expect.poll(count, { timeout: 10_000 }).toBe(1);
    expect(await messages()).toEqual(['young']);
  });
});

describe('a store that refuses', () => {
  it('loses nothing: lines wait, it is told once, and they are there when it takes them', async () => {
    const other = openDatabase(join(dir, 'store.db'), 'write', 0);
    other.exec('BEGIN IMMEDIATE');
    for (let i = 1; i <= 600; i++) writer.add(entry({ message: `m${i}` }));
    writer.flush();
    writer.flush();
    expect(troubles).toHaveLength(1);
    expect(count()).toBe(0);
    other.exec('COMMIT');
    other.close();
    await expect.poll(count, { timeout: 5000 }).toBe(600);
    expect(writer.dropped).toBe(0);
  });

  it('costs bounded memory: the oldest lines go, and are counted', async () => {
    const other = openDatabase(join(dir, 'store.db'), 'write', 0);
    other.exec('BEGIN IMMEDIATE');
    for (let i = 1; i <= 30_000; i++) writer.add(entry({ message: `m${i}` }));
    writer.flush();
    other.exec('COMMIT');
    other.close();
    writer.flush();
    expect(count() + writer.dropped).toBe(30_000);
    expect(count()).toBeGreaterThan(19_000);
    expect((await messages({ limit: 1 }))[0]).toBe('m30000');
  });

  it('is not held up by a line that no store could take', () => {
    writer.add(entry({ message: null as unknown as string }));
    writer.flush();
    writer.add(entry({ message: 'good' }));
    writer.flush();
    expect(count()).toBe(1);
    expect(writer.dropped).toBe(1);
  });
});
