import { afterEach, describe, expect, it } from 'vitest';
import type { DemoMachine } from './demo-machine.ts';
import { type DemoServer, startDemoServer } from './demo-server.ts';

const servers: DemoServer[] = [];
async function demo(slowness = 0): Promise<DemoServer> {
  const server = await startDemoServer({ slowness: () => slowness });
  servers.push(server);
  return server;
}
const post = (server: DemoServer, path: string, body: unknown, init: RequestInit = {}) =>
  fetch(`${server.url}${path}`, { method: 'POST', body: JSON.stringify(body), ...init });
const lines = async (response: Response): Promise<Record<string, unknown>[]> =>
  (await response.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const ask = (question: string, more = {}) => ({
  model: 'demo',
  messages: [{ role: 'user', content: question }],
  ...more,
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

describe('the demo server as a rented machine', () => {
  const rented = async (more: Partial<DemoMachine> = {}) => {
    const got: (number | string)[] = [];
    const machine: DemoMachine = {
      port: null,
      scale: 0.01,
      downloadRate: 1e9,
      memoryRate: 600,
      models: [],
      downloaded: (bytes, model) => got.push(bytes, ...(model === null ? [] : [model])),
      ...more,
    };
    const server = await startDemoServer({ machine, slowness: () => 1 });
    servers.push(server);
    return { server, got };
  };
  const names = async (server: DemoServer) => {
    const { models } = (await (await fetch(`${server.url}/api/tags`)).json()) as {
      models: { name: string; size: number }[];
    };
    return models.map(({ name }) => name);
  };

  it('has nothing until it is pulled, then whatever was asked for, and tells every byte', async () => {
    const { server, got } = await rented();
    expect(await names(server)).toEqual([]);
    expect((await post(server, '/api/chat', ask('Why?', { model: 'llama3.1:8b' }))).status).toBe(404);
    const progress = await lines(await post(server, '/api/pull', { model: 'llama3.1:8b' }));
    const { total } = progress[1] as { total: number };
    expect(progress.at(-1)).toEqual({ status: 'success' });
    expect(got.at(-1)).toBe('llama3.1:8b');
    const bytes = got.filter((one) => typeof one === 'number');
    expect(bytes.length).toBeGreaterThanOrEqual(10);
    expect(bytes.reduce((sum, one) => sum + one, 0)).toBe(total);
    expect(await names(server)).toEqual(['llama3.1:8b']);
    const answer = await lines(await post(server, '/api/chat', ask('Why?', { model: 'llama3.1:8b' })));
    expect(answer.at(-1)).toMatchObject({ done: true, model: 'llama3.1:8b' });
    await (await post(server, '/api/pull', { model: 'llama3.1:8b' })).text();
    expect(got.filter((one) => typeof one === 'number')).toEqual(bytes);
    const refused = await lines(await post(server, '/api/pull', { model: 'no such:model:name' }));
    expect(refused.at(-1)).toHaveProperty('error');
  });

  it('downloads at the rate of its line, and goes on where it was stopped', async () => {
    const { server, got } = await rented({ downloadRate: 90e6, scale: 0.005 });
    const started = performance.now();
    const gone = new AbortController();
    const first = post(server, '/api/pull', { model: 'llama3.1:8b' }, { signal: gone.signal }).then(
      (answer) => answer.text(),
    );
    setTimeout(() => gone.abort(), 200);
    await expect(first).rejects.toThrow();
    const progress = await lines(await post(server, '/api/pull', { model: 'llama3.1:8b' }));
    const took = performance.now() - started;
    // 45 MB at 90 MB/s.
    expect(took).toBeGreaterThan(450);
    expect(took).toBeLessThan(1500);
    expect(progress[1]?.completed).toBeGreaterThan(0);
    const bytes = got.filter((one) => typeof one === 'number').reduce((sum, one) => sum + one, 0);
    expect(bytes).toBe(progress[1]?.total);
  });

  it('answers as fast as its cards read the model', async () => {
    const took = async (memoryRate: number) => {
      const { server } = await rented({ memoryRate, models: ['llama3.1:8b'] });
      const answer = (await lines(await post(server, '/api/chat', ask('Why?', { model: 'llama3.1:8b' })))).at(
        -1,
      );
      return Number(answer?.eval_duration) / Number(answer?.eval_count);
    };
    expect(await took(300)).toBeGreaterThan(2 * (await took(3000)));
  });

  it('listens where it is told', async () => {
    const { server } = await rented();
    const port = Number(new URL(server.url).port);
    await expect(rented({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await server.close();
    expect((await rented({ port })).server.url).toBe(server.url);
  });
});

describe('the demo server', () => {
  it('presents itself as Ollama on loopback and lists its three models', async () => {
    const server = await demo();
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await (await fetch(server.url)).text()).toBe('Ollama is running');
    expect(await (await fetch(`${server.url}/api/version`)).json()).toHaveProperty('version');
    const { models } = (await (await fetch(`${server.url}/api/tags`)).json()) as {
      models: { name: string }[];
    };
    expect(models.map(({ name }) => name)).toEqual(['demo', 'demo-small', 'demo-large']);
  });

  it('streams an answer word by word and ends with figures in nanoseconds', async () => {
    const server = await demo();
    const chunks = await lines(await post(server, '/api/chat', ask('What is unhealthy in this cluster?')));
    expect(chunks.length).toBeGreaterThan(20);
    const final = chunks.at(-1);
    expect(final).toMatchObject({ done: true, done_reason: 'stop', model: 'demo' });
    for (const figure of ['total_duration', 'load_duration', 'prompt_eval_duration', 'eval_duration']) {
      expect(final?.[figure], figure).toBeGreaterThan(0);
      expect(Number.isInteger(final?.[figure]), figure).toBe(true);
    }
    expect(final?.prompt_eval_count).toBeGreaterThan(3);
    expect(final?.eval_count).toBeGreaterThan(50);
  });

  it('gives the same question the same answer and says that it is a demo', async () => {
    const server = await demo();
    const answer = async (question: string) => {
      const body = (await (await post(server, '/api/chat', ask(question, { stream: false }))).json()) as {
        message: { content: string };
      };
      return body.message.content;
    };
    const first = await answer('Why do the pods of checkout restart?');
    expect(first).toBe(await answer('Why do the pods of checkout restart?'));
    expect(first).toContain('"Why do the pods of checkout restart?"');
    expect(first).toContain('demo backend');
    expect(first).not.toBe(await answer('What does a GPU cost?'));
  });

  it('answers /api/generate with and without streaming alike', async () => {
    const server = await demo();
    const streamed = await lines(await post(server, '/api/generate', { model: 'demo', prompt: 'Why?' }));
    const whole = await (
      await post(server, '/api/generate', { model: 'demo', prompt: 'Why?', stream: false })
    ).json();
    expect(whole.response).toBe(streamed.map(({ response }) => response).join(''));
  });

  it('stops at num_predict and says so', async () => {
    const server = await demo();
    const chunks = await lines(await post(server, '/api/chat', ask('Why?', { options: { num_predict: 5 } })));
    expect(chunks.at(-1)).toMatchObject({ done_reason: 'length' });
    expect(chunks.at(-1)?.eval_count).toBeLessThan(12);
  });

  it('loads a model on an empty prompt and unloads it with keep_alive 0', async () => {
    const server = await demo();
    const loaded = async () => {
      const body = (await (await fetch(`${server.url}/api/ps`)).json()) as { models: { name: string }[] };
      return body.models.map(({ name }) => name);
    };
    expect(await loaded()).toEqual([]);
    const load = await post(server, '/api/generate', { model: 'demo-small', stream: false, keep_alive: -1 });
    expect(await load.json()).toMatchObject({ done: true, done_reason: 'load' });
    expect(await loaded()).toEqual(['demo-small']);
    const unload = await post(server, '/api/generate', { model: 'demo-small', keep_alive: 0 });
    expect(await unload.json()).toMatchObject({ done_reason: 'unload' });
    expect(await loaded()).toEqual([]);
  });

  it('shows capabilities with the context length under the architecture', async () => {
    const server = await demo();
    const shown = await (await post(server, '/api/show', { model: 'demo-small' })).json();
    expect(shown.model_info['demo.context_length']).toBe(32_768);
    expect(shown.capabilities).toEqual(['completion']);
  });

  it('pulls with progress that only grows, and refuses to pull what it does not have', async () => {
    const server = await demo();
    const progress = await lines(await post(server, '/api/pull', { model: 'demo-large' }));
    const completed = progress.flatMap((line) =>
      typeof line.completed === 'number' ? [line.completed] : [],
    );
    expect(completed).toHaveLength(10);
    expect(completed).toEqual([...completed].sort((a, b) => a - b));
    expect(progress.at(-1)).toEqual({ status: 'success' });
    const refused = await post(server, '/api/pull', { model: 'llama3.1:8b' });
    expect(refused.status).toBe(200);
    expect((await lines(refused)).at(-1)).toEqual({ error: 'pull model manifest: file does not exist' });
  });

  it('refuses unknown models, bodies that are not JSON, wrong types and bodies that are too large', async () => {
    const server = await demo();
    const unknown = await post(server, '/api/chat', { model: 'llama9', messages: [] });
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toEqual({ error: "model 'llama9' not found" });
    const refused = async (body: string) =>
      (await fetch(`${server.url}/api/chat`, { method: 'POST', body })).status;
    expect(await refused('{"model":')).toBe(400);
    expect(await refused('')).toBe(400);
    expect(await refused('{"model":"demo","messages":"hello"}')).toBe(400);
    expect(await refused(JSON.stringify(ask('x'.repeat(3 * 1024 * 1024))))).toBe(413);
    expect((await fetch(`${server.url}/nothing`)).status).toBe(404);
  });

  it('keeps a default job under three seconds at its usual pace and stretches with slowness', async () => {
    const timed = async (slowness: number, body: unknown) => {
      const server = await demo(slowness);
      const started = performance.now();
      await (await post(server, '/api/generate', body)).text();
      return performance.now() - started;
    };
    const load = { model: 'demo', prompt: '', stream: false };
    expect(await timed(1, load)).toBeLessThan(1000);
    expect(await timed(2, load)).toBeGreaterThan(790);
    expect(await timed(1, { model: 'demo', prompt: 'What is unhealthy in this cluster?' })).toBeLessThan(
      3000,
    );
  });

  it('closes at once while an answer is still streaming', async () => {
    const server = await demo(20);
    const answer = post(server, '/api/chat', ask('Why?')).then((response) => response.text());
    const failed = expect(answer).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const started = performance.now();
    await server.close();
    expect(performance.now() - started).toBeLessThan(1000);
    await failed;
  });
});
