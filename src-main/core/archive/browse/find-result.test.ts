import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Db } from '#core/store/database.ts';
import { type MemoryArchive, memoryArchive } from '#core/testing/memory-archive.ts';
import { realClock, type TestPorts, testPorts } from '#core/testing/ports.ts';
import type { FindProgress } from '#shared/model/archive.ts';
import { CodedError } from '#shared/model/failure.ts';
import { toEpochSeconds } from '#shared/model/units.ts';
import { openArchiveFile } from './archive-file.ts';
import { type Browser, createBrowser } from './browser.ts';
import { addDays } from './calendar.ts';

let ports: TestPorts;
let db: Db;
let browser: Browser;
const TODAY = '2026-11-22';
const NOW_US = Date.UTC(2026, 10, 22, 12) * 1000;
beforeEach(() => {
  ports = testPorts();
  db = openArchiveFile(ports.dataDir, toEpochSeconds(NOW_US), ports.ports.logger);
  browser = createBrowser({ db, clock: { ...realClock(), nowUs: () => NOW_US }, logger: ports.ports.logger });
});
afterEach(async () => {
  await browser.dispose();
  db.close();
  ports.remove();
});

const never = new AbortController().signal;
const day = (n: number): string => addDays(TODAY, n) ?? '';

async function find(archive: MemoryArchive, jobId: string, most = 400): Promise<FindProgress> {
  let last: FindProgress | null = null;
  for await (const progress of browser.find(archive.target, jobId, most, never)) {
    expect(last?.done).not.toBe(true);
    expect(progress.requests).toBeLessThanOrEqual(progress.planned);
    last = progress;
  }
  if (last === null) throw new Error('no progress');
  expect(last.done).toBe(true);
  return last;
}

const filler = ['results/acme/benchmark/2020-01-01/a.json', 'results/b/x/2020-01-01/b.json'];
const datesAsked = (archive: MemoryArchive): string[] => [
  ...new Set(archive.headed.map((key) => key.split('/')[3] ?? '')),
];

describe('a result by its job id', () => {
  it('comes from the index without a request, the newest first', async () => {
    const archive = memoryArchive([
      'results/z/x/2026-01-01/j_1.json',
      'results/a/x/2026-03-01/j_1.json',
      'results/a/x/2026-04-01/jX1.json',
      'results/a/x/2026-05-01/not-j_1.json',
    ]);
    for await (const _ of browser.refresh(archive.target, never));
    const before = archive.target.requests();
    const found = await find(archive, 'j_1');
    expect(found).toMatchObject({
      from_index: true,
      requests: 0,
      found: { key: 'results/a/x/2026-03-01/j_1.json' },
    });
    expect(archive.target.requests()).toBe(before);
  });

  it('is asked for day by day from today in every tenant and kind that there is', async () => {
    const key = `results/b/x/${day(-5)}/j%201.json`;
    const archive = memoryArchive([...filler, key]);
    const found = await find(archive, 'j 1');
    expect(found).toMatchObject({ from_index: false, date: day(-5), found: { key, etag: 'e' } });
    expect(found.requests).toBe(archive.target.requests());
    expect(datesAsked(archive).slice(0, 5)).toEqual([day(0), day(-1), day(1), day(-2), day(-3)]);
    expect(archive.headed.length).toBeLessThanOrEqual(2 * 7 + 8);
    expect(new Set(archive.headed).size).toBe(archive.headed.length);
  });

  it('is looked for in the tenants and kinds of the index, as the keys spell them', async () => {
    const archive = memoryArchive(['results/a b/x/2020-01-01/a.json']);
    for await (const _ of browser.refresh(archive.target, never));
    const key = `results/a b/x/${day(1)}/j1.json`;
    archive.objects.set(key, { key, size_bytes: 1, last_modified: 1, etag: null });
    const before = archive.listed.length;
    expect(await find(archive, 'j1')).toMatchObject({ found: { key }, date: day(1) });
    expect(archive.listed).toHaveLength(before);
  });

  it('that is nowhere takes no more requests than were given, which it says before', async () => {
    const archive = memoryArchive(filler);
    const progress: FindProgress[] = [];
    for await (const step of browser.find(archive.target, 'none', 50, never)) progress.push(step);
    expect(progress[0]).toMatchObject({ done: false, found: null });
    expect(progress[0]?.planned).toBeLessThanOrEqual(50);
    expect(progress.at(-1)).toMatchObject({ done: true, found: null, planned: progress[0]?.planned });
    expect(archive.target.requests()).toBe(progress.at(-1)?.requests);
    expect(archive.target.requests()).toBeGreaterThan(45);
    expect(await find(archive, 'none', 0)).toMatchObject({ requests: 0, planned: 0, found: null });
  });

  it('ends with what the server refuses when it may list and not read', async () => {
    const archive = memoryArchive(filler);
    archive.before = (request) => {
      if ('key' in request) throw new CodedError('archive.access_denied', 'Reading is denied.');
    };
    await expect(find(archive, 'j1')).rejects.toMatchObject({
      code: 'archive.access_denied',
      message: 'Reading is denied.',
    });
    expect(archive.headed.length).toBeLessThanOrEqual(8);
  });

  describe('without the permission to list', () => {
    /** As S3: a missing object is "denied" too. */
    const unlisted = (keys: readonly string[]): MemoryArchive => {
      const archive = memoryArchive(keys);
      archive.before = (request) => {
        if ('key' in request && archive.objects.has(request.key)) return;
        throw new CodedError('archive.access_denied', 'Denied.');
      };
      return archive;
    };

    it('is found in the default tenant', async () => {
      const key = `results/default/benchmark/${day(-9)}/j1.json`;
      expect(await find(unlisted([key]), 'j1')).toMatchObject({ found: { key }, date: day(-9) });
    });

    it('is a failure that says what the answers mean when all were denied', async () => {
      await expect(find(unlisted([]), 'j1', 20)).rejects.toMatchObject({
        code: 'archive.access_denied',
        message: expect.stringContaining('missing'),
      });
    });
  });

  it('is no longer looked for when the caller has gone', async () => {
    const archive = memoryArchive(filler);
    const stop = new AbortController();
    archive.before = () => {
      if (archive.headed.length === 5) stop.abort();
    };
    const search = async (): Promise<void> => {
      for await (const _ of browser.find(archive.target, 'none', 400, stop.signal));
    };
    await expect(search()).rejects.toMatchObject({ code: 'job.cancelled' });
    expect(archive.headed.length).toBeLessThan(20);
  });
});
