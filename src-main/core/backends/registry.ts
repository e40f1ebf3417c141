import type { BackendEndpoint, LlmBackend } from './backend.ts';
import { cleanBaseUrl } from './base-url.ts';
import { createBedrockBackend } from './bedrock.ts';
import { bedrockUrl } from './bedrock-address.ts';
import { awsKeyParts } from './bedrock-client.ts';
import type { Patience } from './http-call.ts';
import { instrumentBackend } from './instrumented.ts';
import { createOllamaBackend } from './ollama.ts';
import { createOpenaiBackend } from './openai.ts';
import { scrubFailures } from './scrubbed.ts';

/** Time limits other than the usual ones; tests use it. */
export interface BackendPatience {
  readonly brief?: Patience;
  readonly long?: Patience;
}

/** The backend at an endpoint, emitting its spans. The URL is kept without userinfo and query. */
export function createBackend(endpoint: BackendEndpoint, patience: BackendPatience = {}): LlmBackend {
  const wire = createWire({ ...endpoint, base_url: cleanAddress(endpoint) }, patience);
  const { backend_type, api_key } = endpoint;
  const parts = backend_type === 'bedrock' && api_key !== null ? awsKeyParts(api_key) : [];
  return instrumentBackend(scrubFailures(wire, [...parts, ...(api_key === null ? [] : [api_key])]));
}

/** The address as it is shown and stored; throws for what is none. */
export const cleanAddress = ({ backend_type, base_url }: BackendEndpoint): string =>
  backend_type === 'bedrock' ? bedrockUrl(base_url) : cleanBaseUrl(base_url);

function createWire(endpoint: BackendEndpoint, patience: BackendPatience): LlmBackend {
  switch (endpoint.backend_type) {
    case 'ollama':
    case 'demo':
      return createOllamaBackend(endpoint, patience);
    case 'openai':
    case 'k8s-inference':
      return createOpenaiBackend(endpoint, patience);
    case 'bedrock':
      return createBedrockBackend(endpoint, patience);
  }
}
