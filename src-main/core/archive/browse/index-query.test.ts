import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Db } from '#core/store/database.ts';
import { memoryArchive } from '#core/testing/memory-archive.ts';
import { realClock, type TestPorts, testPorts } from '#core/testing/ports.ts';
import { type ArchiveQuery, archiveQuery } from '#shared/contract/archive.ts';
import { ARCHIVE_SORT_COLUMNS, type ArchivedObject } from '#shared/model/archive.ts';
import { parseKey } from '../record/key.ts';
import { openArchiveFile } from './archive-file.ts';
import { type Browser, createBrowser } from './browser.ts';
import { addDays } from './calendar.ts';

const TENANTS = ['acme', 'Beta', '50% é', 'z'];
const KINDS = ['benchmark', 'cost-estimate', 'x'];
const archive = memoryArchive([]);
const { place } = archive.target;
let ports: TestPorts;
let db: Db;
let browser: Browser;
/** What the index must hold, in the order of keys. */
let all: ArchivedObject[] = [];

function add(key: string, n: number): void {
  archive.objects.set(key, {
    key,
    size_bytes: (n * 7919) % 97,
    last_modified: (n * 31) % 53,
    etag: n % 3 ? `e${n}` : null,
  });
}

beforeAll(async () => {
  ports = testPorts();
  db = openArchiveFile(ports.dataDir, 1, ports.ports.logger);
  browser = createBrowser({ db, clock: realClock(), logger: ports.ports.logger });
  const never = new AbortController().signal;
  for (let n = 0; n < 600; n++) {
    const tenant = encodeURIComponent(TENANTS[n % 4] ?? '');
    const job = `${((n * 7907) % 600).toString(16)}${n % 2 ? '-shared-head' : ''}`;
    add(`results/${tenant}/${KINDS[n % 3]}/${addDays('2026-01-01', (n * 13) % 40)}/${job}.json`, n);
    if (n % 10 === 0) add(`results/notes/${n}.txt`, n);
    if (n === 400) for await (const _ of browser.refresh(archive.target, never));
  }
  for await (const _ of browser.refresh(archive.target, never));
  const keys = [...archive.objects.keys()].sort();
  const order = [...archive.objects.keys()];
  const after = order.indexOf('results/notes/400.txt');
  all = keys.map((key) => {
    const listed = archive.objects.get(key);
    if (listed === undefined) throw new Error(key);
    const parts = parseKey('results/', key) ?? { tenant: null, kind: null, date: null, job_id: null };
    return { ...listed, ...parts, is_new: order.indexOf(key) > after };
  });
});
afterAll(async () => {
  await browser.dispose();
  db.close();
  ports.remove();
});

/** The filter, plainly. */
const matching = (query: ArchiveQuery): ArchivedObject[] =>
  all.filter(
    ({ key, tenant, kind, date, is_new }) =>
      (query.tenant === undefined || (tenant !== null && query.tenant.includes(tenant))) &&
      (query.kind === undefined || (kind !== null && query.kind.includes(kind))) &&
      (query.date_from === undefined || (date !== null && date >= query.date_from)) &&
      (query.date_to === undefined || (date !== null && date <= query.date_to)) &&
      (query.text === undefined || key.toLowerCase().includes(query.text.toLowerCase())) &&
      (query.shape === undefined || (query.shape === 'other') === (tenant === null)) &&
      (query.only_new !== true || is_new),
  );

function sorted(objects: readonly ArchivedObject[], sort: ArchiveQuery['sort']): ArchivedObject[] {
  return objects.toSorted((a, b) => {
    for (const { by, desc } of sort) {
      const x = a[by];
      const y = b[by];
      if (x === y) continue;
      if (x === null) return 1;
      if (y === null) return -1;
      return (x < y ? -1 : 1) * (desc ? -1 : 1);
    }
    return a.key < b.key ? -1 : 1;
  });
}

const FILTERS: readonly (readonly [string, Partial<ArchiveQuery>])[] = [
  ['nothing', {}],
  ['two tenants', { tenant: ['50% é', 'acme'] }],
  ['a tenant that is not there', { tenant: ['none'] }],
  ['a kind and days', { kind: ['x'], date_from: '2026-01-10', date_to: '2026-01-20' }],
  ['part of a key, ignoring case', { text: 'bEtA' }],
  ['text with wildcards in it', { text: '_%' }],
  ['text that keys encode', { text: '50%25' }],
  ['what fits the template', { shape: 'results' }],
  ['other data', { shape: 'other' }],
  ['what is new', { only_new: true }],
  [
    'everything together',
    { tenant: ['acme', 'z'], kind: ['benchmark'], text: 'shared', only_new: true, date_to: '2026-02-01' },
  ],
];

describe('the index of an archive', () => {
  it.each(FILTERS)('filters by %s', (_, filter) => {
    const query = archiveQuery.parse({ target: 'memory', limit: 1000, ...filter });
    const expected = matching(query);
    const page = browser.objects(place, query);
    expect(page.objects).toEqual(sorted(expected, query.sort));
    expect(page.total).toBe(expected.length);
  });

  it.each(
    ARCHIVE_SORT_COLUMNS.flatMap((by) => [
      { by, desc: false },
      { by, desc: true },
    ]),
  )('sorts by %o', (term) => {
    const query = archiveQuery.parse({ target: 'memory', sort: [term], limit: 1000 });
    expect(browser.objects(place, query).objects).toEqual(sorted(all, query.sort));
  });

  it('sorts by several columns, and pages', () => {
    const sort = [
      { by: 'kind', desc: true },
      { by: 'size_bytes', desc: false },
      { by: 'last_modified', desc: true },
    ];
    const query = archiveQuery.parse({ target: 'memory', sort, limit: 50, offset: 120, shape: 'results' });
    const { objects, total } = browser.objects(place, query);
    expect(objects).toEqual(sorted(matching(query), query.sort).slice(120, 170));
    expect(total).toBe(600);
    expect(browser.objects(place, { ...query, offset: 5000 })).toMatchObject({ objects: [], total: 600 });
  });

  it.each(FILTERS)('counts each facet under the others: %s', (_, filter) => {
    const query = archiveQuery.parse({ target: 'memory', ...filter });
    const count = (by: 'tenant' | 'kind' | 'date', without: Partial<ArchiveQuery>) => {
      const counts = new Map<string, { count: number; size_bytes: number }>();
      for (const object of matching({ ...query, ...without })) {
        const value = object[by];
        if (value === null) continue;
        const known = counts.get(value) ?? { count: 0, size_bytes: 0 };
        counts.set(value, { count: known.count + 1, size_bytes: known.size_bytes + object.size_bytes });
      }
      return [...counts];
    };
    const commonest = (entries: ReturnType<typeof count>) =>
      entries
        .map(([value, { count }]) => ({ value, count }))
        .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
    const { state: _state, ...facets } = browser.facets(place, query);
    expect(facets).toEqual({
      tenants: commonest(count('tenant', { tenant: undefined })),
      kinds: commonest(count('kind', { kind: undefined })),
      days: count('date', { date_from: undefined, date_to: undefined })
        .map(([date, sums]) => ({ date, ...sums }))
        .sort((a, b) => (a.date < b.date ? -1 : 1)),
      other: matching(
        archiveQuery.parse({ target: 'memory', text: query.text, only_new: query.only_new, shape: 'other' }),
      ).length,
    });
  });

  it('says what it holds with every answer', () => {
    const state = {
      loaded: all.length,
      complete: true,
      running: false,
      new_count: all.filter(({ is_new }) => is_new).length,
    };
    expect(
      browser.objects(place, archiveQuery.parse({ target: 'memory', text: 'none' })).state,
    ).toMatchObject(state);
    expect(browser.facets(place, { target: 'memory' }).state).toMatchObject(state);
  });

  it('of a place that was never listed is empty and not complete', () => {
    const state = { loaded: 0, complete: false, listed_at: null, new_count: 0, requests: 0, running: false };
    expect(browser.objects('s3://other', archiveQuery.parse({ target: 'x' }))).toEqual({
      objects: [],
      total: 0,
      state,
    });
    expect(browser.facets('s3://other', { target: 'x' })).toMatchObject({
      tenants: [],
      days: [],
      other: 0,
      state,
    });
    expect(browser.object('s3://other', 'results/x')).toBeNull();
  });
});
