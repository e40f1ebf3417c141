import { describe, expect, it } from 'vitest';
import { costEstimateRequest, costProviderOf, parseRequest } from './requests.ts';

const code = (run: () => unknown): unknown => {
  try {
    run();
  } catch (thrown) {
    return (thrown as { code?: unknown }).code;
  }
  return 'did not throw';
};

describe('parseRequest', () => {
  it('fills in what a request leaves out', () => {
    expect(parseRequest('agentic-agent', { question: 'Why?' })).toEqual({
      question: 'Why?',
      agent: 'holmes',
      model: '',
      backend_type: 'ollama',
      backend_url: null,
      backend_warmup: true,
      backend_warmup_timeout: 300,
      kubeconfig: null,
      timeout: null,
    });
  });

  it("understands older clients' flat and Ollama-named fields", () => {
    const request = parseRequest('benchmark', {
      ollama_url: 'http://10.0.0.5:11434',
      ollama_warmup: false,
      vastai: true,
      template_hash: 'abc',
      max_dph: 3,
      vastai_stop_instance: true,
    });
    expect(request.backend_url).toBe('http://10.0.0.5:11434');
    expect(request.backend_warmup).toBe(false);
    expect(request.provisioning?.vastai).toEqual({
      template_hash: 'abc',
      min_dph: 0,
      max_dph: 3,
      reliability: 0,
      stop_instance: true,
    });
    expect(parseRequest('benchmark', { vastai: false, max_dph: 3 }).provisioning).toBeUndefined();
  });

  it('names every unknown field', () => {
    expect(code(() => parseRequest('agentic-agent', { question: 'x', modle: 'y', extra: 1 }))).toBe(
      'request.unknown_field',
    );
    expect(() => parseRequest('agentic-agent', { question: 'x', modle: 'y', extra: 1 })).toThrow(
      '"modle", "extra"',
    );
  });

  it('says which field is wrong and how', () => {
    expect(() => parseRequest('agentic-agent', { question: '' })).toThrow('question: is empty');
    expect(() => parseRequest('agentic-agent', { question: 7 })).toThrow(/question: .*string/i);
    expect(() => parseRequest('agentic-agent', { question: 'x', backend_type: 'llama' })).toThrow(
      'backend_type',
    );
    expect(() => parseRequest('agentic-agent', { question: 'x'.repeat(100_001) })).toThrow(
      'longer than 100000',
    );
    expect(code(() => parseRequest('agentic-agent', []))).toBe('request.invalid');
    expect(code(() => parseRequest('agentic-agent', null))).toBe('request.invalid');
    expect(code(() => parseRequest('toString' as 'benchmark', {}))).toBe('request.invalid');
  });

  it('refuses a URL that holds a credential, without repeating it', () => {
    for (const backend_url of [
      'http://user:hunter2@host:1',
      'https://host/v1?api_key=hunter2',
      'user:hunter2@host',
    ]) {
      expect(code(() => parseRequest('agentic-agent', { question: 'x', backend_url }))).toBe(
        'request.secret_in_url',
      );
      expect(() => parseRequest('agentic-agent', { question: 'x', backend_url })).not.toThrow('hunter2');
    }
    expect(
      parseRequest('agentic-agent', { question: 'x', backend_url: 'host:11434/?verbose=1' }).backend_url,
    ).toBe('host:11434/?verbose=1');
  });

  it('does not read fields from the prototype', () => {
    expect(
      code(() => parseRequest('agentic-agent', JSON.parse('{"question":"x","__proto__":{"agent":"y"}}'))),
    ).toBe('request.unknown_field');
  });
});

describe('costProviderOf', () => {
  it("follows RUNE's order of precedence", () => {
    const of = (body: object) => costProviderOf(costEstimateRequest.parse(body));
    expect(of({ aws: true, local_hardware: true })).toBe('local');
    expect(of({ aws: true, azure: true, vastai: true })).toBe('vastai');
    expect(of({ gcp: true })).toBe('gcp');
    expect(of({})).toBeNull();
  });
});
