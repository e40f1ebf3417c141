import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from '#core/testing/ports.ts';
import { RuneFile } from '#core/testing/rune-file.ts';
import { jobQuery } from '#shared/contract/contract.ts';
import { decodeTrace } from '#shared/model/trace-columns.ts';
import type { JobSource } from './job-source.ts';
import { openRuneStore } from './store-source.ts';

let root: string;
let path: string;
let ports: { dataDir: string; clock: ReturnType<typeof realClock> };
const closers: (() => void)[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'runescope-hostile-'));
  path = join(root, 'theirs', 'jobs.db');
  mkdirSync(join(root, 'theirs'));
  ports = { dataDir: join(root, 'ours'), clock: realClock() };
});
afterEach(() => {
  for (const close of closers.splice(0)) close();
  rmSync(root, { recursive: true });
});

async function open(fill: (rune: RuneFile) => void): Promise<JobSource> {
  const rune = new RuneFile(path);
  fill(rune);
  rune.close();
  return reopen();
}
async function reopen(): Promise<JobSource> {
  const source = await openRuneStore(path, ports);
  closers.push(() => source.close());
  return source;
}
const board = (source: JobSource) => source.listJobs(jobQuery.parse({})).jobs;

/** Everything a view asks of a job; throws what any of it throws. */
async function readAll(source: JobSource, jobId: string) {
  const job = source.job(jobId);
  const trace = decodeTrace(await source.trace(jobId));
  for (const eventId of trace.eventId) if (eventId > 0) source.span(jobId, '0'.repeat(16), eventId);
  const texts = (['otlp', 'chrome', 'csv'] as const).map((format) => source.exportTrace(jobId, format));
  const answers = {
    job,
    facets: source.facets(),
    all: source.summary(undefined),
    own: source.summary(jobId),
  };
  JSON.stringify(answers);
  return { ...answers, trace, texts };
}

describe('a store that means harm', () => {
  it('has infinite, negative and absurd durations: they are unknown, 0 and capped, in every view alike', async () => {
    const source = await open((rune) => {
      rune.job({ job_id: 'j' });
      rune.event({ job_id: 'j', event: 'a', duration_ms: 5, recorded_at: 1_777_000_001 });
      rune.db.exec(
        `INSERT INTO workflow_events (job_id, event, status, duration_ms, recorded_at) VALUES
          ('j', 'a', 'ok', 9e999, 1777000002), ('j', 'a', 'ok', -9e999, 1777000003),
          ('j', 'a', 'ok', -50, 1777000004), ('j', 'a', 'ok', 1e300, 1777000005),
          ('j', 'a', 'error', x'00', 1777000006), ('j', 'a', 'ok', 'long', 1777000007)`,
      );
    });
    const { all, own, trace } = await readAll(source, 'j');
    const row = { event: 'a', total: 7, ok: 6, error: 1, min_ms: 0, max_ms: 1e12 };
    expect(all).toEqual([expect.objectContaining(row)]);
    expect(own).toEqual(all);
    // The root is widened to hold its children.
    expect(trace.durationUs.every((us) => us >= 0 && us < 2e15)).toBe(true);
    expect(board(source)).toMatchObject([{ span_count: 7, error_count: 1 }]);
  });

  it('has tables without one constraint, and NULL, numbers and bytes in every column', async () => {
    const source = await open(({ db }) =>
      db.exec(`
        DROP TABLE jobs; DROP TABLE workflow_events;
        CREATE TABLE jobs (job_id, tenant_id, kind, status, request_json, result_json, error, message, created_at, updated_at);
        CREATE TABLE workflow_events (id INTEGER PRIMARY KEY, job_id, event, status, duration_ms, error_type, labels_json, recorded_at);
        INSERT INTO jobs VALUES (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
          ('j', 't', NULL, NULL, x'7b7d', 5, 6, x'00', 9223372036854775807, 'late'),
          ('j', 't', 'again', 'failed', '{}', NULL, NULL, NULL, 1, 2);
        INSERT INTO workflow_events VALUES (1, 'j', NULL, NULL, NULL, NULL, NULL, NULL),
          (2, 'j', x'6162', 7, '12', 8, x'7b7d', 'noon'), (3, 5, 6, 7, 8, 9, 10, 11),
          (9007199254740993, 'j', 'beyond', 'ok', 1, NULL, NULL, 10)`),
    );
    const { own, all, trace } = await readAll(source, 'j');
    expect(own.map((row) => row.event)).toEqual(['', 'ab', 'beyond']);
    expect(all.map((row) => row.event)).toContain('6');
    expect(trace.count).toBeGreaterThanOrEqual(3);
    expect(board(source).map((job) => job.job_id)).toContain('j');
  });

  it('nests JSON 100,000 deep in request, result and labels: none of it is followed, and it says so', async () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const source = await open((rune) => {
      rune.job({ job_id: 'j', request: `{"x":${deep}}`, result: `{"answer":"a","metadata":${deep}}` });
      const labels = `{"backend_type":"x","v":${deep}}`;
      rune.event({ job_id: 'j', event: 'a', recorded_at: 1_777_000_000, labels });
    });
    const { job } = await readAll(source, 'j');
    expect(job).toMatchObject({ request: null, result: null });
    expect(job.notes.join()).toContain('nested more than 500 deep');
  });

  it('has JSON keys that are names of JavaScript, and numbers beyond every number', async () => {
    const source = await open((rune) => {
      const request =
        '{"__proto__":{"agent":"x"},"constructor":1,"agent":{"a":1},"model":["m"],"backend_type":{},"question":"q"}';
      const result =
        '{"__proto__":{"answer":"z"},"answer":1e400,"metadata":{"cost":1e400},"telemetry":{"tokens":{"total":1e400}}}';
      rune.job({ job_id: 'j', request, result });
      const labels = '{"__proto__":{"polluted":1},"hasOwnProperty":"x","toString":2,"v":1e400,"w":NaN}';
      for (const event of ['__proto__', 'constructor', 'toString']) {
        rune.event({ job_id: 'j', event, recorded_at: 1_777_000_000, labels });
      }
    });
    const { job, all, texts } = await readAll(source, 'j');
    expect(job).toMatchObject({ cost_usd: null, tokens_total: null, model: null });
    expect(all.map((row) => row.event)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    for (const { text, media_type } of texts) if (media_type === 'application/json') JSON.parse(text);
  });

  it('has a job id of slashes, quotes, markup and NUL: no file is named by it', async () => {
    const id = '../../etc/"><script>\u0000\u2028\u202e\'; DROP TABLE jobs; --';
    const source = await open((rune) => {
      rune.job({ job_id: id, request: { question: '\u0000 \ud800 \u2028 \u202e <b>' } });
      rune.event({ job_id: id, event: '<img src=x onerror=alert(1)>', recorded_at: 1_777_000_000 });
    });
    expect(board(source)[0]?.job_id).toBe(id);
    const { texts, own } = await readAll(source, id);
    for (const { filename } of texts) expect(filename).toMatch(/^[\w.-]{1,200}$/);
    expect(own).toMatchObject([{ event: '<img src=x onerror=alert(1)>', total: 1 }]);
  });

  it('has an id too long for a file name', async () => {
    const id = 'j'.repeat(100_000);
    const source = await open((rune) => rune.job({ job_id: id }));
    for (const { filename } of (await readAll(source, id)).texts) {
      expect(Buffer.byteLength(filename)).toBeLessThanOrEqual(200);
    }
  });

  it('holds credentials in the addresses of its labels: they reach no view of a span and no export', async () => {
    const source = await open((rune) => {
      rune.job({ job_id: 'j', request: { backend_url: 'http://me:PLANTED@host/v1' } });
      const labels = { backend_url: 'http://me:PLANTED@host/v1', base_url: 'http://host/?api_key=PLANTED' };
      rune.event({ job_id: 'j', event: 'agent.ask', recorded_at: 1_777_000_000, labels });
      rune.event({ job_id: 'j', event: 'backend.warmup', recorded_at: 1_777_000_001 });
    });
    const { texts } = await readAll(source, 'j');
    for (const { text } of texts) {
      expect(text).toContain('http://host');
      expect(text).not.toContain('PLANTED');
    }
    expect(JSON.stringify(source.span('j', '0'.repeat(16), 1))).not.toContain('PLANTED');
  });

  it.each([
    ['a view', 'ALTER TABLE jobs RENAME TO j2; CREATE VIEW jobs AS SELECT * FROM j2'],
    [
      'without row ids',
      `DROP TABLE jobs; CREATE TABLE jobs (job_id PRIMARY KEY, tenant_id, kind, status, request_json,
        result_json, error, message, created_at, updated_at) WITHOUT ROWID`,
    ],
  ])('is no RUNE store when its jobs are %s', async (_, sql) => {
    await expect(open(({ db }) => db.exec(sql))).rejects.toMatchObject({ code: 'store.not_rune' });
  });

  it('is damaged in its middle: said so, whichever question finds it', async () => {
    const fill = (rune: RuneFile): void => {
      rune.db.transaction(() => {
        for (let i = 0; i < 500; i++) rune.job({ request: { question: 'x'.repeat(500) } });
      })();
    };
    await expect(
      open((rune) => {
        fill(rune);
        rune.db.pragma('wal_checkpoint(TRUNCATE)');
        overwrite(path, 8, 40);
      }),
    ).rejects.toMatchObject({ code: 'store.damaged', message: expect.stringContaining(path) });
  });
});

describe('our own index of a store', () => {
  it('is made again when it is damaged, and the store is not blamed', async () => {
    (
      await open((rune) => {
        for (let i = 0; i < 300; i++) rune.job({ request: { question: 'x'.repeat(180) } });
      })
    ).close();
    const [name = ''] = readdirSync(join(ports.dataDir, 'indexes')).filter((each) => each.endsWith('.db'));
    const index = join(ports.dataDir, 'indexes', name);
    for (const [from, pages] of [
      [2, 1000],
      [0, 1000],
    ] as const) {
      overwrite(index, from, pages);
      const source = await reopen();
      expect(source.listJobs(jobQuery.parse({})).total).toBe(300);
      source.close();
    }
  });
});

/** Pages of nonsense, as a bad disk leaves them. */
function overwrite(file: string, fromPage: number, pages: number): void {
  const fd = openSync(file, 'r+');
  const count = Math.min(pages, statSync(file).size / 4096 - fromPage);
  writeSync(fd, Buffer.alloc(4096 * count, 0xee), 0, 4096 * count, 4096 * fromPage);
  closeSync(fd);
}
