import { describe, expect, it } from 'vitest';
import { failureOf } from '#core/testing/recorded-spans.ts';
import type { JsonObject } from '#shared/model/job.ts';
import { parseAgentResult } from './answer.ts';

const parse = (result: JsonObject) => parseAgentResult('holmes', result);

describe('the result of an agent', () => {
  it('needs an answer that says something', async () => {
    const missing = await failureOf(async () => parse({ text: 'x' }));
    expect(missing).toMatchObject({ code: 'agent.bad_answer' });
    expect(missing.message).toContain('did not include one');
    for (const answer of [null, '', '  \n']) {
      const failure = await failureOf(async () => parse({ answer }));
      expect(failure.message, JSON.stringify(answer)).toContain('empty answer');
    }
  });

  it('takes answers of other types as their text', () => {
    expect(parse({ answer: 42 }).answer).toBe('42');
    expect(parse({ answer: { pods: 2 } }).answer).toBe('{"pods":2}');
  });

  it('fills in what is left out and drops what RUNE does not know', () => {
    expect(parse({ answer: 'x', findings: [1], artifacts: null, metadata: 'no', telemetry: null })).toEqual({
      answer: 'x',
      result_type: 'text',
      artifacts: [],
      metadata: {},
      telemetry: null,
    });
  });

  it('counts missing tokens as 0 and drops latency items that are no objects', () => {
    const telemetry = {
      tokens: { total: 7, output: 'many' },
      latency: [{ phase: 'llm', ms: 3 }, 4, null, {}],
    };
    expect(parse({ answer: 'x', telemetry }).telemetry).toEqual({
      tokens: { system_prompt: 0, tool_calls: 0, agent_reasoning: 0, output: 0, total: 7 },
      latency: [
        { phase: 'llm', ms: 3 },
        { phase: '', ms: 0 },
      ],
      cost_estimate_usd: null,
    });
  });

  it('keeps a result type that nobody has heard of', () => {
    expect(parse({ answer: 'x', result_type: 'hologram' }).result_type).toBe('hologram');
  });
});
