import { afterEach, describe, expect, it } from 'vitest';
import type { JobDetail } from '#shared/model/job.ts';
import { decodeTrace } from '#shared/model/trace-columns.ts';
import { createEngine, type Engine } from './engine.ts';
import { startFakeBedrock } from './testing/fake-bedrock.ts';
import { startFakeOllama } from './testing/fake-ollama.ts';
import { startFakeOpenai } from './testing/fake-openai.ts';
import { type TestPorts, testPorts } from './testing/ports.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

async function start(env: Record<string, string> = {}): Promise<TestPorts & { readonly engine: Engine }> {
  const set = testPorts({ env });
  const engine = await createEngine(set.ports, { mode: 'own' });
  cleanUp.push(() => set.remove());
  cleanUp.push(() => engine.dispose());
  return { ...set, engine };
}

async function run(engine: Engine, request: Record<string, unknown>): Promise<JobDetail> {
  const { job_id } = await engine.client.jobs.create({ kind: 'agentic-agent', request });
  await expect
    .poll(async () => (await engine.client.jobs.get({ job_id })).finished_at, { timeout: 10_000 })
    .not.toBeNull();
  return engine.client.jobs.get({ job_id });
}

/** A paid backend is asked only where somebody says what it costs. */
const priced = (id: string) => ({ id, usd_million_in: 0.3, usd_million_out: 0.6, as_of: 1_790_000_000 });

describe('the server a job asks', () => {
  it('knows a server of the settings however its address is spelled', async () => {
    const ollama = await startFakeOllama({ models: ['qwen3:8b'] });
    cleanUp.push(() => ollama.close());
    const { engine } = await start();
    const server = { id: 'gpu', name: 'GPU', backend_type: 'ollama' as const, base_url: ollama.url };
    await engine.client.settings.set({ version: 1, backends: [{ ...server, default_model: 'qwen3:8b' }] });
    const job = await run(engine, { question: 'Why?', agent: 'prompt', backend_url: `${ollama.url}/` });
    expect(job).toMatchObject({ status: 'succeeded', model: 'qwen3:8b' });
  });

  it('asks Bedrock in the region of the environment, with the credentials of a secret', async () => {
    const bedrock = await startFakeBedrock();
    cleanUp.push(() => bedrock.close());
    const { engine, secrets } = await start({ AWS_REGION: 'ap-south-1' });
    secrets.set('AWS', 'AKIA0000000000000001:secret');
    const server = { id: 'b', name: 'B', backend_type: 'bedrock' as const, base_url: bedrock.url };
    await engine.client.settings.set({
      version: 1,
      backends: [{ ...server, api_key_secret: 'AWS' }],
      prices: { overrides: [priced('aws/meta.llama3-8b-instruct-v1:0')] },
    });
    const asked = { question: 'Why?', agent: 'prompt', backend_type: 'bedrock', backend_warmup: false };
    const job = await run(engine, {
      ...asked,
      model: 'aws/meta.llama3-8b-instruct-v1:0',
      backend_url: bedrock.url,
    });
    expect(job).toMatchObject({
      status: 'succeeded',
      model: 'meta.llama3-8b-instruct-v1:0',
      result: {
        answer: 'Two pods restart.',
        telemetry: { tokens: { output: 100, total: 126 } },
        metadata: { cost_basis: 'reported-tokens' },
      },
      // 26 x 0.3e-6 + 100 x 0.6e-6
      cost_usd: expect.closeTo(0.0000678, 12),
    });
    expect(bedrock.seen.at(-1)?.headers.authorization).toContain('/ap-south-1/bedrock/aws4_request');
    const columns = await engine.client.trace.columns({ job_id: job.job_id });
    expect(decodeTrace(await columns.arrayBuffer()).names).toContain('backend.chat');
  });

  it('says which server is missing instead of guessing one', async () => {
    const { engine: nowhere } = await start();
    const prices = { overrides: [priced('aws/m'), priced('api/m')] };
    await nowhere.client.settings.set({ version: 1, prices });
    const unplaced = { question: 'x', agent: 'prompt', backend_type: 'bedrock', model: 'm' };
    expect(await run(nowhere, unplaced)).toMatchObject({
      error: { message: expect.stringContaining('AWS_REGION') },
    });
    const { engine } = await start();
    await engine.client.settings.set({ version: 1, prices });
    const job = await run(engine, { question: 'x', agent: 'prompt', backend_type: 'openai', model: 'm' });
    expect(job).toMatchObject({ status: 'failed', error_code: 'provider.no_backend_url' });
  });

  it('tests a backend with the key its form names, before it is saved', async () => {
    const { engine, secrets } = await start();
    const server = await startFakeOpenai({ apiKey: 'k-1' });
    secrets.set('RACK_KEY', 'k-1');
    const test = async (api_key_secret?: string | null): Promise<boolean> => {
      const address = { backend_type: 'openai', backend_url: `${server.url}/v1` } as const;
      return (await engine.client.backends.test({ ...address, api_key_secret })).ok;
    };
    expect(await test()).toBe(false);
    expect(await test('RACK_KEY')).toBe(true);
    await engine.client.settings.set({
      version: 1,
      backends: [
        {
          id: 'rack',
          name: 'Rack',
          backend_type: 'openai',
          base_url: `${server.url}/v1`,
          api_key_secret: 'RACK_KEY',
        },
      ],
    });
    expect(await test()).toBe(true);
    expect(await test(null)).toBe(false);
    await server.close();
  });
});
