import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { LlmBackend } from '#core/backends/backend.ts';
import { planOf } from '#core/costs/plan.ts';
import type { RunOf } from '#core/jobs/workflow.ts';
import { type AgenticAgentRequest, parseRequest } from '#shared/contract/requests.ts';
import { type Settings, settingsSchema } from '#shared/contract/settings.ts';
import type { CostEstimate } from '#shared/model/estimate.ts';
import { askAgent } from './ask.ts';
import type { Services } from './services.ts';

const server = (base_url: string, default_model: string | null = null): Settings =>
  settingsSchema.parse({
    backends: [{ id: 'b', name: 'B', backend_type: 'openai', base_url, default_model }],
  });

/** A job that was estimated by the settings `before`, and is asked by those of `after`. */
async function asked(before: Settings, after: Settings, request: Record<string, unknown>): Promise<number> {
  let settings = before;
  let calls = 0;
  const backend = {
    normaliseModel: (model: string) => model,
    warmup: async () => ({ load_ms: null, pulled: false }),
    getCapabilities: async () => ({ context_length: null, max_output_tokens: null, capabilities: [] }),
  } as unknown as LlmBackend;
  const services = {
    clock: { nowUs: () => 0, monotonicMs: () => 0 },
    settings: () => settings,
    planOf: (kind: 'agentic-agent', wanted: AgenticAgentRequest) =>
      planOf(kind, wanted, settings, () => null),
    estimator: { estimate: async () => ({ rests_on: { price: null } }) as CostEstimate },
    gate: { recheck: () => {} },
    agent: async () => {
      settings = after;
      return {
        agent_name: 'prompt',
        ask: async () => {
          calls++;
          return { answer: 'So.', result_type: 'text', artifacts: [], metadata: {}, telemetry: null };
        },
      };
    },
    endpoint: async () => ({
      backend_type: 'openai',
      base_url: settings.backends[0]?.base_url ?? '',
      api_key: null,
      region: null,
    }),
    backend: () => backend,
    provider: (at: unknown) => ({ provision: async () => at, teardown: async () => {} }),
  } as unknown as Services;
  const run = {
    job_id: 'j',
    request: parseRequest('agentic-agent', {
      question: 'x',
      agent: 'prompt',
      backend_type: 'openai',
      ...request,
    }),
    signal: new AbortController().signal,
    workDir: tmpdir(),
    progress: () => {},
    estimated: () => {},
    spent: () => {},
    chose: () => {},
  } as unknown as RunOf<'agentic-agent'>;
  await askAgent('agentic-agent', run, services, { needsBackend: false, rental: null });
  return calls;
}

const HERE = 'http://127.0.0.1:1234/v1';
const PAID = 'https://api.openai.com/v1';

describe('settings that change between the estimate and the work', () => {
  it.each([
    ['a server of our own becomes a paid one', server(HERE), server(PAID), { model: 'gpt-4o' }],
    ['a paid one becomes another', server(PAID), server('https://x.openai.azure.com'), { model: 'gpt-4o' }],
    ['the default model becomes a dearer one', server(PAID, 'gpt-4o-mini'), server(PAID, 'gpt-4o'), {}],
  ] as const)('%s: nothing is asked', async (_, before, after, request) => {
    await expect(asked(before, after, request)).rejects.toMatchObject({ code: 'cost.approval_needed' });
  });

  it('on own hardware it is asked: nobody sends a bill', async () => {
    expect(await asked(server(HERE), server('http://gpu-box:8000'), { model: 'm' })).toBe(1);
    expect(await asked(server(PAID, 'gpt-4o'), server(PAID, 'gpt-4o'), {})).toBe(1);
  });
});
