import { describe, expect, it } from 'vitest';
import { normalise } from './normalise.ts';

describe('GenAI names of today', () => {
  it('stand beside those of older OpenTelemetry writers', () => {
    const raw = {
      'gen_ai.system': 'az.ai.openai',
      'gen_ai.usage.prompt_tokens': 12,
      'gen_ai.usage.completion_tokens': '7',
    };
    expect(normalise(raw)).toEqual({
      ...raw,
      'gen_ai.provider.name': 'azure.ai.openai',
      'gen_ai.usage.input_tokens': 12,
      'gen_ai.usage.output_tokens': 7,
    });
  });

  it("stand beside OpenInference's", () => {
    const raw = {
      'openinference.span.kind': 'LLM',
      'llm.model_name': 'gpt-4o',
      'llm.provider': 'openai',
      'llm.token_count.prompt': 600,
      'llm.token_count.completion': 40,
      'llm.token_count.prompt_details.cache_read': 100,
      'llm.invocation_parameters': '{"temperature": 0.2, "max_tokens": 64, "tools": [1]}',
      'session.id': 's1',
    };
    expect(normalise(raw)).toEqual({
      ...raw,
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.provider.name': 'openai',
      'gen_ai.usage.input_tokens': 600,
      'gen_ai.usage.output_tokens': 40,
      'gen_ai.usage.cache_read.input_tokens': 100,
      'gen_ai.request.temperature': 0.2,
      'gen_ai.request.max_tokens': 64,
      'gen_ai.conversation.id': 's1',
    });
    expect(normalise({ 'openinference.span.kind': 'TOOL', 'tool.name': 'kubectl' })).toMatchObject({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'kubectl',
    });
  });

  it('are never written over, and nothing is made of what says nothing', () => {
    const said = { 'gen_ai.system': 'openai', 'gen_ai.provider.name': 'groq', 'llm.model_name': null };
    expect(normalise(said)).toEqual(said);
    const odd = {
      'openinference.span.kind': 'CHAIN',
      'llm.invocation_parameters': '{"',
      'llm.token_count.prompt': 'many',
    };
    expect(normalise(odd)).toEqual(odd);
    const plain = { model: 'm', __proto__x: 1 };
    expect(normalise(plain)).toBe(plain);
  });
});
