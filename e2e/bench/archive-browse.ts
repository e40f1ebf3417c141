import { type ListObjectsV2CommandOutput, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { openArchiveFile } from '#core/archive/browse/archive-file.ts';
import { type Browser, createBrowser } from '#core/archive/browse/browser.ts';
import { createS3Target } from '#core/archive/targets/s3-target.ts';
import type { ArchiveTarget } from '#core/archive/targets/target.ts';
import { realClock, testPorts } from '#core/testing/ports.ts';
import { TEST_CREDENTIAL } from '#core/testing/s3/behaviour.ts';
import type { SeedItem } from '#core/testing/s3/object-store.ts';
import { sdkClient } from '#core/testing/s3/sdk-client.ts';
import { spawnS3Process } from '#core/testing/s3/spawn-s3.ts';
import { type ArchiveFilter, archiveQuery } from '#shared/contract/archive.ts';
import { toEpochSeconds } from '#shared/model/units.ts';
import { type BenchFigure, figure, median } from './figure.ts';

const KEYS = 100_000;
const BUCKET = 'results';
const ROUNDS = 5;
const QUERY_MS = 50;
const FIRST_MS = 1000;
const SECOND_MS = 300;
const RATIO = 1.5;

const TENANTS = ['acme', 'blue-team', 'default'];
const KINDS = ['agentic-agent', 'benchmark', 'cost-estimate', 'llm-instance'];
const DAYS = 90;

/** 3 tenants x 4 kinds x 90 days, the same each time; runs in the server's process. */
export function* ninetyDays(): Iterable<SeedItem> {
  for (let i = 0; i < KEYS; i++) {
    const pair = i % (TENANTS.length * KINDS.length);
    const day = Math.floor(i / (TENANTS.length * KINDS.length)) % DAYS;
    const endedMs = Date.UTC(2026, 7, 1 + day) + (i % 86_000) * 1000;
    const id = (Math.imul(i, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0');
    const folder = `${TENANTS[pair % TENANTS.length]}/${KINDS[Math.floor(pair / TENANTS.length)]}`;
    const date = new Date(endedMs).toISOString().slice(0, 10);
    const size = 2000 + (Math.imul(i, 0x85ebca6b) >>> 16);
    yield {
      key: `results/${folder}/${date}/${id}-0000-4000-8000-${String(i).padStart(12, '0')}.json`,
      body: () => Buffer.alloc(size, 0x20),
      size,
      lastModified: endedMs,
    };
  }
}

/** How long the SDK's own paginator takes for all keys, one page after the other. */
export async function barePaginator(endpoint: string): Promise<number> {
  const client = sdkClient(endpoint);
  const start = performance.now();
  let seen = 0;
  const pages = paginateListObjectsV2({ client }, { Bucket: BUCKET, Prefix: 'results/' });
  for await (const page of pages as AsyncIterable<ListObjectsV2CommandOutput>)
    seen += page.Contents?.length ?? 0;
  const ms = performance.now() - start;
  client.destroy();
  if (seen !== KEYS) throw new Error(`the paginator saw ${seen} keys`);
  return ms;
}

const newTarget = (endpoint: string): ArchiveTarget =>
  createS3Target(
    {
      name: 'bench',
      title: 'bench',
      bucket: BUCKET,
      prefix: 'results/',
      endpoint,
      region: 'us-east-1',
      pathStyle: true,
      checksums: 'when_required',
      credentials: async () => TEST_CREDENTIAL,
    },
    { facts: { get: () => null, set: () => {} }, delivers: () => false },
  );

interface Opened {
  readonly browser: Browser;
  close(): Promise<void>;
}

function open(dataDir: string): Opened {
  const clock = realClock();
  const logger = { log: () => {} };
  const db = openArchiveFile(dataDir, toEpochSeconds(clock.nowUs()), logger);
  const browser = createBrowser({ db, clock, logger });
  return {
    browser,
    close: async () => {
      await browser.dispose();
      db.close();
    },
  };
}

interface Listed {
  readonly ms: number;
  readonly firstMs: number;
  readonly requests: number;
}

/** Into a new index or the one that is there; as a view would, it asks for the first page until there are rows. */
async function list(endpoint: string, dataDir: string, watched: boolean): Promise<Listed> {
  const target = newTarget(endpoint);
  const { browser, close } = open(dataDir);
  const start = performance.now();
  let firstMs = Number.NaN;
  let requests = 0;
  for await (const progress of browser.refresh(target, new AbortController().signal)) {
    if (progress.failure !== null) throw new Error(progress.failure.message);
    if (watched || Number.isNaN(firstMs)) {
      const { objects } = browser.objects(target.place, firstPage);
      if (Number.isNaN(firstMs) && objects.length > 0) firstMs = performance.now() - start;
    }
    if (watched) browser.facets(target.place, filter);
    requests = progress.requests;
    if (progress.done && progress.loaded !== KEYS) throw new Error(`listed ${progress.loaded} keys`);
  }
  const ms = performance.now() - start;
  await close();
  target.close();
  return { ms, firstMs, requests };
}

const filter: ArchiveFilter = { target: 'bench' };
const firstPage = archiveQuery.parse(filter);

/** Complete listings against the bare paginator, the first rows, the second visit, and queries of 100,000 rows. */
export async function benchArchiveBrowse(): Promise<readonly BenchFigure[]> {
  const server = await spawnS3Process({ buckets: [BUCKET] });
  const { dataDir, remove } = testPorts();
  try {
    await server.seed({ bucket: BUCKET, module: import.meta.url, name: ninetyDays.name });
    await barePaginator(server.url);
    const bare: number[] = [];
    const listed: Listed[] = [];
    const again: Listed[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      bare.push(await barePaginator(server.url));
      const fresh = testPorts();
      listed.push(await list(server.url, fresh.dataDir, false));
      again.push(await list(server.url, fresh.dataDir, false));
      fresh.remove();
    }
    const reference = median(bare);
    const ms = median(listed.map((run) => run.ms));
    const firstMs = median(listed.map((run) => run.firstMs));
    const watched = await list(server.url, dataDir, true);
    return [
      figure('archive: first rows of 100,000 keys', firstMs, 'ms', {
        target: `< ${FIRST_MS} ms`,
        met: firstMs < FIRST_MS,
      }),
      figure('archive: complete listing of 100,000 keys with its index', ms, 'ms', {
        reference,
        target: `<= ${RATIO} of the bare SDK paginator`,
        met: ms <= RATIO * reference,
      }),
      figure('archive: its requests', listed[0]?.requests ?? Number.NaN, 'requests', {
        reference: KEYS / 1000,
      }),
      figure('archive: the same while a view asks for a page and facets at each progress', watched.ms, 'ms', {
        reference,
      }),
      figure('archive: listing it again', median(again.map((run) => run.ms)), 'ms', { reference }),
      ...(await queries(newTarget(server.url).place, dataDir)),
    ];
  } finally {
    await server.close();
    remove();
  }
}

async function queries(place: string, dataDir: string): Promise<BenchFigure[]> {
  const visits: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    const { browser, close } = open(dataDir);
    browser.objects(place, firstPage);
    browser.facets(place, filter);
    visits.push(performance.now() - start);
    await close();
  }
  const second = median(visits);
  const figures = [
    figure('archive: second visit from the index: state, first page, facets', second, 'ms', {
      target: `< ${SECOND_MS} ms`,
      met: second < SECOND_MS,
    }),
  ];
  /** The first answer of its kind after opening and the usual first page, nothing kept from another. */
  const measure = async (name: string, call: (browser: Browser) => unknown): Promise<void> => {
    const runs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { browser, close } = open(dataDir);
      browser.objects(place, firstPage);
      const start = performance.now();
      call(browser);
      runs.push(performance.now() - start);
      await close();
    }
    const ms = median(runs);
    figures.push(
      figure(`archive: index of 100,000 keys, ${name}`, ms, 'ms', {
        target: `< ${QUERY_MS} ms`,
        met: ms < QUERY_MS,
      }),
    );
  };
  const page = (more: object) => (browser: Browser) =>
    browser.objects(place, archiveQuery.parse({ ...filter, ...more }));
  await measure('page 400', page({ offset: 79_800 }));
  await measure('page 400 by size', page({ offset: 79_800, sort: [{ by: 'size_bytes', desc: true }] }));
  await measure('page 400 by job id', page({ offset: 79_800, sort: [{ by: 'job_id', desc: false }] }));
  await measure('filter by tenant and days', page({ tenant: ['acme'], date_from: '2026-09-01' }));
  await measure('text filter', page({ text: 'BEEF' }));
  await measure('facets', (browser) => browser.facets(place, filter));
  await measure('facets under a text filter', (browser) =>
    browser.facets(place, { ...filter, text: 'beef' }),
  );
  return figures;
}
