import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { openRuneStore } from '#core/sources/store-source.ts';
import { openDatabase } from '#core/store/database.ts';
import { createClock } from '#hosts/shared/clock.ts';
import { compareStore } from './compare-data.ts';
import { type BenchFigure, figure } from './figure.ts';

/** RUNE's own summary query (reference: metrics §3). */
const RUNE_SUMMARY = `
SELECT event, COUNT(*) AS total, SUM(CASE WHEN status = 'ok' THEN 1 ELSE 0 END) AS ok,
  SUM(CASE WHEN status = 'error' THEN 1 ELSE 0 END) AS error, ROUND(COALESCE(AVG(duration_ms), 0), 1) AS avg_ms,
  ROUND(COALESCE(MIN(duration_ms), 0), 1) AS min_ms, ROUND(COALESCE(MAX(duration_ms), 0), 1) AS max_ms
FROM workflow_events GROUP BY event ORDER BY event`;

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

  const source = await openRuneStore(path, ports);
  const found = source.figures();
  const against = { reference: rune };
  const measured = (name: string, ms: number, limit: number | null = null): BenchFigure =>
    figure(`compare: ${name}`, ms, 'ms', {
      ...against,
      ...(limit === null ? {} : { target: `< ${limit} ms`, met: ms < limit }),
    });
  const jobs = timed(() => found.jobs());
  const spans = timed(() => found.spans('agent.ask'));
  const second = timed(() => found.spans('driver.call'));
  const calls = timed(() => found.calls());
  const warm = timed(() => {
    for (let i = 0; i < 100; i++) {
      found.jobs();
      found.spans('agent.ask');
      found.calls();
    }
  });
  const version = timed(() => {
    for (let i = 0; i < 100; i++) found.version();
  });
  const attribute = timed(() => found.attribute('agent.ask', 'model'));
  const common = timed(() => found.attribute('tool.call', 'model'));
  const { count } = jobs.value;
  const whole = [spans.value.row, second.value.row, calls.value.row, attribute.value.row];
  source.close();
  if (whole.some(({ length }) => length !== count)) throw new Error('A job is missing in the figures.');
  return [
    figure(`compare: open a RUNE file of ${title}`, openMs, 'ms'),
    figure('compare: fold all its events', events / (foldMs / 1000), 'events/s'),
    measured('jobs(), cold', jobs.ms, LIMITS.jobs),
    measured("spans('agent.ask'), the first name", spans.ms, LIMITS.spans),
    measured("spans('driver.call'), another name", second.ms, LIMITS.spans),
    measured('calls(), cold', calls.ms),
    figure('compare: jobs(), spans() and calls(), kept', warm.ms / 100, 'ms', {
      target: '< 1 ms',
      met: warm.ms < 100,
    }),
    figure('compare: version()', version.ms / 100, 'ms', { target: '< 1 ms', met: version.ms < 100 }),
    measured("attribute('agent.ask', 'model')", attribute.ms),
    measured("attribute('tool.call', 'model')", common.ms),
  ];
}

function runeSummary(path: string): number {
  const db = openDatabase(path, 'read');
  const { ms } = timed(() => db.prepare(RUNE_SUMMARY).all());
  db.close();
  return ms;
}
