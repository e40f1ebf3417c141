import type { JobDetail, SpanDetail } from '#shared/contract/types.ts';
import type { Json } from '#shared/model/job.ts';
import { MODEL_CALL_ATTRIBUTE, type ModelCallFigures } from '#shared/model/model-call.ts';
import type { Attributes, AttributeValue } from '#shared/model/span.ts';
import { SPAN_EXTERNAL } from '#shared/model/trace-columns.ts';

/** OTLP's SpanKind. */
const INTERNAL = 1;
const CLIENT = 3;
const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];

export interface OpenTelemetryNames {
  readonly kind: number;
  readonly otel_name: string;
  /** gen_ai.*, server.* and rune.* keys beside the contract's own; keys of unknown value are left out. */
  readonly attributes: Attributes;
}

/** GenAI's provider names by backend_type; what is not here is its own name, which the convention allows. */
const PROVIDERS: Readonly<Record<string, string>> = {
  ollama: 'ollama',
  bedrock: 'aws.bedrock',
  openai: 'openai',
  'k8s-inference': 'openai',
};

/** How OpenTelemetry would name a span of ours (reference: otel §6). */
export function openTelemetryOf(job: JobDetail, span: SpanDetail): OpenTelemetryNames {
  const { attributes } = span;
  const of = (key: string): string | null => {
    const value = attributes[key];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const backendType = of('backend_type');
  const provider = backendType === null ? null : (PROVIDERS[backendType] ?? backendType);
  const model = of('model') ?? job.model;
  const server = serverOf(of('backend_url') ?? of('base_url'));
  const named = (kind: number, words: readonly (string | null)[], more: Loose): OpenTelemetryNames => ({
    kind,
    otel_name: words.filter((word) => word !== null).join(' '),
    attributes: known(more),
  });
  const backend = { 'gen_ai.provider.name': provider, 'rune.backend.type': backendType, ...server };

  // Its sender's own name and attributes, whatever they resemble.
  if ((span.flags & SPAN_EXTERNAL) !== 0)
    return {
      kind: Math.max(INTERNAL, KINDS.indexOf(of('otel.kind') ?? '')),
      otel_name: span.name,
      attributes: {},
    };
  switch (span.name) {
    case 'job.execute':
      return named(
        INTERNAL,
        job.kind === 'chain' ? ['invoke_workflow', chainName(job)] : ['rune.job', job.kind],
        {
          'rune.job_id': job.job_id,
          'rune.tenant': job.tenant_id,
          'rune.kind': job.kind,
          'rune.status': job.status,
          'rune.cost_usd': job.cost_usd,
          'rune.estimate_usd': job.estimate_usd,
          ...workflowOf(job),
        },
      );
    case 'agent.ask':
      return named(CLIENT, ['invoke_agent', of('agent_name')], {
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.agent.name': of('agent_name'),
        'gen_ai.request.model': model,
        ...backend,
        // Of a chain, the job's figure is of all its steps.
        ...(job.kind === 'chain' ? {} : usageOf(job)),
      });
    case 'chain.step':
      return named(INTERNAL, ['rune.chain.step', of('step')], { 'rune.chain.node_id': of('step') });
    case 'backend.chat':
      return named(CLIENT, ['chat', model], {
        'gen_ai.operation.name': 'chat',
        'gen_ai.request.model': model,
        ...backend,
        ...callOf(attributes),
      });
    case 'driver.call':
      return named(CLIENT, ['rune.driver', of('driver_name'), of('action')], {
        'rune.driver.name': of('driver_name'),
        'rune.driver.action': of('action'),
        'rune.driver.transport': of('transport_type'),
      });
    case 'backend.warmup':
    case 'backend.list_models':
    case 'backend.get_capabilities':
      return named(CLIENT, [`rune.${span.name}`, model], {
        'gen_ai.request.model': model,
        ...backend,
        'rune.load_ms': attributes.load_ms,
      });
    case 'provider.provision':
    case 'provider.teardown':
      return named(CLIENT, [`rune.${span.name}`], {
        'rune.provider.type': of('provider_type'),
        'rune.backend.type': backendType,
        'rune.vastai.contract_id': attributes.contract_id,
        'rune.reused': attributes.reused,
      });
    case 'cost.estimate':
      return named(INTERNAL, ['rune.cost.estimate'], {
        'rune.cost.provider': of('provider'),
        'rune.cost.confidence_score': attributes.confidence_score,
        'rune.cost.projected_usd': attributes.projected_cost_usd,
      });
    default:
      if (!span.name.startsWith('vastai.')) return named(INTERNAL, [`rune.${span.name}`], {});
      return named(CLIENT, [`rune.${span.name}`], {
        'rune.vastai.min_dph': attributes.min_dph,
        'rune.vastai.max_dph': attributes.max_dph,
        'rune.vastai.reliability': attributes.reliability,
        'rune.vastai.contract_id': attributes.contract_id,
      });
  }
}

type Loose = { readonly [key: string]: AttributeValue | undefined };

const known = (attributes: Loose): Attributes =>
  Object.fromEntries(
    Object.entries(attributes).filter(
      (entry): entry is [string, AttributeValue] => entry[1] !== undefined && entry[1] !== null,
    ),
  );

function serverOf(address: string | null): Loose {
  const url = address === null ? null : URL.parse(address);
  if (url === null || url.hostname === '') return {};
  const port = url.port === '' ? { 'http:': 80, 'https:': 443 }[url.protocol] : Number(url.port);
  return { 'server.address': url.hostname, 'server.port': port };
}

const workflowOf = (job: JobDetail): Loose =>
  job.kind === 'chain'
    ? { 'gen_ai.operation.name': 'invoke_workflow', 'gen_ai.workflow.name': chainName(job) }
    : {};

function chainName({ request }: JobDetail): string | null {
  const name = at(request, 'name');
  return typeof name === 'string' ? name : null;
}

/** RUNE counts output and total; input is what remains. */
function usageOf(job: JobDetail): Loose {
  const tokens = at(at(job.result, 'telemetry'), 'tokens');
  const total = at(tokens, 'total');
  const output = at(tokens, 'output');
  if (typeof output !== 'number' || output <= 0) return {};
  return {
    'gen_ai.usage.output_tokens': output,
    ...(typeof total === 'number' && total > output ? { 'gen_ai.usage.input_tokens': total - output } : {}),
  };
}

const at = (value: Json | undefined, key: string): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: Json })[key]
    : undefined;

function callOf(attributes: Attributes): Loose {
  const figures = attributes[MODEL_CALL_ATTRIBUTE];
  if (typeof figures !== 'object' || figures === null || Array.isArray(figures)) return {};
  const { input_tokens, output_tokens, time_to_first_token_ms: first } = figures as Partial<ModelCallFigures>;
  return {
    'gen_ai.usage.input_tokens': input_tokens,
    'gen_ai.usage.output_tokens': output_tokens,
    'gen_ai.response.time_to_first_chunk': typeof first === 'number' ? first / 1000 : null,
  };
}
