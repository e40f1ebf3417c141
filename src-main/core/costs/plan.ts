import {
  type AgenticAgentRequest,
  type BenchmarkRequest,
  type ChainRequest,
  type CostEstimateRequest,
  costProviderOf,
  type LlmInstanceRequest,
  type RentalRequest,
  type RequestOf,
} from '#shared/contract/requests.ts';
import { type BackendSetting, defaultModel, type Settings, savedBackend } from '#shared/contract/settings.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { BackendType, JobKind } from '#shared/model/job.ts';
import type { Seconds } from '#shared/model/units.ts';
import { planOfChain } from './chain-estimate.ts';
import { billedBy, isModelService, isOwnHardware } from './hosts.ts';
import { CHARACTERS_PER_TOKEN } from './meter.ts';
import { gpuIn } from './prices/gpu-names.ts';
import type { CostPlan, PriceWanted } from './seams.ts';

/** Longer is no duration of a job: a unit was mixed up. */
const LONGEST: Seconds = 10 * 365.25 * 86_400;

/** Throws `request.invalid` for what cannot be a duration: negative, not a number, more than ten years. */
export function requireDuration(seconds: Seconds): Seconds {
  if (seconds >= 0 && seconds <= LONGEST) return seconds;
  throw new CodedError(
    'request.invalid',
    `estimated_duration_seconds: ${seconds} s is no duration of a job. Give seconds, from 0 to ten years.`,
  );
}

/**
 * What an agent's own service sends a bill for: the model that the job names, or the agent's work, whatever is named.
 * Null: it has none, and asks the job's backend.
 */
export type ServiceOf = (agent: string) => 'model' | 'agent' | null;

/**
 * What a job is paid for, from its request and the settings alone; null: nothing is. Throws `request.invalid` for what
 * cannot be priced as one thing, and `cost.no_provider` for an estimate request that names no provider.
 */
export function planOf(
  kind: 'cost-estimate',
  request: CostEstimateRequest,
  settings: Pick<Settings, 'backends' | 'offers'>,
): CostPlan;
export function planOf<K extends JobKind>(
  kind: K,
  request: RequestOf[K],
  settings: Pick<Settings, 'backends' | 'offers'>,
  serviceOf: ServiceOf,
): CostPlan | null;
export function planOf<K extends JobKind>(
  kind: K,
  request: RequestOf[K],
  settings: Pick<Settings, 'backends' | 'offers'>,
  serviceOf: ServiceOf = () => 'agent',
): CostPlan | null {
  if (kind === 'cost-estimate') return planOfEstimate(request as CostEstimateRequest);
  if (kind === 'chain')
    return planOfChain(request as ChainRequest, (step) => planOfJob(step, settings, serviceOf));
  return planOfJob(
    request as AgenticAgentRequest | BenchmarkRequest | LlmInstanceRequest,
    settings,
    serviceOf,
  );
}

function planOfJob(
  request: AgenticAgentRequest | BenchmarkRequest | LlmInstanceRequest,
  settings: Pick<Settings, 'backends' | 'offers'>,
  serviceOf: ServiceOf,
): CostPlan | null {
  if ('provisioning' in request && request.provisioning?.vastai != null)
    return planOfRental(request, request.provisioning.vastai, settings, serviceOf);
  const { backend_type, backend_url } = request;
  const saved = savedBackend(settings, { backend_type, backend_url });
  const asks = 'agent' in request;
  const address = saved?.base_url ?? backend_url;
  const model = asks ? bareModel(backend_type, request.model || defaultOf(request, address, saved)) : '';
  const about = { backend_type, model: model || null, agent: asks ? request.agent : null };
  const backendTokens = tokensWanted(backend_type, address, model);
  if (backend_type === 'demo' && address !== null && !isOwnHardware(address)) {
    // What the demo costs is in no budget.
    throw new CodedError(
      'request.invalid',
      'backend_url: the demo answers on own hardware. Name the type of the server that is at this address.',
    );
  }
  // A server that is there already is only looked at.
  if (!asks) return null;
  const tokens = ownService(request, address, serviceOf) ?? backendTokens;
  return {
    comparable: { provider: tokens?.provider ?? 'local', ...about },
    wanted: tokens ?? { kind: 'local' },
    paid: tokens !== null,
    demo: backend_type === 'demo',
    duration_seconds: null,
    ...(tokens !== null && { sent_tokens: Math.ceil(request.question.length / CHARACTERS_PER_TOKEN) }),
  };
}

/**
 * A rented machine, which is the job's only bill. One that outlives its job is paid for until it is destroyed, unless
 * another job takes it over.
 */
function planOfRental(
  request: BenchmarkRequest | LlmInstanceRequest,
  rental: RentalRequest,
  { offers }: Pick<Settings, 'offers'>,
  serviceOf: ServiceOf,
): CostPlan {
  requireOneBill(request, serviceOf);
  const { backend_type } = request;
  const { min_dph, max_dph, offer_id, stop_instance } = rental;
  const asks = 'agent' in request;
  const model = asks ? bareModel(backend_type, request.model) : '';
  const agent = asks ? request.agent : null;
  const isDemo = backend_type === 'demo';
  return {
    // Which model fits is not known before there is a machine.
    comparable: { provider: 'vastai', backend_type, model: model || null, agent },
    wanted: {
      kind: 'rental',
      min_dph,
      max_dph,
      ...(offer_id !== undefined && {
        offer: { market: isDemo ? 'demo' : 'vastai', offer_id, backend_type, model, agent: agent ?? '' },
      }),
    },
    paid: true,
    demo: isDemo,
    duration_seconds: asks && stop_instance ? null : offers.keep_hours * 3600,
  };
}

/** Two bills of one job are no one estimate. */
function requireOneBill(request: BenchmarkRequest | LlmInstanceRequest, serviceOf: ServiceOf): void {
  const { backend_type, backend_url } = request;
  const refuse = (what: string): never => {
    throw new CodedError(
      'request.invalid',
      `provisioning: a rented machine answers itself, and ${what}. Leave one of them out.`,
    );
  };
  if (backend_type !== 'ollama' && backend_type !== 'demo') refuse(`backend_type is ${backend_type}`);
  if (backend_url !== null) refuse('backend_url names another server');
  if ('agent' in request && serviceOf(request.agent) === 'agent')
    refuse(`the agent "${request.agent}" asks a service of its own`);
}

/** What an agent spends that does not ask the job's backend, or not it alone. */
function ownService(
  { agent, model, backend_type }: AgenticAgentRequest | BenchmarkRequest,
  address: string | null,
  serviceOf: ServiceOf,
): TokensWanted | null {
  const bills = serviceOf(agent);
  const isDemo = backend_type === 'demo';
  if (bills === null || (bills === 'model' && (isDemo || address !== null))) return null;
  const name = agent.slice(agent.lastIndexOf(':') + 1).trim();
  // What the demo costs is in no budget.
  if (isDemo)
    throw new CodedError('request.invalid', `agent: "${name}" asks a service of its own, which is no demo.`);
  return { kind: 'tokens', provider: 'api', model: (bills === 'model' && model.trim()) || name };
}

/** An agent that brings its own model service is asked without a backend, unless one is named. */
function defaultOf(
  request: AgenticAgentRequest | BenchmarkRequest,
  address: string | null,
  saved: BackendSetting | undefined,
): string {
  const { backend_type, agent } = request;
  const usesBackend =
    address !== null ||
    backend_type === 'demo' ||
    'provisioning' in request ||
    /(^|:)prompt$/i.test(agent.trim());
  return usesBackend ? defaultModel(backend_type, saved) : '';
}

type TokensWanted = Extract<PriceWanted, { kind: 'tokens' }>;

/** An address that nobody knows yet may turn out to be a paid one. */
function tokensWanted(backendType: BackendType, address: string | null, model: string): TokensWanted | null {
  switch (backendType) {
    case 'bedrock':
      return { kind: 'tokens', provider: 'aws', model };
    case 'openai':
      return address !== null && isOwnHardware(address)
        ? null
        : { kind: 'tokens', provider: billedBy(address), model };
    case 'ollama':
    case 'k8s-inference':
    case 'demo':
      return address !== null && isModelService(address)
        ? { kind: 'tokens', provider: billedBy(address), model }
        : null;
  }
}

/** Prefixes with which RUNE's clients say where a model runs. */
const PREFIXES: Readonly<Partial<Record<BackendType, RegExp>>> = {
  ollama: /^(ollama|ollama_chat)\//,
  demo: /^(ollama|ollama_chat)\//,
  bedrock: /^(bedrock|aws)\//,
  'k8s-inference': /^(k8s|gateway)\//,
};

/** A model as its jobs' rows name it, so that they are found. */
const bareModel = (backendType: BackendType, model: string): string => {
  const prefix = PREFIXES[backendType];
  const name = model.trim();
  return prefix === undefined ? name : name.replace(prefix, '');
};

const FLAGS = ['local_hardware', 'vastai', 'azure', 'aws', 'gcp'] as const;

/** Models that a cloud sells by the token; everything else named there is a machine. */
const BY_TOKEN = {
  aws: /bedrock\/|aws\/|claude|titan|llama|nova|mistral|mixtral|ministral|cohere|command-r|deepseek|jamba|qwen|gpt-/,
  azure: /gpt-|(^|[/.])o[134](-|$)|text-embedding/,
  gcp: /gemini|claude|palm-|text-bison/,
} as const;

/** The backend that RUNE asks on each provider, by which earlier jobs are found. */
const ASKED_ON = {
  local: 'ollama',
  vastai: 'ollama',
  aws: 'bedrock',
  azure: 'openai',
  gcp: 'openai',
} as const;

/** RUNE's estimate request. Nothing is bought by it, so the gate has nothing to stop. */
function planOfEstimate(request: CostEstimateRequest): CostPlan {
  const flags = FLAGS.filter((flag) => request[flag]);
  if (flags.length > 1) {
    throw new CodedError(
      'request.invalid',
      `${flags.join(' and ')} are set, and an estimate is of one provider: leave one of them.`,
    );
  }
  const provider = costProviderOf(request);
  if (provider === null || provider === 'api') {
    throw new CodedError(
      'cost.no_provider',
      'No cost provider is chosen: set local_hardware, vastai, aws, gcp or azure.',
    );
  }
  const wanted = wantedBy(request, provider);
  const backend_type = wanted.kind === 'machine' ? null : ASKED_ON[provider];
  const name = request.model.trim();
  const model =
    backend_type === null ? name : bareModel(backend_type, wanted.kind === 'tokens' ? wanted.model : name);
  // Clients send 0 for what they leave out.
  const seconds = requireDuration(request.estimated_duration_seconds);
  return {
    comparable: { provider, backend_type, model: model || null, agent: null },
    wanted,
    paid: false,
    demo: false,
    duration_seconds: seconds || null,
  };
}

function wantedBy(
  request: CostEstimateRequest,
  provider: 'local' | 'vastai' | 'aws' | 'gcp' | 'azure',
): PriceWanted {
  const model = request.model.trim();
  switch (provider) {
    case 'local':
      return {
        kind: 'local',
        tdp_watts: request.local_tdp_watts,
        energy_rate_kwh: request.local_energy_rate_kwh,
        purchase_price: request.local_hardware_purchase_price,
        lifespan_years: request.local_hardware_lifespan_years,
      };
    case 'vastai':
      return {
        kind: 'rental',
        min_dph: request.min_dph,
        max_dph: request.max_dph,
        // A language model there says nothing of what is rented.
        ...(gpuIn(model) === null ? {} : { gpu: model }),
      };
    default:
      return BY_TOKEN[provider].test(model.toLowerCase())
        ? { kind: 'tokens', provider, model }
        : { kind: 'machine', provider, name: model };
  }
}
