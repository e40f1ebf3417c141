import type { Attributes, AttributeValue } from '#shared/model/span.ts';

/** Today's GenAI names by what older OpenTelemetry, OpenLLMetry and OpenInference writers call them (reference: otel §5). */
const RENAMED: Readonly<Record<string, string>> = {
  'gen_ai.system': 'gen_ai.provider.name',
  'gen_ai.usage.prompt_tokens': 'gen_ai.usage.input_tokens',
  'gen_ai.usage.completion_tokens': 'gen_ai.usage.output_tokens',
  'llm.provider': 'gen_ai.provider.name',
  'llm.system': 'gen_ai.provider.name',
  'llm.model_name': 'gen_ai.request.model',
  'embedding.model_name': 'gen_ai.request.model',
  'llm.request.model': 'gen_ai.request.model',
  'llm.token_count.prompt': 'gen_ai.usage.input_tokens',
  'llm.token_count.completion': 'gen_ai.usage.output_tokens',
  'llm.token_count.prompt_details.cache_read': 'gen_ai.usage.cache_read.input_tokens',
  'llm.token_count.prompt_details.cache_write': 'gen_ai.usage.cache_creation.input_tokens',
  'llm.token_count.completion_details.reasoning': 'gen_ai.usage.reasoning.output_tokens',
  'llm.usage.prompt_tokens': 'gen_ai.usage.input_tokens',
  'llm.usage.completion_tokens': 'gen_ai.usage.output_tokens',
  'tool.name': 'gen_ai.tool.name',
  'tool.description': 'gen_ai.tool.description',
  'tool_call.id': 'gen_ai.tool.call.id',
  'agent.name': 'gen_ai.agent.name',
  'session.id': 'gen_ai.conversation.id',
};

const OLD: ReadonlySet<string> = new Set([
  ...Object.keys(RENAMED),
  'openinference.span.kind',
  'llm.invocation_parameters',
]);

/** What an OpenInference span does, in GenAI's words; chains, guardrails and evaluators have none. */
const OPERATIONS: Readonly<Record<string, string>> = {
  LLM: 'chat',
  EMBEDDING: 'embeddings',
  RETRIEVER: 'retrieval',
  TOOL: 'execute_tool',
  AGENT: 'invoke_agent',
};

/** The same values under other spellings. */
const PROVIDERS: Readonly<Record<string, string>> = {
  az_ai_openai: 'azure.ai.openai',
  'az.ai.openai': 'azure.ai.openai',
  'az.ai.inference': 'azure.ai.inference',
  azure: 'azure.ai.openai',
  aws: 'aws.bedrock',
  bedrock: 'aws.bedrock',
  gemini: 'gcp.gemini',
  vertex_ai: 'gcp.vertex_ai',
  vertexai: 'gcp.vertex_ai',
  google: 'gcp.gen_ai',
  mistralai: 'mistral_ai',
  xai: 'x_ai',
};

/** Sampling parameters that OpenInference keeps as one JSON text. */
const PARAMETERS = [
  'max_tokens',
  'seed',
  'temperature',
  'top_p',
  'top_k',
  'frequency_penalty',
  'presence_penalty',
];
const MAX_PARAMETERS = 4096;

/** Attributes as they came, and beside them the current GenAI names of what they say. What is there is kept as it is. */
export function normalise(attributes: Attributes): Attributes {
  if (!Object.keys(attributes).some((key) => OLD.has(key))) return attributes;
  const added: Record<string, AttributeValue> = {};
  const add = (key: string, value: AttributeValue | undefined): void => {
    if (value === undefined || value === null || Object.hasOwn(attributes, key) || Object.hasOwn(added, key))
      return;
    added[key] = value;
  };
  for (const [old, current] of Object.entries(RENAMED)) {
    if (!Object.hasOwn(attributes, old)) continue;
    const value = attributes[old];
    if (current === 'gen_ai.provider.name')
      add(current, typeof value === 'string' ? provider(value) : undefined);
    else if (isCount(current)) add(current, countOf(value));
    else add(current, value);
  }
  const kind = attributes['openinference.span.kind'];
  if (typeof kind === 'string') add('gen_ai.operation.name', OPERATIONS[kind.toUpperCase()]);
  for (const [key, value] of Object.entries(parametersOf(attributes['llm.invocation_parameters'])))
    add(`gen_ai.request.${key}`, value);
  return Object.keys(added).length === 0 ? attributes : { ...attributes, ...added };
}

const provider = (name: string): string => {
  const lower = name.toLowerCase();
  return Object.hasOwn(PROVIDERS, lower) ? (PROVIDERS[lower] ?? lower) : lower;
};

const isCount = (key: string): boolean => key.startsWith('gen_ai.usage.');

/** Writers that know only texts send counts as such. */
function countOf(value: AttributeValue | undefined): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

function parametersOf(value: AttributeValue | undefined): Attributes {
  if (typeof value !== 'string' || value.length > MAX_PARAMETERS) return {};
  try {
    const given: unknown = JSON.parse(value);
    if (typeof given !== 'object' || given === null) return {};
    return Object.fromEntries(
      Object.entries(given).filter(
        (entry): entry is [string, number] => PARAMETERS.includes(entry[0]) && typeof entry[1] === 'number',
      ),
    );
  } catch {
    return {};
  }
}
