import type { JsonObject } from '#shared/model/job.ts';
import type { AgentQuestion } from './agent.ts';

/** The agents whose drivers take the model's limits (reference: drivers §5). */
const TAKES_LIMITS = new Set(['holmes']);

/** The params of an agent's `ask`. `baseUrl` is the agent's own service. */
export function askParams(
  agent: string,
  asked: AgentQuestion,
  kubeconfig: string | null,
  baseUrl: string | null,
): JsonObject {
  const model = asked.model.trim();
  if (agent === 'invokeai') {
    return { prompt: asked.question, model, ...(baseUrl === null ? {} : { base_url: baseUrl }) };
  }
  return {
    question: asked.question,
    model,
    ...(kubeconfig === null ? {} : { kubeconfig_path: kubeconfig }),
    ...(asked.backend === null ? {} : { backend_url: asked.backend.base_url }),
    ...(asked.backend !== null && TAKES_LIMITS.has(agent) ? limits(asked) : {}),
  };
}

const limits = ({ context_window, max_output_tokens }: AgentQuestion): JsonObject => ({
  ...(context_window === null ? {} : { context_window }),
  ...(max_output_tokens === null ? {} : { max_output_tokens }),
});
