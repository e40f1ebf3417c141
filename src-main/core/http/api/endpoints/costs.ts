import { z } from 'zod';
import { costEstimateRequest } from '#shared/contract/requests.ts';
import type { Simulation } from '#shared/model/costs.ts';
import { ok } from '../answer.ts';
import { type ContractClient, failureOf } from '../client.ts';
import { endpoint } from '../endpoint.ts';
import { estimateBody } from '../job-body.ts';
import * as shapes from '../shapes.ts';
import { isId } from './lookup.ts';

/** Nothing may be bought on it: RUNE's own client takes this driver for a reason to stop, and "error" for none. */
const NO_ESTIMATE = {
  projected_cost_usd: 0,
  cost_driver: 'unknown',
  resource_impact: 'low',
  local_energy_kwh: 0,
  confidence_score: 0,
} as const;

/** RUNE's default; what is sent empty is not said. */
const RUNE_GPU = 'RTX 4090';
const whole = (max: number) =>
  z
    .string()
    .max(32)
    .transform((text) => Number(text.trim() || '1'))
    .pipe(z.number().int().min(1).max(max))
    .default(1);

const confidenceWord = (score: number): string => (score >= 0.9 ? 'high' : score >= 0.7 ? 'medium' : 'low');

/** RUNE's projection, every figure a number: rune-ui formats them as such. */
const projection = (of: Simulation) => {
  const single = of.single_cost_usd ?? 0;
  const total = of.total_cost_usd ?? 0;
  const runs = of.runs_per_period * of.period_days;
  return {
    projected_cost_usd: single,
    projected_total_usd: total,
    runs_per_period: of.runs_per_period,
    period_days: of.period_days,
    cost_low_usd: of.single_low_usd ?? 0,
    cost_high_usd: of.single_high_usd ?? 0,
    confidence: confidenceWord(of.confidence_score),
    confidence_score: of.confidence_score,
    currency: 'USD',
    historical_basis: of.historical_basis,
    historical_sample_count: of.historical_sample_count,
    token_samples_from_history: of.token_samples_from_history,
    avg_duration_seconds: of.duration_seconds.mid,
    llm_input_tokens_assumed: of.llm_input_tokens_assumed,
    llm_output_tokens_assumed: of.llm_output_tokens_assumed,
    vast_pricing_source: of.price?.source ?? 'none',
    components_usd: {
      gpu_compute: of.components_usd.gpu_compute ?? 0,
      llm_tokens: of.components_usd.llm_tokens ?? 0,
    },
    total_cost_usd: total,
    gpu_cost_usd: (of.components_usd.gpu_compute ?? 0) * runs,
    token_cost_usd: (of.components_usd.llm_tokens ?? 0) * runs,
    historical_match: of.historical_sample_count > 0,
    total_low_usd: of.total_low_usd ?? 0,
    total_high_usd: of.total_high_usd ?? 0,
    /** False: nobody prices it, and the zeros above stand for unknown. */
    priced: of.total_cost_usd !== null,
    warning: of.warning ?? null,
    differences: of.differences,
  };
};

export const costEndpoints = [
  endpoint({
    methods: ['POST', 'PUT', 'PATCH'],
    path: '/v1/estimates',
    tag: 'costs',
    summary: 'What a run would cost. Nothing is bought, and no job is made.',
    body: costEstimateRequest,
    answers: [
      {
        status: 200,
        about: 'the estimate; cost_driver "unknown" where there is none',
        schema: shapes.estimate,
      },
      { status: 400, about: 'a field that there is not' },
    ],
    handle: async ({ api, body, signal }) => {
      try {
        const made = await api.client.costs.estimate(estimateBody(body), { signal });
        const isKnown = made.projected_cost_usd !== null;
        return ok({
          projected_cost_usd: made.projected_cost_usd ?? 0,
          cost_driver: isKnown ? made.cost_driver : NO_ESTIMATE.cost_driver,
          resource_impact: made.resource_impact,
          local_energy_kwh: made.local_energy_kwh ?? 0,
          confidence_score: isKnown ? made.confidence_score : 0,
          warning: made.warning ?? (isKnown ? null : made.basis),
          cost_low_usd: made.cost_low_usd ?? 0,
          cost_high_usd: made.cost_high_usd ?? 0,
          coverage: made.coverage,
        });
      } catch (thrown) {
        const failure = failureOf(thrown);
        if (failure === null || !failure.code.startsWith('cost.')) throw thrown;
        return ok({ ...NO_ESTIMATE, warning: `Cost estimation failed: ${failure.message}` });
      }
    },
  }),
  endpoint({
    methods: ['GET', 'POST'],
    path: '/v1/finops/simulate',
    tag: 'costs',
    summary:
      "What a number of runs would cost, by the tenant's history where there is one (all in the query).",
    query: z.object({
      agent: z.string().max(64).default(''),
      model: z.string().max(128).default(''),
      gpu: z
        .string()
        .max(64)
        .transform((text) => text.trim() || RUNE_GPU)
        .default(RUNE_GPU),
      suite: z.string().max(256).default(''),
      runs_per_period: whole(1_000_000),
      period_days: whole(3660),
    }),
    answers: [
      { status: 200, about: 'the projection', schema: shapes.simulation },
      { status: 400, about: 'a number that is none' },
    ],
    handle: async ({ api, tenant, query, signal }) =>
      ok(projection(await api.client.costs.simulate({ ...query, tenant_id: tenant }, { signal }))),
  }),
  endpoint({
    methods: ['GET'],
    path: '/v1/metrics/summary',
    tag: 'metrics',
    summary: "The events of the tenant's jobs, or of one job, added up by name.",
    query: z.object({ job_id: z.string().max(128).default('') }),
    answers: [{ status: 200, about: 'one row per event', schema: shapes.summary }],
    handle: async ({ api, tenant, query: { job_id } }) => {
      const of = job_id === '' ? null : await jobOfTenant(api.client, tenant, job_id);
      if (job_id !== '' && of === null) return ok({ events: [] });
      const rows = await api.client.events.summary(of === null ? { tenant_id: tenant } : { job_id });
      const at = of?.updated_at ?? api.clock.nowUs() / 1e6;
      return ok({
        events: rows.map((row) => ({
          ...row,
          // rune-ui takes each row for a run.
          job_id: job_id === '' ? row.event : job_id,
          status: row.error > 0 ? 'error' : 'ok',
          duration_ms: row.avg_ms,
          score: row.total === 0 ? 0 : Math.round((100 * row.ok) / row.total),
          recorded_at: at,
        })),
      });
    },
  }),
];

async function jobOfTenant(client: ContractClient, tenant: string, jobId: string) {
  if (!isId(jobId)) return null;
  try {
    const job = await client.jobs.get({ job_id: jobId });
    return job.tenant_id === tenant ? job : null;
  } catch (thrown) {
    if (failureOf(thrown)?.code === 'job.not_found') return null;
    throw thrown;
  }
}
