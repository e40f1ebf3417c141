import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogRecord } from '#core/ports/ports.ts';
import { type Db, migrateRune, migrateRunescope, openDatabase } from '#core/store/database.ts';
import type { JobDetail } from '#shared/model/job.ts';
import { SPAN_LOST } from '#shared/model/trace-columns.ts';
import { recordSha256, resultRecord } from '../record/result-record.ts';
import { archiveEntries, buildRecordOf } from './job-entries.ts';

const JOB_ID = '3f0c1a52-7b11-4c7e-9d0e-0a4f6b2c8d11';
const JOB = {
  job_id: JOB_ID,
  tenant_id: 'acme',
  kind: 'benchmark',
  status: 'failed',
  demo: false,
  message: 'm',
  created_at: 100,
  started_at: 101,
  finished_at: 102.5,
  updated_at: 102.5,
  cost_usd: null,
  request: { model: 'm' },
  result: null,
  error: { code: 'driver.exit', message: 'It ended with 3.' },
  estimate: null,
  artifacts: [],
} as unknown as JobDetail;

let dir: string;
let db: Db;
let logged: LogRecord[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rs-entries-'));
  db = openDatabase(join(dir, 'store.db'), 'write');
  migrateRune(db, 0);
  migrateRunescope(db, 'own', 0);
  logged = [];
});
afterEach(() => {
  db.close();
  rmSync(dir, { recursive: true, force: true });
});

const event = (id: number, name: string, labels: string | null, durationMs: number | null): void => {
  db.prepare('INSERT INTO workflow_events VALUES (?, ?, ?, ?, ?, NULL, ?, ?)').run(
    id,
    JOB_ID,
    name,
    'ok',
    durationMs,
    labels,
    102,
  );
};
const from = (job: JobDetail) => ({
  source: { job: () => job },
  db,
  jobId: JOB_ID,
  ports: {
    appVersion: '0.1.0',
    env: { FAKE_API_KEY: 'planted-in-the-environment' },
    hostKind: 'cli' as const,
    platform: 'linux-x64',
    nodeVersion: '24.0.0',
    logger: { log: (record: LogRecord) => logged.push(record) },
  },
});
const TARGETS = [
  { name: 'folder', prefix: 'results/' },
  { name: 's3', prefix: 'team-a/runs/' },
];
const entries = (job: JobDetail = JOB, unsuccessful = true) =>
  archiveEntries({ ...from(job), targets: TARGETS, unsuccessful });
const parsed = () => JSON.parse(Buffer.from(entries()[0]?.body ?? '').toString());

describe('the entries of an ended job', () => {
  it('are the same whole record for each target', () => {
    event(1, 'agent.ask', '{"model": "m"}', 12.5);
    db.prepare('INSERT INTO rs_span VALUES (1, ?, NULL, 101000000, 12500, ?, NULL)').run(
      '00f067aa0ba902b7',
      SPAN_LOST,
    );
    const [folder, s3] = entries();
    expect([folder?.target, s3?.target]).toEqual(['folder', 's3']);
    expect(folder?.body).toEqual(s3?.body);
    expect(folder?.key).toBe(`results/acme/benchmark/1970-01-01/${JOB_ID}.json`);
    expect(s3?.key).toBe(`team-a/runs/acme/benchmark/1970-01-01/${JOB_ID}.json`);
    expect(buildRecordOf(from(JOB))).toEqual(parsed());
    const record = resultRecord.parse(parsed());
    expect(recordSha256(parsed())).toBe(folder?.sha256);
    expect(record.spans).toEqual([
      {
        trace_id: JOB_ID.replaceAll('-', ''),
        span_id: '00f067aa0ba902b7',
        parent_span_id: null,
        name: 'agent.ask',
        start_time: 101,
        duration_ms: 12.5,
        status: 'ok',
        error_type: null,
        attributes: { model: 'm' },
        inferred: false,
        lost: true,
      },
    ]);
    expect(record.events).toMatchObject([
      { id: 1, event: 'agent.ask', labels: { model: 'm' }, recorded_at: 102 },
    ]);
    expect(record.error).toEqual({ code: 'driver.exit', message: 'It ended with 3.' });
  });

  it('infer the span of an event that another RUNE process wrote, and survive its oddities', () => {
    event(1, 'agent.ask', 'not json', null);
    event(2, 'driver.call', '[1]', 500);
    event(3, 'driver.call', '{"a": NaN, "b": "c"}', 500);
    event(4, 'driver.call', `{"deep": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 500);
    expect(parsed().spans).toMatchObject([
      { span_id: '0000000000000001', start_time: 102, duration_ms: 0, inferred: true, attributes: {} },
      { span_id: '0000000000000002', start_time: 101.5, duration_ms: 500, inferred: true, attributes: {} },
      { span_id: '0000000000000003', attributes: { a: null, b: 'c' } },
      { span_id: '0000000000000004', attributes: {} },
    ]);
  });

  it('are none, with a line in the log, when no record can be made: the job ends all the same', () => {
    expect(entries({ ...JOB, finished_at: Number.NaN })).toEqual([]);
    expect(logged).toMatchObject([{ level: 'error', event: 'archive.not_prepared', job_id: JOB_ID }]);
  });

  it('leave out what did not succeed, where that is wished', () => {
    expect(entries(JOB, false)).toEqual([]);
    expect(entries({ ...JOB, status: 'cancelled' }, false)).toEqual([]);
    expect(entries({ ...JOB, status: 'succeeded' }, false)).toHaveLength(2);
    expect(logged).toEqual([]);
  });

  it('hold no secret in any part of the record, and their hash is over what is left', () => {
    const said = 'Bearer PLANTED-123 at https://me:PLANTED@host/?sig=PLANTED, planted-in-the-environment';
    event(1, 'agent.ask', JSON.stringify({ said, api_key: 'PLANTED' }), 12.5);
    const job = {
      ...JOB,
      message: said,
      request: { question: 'What is Bearer QUESTION-1?', env: { A: 'PLANTED' }, note: said },
      result: { answer: 'Bearer ANSWER-12 is a header.', metadata: { said, secrets: ['PLANTED'] } },
      error: { code: 'driver.exit', message: said, detail: said },
      estimate: { note: said },
    } as unknown as JobDetail;
    const bytes = Buffer.from(entries(job)[0]?.body ?? '').toString();
    expect(bytes).not.toMatch(/PLANTED|planted-in/);
    expect(bytes).toContain('Bearer QUESTION-1');
    expect(bytes).toContain('Bearer ANSWER-12');
    expect(recordSha256(JSON.parse(bytes))).toBe(JSON.parse(bytes).sha256);
  });

  it('are refused for a job that still runs', () => {
    expect(() => buildRecordOf(from({ ...JOB, status: 'running' }))).toThrow(/has not ended/);
  });
});
