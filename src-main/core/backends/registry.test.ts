import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startFakeOllama } from '#core/testing/fake-ollama.ts';
import { startFakeOpenai } from '#core/testing/fake-openai.ts';
import type { FakeServer } from '#core/testing/fake-server.ts';
import { failureOf, recordSpans } from '#core/testing/recorded-spans.ts';
import { MODEL_CALL_ATTRIBUTE } from '#shared/model/model-call.ts';
import { ollamaUrl } from './base-url.ts';
import { type DemoServer, startDemoServer } from './demo-server.ts';
import { discoverBackends, testBackend } from './discovery.ts';
import { createBackend } from './registry.ts';

const open: (FakeServer | DemoServer)[] = [];
const never = new AbortController().signal;
async function keep<T extends FakeServer | DemoServer>(starting: Promise<T>): Promise<T> {
  const server = await starting;
  open.push(server);
  return server;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

describe('the spans of a backend', () => {
  it("carry the contract's attributes, and the model call its figures", async () => {
    const { url } = await keep(startDemoServer({ slowness: () => 0 }));
    const contract = { backend_type: 'demo', base_url: url };
    const { spans, thrown } = await recordSpans(async () => {
      const backend = createBackend({ backend_type: 'demo', base_url: url, api_key: null });
      await backend.listModels(never);
      await backend.getCapabilities('demo', never);
      await backend.warmup({ model: 'demo', timeoutMs: 5000, signal: never });
      await backend.chat({ model: '', messages: [{ role: 'user', content: 'Why?' }], signal: never });
    });
    expect(thrown).toBeUndefined();
    expect(spans.map(({ name }) => name)).toEqual([
      'backend.list_models',
      'backend.get_capabilities',
      'backend.warmup',
      'backend.chat',
    ]);
    for (const span of spans) expect(span.attributes).toMatchObject(contract);
    expect(spans[3]?.attributes).toMatchObject({
      model: 'demo',
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'demo',
      'gen_ai.response.finish_reasons': ['stop'],
      'server.address': '127.0.0.1',
      [MODEL_CALL_ATTRIBUTE]: { tokens_source: 'server' },
    });
    const call = spans[3]?.attributes ?? {};
    expect(call['gen_ai.usage.output_tokens']).toBeGreaterThan(20);
  });

  it('show the progress of a pull while it lasts', async () => {
    const server = await keep(startFakeOllama({ pullable: ['new:1b'] }));
    const { spans } = await recordSpans(async () =>
      createBackend({ backend_type: 'ollama', base_url: server.url, api_key: null }).warmup({
        model: 'new:1b',
        timeoutMs: 5000,
        signal: never,
      }),
    );
    expect(spans[0]?.attributes).toMatchObject({
      pulled: true,
      progress: { done_bytes: 1000, total_bytes: 1000, what: 'pulling abc' },
    });
  });

  it('end as an error that bears the code, and hold no credential of the URL', async () => {
    const { spans, thrown } = await recordSpans(async () =>
      createBackend({
        backend_type: 'ollama',
        base_url: 'http://me:planted@127.0.0.1:9/?api_key=planted',
        api_key: 'planted',
      }).listModels(never),
    );
    expect(thrown).toMatchObject({ code: 'backend.unreachable' });
    expect(spans[0]).toMatchObject({
      status: 'error',
      error_type: 'backend.unreachable',
      attributes: { base_url: 'http://127.0.0.1:9' },
    });
    expect(JSON.stringify([spans, thrown])).not.toContain('planted');
  });
});

describe('createBackend', () => {
  it('explains a port that does not speak HTTP', async () => {
    const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const backend = createBackend({ backend_type: 'openai', base_url: `127.0.0.1:${port}`, api_key: null });
    const failure = await failureOf(() => backend.listModels(never));
    expect(failure.code).toBe('backend.bad_response');
    server.close();
  });
});

describe('the address of a backend', () => {
  it('is the usual one for Ollama, or what OLLAMA_HOST says', () => {
    expect(ollamaUrl(null)).toBe('http://127.0.0.1:11434');
    expect(ollamaUrl('gpu-box')).toBe('http://gpu-box:11434');
    expect(ollamaUrl('0.0.0.0:1234')).toBe('http://127.0.0.1:1234');
    expect(ollamaUrl(':1234')).toBe('http://127.0.0.1:1234');
    expect(ollamaUrl('https://ollama.example')).toBe('https://ollama.example');
  });

  it('must be an http address', async () => {
    const at = (base_url: string) =>
      createBackend({ backend_type: 'ollama', base_url, api_key: null }).base_url;
    expect(at('host:11434/')).toBe('http://host:11434');
    expect((await failureOf(async () => at('file:///etc/passwd'))).code).toBe('request.invalid');
  });
});

describe('discovery', () => {
  it('tells the products apart by what each alone answers', async () => {
    const ollama = await keep(startFakeOllama());
    const vllm = await keep(startFakeOpenai());
    const llama = await keep(
      startFakeOpenai({
        models: [{ id: 'x.gguf', owned_by: 'llamacpp' }],
        routes: { '/props': { default_generation_settings: { n_ctx: 4096 } } },
      }),
    );
    const studio = await keep(
      startFakeOpenai({ routes: { '/api/v1/models': { models: [{ key: 'qwen3' }] } } }),
    );
    const plain = await keep(startFakeOpenai({ models: [{ id: 'm', owned_by: 'me' }] }));
    const servers = [ollama, vllm, llama, studio, plain];
    const found = await discoverBackends(servers.map(({ port }) => port));
    expect(found).toEqual([
      { backend_type: 'ollama', product: 'Ollama', base_url: ollama.url, models: ['llama3.1:8b'] },
      { backend_type: 'openai', product: 'vLLM', base_url: `${vllm.url}/v1`, models: ['m1'] },
      { backend_type: 'openai', product: 'llama.cpp', base_url: `${llama.url}/v1`, models: ['x.gguf'] },
      { backend_type: 'openai', product: 'LM Studio', base_url: `${studio.url}/v1`, models: ['qwen3'] },
      { backend_type: 'openai', product: 'OpenAI-compatible', base_url: `${plain.url}/v1`, models: ['m'] },
    ]);
  });

  it('passes over what serves no models, and does not wait for what hangs', async () => {
    const page = await keep(startFakeOpenai());
    page.faults.set('*', 'html');
    const hanging = await keep(startFakeOpenai());
    hanging.faults.set('*', 'hang');
    const started = performance.now();
    expect(await discoverBackends([page.port, hanging.port, 1])).toEqual([]);
    expect(performance.now() - started).toBeLessThan(900);
  });
});

describe('the test of a backend', () => {
  it('names the models it found', async () => {
    const { url } = await keep(startDemoServer({ slowness: () => 0 }));
    const report = await testBackend({ backend_type: 'demo', base_url: url, api_key: null });
    expect(report.ok).toBe(true);
    expect(report.steps.at(-1)?.message).toBe('3 found: demo, demo-small, demo-large');
  });

  it('ends at the first step that fails, with what to do', async () => {
    const bad = await testBackend({ backend_type: 'ollama', base_url: 'ftp://x', api_key: null });
    expect(bad).toMatchObject({ ok: false, steps: [{ name: 'Address', ok: false }] });
    const down = await testBackend({ backend_type: 'ollama', base_url: 'http://127.0.0.1:9', api_key: null });
    expect(down.ok).toBe(false);
    expect(down.steps.at(-1)?.message).toContain('Start the server');
  });

  it('recognises another product behind the wrong type', async () => {
    const { url } = await keep(startFakeOpenai());
    const report = await testBackend({ backend_type: 'ollama', base_url: url, api_key: null });
    expect(report.steps.at(-1)).toMatchObject({ ok: false });
    expect(report.steps.at(-1)?.message).toContain(
      `vLLM answers there. Choose type openai and the URL ${url}/v1`,
    );
  });
});
