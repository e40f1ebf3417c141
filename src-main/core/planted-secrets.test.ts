import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createEngine, type Engine } from './engine.ts';
import { fakeDriverCommand } from './testing/fake-driver.ts';
import { startFakeOllama } from './testing/fake-ollama.ts';
import { startFakeOpenai } from './testing/fake-openai.ts';
import { json, startFakeServer } from './testing/fake-server.ts';
import { testPorts } from './testing/ports.ts';

/** Every planted secret holds this, so that one search finds them all. */
const MARK = 'PLANTED7x';
const secret = (what: string): string => `${MARK}${what}0123456789`;

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

/** The failure's own words: they must not hold the secret either. */
const refusal = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'accepted',
    (thrown: { data?: unknown }) => JSON.stringify(thrown.data),
  );

it('leaves no secret in store, spans, logs, archive or exports, wherever it was planted', async () => {
  const openai = await startFakeOpenai({ apiKey: secret('right') });
  const ollama = await startFakeOllama({ models: ['llama3.1:8b'] });
  // Says everything it was told in its refusal.
  const parrot = await startFakeServer(({ headers }) => json({ error: JSON.stringify(headers) }, 500));
  for (const server of [openai, ollama, parrot]) cleanUp.push(() => server.close());

  const set = testPorts({
    env: {
      PATH: process.env.PATH,
      OLLAMA_HOST: ollama.url.replace('://', `://user:${secret('ollamahost')}@`),
      RUNE_FAKE_DRIVER_CMD: fakeDriverCommand('leaky'),
      RUNE_FAKE_API_KEY: secret('driverenv'),
      RUNE_FAR_DRIVER_URL: parrot.url.replace('://', `://user:${secret('driverurl')}@`),
      RUNE_FAR_DRIVER_TOKEN: secret('drivertoken'),
      KUBECONFIG: '/no/such/kubeconfig',
      AWS_SECRET_ACCESS_KEY: secret('aws'),
    },
  });
  cleanUp.push(() => set.remove());
  set.secrets.set('right', secret('right'));
  set.secrets.set('wrong', secret('wrong'));
  set.secrets.set('far', secret('settingstoken'));
  const engine = await createEngine(set.ports, { mode: 'own' });
  cleanUp.push(() => engine.dispose());
  const { client } = engine;
  const backend = (id: string, base_url: string, key: string) =>
    ({ id, name: id, backend_type: 'openai', base_url, api_key_secret: key }) as const;
  await client.settings.set({
    version: 1,
    backends: [backend('good', openai.url, 'right'), backend('parrot', parrot.url, 'wrong')],
    drivers: [{ agent: 'set', mode: 'http', url: parrot.url, token_secret: 'far' }],
  });

  const ask = { question: 'Why?', model: 'm1', agent: 'prompt', backend_type: 'openai' };
  const jobs = [
    await ended(engine, { ...ask, backend_url: openai.url }),
    await ended(engine, { ...ask, backend_url: parrot.url }),
    await ended(engine, { ...ask, backend_type: 'ollama', model: 'llama3.1:8b' }),
    await ended(engine, { question: 'Why?', agent: 'fake' }),
    await ended(engine, { question: 'Why?', agent: 'far' }),
    await ended(engine, { question: 'Why?', agent: 'set' }),
  ];
  expect(jobs.map(({ status }) => status)).toEqual(
    'succeeded failed succeeded failed failed failed'.split(' '),
  );

  const refused = [
    { ...ask, backend_url: `http://u:${secret('userinfo')}@host` },
    { ...ask, backend_url: `http://host/?api_key=${secret('query')}` },
    { ...ask, backend_url: `http://host/?sig=${secret('sig')}` },
    { ...ask, backend_url: `http://host/#access_token=${secret('fragment')}` },
    { ...ask, ollama_url: `http://u:${secret('older')}@host` },
    { ...ask, kubeconfig: `apiVersion: v1\nusers:\n- user: {token: ${secret('kubeconfig')}}` },
    { ...ask, kubeconfig: `{"apiVersion":"v1","users":[{"token":"${secret('kubejson')}"}]}` },
    { ...ask, api_key: secret('field') },
  ].map((request) => refusal(client.jobs.create({ kind: 'agentic-agent', request })));
  const driver = { agent: 'x', mode: 'stdio' } as const;
  refused.push(
    ...[
      { version: 1 as const, backends: [backend('b', `http://u:${secret('setting')}@host`, 'right')] },
      { version: 1 as const, drivers: [{ ...driver, command: `run --api-key ${secret('flag')}` }] },
      { version: 1 as const, drivers: [{ ...driver, command: `env TOKEN=${secret('assigned')} run` }] },
    ].map((settings) => refusal(client.settings.set(settings))),
    refusal(client.backends.models({ backend_type: 'openai', backend_url: `http://u:${secret('list')}@h` })),
  );
  const said = await Promise.all(refused);
  for (const [i, words] of said.entries()) expect(words, `refusal ${i}`).toContain('"code":"request.');
  said.push(JSON.stringify(await client.backends.test({ backend_type: 'openai', backend_url: parrot.url })));
  said.push(JSON.stringify(await client.agents.test({ agent: 'fake' })));
  said.push(JSON.stringify(await client.agents.test({ agent: 'far' })));

  for (const { job_id } of jobs) {
    for (const format of ['otlp', 'chrome', 'csv'] as const)
      said.push((await client.trace.export({ job_id, format })).text);
    said.push(JSON.stringify(await client.jobs.get({ job_id })));
  }
  said.push(JSON.stringify([await client.settings.get(), await client.secrets.list(), set.logged]));
  expect(await engine.drainArchive(5000)).toBe(true);
  for (const text of said) expect(text).not.toContain(MARK);

  const files = readdirSync(set.dataDir, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(['runescope.db', 'runescope.db-wal']));
  expect(files.length).toBeGreaterThanOrEqual(jobs.length + 2);
  for (const { parentPath, name } of files) {
    expect(readFileSync(join(parentPath, name)).includes(MARK), name).toBe(false);
  }
});

it('takes words about secrets in commands and paths for what they are', async () => {
  const set = testPorts();
  cleanUp.push(() => set.remove());
  const engine = await createEngine(set.ports, { mode: 'own' });
  cleanUp.push(() => engine.dispose());
  const driver = { agent: 'x', mode: 'stdio' } as const;
  for (const command of [
    'run --token-file /etc/token --max-tokens 4096 --password-stdin',
    'python -m rune_bench.drivers.keyword --key-column secret_id',
    'run --api-key-env OPENAI_API_KEY --token $TOKEN',
  ]) {
    await engine.client.settings.set({ version: 1, drivers: [{ ...driver, command }] });
  }
});
