import { describe, expect, it } from 'vitest';
import { deriveImportedJobRow, deriveJobRow } from './job-index.ts';
import type { RuneJobRow } from './rows.ts';

const job = (changes: Partial<RuneJobRow> & { request?: object; result?: object }): RuneJobRow => ({
  job_id: 'j',
  tenant_id: 'default',
  kind: 'agentic-agent',
  status: 'succeeded',
  request_json: JSON.stringify(changes.request ?? {}),
  result_json: changes.result === undefined ? null : JSON.stringify(changes.result),
  error: null,
  message: 'job completed',
  created_at: 100,
  updated_at: 130,
  ...changes,
});

describe('a board row from the payloads of each era', () => {
  it('reads Ollama-named flat fields with a rented GPU', () => {
    const row = deriveJobRow(
      job({
        kind: 'benchmark',
        request: { question: 'Why?', model: 'llama3.1:8b', ollama_url: null, vastai: true, max_dph: 3 },
        result: {
          answer: 'x',
          model_name: 'llama3.1:70b',
          ollama_url: 'http://10.0.0.5:11434',
          contract_id: 7,
        },
      }),
      {},
    );
    expect(row).toMatchObject({
      agent: 'holmes',
      backend_type: 'ollama',
      provider_type: 'vastai',
      model: 'llama3.1:70b',
      question: 'Why?',
      cost_usd: null,
      tokens_total: null,
    });
  });

  it('calls ollama-instance llm-instance', () => {
    const row = deriveJobRow(job({ kind: 'ollama-instance', request: { ollama_url: 'http://h' } }), {});
    expect(row).toMatchObject({
      kind: 'llm-instance',
      agent: null,
      backend_type: 'ollama',
      provider_type: 'existing',
    });
  });

  it('reads nested provisioning, cost and tokens', () => {
    const row = deriveJobRow(
      job({
        request: {
          agent: 'k8sgpt',
          backend_type: 'bedrock',
          model: 'm',
          provisioning: { vastai: { max_dph: 1 } },
        },
        result: {
          answer: 'fine',
          metadata: { cost: 0.07, duration_s: 41 },
          telemetry: { tokens: { output: 212, total: 812 }, cost_estimate_usd: 0.09 },
        },
      }),
      {},
    );
    expect(row).toMatchObject({
      agent: 'k8sgpt',
      backend_type: 'bedrock',
      provider_type: 'vastai',
      cost_usd: 0.07,
      tokens_total: 812,
    });
  });

  it('takes "vastai" in backend_type for where the backend runs', () => {
    const row = deriveJobRow(job({ request: { backend_type: 'vastai' } }), {});
    expect(row).toMatchObject({ backend_type: 'ollama', provider_type: 'vastai' });
  });

  it('adds up the parts when a driver left the total at 0, and keeps unknown as null', () => {
    const tokens = { agent_reasoning: 10, output: 5, system_prompt: 1, tool_calls: 0, total: 0 };
    expect(deriveJobRow(job({ result: { telemetry: { tokens } } }), {}).tokens_total).toBe(16);
    expect(
      deriveJobRow(job({ result: { telemetry: { tokens: { total: 0 } } } }), {}).tokens_total,
    ).toBeNull();
  });

  it('reads the bare NaN and Infinity that Python writes, leaving such words in texts alone', () => {
    const row = deriveJobRow(
      job({
        request_json: '{"model": "m", "question": "is \\"NaN\\" -Infinity?", "timeout": Infinity}',
        result_json: '{"metadata": {"cost": NaN}}',
      }),
      {},
    );
    expect(row).toMatchObject({ model: 'm', question: 'is "NaN" -Infinity?', cost_usd: null });
  });

  it('survives payloads that are no JSON objects', () => {
    for (const text of ['', 'nonsense', '[1]', 'null', '{"a":']) {
      expect(deriveJobRow(job({ request_json: text, result_json: text }), {}).model).toBeNull();
    }
  });

  it('marks answers that look like errors and jobs on the demo backend', () => {
    expect(deriveJobRow(job({ result: { answer: 'Error: no route to host' } }), {}).suspected_failure).toBe(
      1,
    );
    expect(deriveJobRow(job({ request: { backend_type: 'demo' } }), {}).demo).toBe(1);
  });

  it('takes the estimate of a cost-estimate job, and none from one that failed inside', () => {
    const kind = 'cost-estimate';
    const result = { projected_cost_usd: 2.65, cost_driver: 'vastai' };
    expect(deriveJobRow(job({ kind, result }), {}).estimate_usd).toBe(2.65);
    const failed = { projected_cost_usd: 0, cost_driver: 'error' };
    expect(deriveJobRow(job({ kind, result: failed }), {}).estimate_usd).toBeNull();
  });
});

describe('status and times', () => {
  it.each([
    ['success', 'succeeded'],
    ['completed', 'succeeded'],
    ['error', 'failed'],
    ['canceled', 'cancelled'],
    ['paused', 'paused'],
    ['toString', 'toString'],
  ])('reads %s as %s', (status, read) => {
    expect(deriveJobRow(job({ status }), {}).status).toBe(read);
  });

  it('counts queue and run time from our own marks, and none before the end', () => {
    const more = { started_at: 104, finished_at: 110 };
    expect(deriveJobRow(job({}), more)).toMatchObject({ queue_ms: 4000, duration_ms: 6000 });
    expect(deriveJobRow(job({ status: 'running' }), { started_at: 104 })).toMatchObject({
      queue_ms: 4000,
      duration_ms: null,
      finished_at: null,
    });
  });

  it("takes RUNE's own duration for imported jobs, but not from rounded times", () => {
    expect(deriveImportedJobRow(job({}), {}, false)).toMatchObject({ duration_ms: 30_000, finished_at: 130 });
    expect(deriveImportedJobRow(job({}), {}, true).duration_ms).toBeNull();
    expect(deriveImportedJobRow(job({ updated_at: 99.9 }), {}, false).duration_ms).toBeNull();
    expect(deriveImportedJobRow(job({ updated_at: 100 }), {}, false).duration_ms).toBe(1);
    expect(deriveImportedJobRow(job({ status: 'running' }), {}, false)).toMatchObject({
      duration_ms: null,
      finished_at: null,
    });
  });

  it('names why a job ended badly, and shows its error instead of a stale "accepted"', () => {
    const failed = { status: 'failed', error: 'Agent error: exit 1', message: 'accepted' };
    expect(deriveJobRow(job(failed), {})).toMatchObject({
      error_code: 'job.failed',
      message: 'Agent error: exit 1',
    });
    const restarted = { status: 'failed', error: 'server restarted before job completion' };
    expect(deriveJobRow(job(restarted), {}).error_code).toBe('job.interrupted');
    expect(deriveJobRow(job({ error: 'Cancelled by user' }), {}).error_code).toBeNull();
  });
});
