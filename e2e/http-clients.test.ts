import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeDriverCommand } from '#core/testing/fake-driver.ts';
import { startFakeOllama } from '#core/testing/fake-ollama.ts';
import {
  CLI_ESTIMATE,
  OPERATOR_ESTIMATE,
  OPERATOR_SPEC,
  UI_ESTIMATE,
  UI_FORM,
} from './support/rune-bodies.ts';
import {
  type Answer,
  ClientError,
  call,
  readStream,
  runeCli,
  runeOperator,
  runeUi,
} from './support/rune-clients.ts';
import { startWebProcess, type WebProcess } from './support/web-process.ts';

const TOKEN = 'token-of-the-benchmarks-team-0123456789';
const OTHER = 'token-of-somebody-else-altogether-01234';
const DEMO = { backend_type: 'demo', agent: 'prompt', question: 'Why does checkout restart?' };

let server: WebProcess;
let base: string;
let ollama: Awaited<ReturnType<typeof startFakeOllama>>;
beforeAll(async () => {
  ollama = await startFakeOllama();
  server = await startWebProcess({
    RUNE_API_TOKENS: `bench:${TOKEN},other:${OTHER}`,
    RUNESCOPE_RATE_LIMIT: '600',
    RUNE_PAPERS_DRIVER_CMD: fakeDriverCommand('artifact'),
    // A benchmark names no agent: RUNE's is Holmes.
    RUNE_HOLMES_DRIVER_CMD: fakeDriverCommand('good'),
  });
  base = new URL(server.launchUrl).origin;
});
afterAll(async () => {
  await server.stop();
  await ollama.close();
});

const cli = () => runeCli(base, 'bench', TOKEN);
const ui = () => runeUi(base, 'bench', TOKEN);
const operator = () => runeOperator(base, 'bench', TOKEN);
const json = ({ text }: Answer) => JSON.parse(text) as Record<string, unknown>;

describe("RUNE's command line", () => {
  it('lists models, of the market and of a backend', async () => {
    const models = await cli().vastaiModels();
    expect(models[0]).toMatchObject({
      name: expect.any(String),
      vram_mb: expect.any(Number),
      required_disk_gb: expect.any(Number),
    });
    expect(await cli().models(ollama.url)).toMatchObject({
      models: expect.arrayContaining([expect.any(String)]),
    });
    await expect(cli().ask('GET', '/v1/llm/models')).rejects.toThrow('backend_url');
    await expect(cli().models('http://127.0.0.1:1')).rejects.toThrow(ClientError);
  });

  it('estimates, and stops where no driver was chosen', async () => {
    const estimate = await cli().estimate(CLI_ESTIMATE);
    expect(estimate).toMatchObject({
      cost_driver: 'local',
      projected_cost_usd: expect.closeTo(0.045, 3),
      confidence_score: expect.any(Number),
      resource_impact: expect.any(String),
      local_energy_kwh: expect.any(Number),
    });
    await expect(cli().estimate({ vastai: false })).rejects.toThrow('no cost driver');
    await expect(cli().estimate({ vastia: true })).rejects.toThrow('400');
  });

  it.each([
    ['agentic-agent', { ...DEMO, model: 'demo' }, ['answer', 'result_type', 'artifacts']],
    ['benchmark', { ...DEMO, model: 'demo' }, ['answer', 'result_type', 'artifacts']],
    ['llm-instance', { backend_type: 'demo' }, ['mode', 'backend_url']],
  ])('submits %s and reads its result', async (kind, body, members) => {
    const id = await cli().submit(kind, body, `key-${kind}`);
    expect(await cli().submit(kind, body, `key-${kind}`)).toBe(id);
    const result = await cli().wait(id);
    for (const member of members) expect(Object.keys(result)).toContain(member);
  });

  it('is told why a job failed, and what it may not do', async () => {
    const id = await cli().submit('agentic-agent', { ...DEMO, agent: 'nobody-knows-it' });
    await expect(cli().wait(id)).rejects.toThrow(/nobody-knows-it/);
    await expect(cli().submit('mining', DEMO)).rejects.toThrow('404');
    await expect(runeCli(base, 'bench', 'wrong-token').vastaiModels()).rejects.toThrow('401 {"error":');
    await expect(runeCli(base, 'other', OTHER).ask('GET', `/v1/jobs/${id}`)).rejects.toThrow('404 {"error":');
    await expect(runeCli(base, 'bench', OTHER).ask('GET', `/v1/jobs/${id}`)).rejects.toThrow(/^40[13] /);
  });
});

describe('rune-ui', () => {
  it('finds the service well', async () => {
    expect(await ui().object('GET', '/healthz')).toMatchObject({ status: 'ok' });
    expect((await ui().object('GET', '/v1/catalog/vastai-models')).models).toBeInstanceOf(Array);
  });

  it('estimates from its form, whose provisioning stands for vastai', async () => {
    const rented = { template_hash: 'abc', min_dph: 0.1, max_dph: 2, reliability: 0.95 };
    const estimate = await ui().object('POST', '/v1/estimates', {
      ...UI_ESTIMATE,
      provisioning: { vastai: rented },
    });
    expect(estimate).toMatchObject({
      cost_driver: 'vastai',
      projected_cost_usd: expect.any(Number),
      resource_impact: expect.any(String),
      local_energy_kwh: expect.any(Number),
    });
    expect(estimate).toHaveProperty('warning');
    const own = { ...UI_ESTIMATE, provisioning: null, local_hardware: true, local_tdp_watts: 350 };
    expect(await ui().object('POST', '/v1/estimates', own)).toMatchObject({ cost_driver: 'local' });
  });

  it.each([
    ['benchmark', {}, { agent_name: 'holmes', tier: 1 }],
    ['agentic-agent', { agent: 'sre:prompt' }, { agent_name: 'prompt', tier: null }],
  ])('submits %s from its form and follows it to the run page', async (kind, more, metadata) => {
    const { job_id } = await ui().object('POST', `/v1/jobs/${kind}`, { ...UI_FORM, ...more });
    const page = () => ui().object('GET', `/v1/jobs/${job_id}`);
    // The tracker, which prints the time as a number and the message as text.
    await expect.poll(async () => (await page()).status, { timeout: 20_000 }).toBe('succeeded');
    const job = await page();
    expect(job).toMatchObject({ created_at: expect.any(Number), message: expect.any(String) });
    expect(job).not.toHaveProperty('error');
    expect(job.result).toMatchObject({
      answer: expect.any(String),
      result_type: 'text',
      metadata,
      telemetry: { duration_ms: expect.any(Number) },
      token_usage: { total_tokens: expect.any(Number) },
    });
    const { events } = (await ui().object('GET', `/v1/jobs/${job_id}/events`)) as { events: object[] };
    for (const event of events)
      expect(event).toMatchObject({
        timestamp: expect.anything(),
        name: expect.any(String),
        message: expect.any(String),
      });
    expect(events.length).toBeGreaterThan(3);
    const summary = (await ui().object('GET', `/v1/metrics/summary?job_id=${job_id}`)) as {
      events: { status: string; event: string; duration_ms: number }[];
    };
    for (const row of summary.events) {
      expect(row.status.toUpperCase()).toMatch(/^[A-Z]+$/);
      expect(row).toMatchObject({
        event: expect.any(String),
        duration_ms: expect.any(Number),
        recorded_at: expect.anything(),
      });
      expect(row).toHaveProperty('score');
    }
    const all = (await ui().object('GET', '/v1/metrics/summary')) as { events: object[] };
    expect(all.events.length).toBeGreaterThan(0);
  });

  it('shows a failed job by its message, and posts without looking at the status', async () => {
    const { job_id } = await ui().object('POST', '/v1/jobs/agentic-agent', {
      ...UI_FORM,
      agent: 'nobody-knows-it',
    });
    await expect.poll(async () => (await ui().object('GET', `/v1/jobs/${job_id}`)).status).toBe('failed');
    const job = await ui().object('GET', `/v1/jobs/${job_id}`);
    expect(job).toMatchObject({
      error: expect.any(String),
      message: expect.stringContaining('nobody-knows-it'),
      result: {},
    });
    const refused = await ui().ask('POST', '/v1/jobs/agentic-agent', { question: 7 });
    expect(json(refused)).toMatchObject({ error: expect.any(String) });
  });

  it('reads the trace of a run as it happens, with pings, to its end', async () => {
    const { job_id } = await ui().object('POST', '/v1/jobs/agentic-agent', { ...UI_FORM, agent: 'prompt' });
    const stream = await readStream(base, `/v1/runs/${job_id}/trace`, {
      'X-Tenant-ID': 'bench',
      Authorization: `Bearer ${TOKEN}`,
    });
    expect(stream).toMatchObject({ status: 200, type: expect.stringMatching(/^text\/event-stream/) });
    const logs = stream.frames
      .filter(({ event }) => event === 'log')
      .map(({ data = '' }) => JSON.parse(data));
    for (const log of logs)
      expect(log).toMatchObject({
        id: expect.any(Number),
        event: expect.any(String),
        status: expect.stringMatching(/^(ok|error)$/),
        duration_ms: expect.any(Number),
        labels: expect.any(Object),
        recorded_at: expect.any(Number),
      });
    expect(logs.map(({ event }) => event)).toContain('agent.ask');
    expect(stream.frames.at(-1)).toMatchObject({ event: 'end', data: '{}' });
    expect((await ui().ask('GET', '/v1/runs/nobody/trace')).status).toBe(404);
    for (const path of [`/v1/runs/${job_id}/browser-stream`, `/v1/runs/${job_id}/interaction`])
      expect(await ui().ask('GET', path)).toMatchObject({
        status: 404,
        text: expect.stringContaining('"error"'),
      });
  });

  it('keeps settings and profiles', async () => {
    expect(await ui().object('GET', '/v1/settings')).toMatchObject({
      profiles: {},
      active_profile: null,
      config: {},
    });
    const created = await ui().ask('POST', '/v1/settings/profiles', {
      name: 'k8s',
      config: { backend_type: 'k8s-inference', model: 'llama3.1:8b' },
    });
    expect(created.status).toBe(201);
    await ui().object('PUT', '/v1/settings', { config: { backend_url: 'http://10.0.0.5:11434' } });
    await ui().object('PUT', '/v1/settings', { active_profile: 'k8s' });
    expect(await ui().object('GET', '/v1/settings')).toMatchObject({
      active_profile: 'k8s',
      config: { backend_type: 'k8s-inference', backend_url: 'http://10.0.0.5:11434', model: 'llama3.1:8b' },
    });
    const yaml = await ui().ask('GET', '/v1/settings/export?profile=k8s');
    expect(yaml.headers).toMatchObject({ 'content-disposition': expect.stringContaining('rune-k8s.yaml') });
    expect(yaml.text).toMatch(/^backend_type: "?k8s-inference"?$/m);
    expect((await ui().ask('GET', '/v1/settings/profiles/k8s')).status).toBeLessThan(500);
    expect((await ui().ask('DELETE', '/v1/settings/profiles/k8s')).status).toBe(200);
  });

  it('simulates costs in numbers that its page formats', async () => {
    const simulated = await ui().object(
      'GET',
      '/v1/finops/simulate?agent=holmes&model=llama3.1:8b&gpu=rtx4090',
    );
    for (const name of ['total_cost_usd', 'gpu_cost_usd', 'token_cost_usd'])
      expect((simulated[name] as number).toFixed(4)).toMatch(/^\d+\.\d{4}$/);
    expect(simulated.historical_match).toBeTypeOf('boolean');
  });

  it('draws a chain from its state, and takes its artifacts', async () => {
    const steps = [
      { name: 'first', question_template: 'One?' },
      { name: 'second', question_template: 'More than {first}?', dependencies: ['first'] },
    ];
    const { job_id } = await ui().object('POST', '/v1/jobs/chain', { backend_type: 'demo', steps });
    const state = () => ui().object('GET', `/v1/chains/${job_id}/state`);
    await expect.poll(async () => (await state()).overall_status, { timeout: 30_000 }).toBe('success');
    expect(await state()).toMatchObject({
      run_id: job_id,
      nodes: [
        {
          id: 'first',
          agent_name: 'prompt',
          status: 'success',
          started_at: expect.any(Number),
          finished_at: expect.any(Number),
          error: null,
        },
        { id: 'second', status: 'success' },
      ],
      edges: [{ from: 'first', to: 'second' }],
    });
    expect((await ui().ask('GET', '/v1/chains/nobody/state')).status).toBe(404);

    const papers = await cli().submit('agentic-agent', { ...DEMO, agent: 'papers' });
    await cli().wait(papers);
    for (const prefix of ['runs', 'audits']) {
      const list = (await ui().object('GET', `/v1/${prefix}/${papers}/artifacts`)) as {
        artifacts: { artifact_id: string; download_url: string; size_bytes: number }[];
        summary: { total_count: number };
      };
      expect(list.summary.total_count).toBe(list.artifacts.length);
      const [artifact] = list.artifacts;
      expect(artifact?.download_url).toBe(`/v1/${prefix}/${papers}/artifacts/${artifact?.artifact_id}`);
      const bytes = await ui().ask('GET', artifact?.download_url ?? '');
      expect(Buffer.byteLength(bytes.text)).toBe(artifact?.size_bytes);
      expect(bytes.headers['content-disposition']).toMatch(/^attachment; filename=/);
    }
  });
});

describe('the operator', () => {
  it('asks what it costs, with zeros for what is left out and without its tenant', async () => {
    const estimate = await operator().estimate(OPERATOR_ESTIMATE);
    expect(estimate).toMatchObject({ cost_driver: 'vastai', confidence_score: expect.any(Number) });
    expect((await operator().simulate('', 'llama3.1:8b', '')).total_cost_usd).toBeTypeOf('number');
  });

  it('submits a resource once however often it is reconciled, and polls it to its end', async () => {
    const key = 'default/nightly/3/2026-11-23T05:00:00Z';
    const { job_id, status } = await operator().submit('benchmark', OPERATOR_SPEC, key);
    expect(status).toBe('accepted');
    expect(await operator().submit('benchmark', OPERATOR_SPEC, key)).toMatchObject({ job_id });
    await expect
      .poll(async () => (await operator().poll(String(job_id))).status, { timeout: 20_000 })
      .toBe('succeeded');
    const job = await operator().poll(String(job_id));
    // Its struct has a string for an error: anything else, and it polls until its time-out.
    expect(job.error ?? '').toBeTypeOf('string');
    expect(job.result).toBeTypeOf('object');
    await expect(operator().poll('no-such-job')).rejects.toThrow('404');
  });

  it('cancels what is no longer wanted', async () => {
    const { job_id } = await operator().submit(
      'agentic-agent',
      OPERATOR_SPEC,
      'default/dropped/1/2026-11-23T05:00:00Z',
    );
    const answer = await ui().ask('DELETE', `/v1/jobs/${job_id}`);
    expect([200, 409]).toContain(answer.status);
    await expect
      .poll(async () => (await operator().poll(String(job_id))).status)
      .toMatch(/^(cancelled|succeeded)$/);
  });
});

describe('older clients', () => {
  it('find what they call elsewhere now', async () => {
    const headers = { Accept: '*/*', 'X-API-Key': TOKEN };
    const get = async (path: string) => json(await call(base, 'GET', path, headers));
    const url = encodeURIComponent(ollama.url);
    const models = (await get(`/v1/llm/models?backend_url=${url}`)).models;
    expect((await get(`/v1/ollama/models?ollama_url=${url}`)).models).toEqual(models);
    expect((await get(`/v1/catalog/models?backend_url=${url}&backend_type=ollama`)).models).toEqual(models);
    expect(await get('/v1/healthz')).toMatchObject({ status: 'ok', active_threads: expect.any(Number) });
    const set = await call(base, 'POST', '/v1/settings', headers, { settings: { model: 'qwen2.5:7b' } });
    expect([set.status, json(set)]).toEqual([200, { status: 'updated' }]);
    expect((await get('/v1/settings')).effective_config).toMatchObject({ model: 'qwen2.5:7b' });
  });
});

describe('every endpoint', () => {
  it('of the document was asked by one of them; the list of jobs and the documents are ours', async () => {
    const headers = { Accept: '*/*', 'X-API-Key': TOKEN };
    const document = json(await call(base, 'GET', '/v1/openapi.json', headers)) as {
      paths: Record<string, Record<string, unknown>>;
    };
    expect(document).toMatchObject({ openapi: expect.stringMatching(/^3\.1/) });
    expect((await call(base, 'GET', '/v1/docs', headers)).text).toContain('/v1/jobs/{kind}');
    const jobs = json(await call(base, 'GET', '/v1/jobs?limit=2', headers));
    expect(jobs).toMatchObject({ jobs: [{ tenant_id: 'bench' }, {}], total: expect.any(Number) });
    const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods)
        .filter((method) => /^(get|post|put|delete)$/.test(method))
        .map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(documented.length).toBeGreaterThan(20);
    await expect.poll(() => documented.filter((row) => !asked().has(row))).toEqual([]);
  });
});

/** What was asked so far, as the log has it: method and the path of the document. */
function asked(): ReadonlySet<string> {
  const db = new DatabaseSync(join(server.dataDir, 'runescope.db'), { readOnly: true });
  const rows = db.prepare("SELECT fields_json FROM rs_log WHERE event = 'http.request'").all();
  db.close();
  return new Set(
    rows.map((row) => {
      const { http_method, endpoint } = JSON.parse(String(row.fields_json)) as Record<string, string>;
      return `${http_method} ${endpoint}`;
    }),
  );
}
