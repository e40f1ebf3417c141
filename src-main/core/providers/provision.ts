import type { BackendEndpoint } from '#core/backends/backend.ts';
import { span } from '#core/telemetry/span.ts';
import { abortFailure } from '#shared/model/failure.ts';
import type { LlmResourceProvider } from './provider.ts';

/**
 * Provisions, and runs `ready` inside the same `provider.provision` span: a backend's warm-up is part of making it
 * available (decisions: the span tree). The caller tears down in a finally, whether this returns or throws.
 */
export const withProvision = <T>(
  provider: LlmResourceProvider,
  signal: AbortSignal,
  ready: (endpoint: BackendEndpoint) => Promise<T>,
): Promise<T> =>
  span('provider.provision', spanAttributes(provider), async () => {
    if (signal.aborted) throw abortFailure(signal);
    return ready(await provider.provision(signal));
  });

/** The provider whose teardown emits `provider.teardown`, once however often it is called. */
export function instrumentProvider(inner: LlmResourceProvider): LlmResourceProvider {
  let teardown: Promise<void> | undefined;
  return {
    provider_type: inner.provider_type,
    backend_type: inner.backend_type,
    provision: (signal) => inner.provision(signal),
    teardown: () => {
      teardown ??= span('provider.teardown', spanAttributes(inner), () => inner.teardown());
      return teardown;
    },
  };
}

const spanAttributes = ({ provider_type, backend_type }: LlmResourceProvider) => ({
  provider_type,
  backend_type,
});
