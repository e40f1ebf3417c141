import { createEngine } from '#core/engine.ts';
import { fakeDriverCommand } from './fake-driver.ts';
import { testPorts } from './ports.ts';

// Owns the data directory that its argument names and runs a chain whose second step never ends; tells when that runs.
const { ports } = testPorts({
  dataDir: process.argv[2] ?? '',
  env: {
    PATH: process.env.PATH,
    RUNE_FAKE_DRIVER_CMD: fakeDriverCommand('good'),
    RUNE_HANG_DRIVER_CMD: fakeDriverCommand('hang'),
  },
});
const engine = await createEngine(ports, { mode: 'own' });
const ask = (name: string, agent: string, ...dependencies: string[]) => ({
  name,
  agent,
  question_template: 'Why?',
  dependencies,
});
const { job_id } = await engine.client.jobs.create({
  kind: 'chain',
  request: { model: 'm', steps: [ask('a', 'fake'), ask('b', 'hang', 'a'), ask('c', 'fake', 'b')] },
});
for (;;) {
  const { nodes } = await engine.client.chains.state({ job_id });
  if (nodes[1]?.status === 'running') break;
  await new Promise((resolve) => setTimeout(resolve, 5));
}
process.stdout.write(`${job_id}\n`);
