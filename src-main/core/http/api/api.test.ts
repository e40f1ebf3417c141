import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench, SECRET_A, SECRET_B } from '#core/testing/api-bench.ts';
import { startFakeOllama } from '#core/testing/fake-ollama.ts';

let bench: ApiBench;
beforeAll(async () => {
  bench = await openApiBench();
});
afterAll(() => bench.close());

const DEMO = {
  question: 'Why does checkout restart?',
  model: 'demo',
  backend_url: null,
  backend_type: 'demo',
  backend_warmup: true,
  backend_warmup_timeout: 300,
  agent: 'prompt',
};

async function submit(body: unknown = DEMO, kind = 'agentic-agent', token = SECRET_A): Promise<string> {
  const { json, status } = await bench.call('POST', `/v1/jobs/${kind}`, { body, token });
  expect({ status, json }).toMatchObject({ status: 202, json: { status: 'accepted' } });
  return (json as { job_id: string }).job_id;
}

async function ended(id: string, token = SECRET_A): Promise<Record<string, unknown>> {
  for (;;) {
    const { json } = await bench.call('GET', `/v1/jobs/${id}`, { token });
    const job = json as Record<string, unknown>;
    if (['succeeded', 'failed', 'cancelled'].includes(String(job.status))) return job;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('health', () => {
  it.each(['/healthz', '/v1/healthz'])('%s needs no token', async (path) => {
    const { status, json, headers } = await bench.call('GET', path, { token: null });
    expect({ status, json }).toEqual({ status: 200, json: { status: 'ok', active_threads: 0 } });
    expect(headers['content-length']).toBeDefined();
  });
});

describe('a job', () => {
  it('is submitted, polled and read as every client of RUNE reads it', async () => {
    const id = await submit();
    const first = (await bench.call('GET', `/v1/jobs/${id}`)).json as Record<string, unknown>;
    expect(first).toMatchObject({ job_id: id, tenant_id: 'team-a', kind: 'agentic-agent' });
    expect(first.created_at).toBeTypeOf('number');
    expect(first.updated_at).toBeTypeOf('number');
    expect(first.message).toBeTypeOf('string');
    const job = await ended(id);
    expect(job.status).toBe('succeeded');
    expect(job).not.toHaveProperty('error');
    const result = job.result as Record<string, Record<string, unknown>>;
    expect(result).toMatchObject({ result_type: 'text', artifacts: [] });
    expect(result.answer).toBeTypeOf('string');
    expect(result.metadata).toMatchObject({ agent_name: 'prompt' });
    expect(result.telemetry?.duration_ms).toBeGreaterThan(0);
    expect(result.token_usage?.total_tokens).toBeGreaterThan(0);
  });

  it('has an empty result while there is none, and a string for an error', async () => {
    const id = await submit({ ...DEMO, agent: 'no-such-agent' });
    const job = await ended(id);
    expect(job).toMatchObject({ status: 'failed', result: {} });
    expect(job.error).toContain('no-such-agent');
    expect(job.message).toBe(job.error);
  });

  it('is made once for one idempotency key, in either spelling of the header', async () => {
    const headers = { 'idempotency-key': 'ns/name/1/2026-11-23T10:00:00Z' };
    const one = await bench.call('POST', '/v1/jobs/agentic-agent', { body: DEMO, headers });
    const two = await bench.call('POST', '/v1/jobs/agentic-agent', {
      body: DEMO,
      headers: { 'x-idempotency-key': headers['idempotency-key'] },
    });
    expect(two.status).toBe(202);
    expect(two.json).toEqual(one.json);
    // Another tenant's key of that name is another key.
    const other = await bench.call('POST', '/v1/jobs/agentic-agent', {
      body: DEMO,
      headers,
      token: SECRET_B,
    });
    expect(other.json).not.toEqual(one.json);
  });

  it('is cancelled; one that has ended stays what it is', async () => {
    await bench.engine.client.settings.set({ version: 1, demo: { slowness: 5 } });
    const id = await submit();
    const cancelled = await bench.call('DELETE', `/v1/jobs/${id}`);
    await bench.engine.client.settings.set({ version: 1, demo: { slowness: 0.05 } });
    expect(cancelled).toMatchObject({ status: 200, json: { status: 'cancelled', job_id: id } });
    expect(await bench.call('DELETE', `/v1/jobs/${id}`)).toMatchObject({
      status: 200,
      json: { status: 'cancelled', job_id: id },
    });
  });

  it('has its events, each with what rune-ui prints', async () => {
    const id = await submit();
    await ended(id);
    const { json } = await bench.call('GET', `/v1/jobs/${id}/events`);
    const { events } = json as { events: Record<string, unknown>[] };
    expect(events.map(({ event }) => event)).toContain('agent.ask');
    for (const event of events) {
      expect(event.name).toBe(event.event);
      expect(event.timestamp).toMatch(/^\d{4}-/);
      expect(event.message).toBeTypeOf('string');
    }
    const after = await bench.call('GET', `/v1/jobs/${id}/events?after_id=${events[0]?.id}&limit=1`);
    expect((after.json as { events: unknown[] }).events).toEqual([events[1]]);
    const summary = await bench.call('GET', `/v1/metrics/summary?job_id=${id}`);
    expect((summary.json as { events: { event: string }[] }).events.map(({ event }) => event)).toContain(
      'agent.ask',
    );
  });

  it('stands in the list of its tenant, page by page', async () => {
    const id = await submit();
    await ended(id);
    const all = (await bench.call('GET', '/v1/jobs?limit=1000&status=succeeded,failed')).json as {
      jobs: { job_id: string; tenant_id: string }[];
      total: number;
    };
    expect(all.jobs.map(({ job_id }) => job_id)).toContain(id);
    expect(new Set(all.jobs.map(({ tenant_id }) => tenant_id))).toEqual(new Set(['team-a']));
    const page = (await bench.call('GET', '/v1/jobs?limit=1&offset=1&status=succeeded,failed')).json;
    expect(page).toMatchObject({
      jobs: [{ job_id: all.jobs[1]?.job_id }],
      limit: 1,
      offset: 1,
      total: all.total,
    });
  });
});

describe('bodies that real clients send', () => {
  const UI = {
    provisioning: null,
    region: '',
    kubeconfig: '~/.kube/config',
    aws: false,
    gcp: false,
    azure: false,
  };
  const FLAT = {
    region: 'eu',
    kubeconfig: '',
    vastai: false,
    template_hash: '',
    min_dph: 0,
    max_dph: 0,
    reliability: 0,
    vastai_stop_instance: false,
    aws: false,
    gcp: false,
    azure: false,
    backend_warmup_timeout: 0,
  };
  it.each([
    ['rune-ui, an agent with its scope', 'agentic-agent', { ...DEMO, ...UI, agent: 'sre:prompt' }],
    ['rune-ui, a benchmark', 'benchmark', { ...DEMO, ...UI }],
    ['the operator, flat and zero', 'agentic-agent', { ...DEMO, ...FLAT }],
    ['the operator, a benchmark', 'benchmark', { ...DEMO, ...FLAT, attestation_required: false }],
    ['a benchmark with a key that nobody knows', 'benchmark', { ...DEMO, nonsense: 1 }],
    [
      'the oldest, Ollama-named',
      'agentic-agent',
      {
        ...DEMO,
        ollama_warmup: true,
        ollama_warmup_timeout: 90,
        backend_warmup: undefined,
        backend_warmup_timeout: undefined,
      },
    ],
  ])('%s', async (_who, kind, body) => {
    expect((await ended(await submit(body, kind))).status).toBe('succeeded');
  });

  it('refuses a typo where RUNE is strict', async () => {
    const { status, json } = await bench.call('POST', '/v1/jobs/agentic-agent', {
      body: { ...DEMO, modle: 'x' },
    });
    expect({ status, json }).toMatchObject({ status: 400, json: { code: 'request.unknown_field' } });
    expect((json as { error: string }).error).toContain('modle');
  });

  it.each([
    ['POST', '/v1/jobs/no-such-kind', 404, 'unknown job kind: no-such-kind'],
    ['GET', '/v1/nothing', 404, 'not found'],
    ['GET', '/v1', 404, 'not found'],
    ['GET', '/v1/jobs/none/nothing', 404, 'not found'],
  ])('%s %s is %i', async (method, path, status, error) => {
    const answer = await bench.call(method, path, method === 'POST' ? { body: {} } : {});
    expect(answer).toMatchObject({ status, json: { error } });
  });
});

describe('models', () => {
  it('are an object with `models`, which every client looks for', async () => {
    for (const path of ['/v1/catalog/vastai-models', '/v1/llm/models?backend_type=vastai']) {
      const { json } = await bench.call('GET', path);
      const { models } = json as { models: unknown[] };
      expect(models).toHaveLength(8);
      expect(models[0]).toEqual({ name: 'llama3.1:405b', vram_mb: 260000, required_disk_gb: 324 });
    }
  });

  it('of a backend are asked for there', async () => {
    const ollama = await startFakeOllama();
    try {
      const url = encodeURIComponent(ollama.url);
      for (const path of [`/v1/llm/models?backend_url=${url}`, `/v1/ollama/models?ollama_url=${url}`]) {
        const { status, json } = await bench.call('GET', path);
        expect({ status, json }).toMatchObject({ status: 200, json: { backend_type: 'ollama' } });
        expect((json as { models: string[] }).models.length).toBeGreaterThan(0);
        expect((json as { running_models: string[] }).running_models).toBeInstanceOf(Array);
      }
    } finally {
      await ollama.close();
    }
    expect(await bench.call('GET', '/v1/llm/models')).toMatchObject({
      status: 400,
      json: { error: 'missing required query parameter: backend_url' },
    });
    expect((await bench.call('GET', '/v1/llm/models?backend_url=http://127.0.0.1:1')).status).toBe(400);
  });
});

describe('costs', () => {
  const estimate = (body: unknown) => bench.call('POST', '/v1/estimates', { body });

  it('are estimated from the body of rune-ui, which nests what it wants', async () => {
    const { status, json } = await estimate({
      model: 'llama3.1:8b',
      region: '',
      provisioning: { vastai: { template_hash: 'x', min_dph: 0.0, max_dph: 2.0, reliability: 0.99 } },
      aws: false,
      gcp: false,
      azure: false,
      local_hardware: false,
      local_tdp_watts: 0.0,
      local_energy_rate_kwh: 0.15,
      estimated_duration_seconds: 3600,
    });
    expect({ status, json }).toMatchObject({ status: 200, json: { cost_driver: 'vastai' } });
    expect((json as { projected_cost_usd: number }).projected_cost_usd).toBeGreaterThan(0);
  });

  it('takes zeros of the operator as not said', async () => {
    const { status, json } = await estimate({
      vastai: false,
      local_hardware: true,
      local_tdp_watts: 350,
      local_energy_rate_kwh: 0.15,
      template_hash: '',
      reliability: 0,
      region: '',
      model: '',
      estimated_duration_seconds: 0,
    });
    expect({ status, json }).toMatchObject({ status: 200, json: { cost_driver: 'local' } });
    expect((json as { projected_cost_usd: number }).projected_cost_usd).toBeGreaterThan(0.04);
  });

  it('without a driver say so in numbers, and in a word for which clients stop', async () => {
    expect(await estimate({})).toMatchObject({
      status: 200,
      json: { projected_cost_usd: 0, cost_driver: 'unknown', confidence_score: 0 },
    });
    expect((await estimate({ modle: 'x' })).status).toBe(400);
  });

  it.each(['GET', 'POST'])('are simulated, %s', async (method) => {
    const { status, json } = await bench.call(
      method,
      '/v1/finops/simulate?agent=holmes&model=llama3.1:8b&gpu=rtx4090&runs_per_period=2&period_days=7',
    );
    expect(status).toBe(200);
    const of = json as Record<string, unknown>;
    for (const key of [
      'total_cost_usd',
      'gpu_cost_usd',
      'token_cost_usd',
      'confidence_score',
      'cost_low_usd',
    ])
      expect(of[key], key).toBeTypeOf('number');
    expect(of.historical_match).toBe(false);
    expect(of.total_cost_usd).toBeCloseTo(14 * (of.projected_cost_usd as number), 9);
  });

  it('are not simulated for a number that is none; what is empty is not said', async () => {
    expect((await bench.call('GET', '/v1/finops/simulate?runs_per_period=many')).status).toBe(400);
    expect((await bench.call('GET', '/v1/finops/simulate?agent=&gpu=&model=')).status).toBe(200);
  });
});

describe('documents', () => {
  it('describe every path, and need no token', async () => {
    const { status, json } = await bench.call('GET', '/v1/openapi.json', { token: null });
    const { openapi, paths } = json as { openapi: string; paths: Record<string, Record<string, unknown>> };
    expect({ status, openapi }).toEqual({ status: 200, openapi: '3.1.0' });
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining([
        '/v1/jobs/{kind}',
        '/v1/jobs/{id}',
        '/v1/runs/{id}/trace',
        '/v1/estimates',
        '/healthz',
      ]),
    );
    const page = await bench.call('GET', '/v1/docs', { token: null });
    expect(page.headers['content-type']).toContain('text/html');
    for (const path of Object.keys(paths)) expect(page.text).toContain(`<code>${path}</code>`);
    expect(page.text).not.toContain('<script');
  });
});

describe('artifacts', () => {
  it('are listed below either prefix, and come as their bytes', async () => {
    const id = await submit();
    await ended(id);
    const content = Buffer.from('{"bomFormat": "CycloneDX"}');
    // As RUNE's own tools write into the same file.
    const db = new DatabaseSync(join(bench.dataDir, 'runescope.db'));
    db.prepare('INSERT INTO audit_artifact VALUES (?, ?, ?, ?, ?, ?, ?, ?)').run(
      'art-1',
      id,
      'sbom',
      '../up "bom".json',
      content.byteLength,
      'f'.repeat(64),
      content,
      1_777_000_000.5,
    );
    db.close();
    for (const prefix of ['runs', 'audits']) {
      const { json } = await bench.call('GET', `/v1/${prefix}/${id}/artifacts`);
      expect(json).toEqual({
        run_id: id,
        artifacts: [
          {
            artifact_id: 'art-1',
            kind: 'sbom',
            name: '../up "bom".json',
            size_bytes: content.byteLength,
            sha256: 'f'.repeat(64),
            created_at: 1_777_000_000.5,
            download_url: `/v1/${prefix}/${id}/artifacts/art-1`,
          },
        ],
        summary: { total_count: 1, kinds_present: ['sbom'] },
      });
      const bytes = await bench.call('GET', `/v1/${prefix}/${id}/artifacts/art-1`);
      expect(bytes.text).toBe(content.toString());
      expect(bytes.headers).toMatchObject({
        'content-type': 'application/json',
        'content-length': String(content.byteLength),
        'x-content-type-options': 'nosniff',
      });
      expect(bytes.headers['content-disposition']).toContain('attachment; filename="up _bom_.json"');
      const other = await bench.call('GET', `/v1/${prefix}/${id}/artifacts/art-1`, { token: SECRET_B });
      expect(other.status).toBe(404);
    }
  });
});

describe('the log', () => {
  it('has one record per request, without what it brought', async () => {
    const before = bench.logged.length;
    await bench.call('GET', '/v1/jobs/some-id?secret=planted-value', {
      headers: { 'x-planted': 'planted-value' },
    });
    await bench.call('GET', '/v1/jobs', { token: 'planted-value'.repeat(3) });
    await expect
      .poll(() => bench.logged.slice(before).filter(({ event }) => event === 'http.request'))
      .toHaveLength(2);
    const records = bench.logged.slice(before).filter(({ event }) => event === 'http.request');
    expect(records[0]).toMatchObject({
      logger: 'http',
      tenant_id: 'team-a',
      job_id: 'some-id',
      fields: {
        client_ip: '127.0.0.1',
        http_method: 'GET',
        endpoint: '/v1/jobs/{id}',
        status_code: 404,
        auth_result: 'ok',
        duration_ms: expect.any(Number),
      },
    });
    expect(records[1]).toMatchObject({ fields: { status_code: 401, auth_result: 'invalid' } });
    expect(JSON.stringify(records)).not.toContain('planted-value');
  });
});
