import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Db, migrateRunescope, openDatabase } from '#core/store/database.ts';
import { memoryTarget } from '#core/testing/memory-target.ts';
import { madeObject } from '#core/testing/result-records.ts';
import type { VerifyProgress, VerifyReport } from '#shared/model/archive.ts';
import { CodedError } from '#shared/model/failure.ts';
import { readJournal } from '../read/journal.ts';
import { runPool } from './pool.ts';
import { report, reports } from './reports.ts';
import { type VerifyManyRequest, verifyMany } from './verify-many.ts';

let db: Db;
beforeEach(() => {
  db = openDatabase(':memory:', 'write');
  migrateRunescope(db, 'archive', 0);
});
afterEach(() => db.close());

const jobId = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
function filled(count: number, pageSize = 10) {
  const target = memoryTarget('memory', pageSize);
  for (let n = 0; n < count; n++) {
    const { key, body } = madeObject({ job_id: jobId(n) });
    target.add(key, body);
  }
  return target;
}
const keysOf = (target: ReturnType<typeof filled>): string[] => [...target.objects.keys()];

async function run(
  request: Pick<VerifyManyRequest, 'target' | 'scope'> & Partial<VerifyManyRequest>,
): Promise<{ readonly seen: readonly VerifyProgress[]; readonly report: VerifyReport }> {
  const seen: VerifyProgress[] = [];
  for await (const progress of verifyMany({
    db,
    now: () => 7,
    appVersion: '1.0',
    listed: () => null,
    onJournalFailure: (thrown) => {
      throw thrown;
    },
    ...request,
  }))
    seen.push(progress);
  const last = seen.at(-1)?.report;
  if (last === undefined || last === null) throw new Error('there was no report');
  return { seen, report: last };
}

describe('verifying many results', () => {
  it('says what it found also where the report cannot be kept', async () => {
    db.exec(
      "CREATE TRIGGER full BEFORE INSERT ON rs_archive_report BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    );
    const failures: unknown[] = [];
    const { report: made } = await run({
      target: filled(3),
      scope: { prefix: 'results/' },
      onJournalFailure: (thrown) => failures.push(thrown),
    });
    expect(made).toMatchObject({ verified: 3, complete: true });
    expect(made.remarks[0]?.message).toContain('could not be kept on this computer (disk full)');
    expect(failures).toHaveLength(1);
  });

  it('verifies all below a prefix and keeps a report and a journal', async () => {
    const target = filled(35);
    const [bad = '', renamed = ''] = keysOf(target).slice(3);
    target.add(bad, Buffer.from(String(target.objects.get(bad)?.bytes).replace('Because', 'Because not')));
    target.add(renamed, madeObject({ job_id: jobId(900) }).body);
    target.add('results/README.md', 'hello');
    target.add('elsewhere/x.json', '{}');
    const { seen, report: made } = await run({ target, scope: { prefix: 'results/' } });
    expect(seen[0]).toMatchObject({ done: 0, total: null, report: null });
    expect(seen.at(-1)).toMatchObject({ done: 35, total: 35, failed: 2 });
    expect(made).toMatchObject({
      target: 'memory',
      scope: 'results/',
      verified: 33,
      unsealed: 0,
      complete: true,
      app_version: '1.0',
      started_at: 7,
      finished_at: 7,
    });
    expect(made.failed.map(({ key, code }) => ({ key, code }))).toEqual([
      { key: bad, code: 'archive.hash_mismatch' },
      { key: renamed, code: 'archive.key_mismatch' },
    ]);
    expect(made.remarks).toEqual([
      { key: 'results/README.md', message: 'Other data: no result has such a key. It was not read.' },
    ]);
    expect(made.requests).toBeGreaterThanOrEqual(39);
    expect(report(db, made.report_id)).toEqual(made);
    const { failed: _f, remarks: _r, ...short } = made;
    expect(reports(db)).toEqual([short]);
    expect(() => report(db, 'none')).toThrow(CodedError);
    const { entries, total } = readJournal(db, { limit: 5, offset: 0 });
    expect(total).toBe(35);
    expect(entries[0]).toMatchObject({ action: 'verify', place: target.place });
    expect(entries.every(({ bytes_sha256 }) => bytes_sha256 !== null)).toBe(true);
  });

  it('verifies the keys it is given, each once, and says of missing ones that they are', async () => {
    const target = filled(3);
    const [one = '', two = ''] = keysOf(target);
    const { report: made } = await run({ target, scope: { keys: [one, one, two, 'results/gone.json'] } });
    expect(made).toMatchObject({ scope: '4 selected results', verified: 2, complete: true });
    expect(made.failed).toMatchObject([{ key: 'results/gone.json', code: 'archive.not_found' }]);
  });

  it('keeps an incomplete report when it is stopped from outside, and when nobody listens any more', async () => {
    const target = filled(40);
    const stop = new AbortController();
    let reads = 0;
    target.onGet = async () => {
      if (++reads === 10) stop.abort();
      await new Promise((resolve) => setTimeout(resolve, 2));
    };
    const { report: made } = await run({ target, scope: { prefix: 'results/' }, signal: stop.signal });
    expect(made.complete).toBe(false);
    expect(made.verified).toBeLessThan(40);

    target.onGet = () => new Promise((resolve) => setTimeout(resolve, 60));
    const left = verifyMany({
      target,
      scope: { prefix: 'results/' },
      db,
      now: () => 8,
      appVersion: '1.0',
      listed: () => null,
      onJournalFailure: () => {},
    });
    await left.next();
    await left.next();
    await left.return();
    expect(reports(db)).toHaveLength(2);
    expect(reports(db)[0]).toMatchObject({ finished_at: 8, complete: false });
  });

  it('does not call a prefix verified whose listing broke off or went round in circles', async () => {
    const target = filled(25);
    const list = target.list;
    let pages = 0;
    const broken = {
      ...target,
      list: (request: Parameters<typeof list>[0]) => {
        if (++pages === 3) throw new CodedError('archive.access_denied', 'No permission.');
        return list(request);
      },
    };
    const first = await run({ target: broken, scope: { prefix: 'results/' } });
    expect(first.report).toMatchObject({ verified: 20, complete: false });
    expect(first.report.remarks[0]?.message).toContain('No permission.');
    expect(first.seen.at(-1)?.total).toBeNull();
    const circles = {
      ...target,
      list: async () => ({ ...(await list({ prefix: '', delimiter: null })), next: '0' }),
    };
    const second = await run({ target: circles, scope: { prefix: 'results/' } });
    expect(second.report.complete).toBe(false);
  });

  it('gives up on a target that is gone instead of calling every result bad', async () => {
    const target = filled(500, 1000);
    target.onGet = () => {
      throw new CodedError('archive.unreachable', 'It is gone.', { retryable: true });
    };
    const { report: made } = await run({ target, scope: { prefix: 'results/' } });
    expect(made.complete).toBe(false);
    expect(made.failed.length).toBeLessThan(50);
  });

  it('tells how far it is at most ten times a second', async () => {
    const target = filled(60);
    target.onGet = () => new Promise((resolve) => setTimeout(resolve, 40));
    const { seen } = await run({ target, scope: { keys: keysOf(target) } });
    expect(seen.length).toBeGreaterThan(3);
    expect(seen.length).toBeLessThan((seen.at(-1)?.ms ?? 0) / 100 + 3);
    expect(seen[1]?.total).toBe(60);
  });
});

describe('the pool', () => {
  it('works on few at a time and within its budget, on large ones alone', async () => {
    const sizes = [1, 1, 9, 1, 1, 1, 50, 1, 1, 5, 5, 1];
    let held = 0;
    let working = 0;
    const peak: number[] = [];
    async function* items() {
      yield* sizes;
    }
    await runPool(items(), {
      concurrency: 3,
      budget: 10,
      sizeOf: (size) => size,
      isStopped: () => false,
      work: async (size) => {
        working++;
        held += Math.min(size, 10);
        expect(held).toBeLessThanOrEqual(10);
        peak.push(working);
        await new Promise((resolve) => setTimeout(resolve, 3));
        held -= Math.min(size, 10);
        working--;
      },
    });
    expect(peak).toHaveLength(sizes.length);
    expect(Math.max(...peak)).toBe(3);
  });
});
