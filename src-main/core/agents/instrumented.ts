import { span } from '#core/telemetry/span.ts';
import { abortFailure } from '#shared/model/failure.ts';
import type { AgentRunner } from './agent.ts';

/** The one place where `agent.ask` is emitted. */
export const instrumentAgent = (inner: AgentRunner): AgentRunner => ({
  agent_name: inner.agent_name,
  ask: (asked) =>
    span(
      'agent.ask',
      {
        agent_name: inner.agent_name,
        model: asked.model.trim() || null,
        backend_url: asked.backend?.base_url ?? null,
        backend_type: asked.backend?.backend_type ?? null,
      },
      async () => {
        if (asked.signal.aborted) throw abortFailure(asked.signal);
        return inner.ask(asked);
      },
    ),
});
