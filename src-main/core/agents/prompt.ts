import type { AgentResult, AgentTelemetry } from '#shared/model/agent-result.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { ModelCallFigures } from '#shared/model/model-call.ts';
import type { AgentRunner } from './agent.ts';

export const PROMPT = 'prompt';

/** OpenAI's word and Bedrock's. */
const OUT_OF_TOKENS: ReadonlySet<string> = new Set(['length', 'max_tokens']);

/** The built-in agent: the question goes to the backend as it is, the answer comes back as it is. */
export const promptAgent: AgentRunner = {
  agent_name: PROMPT,
  async ask({ question, model, backend, signal }): Promise<AgentResult> {
    if (backend === null) {
      throw new CodedError(
        'agent.not_configured',
        'The agent "prompt" asks a backend directly and none is given. Set backend_type and backend_url.',
      );
    }
    const { text, finish_reason, figures } = await backend.chat({
      model,
      messages: [{ role: 'user', content: question }],
      signal,
    });
    if (text.trim() === '') {
      const why = OUT_OF_TOKENS.has(finish_reason ?? '')
        ? ' It ran into its output limit before it said anything.'
        : '';
      throw new CodedError('agent.bad_answer', `The model "${model}" returned an empty answer.${why}`);
    }
    return {
      answer: text,
      result_type: 'text',
      artifacts: [],
      metadata: {
        finish_reason,
        usage: { prompt_tokens: figures.input_tokens, completion_tokens: figures.output_tokens },
        time_to_first_token_ms: figures.time_to_first_token_ms,
        output_tokens_per_second: figures.output_tokens_per_second,
      },
      telemetry: telemetryOf(figures),
    };
  },
};

/** RUNE's block has no word for "unknown": without any count there is none. */
function telemetryOf(figures: ModelCallFigures): AgentTelemetry | null {
  const { input_tokens, output_tokens } = figures;
  if (input_tokens === null && output_tokens === null) return null;
  return {
    tokens: {
      system_prompt: 0,
      tool_calls: 0,
      agent_reasoning: 0,
      output: output_tokens ?? 0,
      total: (input_tokens ?? 0) + (output_tokens ?? 0),
    },
    latency: figures.phases.map(({ phase, ms }) => ({ phase, ms: Math.round(ms) })),
    cost_estimate_usd: null,
  };
}
