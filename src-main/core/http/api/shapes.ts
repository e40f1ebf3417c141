import { z } from 'zod';
import { runeSettings } from '#shared/contract/rune-config.ts';
import { CHAIN_STATES } from '#shared/model/chain.ts';

// What is answered, for /v1/openapi.json. Clients may find more members than these.

const epochSeconds = z.number().describe('epoch seconds');
const usd = z.number().describe('USD');
const anything = z.record(z.string(), z.unknown());

export const error = z.object({ error: z.string(), code: z.string().optional() });
export const health = z.object({ status: z.literal('ok'), active_threads: z.number() });
export const status = z.object({ status: z.string() });
export const accepted = z.object({ job_id: z.string(), status: z.literal('accepted') });
export const cancelled = z.object({ job_id: z.string(), status: z.string() });

const jobRow = z.object({
  job_id: z.string(),
  tenant_id: z.string(),
  kind: z.string(),
  status: z.string(),
  message: z.string(),
  created_at: epochSeconds,
  updated_at: epochSeconds,
  started_at: epochSeconds.nullable(),
  finished_at: epochSeconds.nullable(),
  queue_ms: z.number().nullable(),
  duration_ms: z.number().nullable(),
  agent: z.string().nullable(),
  model: z.string().nullable(),
  backend_type: z.string().nullable(),
  provider_type: z.string().nullable(),
  estimate_usd: usd.nullable(),
  cost_usd: usd.nullable(),
  tokens_total: z.number().nullable(),
  span_count: z.number(),
  error_count: z.number(),
  error_code: z.string().nullable(),
  demo: z.boolean(),
});
export const job = jobRow.extend({
  result: anything.describe('{} while there is none'),
  error: z.string().optional().describe('absent while there is none'),
  request: anything,
});
export const jobPage = z.object({
  jobs: z.array(jobRow.extend({ question: z.string().nullable() })),
  total: z.number(),
  limit: z.number(),
  offset: z.number(),
});

export const events = z.object({
  job_id: z.string(),
  events: z.array(
    z.object({
      id: z.number(),
      event: z.string(),
      status: z.string(),
      duration_ms: z.number().nullable(),
      error_type: z.string().nullable(),
      labels: anything,
      recorded_at: epochSeconds,
      timestamp: z.string(),
      name: z.string(),
      message: z.string(),
    }),
  ),
});
export const summary = z.object({
  events: z.array(
    z.object({
      event: z.string(),
      total: z.number(),
      ok: z.number(),
      error: z.number(),
      avg_ms: z.number(),
      min_ms: z.number(),
      max_ms: z.number(),
      job_id: z.string().nullable(),
      status: z.string(),
      duration_ms: z.number(),
      score: z.number().nullable(),
      recorded_at: epochSeconds.nullable(),
    }),
  ),
});

export const artifacts = z.object({
  run_id: z.string(),
  artifacts: z.array(
    z.object({
      artifact_id: z.string(),
      kind: z.string(),
      name: z.string(),
      size_bytes: z.number(),
      sha256: z.string(),
      created_at: epochSeconds,
      download_url: z.string(),
    }),
  ),
  summary: z.object({ total_count: z.number(), kinds_present: z.array(z.string()) }),
});
export const chain = z.object({
  run_id: z.string(),
  overall_status: z.enum(CHAIN_STATES),
  nodes: z.array(
    z.object({
      id: z.string(),
      agent_name: z.string(),
      status: z.enum(CHAIN_STATES),
      started_at: epochSeconds.nullable(),
      finished_at: epochSeconds.nullable(),
      error: z.string().nullable(),
    }),
  ),
  edges: z.array(z.object({ from: z.string(), to: z.string() })),
});

export const rentable = z.object({
  models: z.array(z.object({ name: z.string(), vram_mb: z.number(), required_disk_gb: z.number() })),
});
export const models = z.object({
  models: z.array(z.string()),
  running_models: z.array(z.string()),
  backend_url: z.string(),
  backend_type: z.string(),
});

export const estimate = z.object({
  projected_cost_usd: usd,
  cost_driver: z
    .string()
    .describe('"unknown" where no price is known: nothing may be bought on such an estimate'),
  resource_impact: z.string(),
  local_energy_kwh: z.number(),
  confidence_score: z.number(),
  warning: z.string().nullable(),
});
export const simulation = z.object({
  total_cost_usd: usd,
  gpu_cost_usd: usd,
  token_cost_usd: usd,
  historical_match: z.boolean(),
  projected_cost_usd: usd,
  projected_total_usd: usd,
  cost_low_usd: usd,
  cost_high_usd: usd,
  confidence: z.string(),
  confidence_score: z.number(),
});

export const settings = z.object({
  defaults: runeSettings,
  profiles: z.record(z.string(), runeSettings),
  active_profile: z.string().nullable(),
  effective_config: runeSettings,
  config: runeSettings,
});
export const profile = z.object({ profile: z.string(), settings: runeSettings });
