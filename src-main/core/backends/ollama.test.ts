import { afterEach, describe, expect, it } from 'vitest';
import { type FakeOllamaOptions, startFakeOllama } from '#core/testing/fake-ollama.ts';
import type { FakeServer, Fault } from '#core/testing/fake-server.ts';
import { failureOf } from '#core/testing/recorded-spans.ts';
import type { LlmBackend } from './backend.ts';
import { createBackend } from './registry.ts';

const servers: FakeServer[] = [];
const QUICK = { connectMs: 300, firstByteMs: 300, idleMs: 300 };
const never = new AbortController().signal;

async function ollama(options: FakeOllamaOptions = {}, fault?: readonly [string, Fault]) {
  const server = await startFakeOllama(options);
  servers.push(server);
  if (fault !== undefined) server.faults.set(...fault);
  const endpoint = { backend_type: 'ollama', base_url: server.url, api_key: null } as const;
  return { server, backend: createBackend(endpoint, { brief: QUICK, long: QUICK }) };
}
const chat = (backend: LlmBackend, more: { signal?: AbortSignal; onToken?: (text: string) => void } = {}) =>
  backend.chat({
    model: 'llama3.1:8b',
    messages: [{ role: 'user', content: 'Why?' }],
    signal: never,
    ...more,
  });

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

describe('an Ollama backend', () => {
  it('streams an answer and says who measured each figure', async () => {
    const { backend } = await ollama({ wordMs: 20 });
    const tokens: string[] = [];
    const answer = await chat(backend, { onToken: (text) => tokens.push(text) });
    expect(answer.text).toBe('Two pods restart.');
    expect(tokens).toEqual(['Two ', 'pods ', 'restart.']);
    expect(answer).toMatchObject({ finish_reason: 'stop', response_model: 'llama3.1:8b' });
    expect(answer.figures).toMatchObject({
      input_tokens: 26,
      output_tokens: 100,
      tokens_source: 'server',
      output_tokens_per_second: 50,
      prompt_tokens_per_second: 52,
      speed_source: 'derived',
    });
    expect(answer.figures.time_to_first_token_ms).toBeGreaterThan(10);
    expect(answer.figures.phases).toEqual([
      { phase: 'load', ms: 1000, source: 'server' },
      { phase: 'prompt_eval', ms: 500, source: 'server' },
      { phase: 'generation', ms: 2000, source: 'server' },
    ]);
  });

  it('leaves figures null that Ollama leaves out', async () => {
    const { backend } = await ollama({ final: {} });
    const { figures } = await chat(backend);
    expect(figures).toMatchObject({
      input_tokens: null,
      output_tokens: null,
      tokens_source: null,
      output_tokens_per_second: null,
      prompt_tokens_per_second: null,
    });
    expect(figures.phases.map(({ source }) => source)).not.toContain('server');
  });

  it('strips the prefixes that RUNE puts before model names', async () => {
    const { server, backend } = await ollama();
    expect(backend.normaliseModel('ollama/llama3.1:8b')).toBe('llama3.1:8b');
    expect(backend.normaliseModel('ollama_chat/llama3.1:8b')).toBe('llama3.1:8b');
    await backend.chat({ model: 'ollama/llama3.1:8b', messages: [], signal: never });
    expect(server.seen.at(-1)?.body.model).toBe('llama3.1:8b');
  });

  it('lists models with what is loaded, and reads context and limits', async () => {
    const { backend } = await ollama({ models: ['a', 'b'] });
    await backend.warmup({ model: 'b', timeoutMs: 2000, signal: never });
    expect(await backend.listModels(never)).toEqual([
      { name: 'a', size_bytes: 4_700_000_000, context_length: null, loaded: false },
      { name: 'b', size_bytes: 4_700_000_000, context_length: 4096, loaded: true },
    ]);
    expect(await backend.getCapabilities('a', never)).toEqual({
      context_length: 131_072,
      max_output_tokens: 26_214,
      capabilities: ['completion', 'tools'],
    });
  });

  it('pulls a model that is missing, reports bytes, and unloads nothing', async () => {
    const { server, backend } = await ollama({ pullable: ['new:1b'] });
    const progress: [number, number][] = [];
    const done = await backend.warmup({
      model: 'new:1b',
      timeoutMs: 2000,
      signal: never,
      onProgress: (bytes, total) => progress.push([bytes, total]),
    });
    expect(done.pulled).toBe(true);
    expect(progress.at(-1)).toEqual([1000, 1000]);
    expect(progress).toContainEqual([250, 1000]);
    expect(server.seen.every(({ body }) => body.keep_alive !== 0)).toBe(true);
  });

  it('keeps pulling past the time limit as long as bytes arrive', async () => {
    const { backend } = await ollama({ pullable: ['new:1b'] });
    // Seven lines 5 ms apart, so about 35 ms in all; the limit is less, each step is far less.
    const done = await backend.warmup({ model: 'new:1b', timeoutMs: 30, signal: never });
    expect(done.pulled).toBe(true);
  });

  it('says that a model can neither be found nor pulled', async () => {
    const { backend } = await ollama();
    const failure = await failureOf(() =>
      backend.warmup({ model: 'llama9', timeoutMs: 2000, signal: never }),
    );
    expect(failure.code).toBe('backend.model_not_found');
    expect(failure.detail).toContain('file does not exist');
    expect((await failureOf(() => backend.getCapabilities('llama9', never))).code).toBe(
      'backend.model_not_found',
    );
  });

  it('ends a warm-up at its own time limit, and not before', async () => {
    const { backend } = await ollama({}, ['/api/generate', 'hang']);
    const long = createBackend(
      { backend_type: 'ollama', base_url: backend.base_url, api_key: null },
      { long: { connectMs: 300, firstByteMs: 60_000, idleMs: 60_000 } },
    );
    const started = performance.now();
    const failure = await failureOf(() =>
      long.warmup({ model: 'llama3.1:8b', timeoutMs: 500, signal: never }),
    );
    expect(failure.code).toBe('backend.warmup_timeout');
    expect(performance.now() - started).toBeGreaterThan(450);
    expect(performance.now() - started).toBeLessThan(1500);
  });

  const faults: readonly (readonly [string, Fault, string])[] = [
    ['does not answer in time', 'hang', 'backend.timeout'],
    ['closes the connection without an answer', 'reset', 'backend.unreachable'],
    ['answers with a web page', 'html', 'backend.bad_response'],
    ['answers with garbage', 'garbage', 'backend.bad_response'],
    ['breaks off in the middle', 'drop', 'backend.interrupted'],
    ['ends cleanly before its last line', 'truncate', 'backend.interrupted'],
    ['sends a line without end', 'endless-line', 'backend.bad_response'],
    ['wants a key', { status: 401, body: '{"error":"unauthorized"}' }, 'backend.http_status'],
    ['is busy', { status: 503, body: '{"error":"server busy"}' }, 'backend.http_status'],
    ['lacks the route', { status: 404, body: '404 page not found' }, 'backend.http_status'],
    [
      'lacks the model',
      { status: 404, body: '{"error":"model \'x\' not found"}' },
      'backend.model_not_found',
    ],
  ];
  for (const [what, fault, code] of faults) {
    it(`fails as ${code} when the server ${what}`, async () => {
      const { backend, server } = await ollama({}, ['/api/chat', fault]);
      const failure = await failureOf(() => chat(backend));
      expect(failure.code).toBe(code);
      expect(failure.message).toContain(server.url);
      expect(failure.message).toMatch(/[A-Z].*\./);
    });
  }

  it('notices a body that is shorter than the server announced', async () => {
    const { backend } = await ollama({}, ['/api/tags', 'length-too-long']);
    expect((await failureOf(() => backend.listModels(never))).code).toBe('backend.interrupted');
  });

  it('notices a document that is shorter than its JSON', async () => {
    const { backend } = await ollama({}, ['/api/tags', 'length-too-short']);
    expect((await failureOf(() => backend.listModels(never))).code).toBe('backend.bad_response');
  });

  it('does not take an error in the middle of a stream for an answer', async () => {
    const { backend } = await ollama({
      interject: { error: 'an error was encountered while running the model' },
    });
    const failure = await failureOf(() => chat(backend));
    expect(failure).toMatchObject({ code: 'backend.interrupted' });
    expect(failure.message).toContain('encountered while running the model');
  });

  it('says where nothing listens', async () => {
    const { server, backend } = await ollama();
    await server.close();
    const failure = await failureOf(() => backend.listModels(never));
    expect(failure).toMatchObject({ code: 'backend.unreachable' });
    expect(failure.message).toContain('Nothing listens at');
  });

  it('waits for a server that is slow but within its time', async () => {
    const { backend } = await ollama({}, ['/api/chat', { delayMs: 150 }]);
    expect((await chat(backend)).text).toBe('Two pods restart.');
  });

  for (const [what, fault] of [
    ['before the first byte', 'hang'],
    ['in the middle of the stream', undefined],
  ] as const) {
    it(`stops within a second of a cancel ${what}, and closes the connection`, async () => {
      const words = Array.from({ length: 500 }, () => 'word ');
      const { server, backend } = await ollama({ words, wordMs: 10 }, fault && ['/api/chat', fault]);
      const cancel = new AbortController();
      setTimeout(() => cancel.abort(), 100);
      const started = performance.now();
      const failure = await failureOf(() => chat(backend, { signal: cancel.signal }));
      expect(failure.code).toBe('job.cancelled');
      expect(performance.now() - started).toBeLessThan(1000);
      await expect.poll(() => server.abandoned()).toBe(1);
    });
  }

  it('refuses to guess when no model is named', async () => {
    const { backend, server } = await ollama();
    const failure = await failureOf(() => backend.chat({ model: ' ', messages: [], signal: never }));
    expect(failure.code).toBe('backend.model_not_found');
    expect(server.seen).toEqual([]);
  });
});
