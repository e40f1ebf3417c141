import { chromium } from 'playwright';
import { CHROMIUM_ARGS, ensureBrowser } from '../support/ensure-browser.ts';
import { serveBuilt } from './built-page.ts';
import { type BenchFigure, figure } from './figure.ts';
import type { OffersPage } from './offers-page.tsx';

const OFFERS = 5000;
const ROUNDS = 80;
const REDRAW_MS = 50;

declare const window: { readonly offers: OffersPage };

/** 5,000 offers as a screen shows them: the scatter alone, and a step of a filter in the whole view. */
export async function benchOffersScreen(): Promise<readonly BenchFigure[]> {
  const browser = await chromium.launch({ executablePath: ensureBrowser(), args: [...CHROMIUM_ARGS] });
  const server = await serveBuilt('offers-page.html');
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(`${server.url}offers-page.html`);
    const redraws = await page.evaluate(([n, rounds]) => window.offers.redraw(n, rounds), [
      OFFERS,
      ROUNDS,
    ] as const);
    const bare = await page.evaluate(([n, rounds]) => window.offers.bare(n, rounds), [
      OFFERS,
      ROUNDS,
    ] as const);
    await page.evaluate((n) => window.offers.open(n), OFFERS);
    const steps = await page.evaluate((rounds) => window.offers.filter(rounds), ROUNDS / 2);
    const redraw = p95(redraws);
    return [
      figure('offers: scatter of 5,000 placed and redrawn, to its painted frame, p95', redraw, 'ms', {
        reference: p95(bare),
        target: `< ${REDRAW_MS} ms (the reference is as many circles on a bare canvas)`,
        met: redraw < REDRAW_MS,
      }),
      figure('offers: a filter moved, list, front, plot, table and counts on screen, p95', p95(steps), 'ms'),
    ];
  } finally {
    await browser.close();
    await server.close();
  }
}

const p95 = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? Number.NaN;
