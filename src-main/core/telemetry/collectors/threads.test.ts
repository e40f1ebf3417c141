import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { createChangeFeed } from '#core/store/change-feed.ts';
import { migrateRune, migrateRunescope, openDatabase } from '#core/store/database.ts';
import { EventWriter } from '#core/store/event-writer.ts';
import { currentTraceContext } from '#core/telemetry/propagation.ts';
import { span, withContext } from '#core/telemetry/span.ts';
import { testPorts } from '#core/testing/ports.ts';
import { receiveFromPort } from './port.ts';

const PER_THREAD = 2500;
const THREADS = 4;

describe('the SQLite collector under threads', () => {
  it('keeps every event of the main thread and four workers, each under its own job and parent', async () => {
    const { ports, dataDir, remove } = testPorts();
    const db = openDatabase(`${dataDir}/threads.db`, 'write');
    migrateRune(db, 0);
    migrateRunescope(db, 'own', 0);
    const writer = new EventWriter(db, createChangeFeed(), ports.clock, ports.logger);
    const parents = new Map<string, string>();

    const inJob = (n: number, work: () => Promise<void> | void): Promise<void> =>
      withContext(
        {
          collector: writer,
          clock: ports.clock,
          trace_id: String(n).repeat(32),
          job_id: `job-${n}`,
          tenant_id: 'default',
          parent_span_id: null,
        },
        () =>
          span('job.execute', { kind: 'benchmark' }, async (handle) => {
            parents.set(`job-${n}`, handle.span_id ?? '');
            await work();
          }),
      );

    const workers = Array.from({ length: THREADS }, (_, n) =>
      inJob(n + 1, async () => {
        const worker = new Worker(new URL('../../testing/span-worker.ts', import.meta.url), {
          workerData: { context: currentTraceContext(), count: PER_THREAD, name: `tool.call-${n + 1}` },
        });
        receiveFromPort(worker, writer);
        await new Promise<void>((resolve, reject) =>
          worker.once('exit', () => resolve()).once('error', reject),
        );
      }),
    );
    const main = inJob(5, async () => {
      for (let i = 0; i < PER_THREAD; i++) {
        span('tool.call-5', { i }, () => i);
        if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    });
    await Promise.all([...workers, main]);
    writer.close();

    expect(writer.health().dropped).toBe(0);
    for (let n = 1; n <= THREADS + 1; n++) {
      const found = db
        .prepare(
          'SELECT count(*) AS spans, count(DISTINCT span_id) AS ids, min(parent_span_id) AS low, max(parent_span_id) AS high FROM workflow_events JOIN rs_span ON event_id = id WHERE job_id = ? AND event = ?',
        )
        .get(`job-${n}`, `tool.call-${n}`);
      const parent = parents.get(`job-${n}`);
      expect(found).toEqual({ spans: PER_THREAD, ids: PER_THREAD, low: parent, high: parent });
    }
    expect(db.prepare('SELECT count(*) FROM workflow_events').pluck().get()).toBe(
      (THREADS + 1) * (PER_THREAD + 1),
    );
    db.close();
    remove();
  });
});
