import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createEngine } from '#core/engine.ts';
import { openDatabase } from '#core/store/database.ts';
import { testPorts } from '#core/testing/ports.ts';
import { seeded } from '#shared/lib/random.ts';
import { decodeTrace, SPAN_LOST, SPAN_OPEN, spanIdAt } from '#shared/model/trace-columns.ts';

const KILLS = 50;
const CHILD = fileURLToPath(new URL('./support/kill-child.ts', import.meta.url));

interface Acknowledged {
  readonly jobs: Map<string, string>;
  readonly spans: Map<string, { readonly jobId: string; ended: boolean }>;
}

/** Runs the child, kills it `delayMs` after it is ready, and returns the complete lines it wrote. */
function killAfter(dataDir: string, delayMs: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, dataDir], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (out === '') setTimeout(() => child.kill('SIGKILL'), delayMs);
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.on('close', (_code, signal) =>
      signal === 'SIGKILL'
        ? resolve(out.split('\n').slice(0, -1))
        : reject(new Error(`the child ended by itself: ${err}`)),
    );
  });
}

function collect(lines: readonly string[], into: Acknowledged): void {
  for (const line of lines) {
    const [what, jobId = '', id = ''] = line.split(' ');
    if (what === 'job') into.jobs.set(jobId, id);
    else if (what === 'start' && !into.spans.has(id)) into.spans.set(id, { jobId, ended: false });
    else if (what === 'end') into.spans.set(id, { jobId, ended: true });
  }
}

describe('kill -9', () => {
  it(`loses nothing that was acknowledged, ${KILLS} times over`, { timeout: 300_000 }, async () => {
    const { ports, dataDir, remove } = testPorts();
    const random = seeded(20_261_122);
    const acknowledged: Acknowledged = { jobs: new Map(), spans: new Map() };
    for (let kill = 0; kill < KILLS; kill++) collect(await killAfter(dataDir, random() * 400), acknowledged);

    const path = join(dataDir, 'runescope.db');
    expect(existsSync(path)).toBe(true);
    const engine = await createEngine(ports, { mode: 'own' });
    try {
      const found = { jobs: 0, spans: 0, lost: 0 };
      let swept = 0;
      for (const [jobId, status] of acknowledged.jobs) {
        const job = await engine.client.jobs.get({ job_id: jobId });
        found.jobs++;
        expect(['succeeded', 'failed']).toContain(job.status);
        if (status === 'succeeded') expect(job.status).toBe('succeeded');
        if (job.error?.code === 'job.interrupted') swept++;
      }
      const traces = new Map<string, Map<string, number>>();
      for (const [spanId, { jobId, ended }] of acknowledged.spans) {
        let spans = traces.get(jobId);
        if (spans === undefined) {
          const trace = decodeTrace(
            await (await engine.client.trace.columns({ job_id: jobId })).arrayBuffer(),
          );
          spans = new Map(
            Array.from({ length: trace.count }, (_, i) => [spanIdAt(trace, i), trace.flags[i] ?? 0]),
          );
          traces.set(jobId, spans);
        }
        const flags = spans.get(spanId);
        expect(flags, `span ${spanId} of ${jobId}`).toBeDefined();
        expect((flags ?? 0) & SPAN_OPEN).toBe(0);
        if (ended) expect((flags ?? 0) & SPAN_LOST).toBe(0);
        if (((flags ?? 0) & SPAN_LOST) !== 0) found.lost++;
        found.spans++;
      }
      const unfinished = await engine.client.jobs.list({ status: ['queued', 'running'] });
      expect(unfinished.total).toBe(0);
      const everyJob = await engine.client.jobs.list({ limit: 1 });
      await engine.drainArchive(20_000);
      const archived = readdirSync(join(dataDir, 'results'), { recursive: true, encoding: 'utf8' }).filter(
        (file) => file.endsWith('.json'),
      );
      expect(archived.filter((file) => basename(file).startsWith('.'))).toEqual([]);
      expect(archived).toHaveLength(everyJob.total);
      process.stdout.write(
        `kill -9 x ${KILLS}: acknowledged ${acknowledged.jobs.size} jobs and ${acknowledged.spans.size} spans; ` +
          `found ${found.jobs} jobs and ${found.spans} spans; swept ${swept} jobs, closed ${found.lost} spans as lost; archived ${archived.length} of ${everyJob.total} results\n`,
      );
      expect(acknowledged.jobs.size).toBeGreaterThan(KILLS);
      expect(swept).toBeGreaterThan(0);
    } finally {
      await engine.dispose();
    }
    const db = openDatabase(path, 'read');
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(db.prepare('SELECT count(*) FROM rs_open_span').pluck().get()).toBe(0);
    db.close();
    remove();
  });
});
