import { describe, expect, it } from 'vitest';
import { addressOf, backendChoices, choiceKey } from './backend-choice.ts';

const own = {
  id: 'lab',
  name: 'Lab',
  backend_type: 'ollama' as const,
  base_url: 'http://127.0.0.1:11434',
  default_model: 'm',
  api_key_secret: null,
};
const found = [
  { backend_type: 'ollama' as const, product: 'Ollama', base_url: 'http://127.0.0.1:11434', models: ['a'] },
  { backend_type: 'openai' as const, product: 'vLLM', base_url: 'http://127.0.0.1:8000', models: [] },
  { backend_type: 'demo' as const, product: 'demo', base_url: 'http://127.0.0.1:9', models: ['demo'] },
];

describe('backends to choose from', () => {
  it('are the user’s own, then what was found and is not one of those, then the demo', () => {
    expect(backendChoices({ backends: [own] }, found).map((one) => one.label)).toEqual([
      'Lab',
      'vLLM on this computer',
      'Demo (built in)',
    ]);
  });

  it('hold the demo before anything else is known', () => {
    expect(backendChoices(undefined, undefined).map((one) => one.value)).toEqual(['demo']);
  });

  it('stand once each, though two entries have one address', () => {
    expect(backendChoices({ backends: [own, { ...own, id: 'lab-2' }] }, []).length).toBe(2);
  });

  it('can be named in a link', () => {
    expect(addressOf(choiceKey('openai', 'http://h:8000/v1'))).toEqual({
      backendType: 'openai',
      backendUrl: 'http://h:8000/v1',
    });
    expect(addressOf('nonsense http://h')).toBeNull();
  });
});
