import type { BackendEndpoint } from '#core/backends/backend.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { ProviderType } from '#shared/model/job.ts';
import { createExistingProvider } from './existing.ts';
import type { LlmResourceProvider } from './provider.ts';
import { instrumentProvider } from './provision.ts';

/** The provider of a type, emitting its spans. `endpoint` is where an existing backend is. */
export function createProvider(providerType: ProviderType, endpoint: BackendEndpoint): LlmResourceProvider {
  switch (providerType) {
    case 'existing':
      return instrumentProvider(createExistingProvider(endpoint));
    case 'vastai':
      throw new CodedError(
        'provider.unsupported',
        'Renting from Vast.ai is not supported yet. Give backend_url of a server that runs.',
      );
  }
}
