import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { LlmBackend } from '#core/backends/backend.ts';
import { startDemoServer } from '#core/backends/demo-server.ts';
import { createBackend } from '#core/backends/registry.ts';
import { fakeDriverCommand } from '#core/testing/fake-driver.ts';
import { startFakeOllama } from '#core/testing/fake-ollama.ts';
import { type FakeServer, json, startFakeServer } from '#core/testing/fake-server.ts';
import { testPorts } from '#core/testing/ports.ts';
import { failureOf, recordSpans } from '#core/testing/recorded-spans.ts';
import { settingsSchema } from '#shared/contract/settings.ts';
import { isSuspectedFailure } from '#shared/model/agent-result.ts';
import type { AgentQuestion } from './agent.ts';
import { CATALOGUE } from './catalogue.ts';
import { createAgentRegistry } from './registry.ts';

const workDir = mkdtempSync(join(tmpdir(), 'runescope-agents-'));
const { ports, secrets, remove } = testPorts();
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  secrets.clear();
  await Promise.all(open.splice(0).map((server) => server.close()));
});
afterAll(() => {
  rmSync(workDir, { recursive: true, force: true });
  remove();
});

const PATH = process.env.PATH ?? '';
const registry = (env: Record<string, string> = {}, settings: object = {}) =>
  createAgentRegistry({
    env: { PATH, ...env },
    settings: () => settingsSchema.parse(settings),
    secrets: ports.secrets,
  });
const question = (more: Partial<AgentQuestion> = {}): AgentQuestion => ({
  question: 'Why?',
  model: 'llama3.1:8b',
  backend: null,
  kubeconfig: null,
  context_window: null,
  max_output_tokens: null,
  workDir,
  signal: new AbortController().signal,
  ...more,
});
async function demoBackend(): Promise<LlmBackend> {
  const server = await startDemoServer({ slowness: () => 0 });
  open.push(server);
  return createBackend({ backend_type: 'demo', base_url: server.url, api_key: null });
}
const paramsOf = (metadata: unknown) => (metadata as { params: Record<string, unknown> }).params;

describe('the agent registry', () => {
  it("lists the built-in agent, RUNE's 27 and whatever is configured, with what each lacks", async () => {
    const agents = await registry(
      { RUNE_MINE_DRIVER_CMD: 'x', RUNE_METORO_API_KEY: 'k' },
      { drivers: [{ agent: 'my-own', mode: 'http', url: 'http://127.0.0.1:9' }] },
    ).list();
    expect(CATALOGUE.size).toBe(27);
    expect(agents).toHaveLength(30);
    const find = (name: string) => agents.find((agent) => agent.name === name);
    expect(agents[0]).toMatchObject({ name: 'prompt', builtin: true, mode: 'builtin', missing: [] });
    expect(find('holmes')).toMatchObject({
      title: 'HolmesGPT',
      scope: 'SRE',
      tier: 1,
      configured_by: 'default',
      missing: ['KUBECONFIG'],
    });
    expect(find('metoro')?.missing).toEqual(['KUBECONFIG']);
    expect(find('midjourney')?.missing).toEqual(['RUNE_MIDJOURNEY_API_KEY', 'RUNE_MIDJOURNEY_BASE_URL']);
    expect(find('mine')).toMatchObject({ configured_by: 'environment', mode: 'stdio', missing: [] });
    expect(find('my-own')).toMatchObject({ configured_by: 'settings', mode: 'http', missing: [] });
  });

  it('knows which agents pay for a service of their own', () => {
    const settings = {
      drivers: [
        { agent: 'holmes', mode: 'stdio', pass_env: ['HTTP_DEBUG', 'ANTHROPIC_API_KEY'] },
        { agent: 'mine', mode: 'stdio', pass_env: ['AWS_SECRET_ACCESS_KEY'] },
        { agent: 'plain', mode: 'stdio', pass_env: ['AWS_REGION', 'MY_OPENAI_API_KEY_FILE'] },
      ],
    };
    const { serviceOf } = registry({}, settings);
    expect(['crewai', 'Legal/Ops: CrewAI ', 'pentestgpt', 'holmes', 'mine'].map(serviceOf)).toEqual(
      Array(5).fill('model'),
    );
    expect(['perplexity', 'research:perplexity', 'glean', 'metoro'].map(serviceOf)).toEqual(
      Array(4).fill('agent'),
    );
    expect(['prompt', 'plain', 'k8sgpt', 'comfyui', 'unheard-of', ''].map(serviceOf)).toEqual(
      Array(6).fill(null),
    );
    expect(registry().serviceOf('holmes')).toBeNull();
  });

  it('counts secrets that are kept elsewhere than in the environment', async () => {
    secrets.set('RUNE_CLERIC_API_KEY', 'kept');
    const agents = await registry().list();
    expect(agents.find(({ name }) => name === 'cleric')?.missing).toEqual([]);
  });

  it('names what is available when an agent is unknown', async () => {
    const failure = await failureOf(() => registry().get('sre:nobody'));
    expect(failure.code).toBe('agent.unknown');
    expect(failure.message).toContain('"nobody"');
    expect(failure.message).toContain('holmes, ');
    expect(failure.message).toContain('prompt, ');
  });

  it('takes ids with a scope before the name', async () => {
    const agents = registry({ RUNE_K8SGPT_DRIVER_CMD: fakeDriverCommand('good') });
    expect((await agents.get('ops:sre:k8sgpt')).agent_name).toBe('k8sgpt');
    expect(agents.scopeOf('sre:k8sgpt')).toBe('SRE');
    expect(agents.scopeOf('nobody')).toBeNull();
  });

  it('says which variable is missing', async () => {
    const missing = async (name: string) => failureOf(() => registry().get(name));
    expect(await missing('cleric')).toMatchObject({ code: 'agent.not_configured' });
    expect((await missing('cleric')).message).toContain('RUNE_CLERIC_API_KEY');
    expect((await missing('crewai')).message).toContain('RUNE_CREWAI_API_KEY or OPENAI_API_KEY');
    expect((await missing('comfyui')).message).toContain('COMFYUI_BASE_URL');
    const holmes = await registry().get('holmes');
    expect((await failureOf(() => holmes.ask(question()))).message).toContain('KUBECONFIG');
    const failure = await failureOf(() => holmes.ask(question({ kubeconfig: join(workDir, 'absent') })));
    expect(failure).toMatchObject({ code: 'agent.not_configured' });
    expect(failure.message).toContain('no file at');
  });

  it('refuses the modes that need a person', async () => {
    for (const mode of ['manual', 'browser']) {
      const failure = await failureOf(() => registry({ RUNE_DAGGER_DRIVER_MODE: mode }).get('dagger'));
      expect(failure.code).toBe('driver.mode_refused');
    }
  });
});

describe('an agent behind a driver', () => {
  it("gets RUNE's params and gives RUNE's result, in nested spans with the contract's attributes", async () => {
    const kubeconfig = join(workDir, 'kubeconfig');
    writeFileSync(kubeconfig, 'apiVersion: v1\n');
    const ollama = await startFakeOllama();
    open.push(ollama);
    const backend = createBackend({ backend_type: 'ollama', base_url: ollama.url, api_key: null });
    const runner = await registry({ RUNE_HOLMES_DRIVER_CMD: fakeDriverCommand('good') }).get('holmes');
    const { value, spans } = await recordSpans(() =>
      runner.ask(
        question({
          kubeconfig,
          backend,
          model: ' llama3.1:8b ',
          context_window: 8192,
          max_output_tokens: 1638,
        }),
      ),
    );
    expect(value).toMatchObject({ answer: 'llama3.1:8b: Why?', result_type: 'text', artifacts: [] });
    expect(paramsOf(value?.metadata)).toEqual({
      question: 'Why?',
      model: 'llama3.1:8b',
      kubeconfig_path: kubeconfig,
      backend_url: ollama.url,
      context_window: 8192,
      max_output_tokens: 1638,
    });
    expect(value?.telemetry).toEqual({
      tokens: { system_prompt: 0, tool_calls: 0, agent_reasoning: 0, output: 12, total: 40 },
      latency: [{ phase: 'llm', ms: 5 }],
      cost_estimate_usd: null,
    });
    const [call, ask] = spans;
    expect(call).toMatchObject({
      name: 'driver.call',
      parent_span_id: ask?.span_id,
      attributes: { driver_name: 'holmes', action: 'ask', transport_type: 'stdio' },
    });
    expect(ask?.attributes).toEqual({
      agent_name: 'holmes',
      model: 'llama3.1:8b',
      backend_url: ollama.url,
      backend_type: 'ollama',
    });
  });

  it('hands the driver its key from the keychain and the trace, and no other key', async () => {
    secrets.set('OPENAI_API_KEY', 'from-keychain');
    const runner = await registry({
      RUNE_CREWAI_DRIVER_CMD: fakeDriverCommand('environment'),
      AWS_SECRET_ACCESS_KEY: 'planted',
    }).get('crewai');
    const { value, spans } = await recordSpans(() => runner.ask(question()));
    const { env } = (value?.metadata ?? {}) as { env: Record<string, string> };
    // It said the key that it was given, which is not kept.
    expect(env.OPENAI_API_KEY).toBe('[redacted]');
    expect(env.TRACEPARENT).toBe(`00-${spans[0]?.trace_id}-${spans[0]?.span_id}-01`);
    expect(env).not.toHaveProperty('AWS_SECRET_ACCESS_KEY');
    expect(env).not.toHaveProperty('RUNE_CREWAI_DRIVER_CMD');
  });

  it('is asked without a backend: what is unknown is null in the span', async () => {
    const runner = await registry({ RUNE_MINE_DRIVER_CMD: fakeDriverCommand('good') }).get('mine');
    const { spans } = await recordSpans(() => runner.ask(question({ model: '' })));
    expect(spans.at(-1)?.attributes).toEqual({
      agent_name: 'mine',
      model: null,
      backend_url: null,
      backend_type: null,
    });
  });

  it('fails with the code of its driver, on both spans', async () => {
    const runner = await registry({ RUNE_MINE_DRIVER_CMD: fakeDriverCommand('exit3') }).get('mine');
    const { spans, thrown } = await recordSpans(() => runner.ask(question()));
    expect(thrown).toMatchObject({ code: 'driver.exit' });
    expect(spans.map(({ name, error_type }) => [name, error_type])).toEqual([
      ['driver.call', 'driver.exit'],
      ['agent.ask', 'driver.exit'],
    ]);
  });

  it('does not pass an empty answer off as one, and lets a disguised failure through for others to flag', async () => {
    const runner = async (behaviour: 'empty-answer' | 'disguised') =>
      (await registry({ RUNE_MINE_DRIVER_CMD: fakeDriverCommand(behaviour) }).get('mine')).ask(question());
    expect((await failureOf(() => runner('empty-answer'))).code).toBe('agent.bad_answer');
    expect(isSuspectedFailure((await runner('disguised')).answer)).toBe(true);
  });

  it('keeps artifacts as they were returned, without those that are no objects', async () => {
    const runner = await registry({ RUNE_MINE_DRIVER_CMD: fakeDriverCommand('artifact-outside') }).get(
      'mine',
    );
    expect((await runner.ask(question())).artifacts).toEqual([{ path: '/etc/hostname', kind: 'text' }]);
  });

  it('works over http from the settings with a token from the secrets', async () => {
    const server: FakeServer = await startFakeServer(({ method }) =>
      method === 'POST'
        ? json({ job_id: '1' })
        : json({ status: 'completed', result: { answer: 'over http', result_type: 'report' } }),
    );
    open.push(server);
    const driver = { agent: 'my-own', mode: 'http', url: server.url, tenant: 'team', token_secret: 'tok' };
    const agents = registry({}, { drivers: [driver] });
    expect((await failureOf(() => agents.get('my-own'))).code).toBe('secret.not_found');
    secrets.set('tok', 'value-of-tok');
    expect(await (await agents.get('my-own')).ask(question())).toMatchObject({
      answer: 'over http',
      result_type: 'report',
      telemetry: null,
    });
    expect(server.seen[0]?.headers).toMatchObject({
      authorization: 'Bearer value-of-tok',
      'x-tenant-id': 'team',
    });
  });
});

describe('the built-in prompt agent', () => {
  it('asks the backend directly, with the model call inside agent.ask', async () => {
    const backend = await demoBackend();
    const runner = await registry().get('prompt');
    const { value, spans } = await recordSpans(() => runner.ask(question({ backend, model: 'demo' })));
    expect(value?.answer).toContain('demo backend');
    expect(value?.telemetry?.tokens.total).toBeGreaterThan(value?.telemetry?.tokens.output ?? 0);
    expect(value?.metadata).toMatchObject({
      finish_reason: 'stop',
      usage: { completion_tokens: expect.any(Number) },
    });
    expect(spans.map(({ name }) => name)).toEqual(['backend.chat', 'agent.ask']);
    expect(spans[0]?.parent_span_id).toBe(spans[1]?.span_id);
  });

  it('says what it needs when there is no backend, and reports an empty answer', async () => {
    const runner = await registry().get('prompt');
    expect((await failureOf(() => runner.ask(question()))).code).toBe('agent.not_configured');
    const ollama = await startFakeOllama({ words: [] });
    open.push(ollama);
    const backend = createBackend({ backend_type: 'ollama', base_url: ollama.url, api_key: null });
    expect((await failureOf(() => runner.ask(question({ backend })))).code).toBe('agent.bad_answer');
  });
});

describe('the test of an agent', () => {
  it('asks its driver who it is', async () => {
    const report = await registry({ RUNE_MINE_DRIVER_CMD: fakeDriverCommand('good') }).test('mine');
    expect(report).toMatchObject({ ok: true, steps: [{ name: 'Configuration' }, { name: 'Driver' }] });
    expect(report.steps[1]?.message).toBe('It answers as fake 1, actions ask, info.');
  });

  it('takes a driver that refuses the question for a driver that works', async () => {
    expect((await registry({ RUNE_MINE_DRIVER_CMD: fakeDriverCommand('error') }).test('mine')).ok).toBe(true);
  });

  it('shows at which step it fails, with what the driver said', async () => {
    const crashed = await registry({ RUNE_MINE_DRIVER_CMD: fakeDriverCommand('exit3') }).test('mine');
    expect(crashed.ok).toBe(false);
    expect(crashed.steps[1]?.message).toContain('Traceback: connection refused');
    const unknown = await registry().test('nobody');
    expect(unknown.steps).toMatchObject([{ name: 'Configuration', ok: false }]);
    expect((await registry().test('prompt')).ok).toBe(true);
  });
});
