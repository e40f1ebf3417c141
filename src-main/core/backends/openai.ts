import type { ModelInfo } from '#shared/contract/types.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { BackendCapabilities, BackendEndpoint, LlmBackend } from './backend.ts';
import { modelNotFound } from './failures.ts';
import { LONG, type Patience } from './http-call.ts';
import { maxOutputTokens } from './limits.ts';
import { chatOpenai } from './openai-chat.ts';
import { warmupOpenai } from './openai-warmup.ts';
import { lmStudioModels, type OpenaiModel, openaiModels } from './openai-wire.ts';
import { createServerClient, type Rejection } from './server-client.ts';

const GATEWAY_PREFIX = /^(k8s|gateway)\//;

/** Where the API lies: the URL itself when it names a version (`…/v1`), else `/v1` below it. */
export const openaiRoot = (baseUrl: string): string =>
  /\/v\d+[a-z0-9]*(\/|$)/.test(new URL(baseUrl).pathname) ? baseUrl : `${baseUrl}/v1`;

/**
 * Any server with OpenAI's API: OpenAI itself, vLLM, llama.cpp, LM Studio; and as `k8s-inference` the same wire
 * behind a gateway, which often lists no models and routes by the model's name.
 */
export function createOpenaiBackend(
  endpoint: BackendEndpoint,
  patience: { readonly brief?: Patience; readonly long?: Patience } = {},
): LlmBackend {
  const gateway = endpoint.backend_type === 'k8s-inference';
  const client = createServerClient(openaiRoot(endpoint.base_url), endpoint.api_key, patience.brief);
  const long = patience.long ?? LONG;
  const normaliseModel = (model: string): string =>
    gateway ? model.trim().replace(GATEWAY_PREFIX, '') : model.trim();

  async function models(signal: AbortSignal): Promise<readonly OpenaiModel[]> {
    try {
      return (await client.json({ path: '/models', signal }, openaiModels)).data ?? [];
    } catch (thrown) {
      if (gateway && isMissingRoute(thrown)) return [];
      throw thrown;
    }
  }
  const rejected =
    (model: string) =>
    ({ status, message }: Rejection): Error | null =>
      status === 404 && /model/i.test(message) ? modelNotFound(client.server, model, message) : null;

  return {
    backend_type: endpoint.backend_type,
    base_url: endpoint.base_url,
    normaliseModel,

    async listModels(signal) {
      const listed = await models(signal);
      const studio = await lmStudioModelsOf(endpoint, listed, signal);
      return listed.map((model) => studio.get(model.id) ?? describe(model));
    },

    async getCapabilities(model, signal): Promise<BackendCapabilities> {
      const name = normaliseModel(model);
      const listed = await models(signal);
      // A server with one model answers to any name (llama.cpp lists its file's path).
      const found = listed.find(({ id }) => id === name) ?? (listed.length === 1 ? listed[0] : undefined);
      const studio =
        found === undefined ? undefined : (await lmStudioModelsOf(endpoint, [found], signal)).get(found.id);
      const length = studio?.context_length ?? (found === undefined ? null : contextLength(found));
      return {
        context_length: length,
        max_output_tokens: maxOutputTokens(length),
        capabilities: ['completion'],
      };
    },

    // A gateway has nothing to warm: it routes to servers that are up (reference: backends §4).
    warmup: async (request) =>
      gateway
        ? { load_ms: null, pulled: false }
        : warmupOpenai(client, { ...request, model: normaliseModel(request.model) }, long, rejected),

    chat(request) {
      const model = normaliseModel(request.model);
      return chatOpenai(client, { ...request, model }, long, rejected(model));
    },
  };
}

const isMissingRoute = (thrown: unknown): boolean =>
  thrown instanceof CodedError &&
  thrown.code === 'backend.http_status' &&
  thrown.message.includes('HTTP 404');

// Allocated before trained: what a server was started with limits the prompt.
const contextLength = (model: OpenaiModel): number | null =>
  model.max_model_len ?? model.meta?.n_ctx ?? model.context_length ?? model.meta?.n_ctx_train ?? null;

const describe = (model: OpenaiModel): ModelInfo => ({
  name: model.id,
  size_bytes: model.meta?.size ?? null,
  context_length: contextLength(model),
  loaded: null,
});

/** LM Studio's list says nothing in OpenAI's form about size, context or loading; its own list does. */
async function lmStudioModelsOf(
  endpoint: BackendEndpoint,
  listed: readonly OpenaiModel[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ModelInfo>> {
  const asks = listed.some(
    (model) => contextLength(model) === null && model.owned_by === 'organization_owner',
  );
  if (!asks) return new Map();
  const root = createServerClient(new URL(endpoint.base_url).origin, endpoint.api_key);
  try {
    const { models } = await root.json({ path: '/api/v1/models', signal }, lmStudioModels);
    return new Map(
      models.map((model) => [
        model.key,
        {
          name: model.key,
          size_bytes: model.size_bytes ?? null,
          context_length:
            model.loaded_instances?.[0]?.config?.context_length ?? model.max_context_length ?? null,
          loaded: (model.loaded_instances ?? []).length > 0,
        },
      ]),
    );
  } catch (thrown) {
    // Not LM Studio, or an older one: the plain list stands.
    if (thrown instanceof CodedError && thrown.code.startsWith('backend.')) return new Map();
    throw thrown;
  }
}
