import { z } from 'zod';
import { urlHoldsCredential } from '#shared/lib/credentials.ts';
import type { COST_PROVIDERS } from '#shared/model/estimate.ts';
import { CodedError } from '#shared/model/failure.ts';
import { BACKEND_TYPES, JOB_KINDS, type JobKind } from '#shared/model/job.ts';
import { MAX_STEPS, requireOrder, requireSomeSteps } from './chain-steps.ts';

/** RUNE's limits in characters (reference: jobs §2) and ours for the whole document. */
export const MAX_REQUEST_BYTES = 10 * 1024 * 1024;
const text = (max: number) => z.string().max(max, `is longer than ${max} characters`);

/** A URL without userinfo and without a key in its query: secrets are named, not pasted (Settings holds them). */
export const backendUrl = text(2048).refine((value) => !urlHoldsCredential(value), {
  message: 'holds a credential',
  params: { code: 'request.secret_in_url' },
});

/** A path, or several as KUBECONFIG has them. */
const kubeconfigPath = text(4096).refine((value) => !/[\n\r{]/.test(value), {
  message: 'is the path of a file; its contents are not taken',
});

const vastai = z.strictObject({
  template_hash: text(256).default(''),
  min_dph: z.number().nonnegative().default(0),
  max_dph: z.number().nonnegative().default(0),
  reliability: z.number().min(0).max(1).default(0),
  /** False keeps the instance for `offers.keep_hours`. RUNE's false by default left it running for ever. */
  stop_instance: z.boolean().default(true),
  /** Ours: this offer and no other. */
  offer_id: z.number().int().positive().optional(),
  /** Ours: only these. */
  gpu_name: z.array(text(64)).max(64).optional(),
  /** Ours: instead of what the model needs by RUNE's formula. */
  disk_gb: z.number().int().min(8).max(100_000).optional(),
});
export type RentalRequest = z.infer<typeof vastai>;
const provisioning = z.strictObject({ vastai: vastai.nullish() }).nullish();

const shared = {
  backend_type: z.enum(BACKEND_TYPES).default('ollama'),
  backend_url: backendUrl.nullable().default(null),
};
const asking = {
  ...shared,
  model: text(128).default(''),
  backend_warmup: z.boolean().default(true),
  backend_warmup_timeout: z.number().int().min(1).max(3600).default(300),
  kubeconfig: kubeconfigPath.nullable().default(null),
  agent: text(64).default('holmes'),
  /** Ours: the whole job's time limit in seconds; null takes the setting. */
  timeout: z.number().positive().max(86_400).nullable().default(null),
};

export const agenticAgentRequest = z.strictObject({ ...asking, question: text(100_000).min(1, 'is empty') });
export const benchmarkRequest = z.strictObject({
  ...asking,
  question: text(100_000).default(''),
  attestation_required: z.boolean().default(false),
  provisioning,
});
export const llmInstanceRequest = z.strictObject({ ...shared, provisioning });
export const costEstimateRequest = z.strictObject({
  vastai: z.boolean().default(false),
  aws: z.boolean().default(false),
  gcp: z.boolean().default(false),
  azure: z.boolean().default(false),
  local_hardware: z.boolean().default(false),
  min_dph: z.number().nonnegative().default(0),
  max_dph: z.number().nonnegative().default(0),
  local_tdp_watts: z.number().nonnegative().default(0),
  local_energy_rate_kwh: z.number().nonnegative().default(0),
  local_hardware_purchase_price: z.number().nonnegative().default(0),
  local_hardware_lifespan_years: z.number().nonnegative().default(0),
  model: text(128).default(''),
  estimated_duration_seconds: z.number().nonnegative().default(3600),
});

/** Ours: RUNE's chain steps as one job (reference: jobs §10). */
export const chainRequest = z.strictObject({
  ...shared,
  model: text(128).default(''),
  backend_warmup: z.boolean().default(true),
  backend_warmup_timeout: z.number().int().min(1).max(3600).default(300),
  kubeconfig: kubeconfigPath.nullable().default(null),
  timeout: z.number().positive().max(86_400).nullable().default(null),
  name: text(128).default('chain'),
  steps: z
    .array(
      z.strictObject({
        name: text(64).min(1, 'is empty'),
        agent: text(64).default('prompt'),
        /** `{name}` stands for a value of the context, or the answer of a step this one depends on. */
        question_template: text(100_000).min(1, 'is empty'),
        dependencies: z.array(text(64)).max(64).default([]),
      }),
    )
    .min(1)
    .max(MAX_STEPS),
  context: z.record(text(64), text(100_000)).default({}),
  attestation_required: z.boolean().default(false),
});
export type ChainRequest = z.infer<typeof chainRequest>;

export type AgenticAgentRequest = z.infer<typeof agenticAgentRequest>;
export type BenchmarkRequest = z.infer<typeof benchmarkRequest>;
export type LlmInstanceRequest = z.infer<typeof llmInstanceRequest>;
export type CostEstimateRequest = z.infer<typeof costEstimateRequest>;

export interface RequestOf {
  readonly 'agentic-agent': AgenticAgentRequest;
  readonly benchmark: BenchmarkRequest;
  readonly 'llm-instance': LlmInstanceRequest;
  readonly 'cost-estimate': CostEstimateRequest;
  readonly chain: ChainRequest;
}

const SCHEMAS: { readonly [K in JobKind]: z.ZodType<RequestOf[K]> } = {
  'agentic-agent': agenticAgentRequest,
  benchmark: benchmarkRequest,
  'llm-instance': llmInstanceRequest,
  'cost-estimate': costEstimateRequest,
  chain: chainRequest,
};

/** Spellings of older RUNE clients, and where their values go (reference: job store §7). */
const RENAMED = new Map([
  ['ollama_url', 'backend_url'],
  ['ollama_warmup', 'backend_warmup'],
  ['ollama_warmup_timeout', 'backend_warmup_timeout'],
]);
const FLAT_VASTAI = new Map([
  ['template_hash', 'template_hash'],
  ['min_dph', 'min_dph'],
  ['max_dph', 'max_dph'],
  ['reliability', 'reliability'],
  ['vastai_stop_instance', 'stop_instance'],
]);

/** Moves flat and Ollama-named fields to where today's request has them. Unknown fields stay where they are. */
export function modernise(kind: JobKind, body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (kind === 'cost-estimate') return { ...body };
  // Maps, because assigning to obj['__proto__'] would let a body choose the prototype.
  const modern = new Map<string, unknown>();
  const rental = new Map<string, unknown>();
  for (const [key, value] of Object.entries(body)) {
    const inner = FLAT_VASTAI.get(key);
    if (inner !== undefined) rental.set(inner, value);
    else if (key !== 'vastai') modern.set(RENAMED.get(key) ?? key, value);
  }
  if (body.vastai === true && !modern.has('provisioning')) {
    modern.set('provisioning', { vastai: Object.fromEntries(rental) });
  }
  return Object.fromEntries(modern);
}

/** The request of a job, parsed once. Throws `request.*` naming every field that is wrong. */
export function parseRequest<K extends JobKind>(kind: K, body: unknown): RequestOf[K] {
  if (!JOB_KINDS.includes(kind)) {
    throw new CodedError(
      'request.invalid',
      `There is no job kind "${String(kind)}". Kinds: ${JOB_KINDS.join(', ')}.`,
    );
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new CodedError('request.invalid', 'The request must be a JSON object.');
  }
  if (kind === 'chain') requireSomeSteps((body as { readonly steps?: unknown }).steps);
  const parsed = SCHEMAS[kind].safeParse(modernise(kind, body as Record<string, unknown>));
  if (parsed.success) {
    if ('steps' in parsed.data) requireOrder(parsed.data.steps);
    return parsed.data;
  }
  const unknown = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys : [],
  );
  if (unknown.length > 0) {
    throw new CodedError(
      'request.unknown_field',
      `${kind} has no field ${unknown.map((key) => `"${key}"`).join(', ')}.`,
    );
  }
  const secret = parsed.error.issues.find(
    (issue) => issue.code === 'custom' && issue.params?.code === 'request.secret_in_url',
  );
  if (secret !== undefined) {
    throw new CodedError(
      'request.secret_in_url',
      `${secret.path.join('.')} holds a credential. Store it in Settings under a name and give the bare URL.`,
    );
  }
  const problems = parsed.error.issues.map(
    (issue) => `${issue.path.join('.') || 'request'}${stepOf(body, issue.path)}: ${issue.message}`,
  );
  throw new CodedError('request.invalid', `The request is not valid. ${problems.join('; ')}.`);
}

/** A step is looked for by its name, not by its place. */
function stepOf(body: object, [field, at]: readonly PropertyKey[]): string {
  if (field !== 'steps' || typeof at !== 'number') return '';
  const step: unknown = (body as { readonly steps?: readonly unknown[] }).steps?.[at];
  const name = typeof step === 'object' && step !== null && 'name' in step ? step.name : null;
  return typeof name === 'string' && name !== '' ? ` (step "${name.slice(0, 64)}")` : '';
}

/** The estimators a request names, in RUNE's order of precedence. */
export function costProviderOf(request: CostEstimateRequest): (typeof COST_PROVIDERS)[number] | null {
  if (request.local_hardware) return 'local';
  return (['vastai', 'azure', 'aws', 'gcp'] as const).find((name) => request[name]) ?? null;
}
