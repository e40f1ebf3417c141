import { CodedError } from '#shared/model/failure.ts';
import type { BackendEndpoint, LlmBackend } from './backend.ts';
import { cleanBaseUrl } from './base-url.ts';
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
  const wire = createWire({ ...endpoint, base_url: cleanBaseUrl(endpoint.base_url) }, patience);
  return instrumentBackend(scrubFailures(wire, endpoint.api_key));
}

function createWire(endpoint: BackendEndpoint, patience: BackendPatience): LlmBackend {
  switch (endpoint.backend_type) {
    case 'ollama':
    case 'demo':
      return createOllamaBackend(endpoint, patience);
    case 'openai':
    case 'k8s-inference':
      return createOpenaiBackend(endpoint, patience);
    case 'bedrock':
      throw new CodedError(
        'backend.unsupported',
        'Backends of type bedrock are not supported yet. Use ollama, openai, k8s-inference or demo.',
      );
  }
}
