import type { BackendEndpoint, LlmBackend } from './backend.ts';
import { chatBedrock } from './bedrock-chat.ts';
import { bedrockClients } from './bedrock-client.ts';
import { bedrockFailure } from './bedrock-failure.ts';
import { listBedrockModels } from './bedrock-models.ts';
import { withDeadline } from './deadline.ts';
import { timeoutFailure } from './failures.ts';
import { BRIEF, LONG, type Patience } from './http-call.ts';

const PREFIX = /^(bedrock|aws)\//;

/** Amazon Bedrock in one region: Converse for answers, ListFoundationModels for what can be asked. */
export function createBedrockBackend(
  endpoint: BackendEndpoint,
  patience: { readonly brief?: Patience; readonly long?: Patience } = {},
): LlmBackend {
  const server = endpoint.base_url;
  const brief = patience.brief ?? BRIEF;
  const long = patience.long ?? LONG;
  const clients = bedrockClients(endpoint, brief);
  const normaliseModel = (model: string): string => model.trim().replace(PREFIX, '');

  const models = (signal: AbortSignal) => {
    const ms = brief.connectMs + brief.firstByteMs;
    return withDeadline(
      signal,
      ms,
      () => timeoutFailure(ms, server),
      async (limited) => {
        try {
          return await listBedrockModels(clients, limited);
        } catch (thrown) {
          throw bedrockFailure(thrown, { server, signal: limited, patience: brief });
        }
      },
    );
  };

  return {
    backend_type: 'bedrock',
    base_url: endpoint.base_url,
    normaliseModel,

    listModels: async (signal) =>
      (await models(signal)).map(({ id }) => ({
        name: id,
        size_bytes: null,
        context_length: null,
        loaded: null,
      })),

    // Bedrock tells no context length: unknown, not guessed.
    async getCapabilities(model, signal) {
      const name = normaliseModel(model);
      const found = (await models(signal)).find(({ id }) => id === name);
      return {
        context_length: null,
        max_output_tokens: null,
        capabilities: found?.readsImages === true ? ['completion', 'vision'] : ['completion'],
      };
    },

    // Nothing to warm: its models are always there.
    warmup: async () => ({ load_ms: null, pulled: false }),

    chat(request) {
      const model = normaliseModel(request.model);
      let streaming = false;
      const late = () => timeoutFailure(streaming ? long.idleMs : long.firstByteMs, server);
      return withDeadline(request.signal, long.firstByteMs, late, async (signal, extend) => {
        try {
          return await chatBedrock(clients, { ...request, model, signal }, server, () => {
            streaming = true;
            extend(long.idleMs);
          });
        } catch (thrown) {
          throw bedrockFailure(thrown, { server, signal, patience: long, model, streaming });
        }
      });
    },
  };
}
