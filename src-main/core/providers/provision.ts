import type { BackendEndpoint } from '#core/backends/backend.ts';
import { type SpanHandle, span } from '#core/telemetry/span.ts';
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
  span('provider.provision', spanAttributes(provider), async (handle) => {
    if (signal.aborted) throw abortFailure(signal);
    try {
      return await ready(await provider.provision(signal));
    } finally {
      addFacts(handle, provider);
    }
  });

/** The provider whose teardown emits `provider.teardown`, once however often it is called. */
export function instrumentProvider<P extends LlmResourceProvider>(inner: P): P {
  let teardown: Promise<void> | undefined;
  return {
    ...inner,
    teardown: () => {
      teardown ??= span('provider.teardown', spanAttributes(inner), async (handle) => {
        try {
          await inner.teardown();
        } finally {
          addFacts(handle, inner);
        }
      });
      return teardown;
    },
  };
}

function addFacts(handle: SpanHandle, { facts }: LlmResourceProvider): void {
  for (const [key, value] of Object.entries(facts?.() ?? {})) handle.set(key, value);
}

const spanAttributes = ({ provider_type, backend_type }: LlmResourceProvider) => ({
  provider_type,
  backend_type,
});
