import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { type CDPSession, chromium, type Page } from 'playwright';
import { openDatabase } from '#core/store/database.ts';
import { readTrace } from '#core/store/trace-reader.ts';
import { CHROMIUM_ARGS, ensureBrowser } from '../support/ensure-browser.ts';
import { traceStore } from './dataset.ts';
import { type BenchFigure, figure, median } from './figure.ts';
import { speedscopeProfile } from './speedscope-profile.ts';
import type { WaterfallPage } from './waterfall-page.tsx';
import { serveWaterfall } from './waterfall-server.ts';

const SIZES = [10_000, 100_000, 1_000_000] as const;
const PAINT_MS = { 10000: 150, 100000: 600, 1000000: 3000 } as const;
const FRAME_MS = { 10000: 20, 100000: 20, 1000000: 50 } as const;
const BYTES_PER_SPAN = 200;
/** Jaeger UI on the same kind of machine: first paint of 10,000 spans, the best of its p95 frame times. */
const JAEGER = { paint: 1050, frame: 117, bytesPerSpan: 2700 } as const;
const RUNS = 3;

declare const window: { readonly waterfall: WaterfallPage };

/** JS heap and array buffers after a collection, in bytes. */
async function heapBytes(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const usage = (await session.send('Runtime.getHeapUsage')) as {
    usedSize: number;
    backingStorageSize?: number;
  };
  return usage.usedSize + (usage.backingStorageSize ?? 0);
}

async function benchSize(
  page: Page,
  session: CDPSession,
  spans: (typeof SIZES)[number],
): Promise<BenchFigure[]> {
  const count = spans.toLocaleString('en-US');
  const figures: BenchFigure[] = [];
  await page.evaluate(() => window.waterfall.close());
  const before = await heapBytes(session);
  const paints: number[] = [];
  for (let run = 0; run < RUNS + 1; run++) {
    if (run > 0) await page.evaluate(() => window.waterfall.close());
    paints.push(await page.evaluate((n) => window.waterfall.open(n), spans));
  }
  const paint = median(paints.slice(1));
  figures.push(
    figure(`waterfall: fetch, decode and paint ${count} spans`, paint, 'ms', {
      ...(spans === 10_000 ? { reference: JAEGER.paint, source: 'quoted' as const } : {}),
      target: `< ${PAINT_MS[spans]} ms`,
      met: paint < PAINT_MS[spans],
    }),
  );
  for (const motion of ['scroll', 'zoom', 'pan'] as const) {
    const frames = await page.evaluate((m) => window.waterfall.frames(m), motion);
    figures.push(
      figure(
        `waterfall: ${motion} ${count} spans, frames p95 (p50 ${frames.p50.toFixed(1)})`,
        frames.p95,
        'ms',
        {
          ...(spans === 10_000 ? { reference: JAEGER.frame, source: 'quoted' as const } : {}),
          target: `<= ${FRAME_MS[spans]} ms`,
          met: frames.p95 <= FRAME_MS[spans],
        },
      ),
    );
  }
  const perSpan = ((await heapBytes(session)) - before) / spans;
  figures.push(
    figure(`waterfall: heap and backing stores, ${count} spans`, perSpan, 'B/span', {
      reference: JAEGER.bytesPerSpan,
      source: 'quoted',
      target: `< ${BYTES_PER_SPAN} B/span`,
      met: perSpan < BYTES_PER_SPAN,
    }),
  );
  await page.evaluate(() => window.waterfall.close());
  const bare = await page.evaluate((n) => window.waterfall.bare(n), spans);
  figures.push(
    figure(`waterfall: bare canvas, ${count} spans, paint`, bare.paint, 'ms'),
    figure(`waterfall: bare canvas, ${count} spans, zoom frames p95`, bare.zoom.p95, 'ms'),
  );
  return figures;
}

/** speedscope's own format of 100,000 spans, from navigation to the frame after it named the profile it shows. */
async function benchSpeedscope(page: Page, url: string): Promise<BenchFigure> {
  const runs: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    await page.goto('about:blank');
    const start = performance.now();
    await page.goto(
      `${url}speedscope/index.html#profileURL=${encodeURIComponent(`${url}profile.speedscope.json`)}`,
    );
    await page.waitForFunction(() => document.title.includes('bench'), undefined, { timeout: 60_000 });
    await page.evaluate(() => new Promise(requestAnimationFrame));
    runs.push(performance.now() - start);
  }
  return figure('waterfall: speedscope, 100,000 spans, load to named profile', median(runs), 'ms');
}

/** The production Waterfall on traces from the store, in headless Chromium, beside a bare canvas and speedscope. */
export async function benchWaterfall(): Promise<readonly BenchFigure[]> {
  const { large, jobs } = traceStore(SIZES);
  const db = openDatabase(large, 'read');
  const read = (spans: number): ArrayBuffer => {
    const store = { source: db, index: db, recorded: true, quantised: false, hasEvents: true };
    const bytes = readTrace(store, jobs.get(spans) ?? '', 0);
    if (bytes === null) throw new Error(`there is no trace of ${spans} spans`);
    return bytes;
  };
  const traces = new Map(SIZES.map((spans) => [spans as number, read(spans)]));
  db.close();
  const require = createRequire(import.meta.url);
  const server = await serveWaterfall({
    readTrace: (spans) => traces.get(spans) ?? new ArrayBuffer(0),
    speedscope: {
      folder: `${dirname(require.resolve('speedscope/package.json'))}/dist/release`,
      profile: () => speedscopeProfile(traces.get(100_000) ?? new ArrayBuffer(0)),
    },
  });
  const browser = await chromium.launch({
    executablePath: ensureBrowser(),
    args: [...CHROMIUM_ARGS, '--enable-precise-memory-info'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    await page.goto(`${server.url}waterfall-page.html`);
    const session = await page.context().newCDPSession(page);
    await page.evaluate(() => window.waterfall.sample('job'));
    const figures: BenchFigure[] = [];
    for (const spans of SIZES) figures.push(...(await benchSize(page, session, spans)));
    figures.push(await benchSpeedscope(page, server.url));
    return figures;
  } finally {
    await browser.close();
    await server.close();
  }
}
