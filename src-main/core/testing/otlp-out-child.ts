import { createEngine } from '#core/engine.ts';
import { testPorts } from './ports.ts';

// A process that runs jobs without end and sends them to a collector, until it is killed.
const [, , dataDir = '', endpoint = ''] = process.argv;
const { ports } = testPorts({ dataDir });
const engine = await createEngine(ports, { mode: 'own' });
await engine.client.settings.set({
  version: 1,
  demo: { slowness: 0 },
  http: { otlp_out: { enabled: true, endpoint } },
});
process.stdout.write('ready\n');
for (;;) {
  await engine.client.jobs.create({
    kind: 'agentic-agent',
    request: { agent: 'prompt', question: 'What is up?', backend_type: 'demo' },
  });
  await engine.idle();
}
