import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createEngine, type Engine } from '#core/engine.ts';
import { fakeDriverCommand } from '#core/testing/fake-driver.ts';
import { testPorts } from '#core/testing/ports.ts';
import { recordSha256 } from '../record/result-record.ts';

/** In every planted secret, so that one search finds them all. */
const MARK = 'PLANTED7x';
const secret = (what: string): string => `${MARK}${what}0123456789abcdef`;
const glued = (...parts: string[]): string => parts.join('');

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

async function ended(engine: Engine, request: Record<string, unknown>) {
  const { job_id } = await engine.client.jobs.create({ kind: 'agentic-agent', request });
  for (;;) {
    const job = await engine.client.jobs.get({ job_id });
    if (job.finished_at !== null) return job;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function filesHolding(dir: string, mark: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && readFileSync(join(file.parentPath, file.name)).includes(mark))
    .map(({ name }) => name);
}

it('archives no secret that a driver could see, and keeps what it was given out of store, spans and logs', async () => {
  const set = testPorts();
  cleanUp.push(() => set.remove());
  const outside = testPorts();
  cleanUp.push(() => outside.remove());
  const kubeconfig = join(outside.dataDir, 'config');
  const foreign = join(outside.dataDir, 'foreign');
  writeFileSync(
    kubeconfig,
    `apiVersion: v1\nkind: Config\nclusters: []\nusers:\n- name: me\n  user: {token: KUBE${MARK}, username: KUBE${MARK}}\n`,
  );
  // Credentials of others, by their shape alone.
  writeFileSync(
    foreign,
    [
      glued('sk-', 'FOREIGN', MARK, '0123456789'),
      glued('AKIA', 'FOREIGN01234567'),
      glued('gh', 'p_', 'FOREIGN', MARK, '0123456789'),
      glued('xox', 'b-1234-', 'FOREIGN', MARK),
      glued('eyJhbGciOiJIUzI1NiJ9.', 'eyJGT1JFSUdO', '.FOREIGN', MARK),
      glued('postgres://me:FOREIGN', MARK, '@db:5432/x'),
      glued('OTHER_PASSWORD=FOREIGN', MARK),
    ].join('\n'),
  );
  Object.assign(set.ports.env, {
    RUNE_FAKE_DRIVER_CMD: fakeDriverCommand('confessing'),
    RUNE_FAKE_API_KEY: secret('driverenv'),
    RUNE_FAKE_ODD: secret('oddlynamed'),
    RUNE_LEAKY_DRIVER_CMD: fakeDriverCommand('leaky'),
    RUNE_LEAKY_API_KEY: secret('stderr'),
    FAKE_KUBECONFIG: kubeconfig,
    FAKE_OTHERS: foreign,
  });
  const engine = await createEngine(set.ports, { mode: 'own' });
  cleanUp.push(() => engine.dispose());
  await engine.client.settings.set({
    version: 1,
    drivers: [
      {
        agent: 'fake',
        mode: 'stdio',
        command: fakeDriverCommand('confessing'),
        pass_env: ['FAKE_KUBECONFIG', 'FAKE_OTHERS'],
      },
      {
        agent: 'leaky',
        mode: 'stdio',
        command: fakeDriverCommand('leaky'),
        pass_env: ['RUNE_FAKE_API_KEY'],
      },
    ],
  });
  const question = `May I say ${glued('sk-', 'QUESTION0123456789')} here?`;
  const jobs = [
    await ended(engine, { question, agent: 'fake' }),
    await ended(engine, { question, agent: 'leaky' }),
  ];
  expect(jobs.map(({ status }) => status)).toEqual(['succeeded', 'failed']);
  expect(await engine.drainArchive(5000)).toBe(true);

  const results = join(set.dataDir, 'results');
  const archived = readdirSync(results, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.json'),
  );
  expect(archived).toHaveLength(2);
  for (const name of archived) {
    const bytes = readFileSync(join(results, name), 'utf8');
    expect(bytes).not.toMatch(/PLANTED7x|FOREIGN/);
    expect(JSON.parse(bytes).request.question).toBe(question);
    expect(recordSha256(JSON.parse(bytes))).toBe(JSON.parse(bytes).sha256);
  }
  // The driver did say them: what it was given is gone at once, what it found elsewhere only from the archive.
  const stored = JSON.stringify(jobs[0]?.result);
  expect(stored).toContain('RUNE_FAKE_ODD=[redacted]');
  expect(stored).toContain(`FOREIGN${MARK}`);
  for (const what of ['driverenv', 'oddlynamed', 'stderr'])
    expect(filesHolding(set.dataDir, `${MARK}${what}`), what).toEqual([]);
  expect(JSON.stringify(set.logged)).not.toContain(MARK);
  for (const { job_id } of jobs) {
    const { text } = await engine.client.trace.export({ job_id, format: 'otlp' });
    expect(text).not.toContain(MARK);
  }
});
