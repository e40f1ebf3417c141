import type { BackendEndpoint } from '#core/backends/backend.ts';
import type { BackendType, ProviderType } from '#shared/model/job.ts';
import type { Attributes } from '#shared/model/span.ts';

/** The LLMResourceProvider boundary: makes a backend available for one job and gives it back. */
export interface LlmResourceProvider {
  readonly provider_type: ProviderType;
  /** What the backend speaks, known before there is one. */
  readonly backend_type: BackendType;
  provision(signal: AbortSignal): Promise<BackendEndpoint>;
  /** Runs after success, failure, cancel and timeout alike; its own failure never replaces the job's. */
  teardown(): Promise<void>;
  /** What became known on the way; its spans bear it when they end. */
  facts?(): Attributes;
}
