import type { BackendEndpoint } from '#core/backends/backend.ts';
import { createExistingProvider } from './existing.ts';
import type { LlmResourceProvider } from './provider.ts';
import { instrumentProvider } from './provision.ts';
import { createVastaiProvider } from './vastai/vastai-provider.ts';
import type { RentalWant, RentedProvider, VastaiDeps } from './vastai/want.ts';

/** A server that is there already, emitting a provider's spans. */
export const existingProvider = (endpoint: BackendEndpoint): LlmResourceProvider =>
  instrumentProvider(createExistingProvider(endpoint));

/** A machine that is rented for one job, emitting a provider's spans. */
export const rentedProvider = (deps: VastaiDeps, want: RentalWant): RentedProvider =>
  instrumentProvider(createVastaiProvider(deps, want));
