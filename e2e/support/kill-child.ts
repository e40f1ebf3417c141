import { writeSync } from 'node:fs';
import { createEngine } from '#core/engine.ts';
import { testPorts } from '#core/testing/ports.ts';

/**
 * Runs demo jobs for ever and writes a line for everything the change feed acknowledged, synchronously, so that
 * what stands in the pipe when the process is killed was acknowledged before.
 */
const dataDir = process.argv[2] ?? '';
const { ports } = testPorts({ dataDir });
const engine = await createEngine(ports, { mode: 'own' });
await engine.client.settings.set({
  version: 1,
  demo: { slowness: 0.02 },
  jobs: { concurrency: 3, timeout: 60 },
});

const say = (what: string, ...ids: string[]): void => void writeSync(1, `${[what, ...ids].join(' ')}\n`);

async function watch(jobId: string): Promise<void> {
  for await (const batch of await engine.client.live.watch({ job_id: jobId })) {
    // The first batch says that the watch stands; what happened before it is read.
    if (batch.seq === 0 && (await engine.client.jobs.get({ job_id: jobId })).finished_at !== null) return;
    for (const job of batch.jobs) if (job.job_id === jobId) say('job', job.job_id, job.status);
    for (const span of batch.spans)
      say(span.duration_ms === null ? 'start' : 'end', jobId, span.span_id, span.name);
    if (batch.jobs.some((job) => job.job_id === jobId && job.finished_at !== null)) return;
  }
}

async function forEver(n: number): Promise<never> {
  for (let i = 0; ; i++) {
    const { job_id } = await engine.client.jobs.create({
      kind: 'agentic-agent',
      request: { question: `question ${n}.${i}`, backend_type: 'demo', agent: 'prompt' },
    });
    say('job', job_id, 'queued');
    await watch(job_id);
  }
}

say('ready');
await Promise.all([forEver(1), forEver(2), forEver(3), forEver(4)]);
