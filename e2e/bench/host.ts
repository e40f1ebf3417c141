import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright';
import { build } from '#hosts/launch/builder.ts';
import { appRoot } from '#hosts/shared/app-root.ts';
import { CHROMIUM_ARGS, ensureBrowser } from '../support/ensure-browser.ts';
import { traceStore } from './dataset.ts';
import { type BenchFigure, figure, median } from './figure.ts';

const STARTS = 5;
const IDLE_S = 10;
/** Spans, target in ms. Peers' figures are Jaeger UI's on the same kind of machine. */
const TRACES = [
  { spans: 10_000, target: 150, jaeger: 1050 },
  { spans: 100_000, target: 600, jaeger: null },
  { spans: 1_000_000, target: 3000, jaeger: null },
] as const;

export interface Host {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export function startHost(dataDir: string, env: Readonly<Record<string, string>> = {}): Promise<Host> {
  const child = spawn(
    process.execPath,
    [join(appRoot, 'out', 'main', 'web.js'), '--no-open', '--data', dataDir],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, RUNESCOPE_LOG: 'error', ...env },
    },
  );
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return new Promise((resolve, reject) => {
    child.once('close', () => reject(new Error('the web host ended before it served')));
    child.stdout.setEncoding('utf8').once('data', (text: string) =>
      resolve({
        url: text.trim(),
        pid: child.pid ?? 0,
        stop: async () => {
          child.kill('SIGTERM');
          await closed;
        },
      }),
    );
  });
}

/** From spawning the host to the board's first painted frame, in a Chromium that runs already. */
async function coldStart(browser: Browser, template: string): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), 'runescope-bench-'));
  cpSync(template, join(dataDir, 'runescope.db'));
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const start = performance.now();
  const host = await startHost(dataDir);
  await page.goto(host.url);
  await page.locator('[data-job]').first().waitFor();
  await painted(page);
  const ms = performance.now() - start;
  await context.close();
  await host.stop();
  rmSync(dataDir, { recursive: true });
  return ms;
}

const painted = (page: Page): Promise<void> =>
  page.evaluate(
    () => new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))),
  );

/** User and system time of a process so far, in seconds (Linux: 100 ticks a second). */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** From Enter on the board's row to the frame that holds the trace's rows and bars. */
async function activation(page: Page, jobId: string): Promise<number> {
  const row = page.locator(`[data-job="${jobId}"]`);
  await row.waitFor();
  return page.evaluate(async (id) => {
    const link = document.querySelector<HTMLElement>(`[data-job="${id}"] a`);
    const frame = (): Promise<number> => new Promise(requestAnimationFrame);
    const start = performance.now();
    link?.click();
    for (;;) {
      await frame();
      const labels = document.querySelector('[role="treegrid"] [role="row"][aria-level]');
      const canvas = document.querySelector<HTMLCanvasElement>('[role="treegrid"] canvas.wf-bars');
      if (labels !== null && canvas !== null && canvas.width > 0) break;
    }
    await frame();
    return performance.now() - start;
  }, jobId);
}

export async function benchHost(): Promise<readonly BenchFigure[]> {
  if ((await build(true)) !== 0) throw new Error('the build failed');
  const browser = await chromium.launch({ executablePath: ensureBrowser(), args: [...CHROMIUM_ARGS] });
  const figures: BenchFigure[] = [];
  const store = traceStore(TRACES.map(({ spans }) => spans));
  try {
    await coldStart(browser, store.small);
    const starts: number[] = [];
    for (let i = 0; i < STARTS; i++) starts.push(await coldStart(browser, store.small));
    const cold = median(starts);
    figures.push(
      figure('host: spawn to painted board', cold, 'ms', { target: '< 2000 ms', met: cold < 2000 }),
    );

    const dataDir = mkdtempSync(join(tmpdir(), 'runescope-bench-'));
    cpSync(store.large, join(dataDir, 'runescope.db'));
    const host = await startHost(dataDir);
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    await page.goto(host.url);
    await page.locator('[data-job]').first().waitFor();
    const before = cpuSeconds(host.pid);
    await new Promise((resolve) => setTimeout(resolve, IDLE_S * 1000));
    const idle = ((cpuSeconds(host.pid) - before) / IDLE_S) * 100;
    figures.push(
      figure(`host: idle for ${IDLE_S} s with the board open`, idle, '% CPU', {
        target: '< 0.5 %',
        met: idle < 0.5,
      }),
    );

    for (const { spans, target, jaeger } of TRACES) {
      const runs: number[] = [];
      for (let i = 0; i < 4; i++) {
        runs.push(await activation(page, store.jobs.get(spans) ?? ''));
        await page.goBack();
      }
      const ms = median(runs.slice(1));
      figures.push(
        figure(
          `host: row activation to painted waterfall, ${spans.toLocaleString('en-US')} spans from the store`,
          ms,
          'ms',
          {
            ...(jaeger === null ? {} : { reference: jaeger, source: 'quoted' as const }),
            target: `< ${target} ms`,
            met: ms < target,
          },
        ),
      );
    }
    await context.close();
    await host.stop();
    rmSync(dataDir, { recursive: true });
  } finally {
    await browser.close();
  }
  return figures;
}
