import { describe, expect, it } from 'vitest';
import { defaultsOf, defaultTokensIn } from './defaults.ts';
import type { Comparable } from './seams.ts';

const of = (agent: string | null, scope: string | null, backend_type = 'ollama') => {
  const comparable: Comparable = { provider: 'local', backend_type, model: 'm', agent };
  return defaultsOf(comparable, () => scope);
};

describe('what a job takes when nothing is known', () => {
  it("is RUNE's table by the agent's scope, under the names that the catalogue has", () => {
    expect(of('holmes', 'SRE')).toEqual({ duration_seconds: 300, tokens: { input: 8192, output: 2048 } });
    expect(of('comfyui', 'Art/Creative').duration_seconds).toBe(120);
    expect(of('mine', 'Custom')).toEqual({ duration_seconds: 180, tokens: { input: 4096, output: 1024 } });
    expect(of('unheard of', null).duration_seconds).toBe(180);
  });

  it("is RUNE's hour for nobody in particular, and seconds for the demo", () => {
    expect(of(null, null).duration_seconds).toBe(3600);
    expect(of('prompt', 'Built-in', 'demo').duration_seconds).toBe(3);
  });

  it('is that many tokens a second where only a duration is known', () => {
    expect(defaultTokensIn(360)).toEqual({ input: 8192, output: 2048 });
  });
});
