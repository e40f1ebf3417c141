import type { BackendEndpoint } from '#core/backends/backend.ts';
import type { LlmResourceProvider } from './provider.ts';

/** A server that is there already: nothing to rent, nothing to give back. */
export const createExistingProvider = (endpoint: BackendEndpoint): LlmResourceProvider => ({
  provider_type: 'existing',
  backend_type: endpoint.backend_type,
  provision: async () => endpoint,
  teardown: async () => {},
});
