import { performance } from 'node:perf_hooks';
import { createBands } from '#core/compare/bands.ts';
import type { JobSource } from '#core/sources/job-source.ts';
import { createOwnSource } from '#core/sources/own-source.ts';
import { openRuneStore } from '#core/sources/store-source.ts';
import { openDatabase } from '#core/store/database.ts';
import { testPorts } from '#core/testing/ports.ts';
import { createClock } from '#hosts/shared/clock.ts';
import { OWN } from '#shared/model/source.ts';
import { largeStore } from './dataset.ts';
import { type BenchFigure, figure, median } from './figure.ts';

const JOBS = 1000;
const SPANS = [10, 200] as const;
const LIMIT_MS = 1000;

/** A thousand jobs as one percentile waterfall, read from a store's file: ours, and one RUNE wrote. */
export async function benchBands(): Promise<readonly BenchFigure[]> {
  const figures: BenchFigure[] = [];
  for (const spans of SPANS) {
    const path = largeStore(JOBS, JOBS * spans, true);
    const db = openDatabase(path, 'read');
    const own = createOwnSource({ db, path, feed: { subscribe: () => () => {} }, clock: createClock() });
    figures.push(...(await measured(own, jobIds(path), `own store, ${spans} spans a job`)));
    db.close();

    const { ports, remove } = testPorts();
    const foreign = largeStore(JOBS, JOBS * spans, false);
    const rune = await openRuneStore(foreign, {
      dataDir: ports.paths.dataDir,
      clock: ports.clock,
    });
    while (!rune.figures().complete()) await new Promise((resolve) => setTimeout(resolve, 20));
    figures.push(...(await measured(rune, jobIds(foreign), `RUNE file, ${spans} spans a job`)));
    rune.close();
    remove();
  }
  return figures;
}

async function measured(
  source: JobSource,
  ids: readonly string[],
  what: string,
): Promise<readonly BenchFigure[]> {
  const jobs = ids.map((job_id) => ({ source: OWN, job_id }));
  const bands = createBands({
    trace: (_, jobId) => source.trace(jobId),
    figures: async () => source.figures(),
  });
  const runs: number[] = [];
  const pauses: number[] = [];
  for (let run = 0; run < 5; run++) {
    const watch = watchPauses();
    const start = performance.now();
    const found = await bands(jobs);
    runs.push(performance.now() - start);
    pauses.push(watch());
    if (found.jobs !== JOBS) throw new Error(`${found.jobs} of ${JOBS} jobs were laid over one another.`);
  }
  const ms = median(runs);
  const longest = median(pauses);
  return [
    figure(`bands: ${JOBS} jobs of an ${what}`.replace('an RUNE', 'a RUNE'), ms, 'ms', {
      target: `< ${LIMIT_MS} ms`,
      met: ms < LIMIT_MS,
    }),
    figure(`bands: longest stretch nothing else ran in, ${what}`, longest, 'ms', {
      target: '< 50 ms',
      met: longest < 50,
    }),
  ];
}

function jobIds(path: string): readonly string[] {
  const db = openDatabase(path, 'read');
  const ids = db.prepare('SELECT job_id FROM jobs').pluck().all() as string[];
  db.close();
  return ids;
}

/** The longest time between two turns of the event loop until it is called. */
function watchPauses(): () => number {
  let longest = 0;
  let last = performance.now();
  const look = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(look, 1);
  return () => {
    clearInterval(timer);
    look();
    return longest;
  };
}
