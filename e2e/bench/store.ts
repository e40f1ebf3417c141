import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, createEngine } from '#core/engine.ts';
import { testPorts } from '#core/testing/ports.ts';
import { largeStore } from './dataset.ts';
import { type BenchFigure, figure, median } from './figure.ts';

const JOBS = 20_000;
const EVENTS = 1_000_000;
const LIMIT_MS = 50;

async function timed(call: () => Promise<unknown>): Promise<number> {
  await call();
  const runs: number[] = [];
  for (let i = 0; i < 9; i++) {
    const start = performance.now();
    await call();
    runs.push(performance.now() - start);
  }
  return median(runs);
}

async function queries(client: Client, source: string, what: string): Promise<BenchFigure[]> {
  const figures: BenchFigure[] = [];
  const measure = async (name: string, call: () => Promise<unknown>): Promise<void> => {
    const ms = await timed(call);
    figures.push(
      figure(`store: ${what}, ${name}`, ms, 'ms', { target: `< ${LIMIT_MS} ms`, met: ms < LIMIT_MS }),
    );
  };
  await measure('board', () => client.jobs.list({ source }));
  await measure('filter by backend_type and status', () =>
    client.jobs.list({ source, backend_type: ['bedrock'], status: ['failed'] }),
  );
  await measure('text filter', () => client.jobs.list({ source, text: 'checkout-77' }));
  await measure('sort by duration', () =>
    client.jobs.list({ source, sort: [{ by: 'duration_ms', desc: true }] }),
  );
  await measure('page 90 of the board', () => client.jobs.list({ source, offset: 18_000 }));
  await measure('facets', () => client.jobs.facets({ source }));
  await measure('summary of everything', () => client.events.summary({ source }));
  return figures;
}

/** The board, a filter, a sort and the summary at the contract, on an own store and on a RUNE file. */
export async function benchStore(): Promise<readonly BenchFigure[]> {
  const figures: BenchFigure[] = [];
  const { ports, dataDir, remove } = testPorts();
  copyFileSync(largeStore(JOBS, EVENTS, true), join(dataDir, 'runescope.db'));
  const startOwn = performance.now();
  const engine = await createEngine(ports, { mode: 'own' });
  figures.push(
    figure(
      'store: own, open and catch up with 1,000,000 foreign-written events',
      performance.now() - startOwn,
      'ms',
    ),
  );
  figures.push(
    ...(await queries(engine.client, 'own', `own store of ${EVENTS.toLocaleString('en-US')} events`)),
  );

  const startForeign = performance.now();
  const { source } = await engine.client.sources.open({ path: largeStore(JOBS, EVENTS, false) });
  for (;;) {
    const info = (await engine.client.sources.list()).find((candidate) => candidate.source === source);
    if (info !== undefined && info.indexed_events >= EVENTS) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  figures.push(
    figure('store: RUNE file, open and index 1,000,000 events', performance.now() - startForeign, 'ms'),
  );
  figures.push(...(await queries(engine.client, source, 'RUNE file once indexed')));
  await engine.dispose();
  remove();
  return figures;
}
