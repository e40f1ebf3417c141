import { afterEach, describe, expect, it } from 'vitest';
import { type FakeOpenaiOptions, startFakeOpenai } from '#core/testing/fake-openai.ts';
import type { FakeServer, Fault } from '#core/testing/fake-server.ts';
import { failureOf } from '#core/testing/recorded-spans.ts';
import type { BackendType } from '#shared/model/job.ts';
import type { LlmBackend } from './backend.ts';
import { openaiRoot } from './openai.ts';
import { createBackend } from './registry.ts';

const servers: FakeServer[] = [];
const QUICK = { connectMs: 300, firstByteMs: 300, idleMs: 300 };
const never = new AbortController().signal;

async function openai(
  options: FakeOpenaiOptions = {},
  more: { type?: BackendType; key?: string; fault?: Fault; path?: string } = {},
) {
  const server = await startFakeOpenai(options);
  servers.push(server);
  if (more.fault !== undefined) server.faults.set('/v1/chat/completions', more.fault);
  const backend = createBackend(
    {
      backend_type: more.type ?? 'openai',
      base_url: server.url + (more.path ?? '/v1'),
      api_key: more.key ?? null,
    },
    { brief: QUICK, long: QUICK },
  );
  return { server, backend };
}
const chat = (
  backend: LlmBackend,
  more: { max_output_tokens?: number; signal?: AbortSignal; model?: string } = {},
) => backend.chat({ model: 'm1', messages: [{ role: 'user', content: 'Why?' }], signal: never, ...more });

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

describe('an OpenAI-compatible backend', () => {
  it('streams an answer with usage, and measures the time to the first token itself', async () => {
    const { backend } = await openai({ wordMs: 20 });
    const { text, finish_reason, figures } = await chat(backend);
    expect(text).toBe('Two pods restart.');
    expect(finish_reason).toBe('stop');
    expect(figures).toMatchObject({
      input_tokens: 26,
      output_tokens: 100,
      tokens_source: 'server',
      speed_source: 'derived',
    });
    expect(figures.time_to_first_token_ms).toBeGreaterThan(20);
    expect(figures.phases.map(({ phase, source }) => [phase, source])).toEqual([
      ['first_token', 'client'],
      ['generation', 'client'],
    ]);
  });

  it("takes llama.cpp's own timings over its own clock", async () => {
    const timings = {
      cache_n: 10,
      prompt_n: 16,
      prompt_ms: 80,
      prompt_per_second: 200,
      predicted_n: 40,
      predicted_ms: 800,
      predicted_per_second: 50,
    };
    const { backend } = await openai({ timings, usage: null });
    const { figures } = await chat(backend);
    expect(figures).toMatchObject({
      input_tokens: 26,
      output_tokens: 40,
      output_tokens_per_second: 50,
      prompt_tokens_per_second: 200,
      speed_source: 'server',
    });
    expect(figures.phases).toContainEqual({ phase: 'prompt_eval', ms: 80, source: 'server' });
    expect(figures.phases).toContainEqual({ phase: 'generation', ms: 800, source: 'server' });
  });

  it('claims no tokens when the server counts none', async () => {
    const { figures } = await chat((await openai({ usage: null })).backend);
    expect(figures).toMatchObject({ input_tokens: null, output_tokens: null, tokens_source: null });
  });

  it('reads an answer that was not streamed, and then knows no first token', async () => {
    const { text, figures } = await chat((await openai({ neverStreams: true })).backend);
    expect(text).toBe('Two pods restart.');
    expect(figures).toMatchObject({ output_tokens: 100, time_to_first_token_ms: null });
  });

  it('renames or leaves out parameters that a server rejects by name', async () => {
    const { backend, server } = await openai({ rejects: ['stream_options', 'max_tokens'] });
    expect((await chat(backend, { max_output_tokens: 7 })).text).toBe('Two pods restart.');
    expect(server.seen.at(-1)?.body).toMatchObject({ max_completion_tokens: 7 });
    expect(server.seen.at(-1)?.body).not.toHaveProperty('stream_options');
  });

  it('finds the API with and without a version in the URL', async () => {
    for (const path of ['', '/', '/v1', '/v1/']) {
      expect((await chat((await openai({}, { path })).backend)).text, path).toBe('Two pods restart.');
    }
    expect(openaiRoot('https://host/v1beta/openai')).toBe('https://host/v1beta/openai');
    expect(openaiRoot('https://host/api')).toBe('https://host/api/v1');
  });

  it('reads context lengths from vLLM, llama.cpp and LM Studio', async () => {
    const length = async (options: FakeOpenaiOptions, model: string) =>
      (await (await openai(options)).backend.getCapabilities(model, never)).context_length;
    expect(await length({}, 'm1')).toBe(8192);
    const llama = [{ id: '/models/x.gguf', owned_by: 'llamacpp', meta: { n_ctx_train: 131_072, size: 5 } }];
    expect(await length({ models: llama }, 'any name')).toBe(131_072);
    const studio = {
      models: [{ id: 'qwen3', owned_by: 'organization_owner' }],
      routes: {
        '/api/v1/models': {
          models: [
            {
              key: 'qwen3',
              max_context_length: 32_768,
              loaded_instances: [{ config: { context_length: 4096 } }],
            },
          ],
        },
      },
    };
    expect(await length(studio, 'qwen3')).toBe(4096);
    expect((await (await openai(studio)).backend.listModels(never))[0]).toMatchObject({
      name: 'qwen3',
      loaded: true,
    });
  });

  it('warms up with one token and waits while the server still loads', async () => {
    const { backend, server } = await openai({ loadingTimes: 1 });
    const { load_ms } = await backend.warmup({ model: 'm1', timeoutMs: 5000, signal: never });
    expect(load_ms).toBeGreaterThan(900);
    expect(server.seen.at(-1)?.body).toMatchObject({ max_tokens: 1 });
    const failure = await failureOf(async () =>
      (await openai({ loadingTimes: 99 })).backend.warmup({ model: 'm1', timeoutMs: 300, signal: never }),
    );
    expect(failure.code).toBe('backend.warmup_timeout');
  });

  it('sends its key, and keeps it out of what a server says about it', async () => {
    const { backend } = await openai({ apiKey: 'sk-right' }, { key: 'sk-right' });
    expect((await chat(backend)).text).toBe('Two pods restart.');
    const { backend: wrong } = await openai({ apiKey: 'sk-right' }, { key: 'sk-planted-wrong' });
    const failure = await failureOf(() => chat(wrong));
    expect(failure.code).toBe('backend.http_status');
    expect(failure.message).toContain('API key');
    expect(failure.detail).toContain('Incorrect API key provided: Bearer [key]');
    expect(JSON.stringify(failure)).not.toContain('sk-planted-wrong');
  });

  it('keeps even a part of its key out where a long message is cut in the middle of it', async () => {
    const key = 'sk-planted-0123456789abcdef';
    for (const length of [180, 190, 1990]) {
      const body = JSON.stringify({ error: { message: `${'x'.repeat(length)} ${key}` } });
      const { backend } = await openai({}, { key, fault: { status: 500, body } });
      const failure = await failureOf(() => chat(backend));
      expect(failure.code).toBe('backend.http_status');
      expect(failure.message + failure.detail).toContain('[key]');
      expect(failure.message + failure.detail).not.toContain('sk-planted');
    }
  });

  const faults: readonly (readonly [string, Fault, string])[] = [
    ['hangs', 'hang', 'backend.timeout'],
    ['answers with a web page', 'html', 'backend.bad_response'],
    ['breaks off in the middle', 'drop', 'backend.interrupted'],
    ['ends without saying that it is done', 'truncate', 'backend.interrupted'],
    ['sends an event without end', 'endless-line', 'backend.bad_response'],
    ['sheds load', { status: 429, body: '{"error":{"message":"slow down"}}' }, 'backend.http_status'],
    ['fails', { status: 500, body: '{"message":"CUDA out of memory"}' }, 'backend.http_status'],
  ];
  for (const [what, fault, code] of faults) {
    it(`fails as ${code} when the server ${what}`, async () => {
      const words = Array.from({ length: 40 }, () => 'word ');
      const { backend } = await openai({ words }, { fault });
      expect((await failureOf(() => chat(backend))).code).toBe(code);
    });
  }

  it('does not take an error in the middle of a stream for an answer', async () => {
    const { backend } = await openai({ interject: { error: { message: 'engine died', code: 500 } } });
    const failure = await failureOf(() => chat(backend));
    expect(failure).toMatchObject({ code: 'backend.interrupted', detail: 'engine died' });
  });

  it('names the model that the server lacks', async () => {
    const failure = await failureOf(async () => chat((await openai()).backend, { model: 'absent' }));
    expect(failure.code).toBe('backend.model_not_found');
    expect(failure.message).toContain('"absent"');
  });

  it('is cancelled within a second', async () => {
    const { backend, server } = await openai({ words: Array(500).fill('w '), wordMs: 10 });
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(), 100);
    const started = performance.now();
    expect((await failureOf(() => chat(backend, { signal: cancel.signal }))).code).toBe('job.cancelled');
    expect(performance.now() - started).toBeLessThan(1000);
    await expect.poll(() => server.abandoned()).toBe(1);
  });
});

describe('a k8s-inference backend', () => {
  it('works behind a gateway that lists no models and needs no warm-up', async () => {
    const { backend, server } = await openai({ models: null }, { type: 'k8s-inference' });
    expect(await backend.listModels(never)).toEqual([]);
    expect(await backend.warmup({ model: 'm1', timeoutMs: 100, signal: never })).toEqual({
      load_ms: null,
      pulled: false,
    });
    expect(await backend.getCapabilities('m1', never)).toMatchObject({ context_length: null });
    expect((await chat(backend, { model: 'gateway/m1' })).text).toBe('Two pods restart.');
    expect(server.seen.at(-1)?.body.model).toBe('m1');
  });
});
