import { writeSync } from 'node:fs';
import { createEngine } from '#core/engine.ts';
import { testPorts } from '#core/testing/ports.ts';

/**
 * Runs demo jobs until the store holds `total` of them and delivers their results, as the environment says where.
 * `finish`: when all have ended and all is delivered it says so and ends; otherwise it goes on until it is killed.
 */
const [dataDir = '', total = '0', finish = ''] = process.argv.slice(2);
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => name === 'PATH' || /^(RUNE_)?S3_/.test(name)),
);
const { ports } = testPorts({ dataDir, env });
const engine = await createEngine(ports, { mode: 'own' });
const { client } = engine;
await client.settings.set({
  version: 1,
  demo: { slowness: 0.02 },
  jobs: { concurrency: 3, timeout: 60 },
});
writeSync(1, 'ready\n');

for (let made = (await client.jobs.list({ limit: 1 })).total; made < Number(total); made++) {
  const { job_id } = await client.jobs.create({
    kind: 'agentic-agent',
    request: { question: `question ${made}`, backend_type: 'demo', agent: 'prompt' },
  });
  // Some fail, some are cancelled: they are archived as well.
  if (made % 9 === 4) await client.jobs.cancel({ job_id }).catch(() => {});
  if (made % 3 === 2) await engine.idle();
}
await engine.idle();
if (finish === 'finish') {
  for (let tries = 0; tries < 60 && !(await engine.drainArchive(5000)); tries++)
    await new Promise((resolve) => setTimeout(resolve, 500));
  await engine.dispose();
} else setInterval(() => {}, 1000);
