import { afterEach, describe, expect, it } from 'vitest';
import { type MemoryArchive, memoryArchive } from '#core/testing/memory-archive.ts';
import { realClock, type TestPorts, testPorts } from '#core/testing/ports.ts';
import type { ArchiveQuery } from '#shared/contract/archive.ts';
import { archiveQuery } from '#shared/contract/archive.ts';
import type { ListingProgress } from '#shared/model/archive.ts';
import { CodedError } from '#shared/model/failure.ts';
import { toEpochSeconds } from '#shared/model/units.ts';
import type { ArchiveTarget } from '../targets/target.ts';
import { openArchiveFile } from './archive-file.ts';
import { type Browser, createBrowser } from './browser.ts';
import { addDays } from './calendar.ts';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Opened {
  readonly browser: Browser;
  readonly ports: TestPorts;
  /** Seconds added to the wall clock. */
  later: number;
}

function open(ports: TestPorts = testPorts()): Opened {
  const clock = realClock();
  const opened = { later: 0, ports };
  const shifted = { ...clock, nowUs: () => clock.nowUs() + opened.later * 1e6 };
  const db = openArchiveFile(ports.dataDir, toEpochSeconds(clock.nowUs()), ports.ports.logger);
  const browser = createBrowser({ db, clock: shifted, logger: ports.ports.logger });
  cleanups.push(
    () => ports.remove(),
    async () => {
      await browser.dispose();
      db.close();
    },
  );
  return Object.assign(opened, { browser });
}

const never = new AbortController().signal;

async function refresh(browser: Browser, target: ArchiveTarget): Promise<ListingProgress> {
  let last: ListingProgress | null = null;
  for await (const progress of browser.refresh(target, never)) last = progress;
  if (last === null) throw new Error('no progress');
  expect(last).toMatchObject({ done: true, running: false });
  return last;
}

const keysIn = (browser: Browser, { place }: ArchiveTarget): readonly string[] =>
  browser.objects(place, EVERYTHING).objects.map(({ key }) => key);
const stateOf = (browser: Browser, { place }: ArchiveTarget) => browser.objects(place, EVERYTHING).state;
const EVERYTHING: ArchiveQuery = {
  target: 'memory',
  sort: [{ by: 'key', desc: false }],
  limit: 100_000,
  offset: 0,
};

const inBytes = (keys: Iterable<string>): string[] =>
  [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

/** mulberry32 */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const day = (n: number): string => addDays('2026-01-01', n) ?? '';

/** `perDay` results on each day of each pair. */
function results(
  tenants: readonly string[],
  kinds: readonly string[],
  days: number,
  perDay: number,
): string[] {
  const keys: string[] = [];
  for (const tenant of tenants)
    for (const kind of kinds)
      for (let d = 0; d < days; d++)
        for (let i = 0; i < perDay; i++) keys.push(`results/${tenant}/${kind}/${day(d)}/j${d}-${i}.json`);
  return keys;
}

/** Tenants, kinds and dates, with everything that does not belong there. */
function oddKeys(seed: number): Set<string> {
  const random = seeded(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const tenants = ['acme', 'acme-eu', 'a%2Fb', 'é', '\u{1f600}', '\uffee', 'z', 'acme.x'].slice(
    0,
    1 + Math.floor(random() * 8),
  );
  const kinds = ['benchmark', 'benchmark-old', 'cost-estimate', 'x'].slice(0, 1 + Math.floor(random() * 4));
  const days = 1 + Math.floor(random() * 40);
  const keys = new Set<string>();
  for (let i = 0; i < 1500; i++) {
    const folder = `results/${pick(tenants)}/${pick(kinds)}/`;
    const date = day(Math.floor(random() * days) * (1 + (i % 3)));
    const odd = random();
    if (odd < 0.85) keys.add(`${folder}${date}/j${i}.json`);
    else
      keys.add(
        pick([
          'results/',
          'results/readme.txt',
          `results/top${i}.json`,
          `results/${pick(tenants)}/`,
          `results/${pick(tenants)}/note${i}`,
          `${folder}`,
          `${folder}note${i}.json`,
          `${folder}${date}`,
          `${folder}${date}.json`,
          `${folder}${date}/`,
          `${folder}${date}~`,
          `${folder}${date}-old/j${i}.json`,
          `${folder}${date}/deep/er/j${i}.json`,
          `${folder}2026-02-31/j${i}.json`,
          `${folder}other${i % 20}/j${i}.json`,
          `${folder}/j${i}.json`,
          `results//x${i}`,
        ]),
      );
  }
  return keys;
}

describe('a listing', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
    'holds every key of an odd bucket, once (seed %i)',
    async (seed) => {
      const keys = oddKeys(seed);
      const order = seed % 2 === 0 ? 'folders' : 'bytes';
      const { target } = memoryArchive(keys, { order, page: seed % 3 === 0 ? 7 : 100 });
      const { browser } = open();
      const end = await refresh(browser, target);
      expect(end).toMatchObject({ failure: null, complete: true, loaded: keys.size, gone: 0, new_count: 0 });
      expect(keysIn(browser, target)).toEqual(inBytes(keys));
      expect(end.requests).toBe(target.requests());
    },
  );

  it.each([
    ['1,500 dates', results(['acme'], ['benchmark', 'x'], 1500, 3), 22],
    [
      '2,000 tenants',
      results(
        Array.from({ length: 2000 }, (_, i) => `t${i}`),
        ['x', 'y'],
        1,
        1,
      ),
      4 + 2,
    ],
    [
      '100 tenants',
      results(
        Array.from({ length: 100 }, (_, i) => `t${i}`),
        ['x', 'y'],
        2,
        2,
      ),
      1 + 100,
    ],
    [
      '30 tenants of 4 kinds',
      results(
        Array.from({ length: 30 }, (_, i) => `t${i}`),
        ['a', 'b', 'c', 'd'],
        2,
        2,
      ),
      61,
    ],
    ['one day of 12,000', results(['acme'], ['benchmark'], 1, 12_000), 3 + 12],
    ['60 days of 300', results(['acme'], ['benchmark'], 60, 300), 3 + 24],
    ['nothing', [], 1],
  ])('takes few requests for %s', async (_, keys, most) => {
    const { target } = memoryArchive(keys);
    const { browser } = open();
    expect(await refresh(browser, target)).toMatchObject({
      failure: null,
      complete: true,
      loaded: keys.length,
    });
    expect(keysIn(browser, target)).toEqual(inBytes(keys));
    expect(target.requests()).toBeLessThanOrEqual(most);
  });

  it('begins with the newest dates of every kind', async () => {
    const archive = memoryArchive(results(['a', 'b'], ['x', 'y'], 50, 100));
    const { browser } = open();
    await refresh(browser, archive.target);
    const flat = archive.listed.filter(({ delimiter }) => delimiter === null).slice(0, 4);
    expect(flat.map(({ prefix }) => prefix).sort()).toEqual(
      ['a/x', 'a/y', 'b/x', 'b/y'].map((pair) => `results/${pair}/${day(49)}/`),
    );
  });

  it('shares a long range among lanes that have nothing left', async () => {
    const keys = [
      ...results(['a'], ['x'], 1, 1).map((key) => key.replace('2026-01-01', '2027-01-01')),
      ...results(['a'], ['x'], 300, 100),
    ];
    const archive = memoryArchive(keys);
    let atOnce = 0;
    let most = 0;
    archive.before = async () => {
      most = Math.max(most, ++atOnce);
      await new Promise((resolve) => setTimeout(resolve, 2));
      atOnce--;
    };
    const { browser } = open();
    await refresh(browser, archive.target);
    expect(keysIn(browser, archive.target)).toEqual(inBytes(keys));
    expect(most).toBeGreaterThan(3);
    expect(archive.target.requests()).toBeLessThan(50);
  });

  it('tells what came and what went since the last complete one', async () => {
    const archive = memoryArchive(results(['acme'], ['x'], 10, 50));
    const { browser } = open();
    expect(await refresh(browser, archive.target)).toMatchObject({ new_count: 0, loaded: 500 });
    archive.objects.delete(`results/acme/x/${day(3)}/j3-7.json`);
    const fresh = `results/acme/x/${day(3)}/fresh.json`;
    archive.objects.set(fresh, { key: fresh, size_bytes: 1, last_modified: 2, etag: null });
    expect(await refresh(browser, archive.target)).toMatchObject({ new_count: 1, gone: 1, loaded: 500 });
    const query = archiveQuery.parse({ target: 'memory', only_new: true });
    const { objects, total } = browser.objects(archive.target.place, query);
    expect(total).toBe(1);
    expect(objects).toMatchObject([{ key: fresh, is_new: true, etag: null, size_bytes: 1 }]);
    expect(await refresh(browser, archive.target)).toMatchObject({ new_count: 0, gone: 0, loaded: 500 });
  });

  it('takes over what has changed of an object', async () => {
    const archive = memoryArchive(results(['acme'], ['x'], 1, 3));
    const { browser } = open();
    await refresh(browser, archive.target);
    const key = `results/acme/x/${day(0)}/j0-1.json`;
    archive.objects.set(key, { key, size_bytes: 77, last_modified: 88.5, etag: 'other' });
    await refresh(browser, archive.target);
    expect(browser.object(archive.target.place, key)).toMatchObject({
      size_bytes: 77,
      last_modified: 88.5,
      etag: 'other',
      job_id: 'j0-1',
      is_new: false,
    });
  });
});

describe('a listing that is interrupted', () => {
  const keys = results(['a', 'b'], ['x', 'y'], 60, 90);

  /** Goes until `requests`, then stops listening. */
  async function interrupt(browser: Browser, archive: MemoryArchive, requests: number): Promise<void> {
    const stop = new AbortController();
    archive.before = () => {
      if (archive.target.requests() >= requests) stop.abort();
    };
    for await (const _ of browser.refresh(archive.target, stop.signal));
    archive.before = () => {};
  }

  it.each([3, 8, 15, 22])('after %i requests goes on where it was', async (requests) => {
    const archive = memoryArchive(keys);
    const { browser, ports } = open();
    await interrupt(browser, archive, requests);
    await expect.poll(() => stateOf(browser, archive.target).running).toBe(false);
    const state = stateOf(browser, archive.target);
    expect(state).toMatchObject({
      complete: false,
      listed_at: null,
      loaded: keysIn(browser, archive.target).length,
    });
    expect(state.loaded).toBeLessThan(keys.length);
    // Another process resumes it as well.
    const { browser: other } = open(ports);
    const end = await refresh(other, archive.target);
    expect(end).toMatchObject({ failure: null, complete: true, loaded: keys.length, new_count: 0, gone: 0 });
    expect(keysIn(other, archive.target)).toEqual(inBytes(keys));
    if (requests > 8) expect(archive.target.requests()).toBeLessThan(55);
  });

  it('is begun anew when it is old', async () => {
    const archive = memoryArchive(keys);
    const opened = open();
    await interrupt(opened.browser, archive, 20);
    await expect.poll(() => stateOf(opened.browser, archive.target).running).toBe(false);
    opened.later = 3600;
    archive.listed.length = 0;
    const end = await refresh(opened.browser, archive.target);
    expect(end).toMatchObject({ complete: true, loaded: keys.length, new_count: 0 });
    expect(archive.listed[0]).toMatchObject({ prefix: 'results/', delimiter: '/' });
    expect(end.requests).toBe(archive.listed.length);
  });

  it('keeps what it had when a request fails, says so, and goes on at the next', async () => {
    const archive = memoryArchive(keys);
    const { browser } = open();
    archive.before = () => {
      if (archive.target.requests() === 20)
        throw new CodedError('archive.server_error', 'The server is busy.', { retryable: true });
    };
    const failed = await refresh(browser, archive.target);
    expect(failed.failure).toMatchObject({ code: 'archive.server_error', message: 'The server is busy.' });
    expect(failed.complete).toBe(false);
    expect(failed.loaded).toBeGreaterThan(0);
    archive.listed.length = 0;
    expect(await refresh(browser, archive.target)).toMatchObject({ failure: null, complete: true });
    expect(archive.listed.every(({ delimiter }) => delimiter === null)).toBe(true);
    expect(keysIn(browser, archive.target)).toEqual(inBytes(keys));
  });

  it('keeps a complete index whole when the next listing fails', async () => {
    const archive = memoryArchive(keys);
    const { browser } = open();
    await refresh(browser, archive.target);
    archive.before = () => {
      throw new CodedError('archive.access_denied', 'Denied.');
    };
    const end = await refresh(browser, archive.target);
    expect(end).toMatchObject({
      loaded: keys.length,
      complete: false,
      failure: { code: 'archive.access_denied' },
    });
    expect(end.failure?.message).toContain('found by its job id');
    expect(end.listed_at).not.toBeNull();
  });
});

describe('callers of a listing', () => {
  it('share one; it ends when the last has gone', async () => {
    const archive = memoryArchive(results(['a'], ['x'], 30, 100));
    const { browser } = open();
    let release = (): void => {};
    archive.before = () => new Promise<void>((resolve) => (release = resolve));
    const first = browser.refresh(archive.target, never);
    const second = browser.refresh(archive.target, never);
    expect((await first.next()).value).toMatchObject({ running: true, done: false });
    expect((await second.next()).value).toMatchObject({ running: true, done: false });
    expect(archive.listed).toHaveLength(1);
    await first.return();
    expect(stateOf(browser, archive.target).running).toBe(true);
    await second.return();
    expect(archive.listed[0]?.signal?.aborted).toBe(true);
    release();
    archive.before = () => {};
    // A new one waits for the end of the old one.
    expect(await refresh(browser, archive.target)).toMatchObject({ complete: true, loaded: 3000 });
  });
});

describe('a server that cannot be relied on', () => {
  const broken = (list: ArchiveTarget['list']): ArchiveTarget => ({ ...memoryArchive([]).target, list });
  const object = (key: string) => ({ key, size_bytes: 1, last_modified: 1, etag: null });

  it.each([
    ['repeats a token', broken(async () => ({ objects: [], prefixes: [], next: 'same' }))],
    [
      'repeats its pages under new tokens',
      (() => {
        let n = 0;
        return broken(async () => ({ objects: [object(`results/${n++ % 3}`)], prefixes: [], next: `t${n}` }));
      })(),
    ],
    [
      'gives empty pages for ever',
      (() => {
        let n = 0;
        return broken(async () => ({ objects: [], prefixes: [], next: `t${n++}` }));
      })(),
    ],
    [
      'strays from the prefix',
      broken(async () => ({ objects: [object('other/x')], prefixes: [], next: null })),
    ],
    [
      'nests a folder in itself',
      broken(async ({ prefix }) => ({ objects: [], prefixes: [prefix], next: null })),
    ],
  ])('and %s ends the listing with a clear failure', async (_, target) => {
    const { browser } = open();
    const end = await refresh(browser, target);
    expect(end).toMatchObject({ complete: false, failure: { code: 'archive.bad_listing' } });
  });
});
