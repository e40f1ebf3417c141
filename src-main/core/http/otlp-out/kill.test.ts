import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { createEngine } from '#core/engine.ts';
import { ownStorePath } from '#core/store/own-file.ts';
import { type Answer, ok } from '#core/testing/otlp-collector.ts';
import { openCollector, traceOf } from '#core/testing/otlp-out-bench.ts';
import { testPorts } from '#core/testing/ports.ts';

const CHILD = fileURLToPath(new URL('../../testing/otlp-out-child.ts', import.meta.url));
const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

describe('a process that is killed', () => {
  it("between the collector's answer and its own note sends the same again, and all else once", async () => {
    const at = await openCollector(cleanUp);
    const set = testPorts();
    cleanUp.push(() => set.remove());
    const marked = (): readonly string[] => {
      const file = new Database(ownStorePath(set.dataDir), { readonly: true });
      const ids = file.prepare('SELECT job_id FROM rs_otlp_out WHERE sent_at IS NOT NULL').pluck().all();
      file.close();
      return ids as string[];
    };
    const life: { child: ChildProcess | null } = { child: null };
    const deadly: Answer = (response) => {
      life.child?.kill('SIGKILL');
      ok(response, response.req);
    };
    for (let i = 0; i < 3; i++) {
      at.answers.push(ok, deadly);
      const from = at.requests.length;
      const child = spawn(process.execPath, [CHILD, set.dataDir, at.url], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      life.child = child;
      cleanUp.push(() => void child.kill('SIGKILL'));
      await once(child, 'close');
      const killing = at.requests.slice(from)[1];
      const noted = new Set(marked().map(traceOf));
      expect(killing?.spans.length).toBeGreaterThan(0);
      expect(killing?.spans.filter(({ traceId }) => noted.has(traceId))).toEqual([]);
    }
    life.child = null;
    const engine = await createEngine(set.ports, { mode: 'own' });
    cleanUp.push(() => engine.dispose());
    await expect
      .poll(async () => (await engine.client.http.status()).otlp_out, { timeout: 15_000 })
      .toMatchObject({ waiting_jobs: 0, trouble: null });
    // Each kill cost one request, whose spans came once more, under the same ids.
    const times = new Map<string, number>();
    for (const { traceId, spanId } of at.requests.flatMap(({ spans }) => spans))
      times.set(`${traceId} ${spanId}`, (times.get(`${traceId} ${spanId}`) ?? 0) + 1);
    const killed = at.requests.filter((_, index) => [1, 3, 5].includes(index)).flatMap(({ spans }) => spans);
    const twice = [...times].filter(([, count]) => count === 2).map(([id]) => id);
    expect([...times.values()].filter((count) => count > 2)).toEqual([]);
    expect(twice.sort()).toEqual(killed.map(({ traceId, spanId }) => `${traceId} ${spanId}`).sort());
    const { jobs } = await engine.client.jobs.list({ source: 'own', limit: 1000 } as never);
    const ended = jobs.filter(({ span_count }) => span_count > 0).map(({ job_id }) => job_id);
    expect([...marked()].sort()).toEqual(ended.sort());
  });

  it('at any moment loses none and marks none that did not arrive', async () => {
    const at = await openCollector(cleanUp);
    const set = testPorts();
    cleanUp.push(() => set.remove());
    const slow: Answer = async (response) => {
      await sleep(15);
      ok(response, response.req);
    };
    at.answers.push(...Array.from({ length: 400 }, () => slow));

    for (let i = 0; i < 5; i++) {
      const life = spawn(process.execPath, [CHILD, set.dataDir, at.url], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = once(life, 'close');
      await once(life.stdout, 'data');
      await sleep(250 + i * 40);
      life.kill('SIGKILL');
      await ended;
      const file = new Database(ownStorePath(set.dataDir), { readonly: true });
      const marked = file
        .prepare(
          // One that was killed before its first span has none to send.
          'SELECT job_id FROM rs_otlp_out JOIN rs_job USING (job_id) WHERE sent_at IS NOT NULL AND span_count > 0',
        )
        .pluck()
        .all() as string[];
      file.close();
      const there = new Set(at.taken.map(({ traceId }) => traceId));
      expect(marked.filter((id) => !there.has(traceOf(id)))).toEqual([]);
    }
    const engine = await createEngine(set.ports, { mode: 'own' });
    cleanUp.push(() => engine.dispose());
    await expect
      .poll(async () => (await engine.client.http.status()).otlp_out, { timeout: 15_000 })
      .toMatchObject({ waiting_jobs: 0, trouble: null });
    const { jobs } = await engine.client.jobs.list({ source: 'own', limit: 1000 } as never);
    const there = new Set(at.taken.map(({ traceId }) => traceId));
    expect(jobs.length).toBeGreaterThan(5);
    expect(jobs.filter((job) => job.span_count > 0 && !there.has(traceOf(job.job_id)))).toEqual([]);
  });
});
