import { type SpanHandle, span } from '#core/telemetry/span.ts';
import type { BackendType } from '#shared/model/job.ts';
import { MODEL_CALL_ATTRIBUTE, type ModelCallFigures } from '#shared/model/model-call.ts';
import type { Attributes, AttributeValue } from '#shared/model/span.ts';
import type { ChatAnswer, ChatRequest, LlmBackend, WarmupRequest } from './backend.ts';
import { noModelFailure } from './failures.ts';

const GEN_AI_PROVIDER: Readonly<Record<BackendType, string>> = {
  ollama: 'ollama',
  demo: 'demo',
  openai: 'openai',
  'k8s-inference': 'openai',
  bedrock: 'aws.bedrock',
};

/** The one place where a backend's spans are emitted; a call that names no model is refused here too. */
export function instrumentBackend(inner: LlmBackend): LlmBackend {
  const contract = { backend_type: inner.backend_type, base_url: inner.base_url };
  const named = (model: string): string => {
    const name = inner.normaliseModel(model);
    if (name === '') throw noModelFailure(inner.base_url);
    return name;
  };

  return {
    backend_type: inner.backend_type,
    base_url: inner.base_url,
    normaliseModel: (model) => inner.normaliseModel(model),

    listModels: (signal) =>
      span('backend.list_models', contract, async (handle) => {
        const models = await inner.listModels(signal);
        handle.set('model_count', models.length);
        return models;
      }),

    getCapabilities: (model, signal) =>
      span(
        'backend.get_capabilities',
        { ...contract, model: inner.normaliseModel(model) },
        async (handle) => {
          const capabilities = await inner.getCapabilities(named(model), signal);
          handle.set('context_length', capabilities.context_length);
          handle.set('max_output_tokens', capabilities.max_output_tokens);
          return capabilities;
        },
      ),

    warmup: (request) =>
      span('backend.warmup', { ...contract, model: inner.normaliseModel(request.model) }, async (handle) => {
        const done = await inner.warmup({
          ...request,
          model: named(request.model),
          onProgress: progress(handle, request),
        });
        handle.set('load_ms', done.load_ms);
        handle.set('pulled', done.pulled);
        return done;
      }),

    chat: (request) =>
      span('backend.chat', chatAttributes(inner, request), async (handle) => {
        const answer = await inner.chat({ ...request, model: named(request.model) });
        for (const [key, value] of Object.entries(answerAttributes(answer))) handle.set(key, value);
        return answer;
      }),
  };
}

/** A pull's progress, for whoever asked for it and for whoever looks at the open span. */
const progress =
  (handle: SpanHandle, request: WarmupRequest): WarmupRequest['onProgress'] =>
  (done, total, what) => {
    handle.set('progress', { done_bytes: done, total_bytes: total, what });
    request.onProgress?.(done, total, what);
  };

function chatAttributes(inner: LlmBackend, request: ChatRequest): Attributes {
  const model = inner.normaliseModel(request.model);
  const url = URL.parse(inner.base_url);
  const port = url === null ? '' : url.port || (url.protocol === 'https:' ? '443' : '80');
  return {
    backend_type: inner.backend_type,
    base_url: inner.base_url,
    model,
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': GEN_AI_PROVIDER[inner.backend_type],
    'gen_ai.request.model': model,
    ...(request.max_output_tokens === undefined
      ? {}
      : { 'gen_ai.request.max_tokens': request.max_output_tokens }),
    ...(url === null ? {} : { 'server.address': url.hostname, 'server.port': Number(port) }),
  };
}

/** Only what is known: an unknown count has no attribute. */
function answerAttributes({ figures, finish_reason, response_model }: ChatAnswer): Attributes {
  const ttft = figures.time_to_first_token_ms;
  const known: Readonly<Record<string, AttributeValue | undefined>> = {
    'gen_ai.response.model': response_model,
    'gen_ai.response.finish_reasons': finish_reason === null ? null : [finish_reason],
    'gen_ai.response.time_to_first_chunk': ttft === null ? null : ttft / 1000,
    'gen_ai.usage.input_tokens': figures.input_tokens,
    'gen_ai.usage.output_tokens': figures.output_tokens,
  };
  const attributes: Record<string, AttributeValue> = { [MODEL_CALL_ATTRIBUTE]: asAttribute(figures) };
  for (const [key, value] of Object.entries(known)) {
    if (value !== null && value !== undefined) attributes[key] = value;
  }
  return attributes;
}

const asAttribute = (figures: ModelCallFigures): AttributeValue => ({
  ...figures,
  server_total_ms: figures.server_total_ms ?? null,
  phases: figures.phases.map((phase) => ({ ...phase })),
});
