import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright';
import { type S3Process, spawnS3Process } from '#core/testing/s3/spawn-s3.ts';
import { build } from '#hosts/launch/builder.ts';
import { BUCKET, bucketEnv, sealedResult } from '../support/archived-results.ts';
import { CHROMIUM_ARGS, ensureBrowser } from '../support/ensure-browser.ts';
import { barePaginator, ninetyDays } from './archive-browse.ts';
import { largeStore } from './dataset.ts';
import { type BenchFigure, figure, median } from './figure.ts';
import { type Host, startHost } from './host.ts';

const KEYS = 100_000;
const ROUNDS = 3;
const VISITS = 5;
const FIRST_MS = 1000;
const SECOND_MS = 300;
/** Spans of a result of some 20 MB. */
const LARGE_SPANS = 42_000;
/** Of the board's frames, so that what differs is not noise. */
const AS_SMOOTH = 1.1;

interface Shown {
  readonly firstMs: number;
  readonly completeMs: number;
}

/** Goes to the archive inside a page that is open; from then to its first painted rows, and to a complete listing. */
function firstVisit(page: Page): Promise<Shown> {
  return page.evaluate(async () => {
    const frame = (): Promise<number> => new Promise(requestAnimationFrame);
    const until = async (there: () => boolean): Promise<void> => {
      while (!there()) await frame();
      await frame();
    };
    const start = performance.now();
    window.location.hash = '#/archive/env';
    await until(() => document.querySelector('[role="row"][data-key]') !== null);
    const firstMs = performance.now() - start;
    const truth = (): string => document.querySelector('[data-testid="truth"]')?.textContent ?? '';
    await until(() => truth().startsWith('100,000 keys, complete: yes'));
    return { firstMs, completeMs: performance.now() - start };
  });
}

const ARCHIVE = ['[role="row"][data-key]', 'svg [data-date] [data-level]'];
const BOARD = ['[data-job]'];

/** Opens a link in a page of its own; from the navigation to the frame that has all that is waited for. */
async function visit(context: BrowserContext, url: string, wanted: readonly string[]): Promise<number> {
  const page = await context.newPage();
  await page.addInitScript((selectors) => {
    const look = (): void => {
      if (selectors.every((one) => document.querySelector(one) !== null))
        requestAnimationFrame(() => performance.mark('shown'));
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, wanted);
  await page.goto(url);
  const shown = await page.waitForFunction(() => performance.getEntriesByName('shown')[0]?.startTime);
  const ms = (await shown.jsonValue()) ?? Number.NaN;
  await page.close();
  return ms;
}

/** Goes from the board to the archive in a page that is new. */
async function turnTo(context: BrowserContext, host: Host): Promise<number> {
  const page = await context.newPage();
  await page.goto(new URL(host.url).origin);
  await page.locator(BOARD.join()).first().waitFor();
  const ms = await page.evaluate(async (selectors) => {
    const start = performance.now();
    window.location.hash = '#/archive/env';
    while (!selectors.every((one) => document.querySelector(one) !== null))
      await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    return performance.now() - start;
  }, ARCHIVE);
  await page.close();
  return ms;
}

/** Times between frames while a grid is flung from its first row to its last, sorted. */
function fling(page: Page, grid: string): Promise<readonly number[]> {
  return page.evaluate(async (label) => {
    const scroller = document.querySelector(`[role="grid"][aria-label="${label}"]`);
    if (scroller === null) throw new Error(`there is no grid ${label}`);
    const frames = 240;
    const step = (scroller.scrollHeight - scroller.clientHeight) / frames;
    const times: number[] = [];
    let last = await new Promise<number>(requestAnimationFrame);
    for (let i = 1; i <= frames; i++) {
      scroller.scrollTop = i * step;
      const now = await new Promise<number>(requestAnimationFrame);
      times.push(now - last);
      last = now;
    }
    return times.sort((a, b) => a - b);
  }, grid);
}

/** Opens an archived result; from then to its unverified summary, and to its painted waterfall. */
function openLarge(
  page: Page,
  hash: string,
): Promise<{ readonly summary: number; readonly waterfall: number }> {
  return page.evaluate(async (next) => {
    const start = performance.now();
    window.location.hash = next;
    let summary = Number.NaN;
    for (;;) {
      await new Promise(requestAnimationFrame);
      const isSummary = document.querySelector('main')?.textContent?.includes('not verified yet') ?? false;
      if (isSummary && Number.isNaN(summary)) summary = performance.now() - start;
      const label = document.querySelector('[role="treegrid"] [role="row"][aria-level]');
      const canvas = document.querySelector<HTMLCanvasElement>('[role="treegrid"] canvas.wf-bars');
      if (label !== null && canvas !== null && canvas.width > 0) break;
      if (performance.now() - start > 60_000) throw new Error('no waterfall');
    }
    await new Promise(requestAnimationFrame);
    return { summary, waterfall: performance.now() - start };
  }, hash);
}

const p95 = (sorted: readonly number[]): number => sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN;

/** Over 100,000 keys in a bucket: first and second visit, scrolling, and opening a large result, as a screen shows them. */
export async function benchArchiveScreen(): Promise<readonly BenchFigure[]> {
  if ((await build(true)) !== 0) throw new Error('the build failed');
  const browser = await chromium.launch({ executablePath: ensureBrowser(), args: [...CHROMIUM_ARGS] });
  const server = await spawnS3Process({ buckets: [BUCKET] });
  const dataDirs: string[] = [];
  try {
    const browse = new URL('./archive-browse.ts', import.meta.url).href;
    await server.seed({ bucket: BUCKET, module: browse, name: ninetyDays.name });
    return [
      ...(await visits(browser, server, dataDirs)),
      ...(await scrolling(browser, server, dataDirs)),
      ...(await opening(browser, server, dataDirs)),
    ];
  } finally {
    await browser.close();
    await server.close();
    for (const dir of dataDirs) rmSync(dir, { recursive: true, force: true });
  }
}

function newDataDir(dataDirs: string[]): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'runescope-bench-'));
  dataDirs.push(dataDir);
  return dataDir;
}

async function signedIn(browser: Browser, host: Host): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(host.url);
  await page.getByRole('link', { name: 'Archive' }).first().waitFor();
  return { context, page };
}

async function visits(browser: Browser, server: S3Process, dataDirs: string[]): Promise<BenchFigure[]> {
  const env = bucketEnv(server.url);
  const firsts: Shown[] = [];
  let dataDir = '';
  for (let round = 0; round <= ROUNDS; round++) {
    dataDir = newDataDir(dataDirs);
    // A board with a page of jobs.
    cpSync(largeStore(200, 1600, true), join(dataDir, 'runescope.db'));
    const host = await startHost(dataDir, env);
    const { context, page } = await signedIn(browser, host);
    const shown = await firstVisit(page);
    // The first warms the server and the browser.
    if (round > 0) firsts.push(shown);
    await context.close();
    await host.stop();
  }
  const fresh: number[] = [];
  for (let round = 0; round < VISITS; round++) {
    const host = await startHost(dataDir, env);
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    fresh.push(await visit(context, `${host.url}#/archive/env`, ARCHIVE));
    await context.close();
    await host.stop();
  }
  const host = await startHost(dataDir, env);
  const { context } = await signedIn(browser, host);
  const { origin } = new URL(host.url);
  const warm: number[] = [];
  const turned: number[] = [];
  const boards: number[] = [];
  for (let round = 0; round < VISITS; round++) {
    boards.push(await visit(context, `${origin}/#/s/own/jobs`, BOARD));
    warm.push(await visit(context, `${origin}/#/archive/env`, ARCHIVE));
    turned.push(await turnTo(context, host));
  }
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round++) bare.push(await barePaginator(server.url));
  await context.close();
  await host.stop();
  const first = median(firsts.map(({ firstMs }) => firstMs));
  const second = median(warm);
  return [
    figure('archive-screen: empty index, 100,000 keys: first rows painted', first, 'ms', {
      target: `< ${FIRST_MS} ms`,
      met: first < FIRST_MS,
    }),
    figure(
      'archive-screen: empty index: "complete: yes" on screen',
      median(firsts.map((one) => one.completeMs)),
      'ms',
      { reference: median(bare) },
    ),
    figure('archive-screen: warm index: from the board to rows and calendar', median(turned), 'ms', {
      target: `< ${SECOND_MS} ms`,
      met: median(turned) < SECOND_MS,
    }),
    figure('archive-screen: warm index: link in a new page, from its navigation', second, 'ms', {
      reference: median(boards),
      target: `< ${SECOND_MS} ms (the reference is the board of 200 jobs)`,
      met: second < SECOND_MS,
    }),
    figure('archive-screen: the same in a freshly started host and browser profile', median(fresh), 'ms'),
  ];
}

async function scrolling(browser: Browser, server: S3Process, dataDirs: string[]): Promise<BenchFigure[]> {
  const dataDir = newDataDir(dataDirs);
  cpSync(largeStore(KEYS, KEYS, true), join(dataDir, 'runescope.db'));
  const host = await startHost(dataDir, bucketEnv(server.url));
  const { context, page } = await signedIn(browser, host);
  await page.locator('[data-job]').first().waitFor();
  const boards: number[] = [];
  const archives: number[] = [];
  for (let round = 0; round < VISITS; round++) {
    await page.evaluate(() => {
      window.location.hash = '#/s/own/jobs';
    });
    await page.locator('[data-job]').first().waitFor();
    boards.push(p95(await fling(page, 'Jobs')));
    await firstVisit(page);
    archives.push(p95(await fling(page, 'Archived results')));
  }
  await context.close();
  await host.stop();
  const board = median(boards);
  const archive = median(archives);
  return [
    figure('archive-screen: p95 between frames, 100,000 keys flung by in 4 s', archive, 'ms', {
      reference: board,
      target: `<= ${AS_SMOOTH} of the Jobs board with 100,000 jobs`,
      met: archive <= AS_SMOOTH * board,
    }),
  ];
}

async function opening(browser: Browser, server: S3Process, dataDirs: string[]): Promise<BenchFigure[]> {
  const jobId = '20b00000-0000-4000-8000-000000000000';
  const large = sealedResult(
    { job_id: jobId, tenant_id: 'large', kind: 'benchmark' },
    1_795_000_000,
    LARGE_SPANS,
  );
  await server.put(BUCKET, large.key, large.body);
  const host = await startHost(newDataDir(dataDirs), bucketEnv(server.url));
  const { context, page } = await signedIn(browser, host);
  const hash = `#/s/${encodeURIComponent(`archive:env:${large.key}`)}/jobs/${jobId}`;
  const runs: { readonly summary: number; readonly waterfall: number }[] = [];
  for (let round = 0; round < VISITS; round++) {
    runs.push(await openLarge(page, hash));
    await page.evaluate(() => {
      window.location.hash = '#/settings';
    });
    await page.getByRole('treegrid').waitFor({ state: 'detached' });
  }
  await context.close();
  await host.stop();
  const summary = median(runs.map((run) => run.summary));
  const waterfall = median(runs.map((run) => run.waterfall));
  return [
    figure(`archive-screen: opening ${(large.body.length / 1e6).toFixed(1)} MB: its summary`, summary, 'ms', {
      reference: waterfall,
      target: 'before its painted waterfall (the reference)',
      met: summary < waterfall,
    }),
  ];
}
