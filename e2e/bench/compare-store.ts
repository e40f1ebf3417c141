import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { openRuneStore } from '#core/sources/store-source.ts';
import { openDatabase } from '#core/store/database.ts';
import { foreignPath } from '#core/store/foreign-file.ts';
import { createJobFigures } from '#core/store/job-figures-reader.ts';
import { createClock } from '#hosts/shared/clock.ts';
import { compareStore } from './compare-data.ts';
import { type BenchFigure, figure, median } from './figure.ts';

/** RUNE's own summary query (reference: metrics §3). */
const RUNE_SUMMARY = `
SELECT event, COUNT(*) AS total, SUM(CASE WHEN status = 'ok' THEN 1 ELSE 0 END) AS ok,
  SUM(CASE WHEN status = 'error' THEN 1 ELSE 0 END) AS error, ROUND(COALESCE(AVG(duration_ms), 0), 1) AS avg_ms,
  ROUND(COALESCE(MIN(duration_ms), 0), 1) AS min_ms, ROUND(COALESCE(MAX(duration_ms), 0), 1) AS max_ms
FROM workflow_events GROUP BY event ORDER BY event`;

const ROUNDS = 5;
const REPEATS = 100;
const LIMITS = { jobs: 60, spans: 30 } as const;

function timed<T>(call: () => T): { readonly ms: number; readonly value: T } {
  const start = performance.now();
  const value = call();
  return { ms: performance.now() - start, value };
}

/** What a source says of all its jobs at once, cold and kept, beside RUNE's summary of the same file. */
export async function benchCompareStore(): Promise<readonly BenchFigure[]> {
  const { path, dataDir, events, title } = compareStore();
  const rune = runeSummary(path);
  const ports = { dataDir, clock: createClock() };
  rmSync(join(dataDir, 'indexes'), { recursive: true, force: true });

  const start = performance.now();
  const first = await openRuneStore(path, ports);
  const openMs = performance.now() - start;
  while (!first.figures().complete()) await new Promise((resolve) => setTimeout(resolve, 20));
  const foldMs = performance.now() - start;
  first.close();

  const rounds = Array.from({ length: ROUNDS }, () => round(path, dataDir));
  const of = (name: keyof Round): number => median(rounds.map((times) => times[name]));
  const against = { reference: rune };
  const measured = (name: string, ms: number, limit: number | null = null): BenchFigure =>
    figure(`compare: ${name}`, ms, 'ms', {
      ...against,
      ...(limit === null ? {} : { target: `< ${limit} ms`, met: ms < limit }),
    });
  return [
    figure(`compare: open a RUNE file of ${title}`, openMs, 'ms'),
    figure('compare: fold all its events', events / (foldMs / 1000), 'events/s'),
    measured('jobs(), cold', of('jobs'), LIMITS.jobs),
    measured("spans('agent.ask'), the first name", of('first'), LIMITS.spans),
    measured("spans('driver.call'), another name", of('second'), LIMITS.spans),
    measured('calls(), cold', of('calls')),
    figure('compare: jobs(), spans() and calls(), kept', of('kept'), 'ms', {
      target: '< 1 ms',
      met: of('kept') < 1,
    }),
    figure('compare: version()', of('version'), 'ms', { target: '< 1 ms', met: of('version') < 1 }),
    measured("attribute('agent.ask', 'model')", of('rare')),
    measured("attribute('tool.call', 'model')", of('frequent')),
  ];
}

interface Round {
  readonly jobs: number;
  readonly first: number;
  readonly second: number;
  readonly calls: number;
  readonly kept: number;
  readonly version: number;
  readonly rare: number;
  readonly frequent: number;
}

/** Every answer once, from connections that have read nothing. */
function round(path: string, dataDir: string): Round {
  const source = openDatabase(path, 'read');
  const index = openDatabase(join(dataDir, 'indexes', `${foreignPath(path).digest}.db`), 'read');
  const store = { path, source, index, recorded: false, quantised: false, hasEvents: true };
  const found = createJobFigures(() => store);
  const jobs = timed(() => found.jobs());
  const first = timed(() => found.spans('agent.ask'));
  const second = timed(() => found.spans('driver.call'));
  const calls = timed(() => found.calls());
  const kept = timed(() => {
    for (let i = 0; i < REPEATS; i++) {
      found.jobs();
      found.spans('agent.ask');
      found.calls();
    }
  });
  const version = timed(() => {
    for (let i = 0; i < REPEATS; i++) found.version();
  });
  const rare = timed(() => found.attribute('agent.ask', 'model'));
  const frequent = timed(() => found.attribute('tool.call', 'model'));
  source.close();
  index.close();
  for (const { row } of [first.value, second.value, calls.value, rare.value, frequent.value])
    if (row.length !== jobs.value.count) throw new Error('A job is missing in the figures.');
  return {
    jobs: jobs.ms,
    first: first.ms,
    second: second.ms,
    calls: calls.ms,
    kept: kept.ms / REPEATS,
    version: version.ms / REPEATS,
    rare: rare.ms,
    frequent: frequent.ms,
  };
}

export function runeSummary(path: string): number {
  const db = openDatabase(path, 'read');
  const { ms } = timed(() => db.prepare(RUNE_SUMMARY).all());
  db.close();
  return ms;
}
