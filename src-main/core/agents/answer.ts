import type { AgentResult, AgentTelemetry } from '#shared/model/agent-result.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { Json, JsonObject } from '#shared/model/job.ts';

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const numberOr = <T>(value: Json | undefined, otherwise: T): number | T =>
  typeof value === 'number' && Number.isFinite(value) ? value : otherwise;

/** A driver's result as RUNE's AgentResult (reference: drivers §5). Keys beyond it are dropped, as RUNE does. */
export function parseAgentResult(agent: string, result: JsonObject): AgentResult {
  if (!('answer' in result)) {
    throw new CodedError(
      'agent.bad_answer',
      `Agent "${agent}" returned no answer: its driver's response did not include one.`,
    );
  }
  const given = result.answer;
  const answer =
    given === null || given === undefined ? '' : typeof given === 'string' ? given : JSON.stringify(given);
  if (answer.trim() === '') {
    throw new CodedError('agent.bad_answer', `Agent "${agent}" returned an empty answer.`);
  }
  return {
    answer,
    result_type:
      typeof result.result_type === 'string' && result.result_type !== '' ? result.result_type : 'text',
    artifacts: Array.isArray(result.artifacts) ? result.artifacts.filter(isObject) : [],
    metadata: isObject(result.metadata) ? result.metadata : {},
    telemetry: isObject(result.telemetry) ? parseTelemetry(result.telemetry) : null,
  };
}

function parseTelemetry(telemetry: JsonObject): AgentTelemetry {
  const tokens = isObject(telemetry.tokens) ? telemetry.tokens : {};
  const latency = Array.isArray(telemetry.latency) ? telemetry.latency : [];
  return {
    tokens: {
      system_prompt: numberOr(tokens.system_prompt, 0),
      tool_calls: numberOr(tokens.tool_calls, 0),
      agent_reasoning: numberOr(tokens.agent_reasoning, 0),
      output: numberOr(tokens.output, 0),
      total: numberOr(tokens.total, 0),
    },
    latency: latency.filter(isObject).map((item) => ({
      phase: typeof item.phase === 'string' ? item.phase : '',
      ms: numberOr(item.ms, 0),
    })),
    cost_estimate_usd: numberOr(telemetry.cost_estimate_usd, null),
  };
}
