import type { AgentResult } from '#shared/model/agent-result.ts';
import type { JsonObject } from '#shared/model/job.ts';
import type { TokensUsed } from './actual.ts';

/** The pairs in which model services and drivers report them (reference: jobs §7). */
const PAIRS = [
  ['prompt_tokens', 'completion_tokens'],
  ['input_tokens', 'output_tokens'],
  ['prompt_eval_count', 'eval_count'],
] as const;

/**
 * Tokens as an agent reports them; null where it does not say both. RUNE's telemetry writes 0 for what was left out, so
 * that a 0 there is unknown.
 */
export function tokensOf({
  metadata,
  telemetry,
}: Pick<AgentResult, 'metadata' | 'telemetry'>): TokensUsed | null {
  const usage = isObject(metadata.usage) ? metadata.usage : metadata;
  for (const [read, written] of PAIRS) {
    const input = count(usage[read]);
    const output = count(usage[written]);
    // Nobody is asked with nothing and answers nothing.
    if (input !== null && output !== null && input + output > 0)
      return { input, output, counted_by: 'service' };
  }
  if (telemetry === null) return null;
  const { total, output, agent_reasoning } = telemetry.tokens;
  const written = output > 0 ? output + Math.max(0, agent_reasoning) : 0;
  return written > 0 && total > written && Number.isFinite(total)
    ? { input: total - written, output: written, counted_by: 'service' }
    : null;
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const count = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
