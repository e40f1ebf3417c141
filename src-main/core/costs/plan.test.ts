import { describe, expect, it } from 'vitest';
import { parseRequest } from '#shared/contract/requests.ts';
import { settingsSchema } from '#shared/contract/settings.ts';
import { billedBy, isOwnHardware } from './hosts.ts';
import { planOf, requireDuration } from './plan.ts';

const settings = settingsSchema.parse({
  backends: [
    {
      id: 'mine',
      name: 'Mine',
      backend_type: 'openai',
      base_url: 'https://api.example.com/v1',
      default_model: 'big-1',
    },
  ],
});
const bare = settingsSchema.parse({});
const ask = (more: Record<string, unknown>) =>
  planOf('agentic-agent', parseRequest('agentic-agent', { question: 'Why?', ...more }), settings);
const estimate = (more: Record<string, unknown>) =>
  planOf('cost-estimate', parseRequest('cost-estimate', more), settings);
const codeOf = (fn: () => unknown): unknown => {
  try {
    fn();
  } catch (thrown) {
    return (thrown as { code?: unknown }).code;
  }
  return 'did not throw';
};

describe('whose hardware answers', () => {
  it.each([
    'http://127.0.0.1:8000/v1',
    'http://localhost:1234',
    'http://[::1]:8080',
    'http://[::ffff:10.1.2.3]:8080',
    'http://10.0.0.5:8000',
    'http://172.31.255.254',
    'http://192.168.1.9',
    'http://169.254.7.7',
    'http://100.100.1.1',
    'http://[fd12::1]:8000',
    'http://gpu-box:8000',
    'gpu-box:8000',
    'http://gpu.local.',
    'http://host.docker.internal:8000',
  ])('%s is own hardware', (address) => {
    expect(isOwnHardware(address)).toBe(true);
  });

  it.each([
    'https://api.openai.com/v1',
    'http://8.8.8.8',
    'http://172.32.0.1',
    'http://[2606:4700::1111]',
    'https://localhost.evil.com',
    'https://10.0.0.5.nip.io',
    'not a url at all ::',
    '',
  ])('%s is not', (address) => {
    expect(isOwnHardware(address)).toBe(false);
  });

  it('is told from the host, not from what the address contains', () => {
    expect(billedBy('https://team.openai.azure.com/openai')).toBe('azure');
    expect(billedBy('https://models.inference.ai.azure.com')).toBe('azure');
    expect(billedBy('https://generativelanguage.googleapis.com/v1beta/openai')).toBe('gcp');
    expect(billedBy('https://api.example.com/googleapis.com')).toBe('api');
    expect(billedBy('https://notazure.com')).toBe('api');
    expect(billedBy(null)).toBe('api');
  });
});

describe('what a job is paid for', () => {
  it('is energy on own backends; a demo is marked', () => {
    expect(ask({ agent: 'prompt', model: 'ollama/llama3.1:8b' })).toEqual({
      comparable: { provider: 'local', backend_type: 'ollama', model: 'llama3.1:8b', agent: 'prompt' },
      wanted: { kind: 'local' },
      paid: false,
      demo: false,
      duration_seconds: null,
    });
    expect(ask({ backend_type: 'demo' })).toMatchObject({ paid: false, demo: true });
    expect(ask({ backend_type: 'k8s-inference', backend_url: 'https://gw.example.com' })).toMatchObject({
      wanted: { kind: 'local' },
    });
    expect(ask({ backend_type: 'openai', backend_url: 'http://gpu-box:8000/v1', model: 'm' })).toMatchObject({
      comparable: { provider: 'local' },
      paid: false,
    });
  });

  it('is tokens where a bill is sent', () => {
    expect(ask({ backend_type: 'bedrock', model: 'bedrock/anthropic.claude-3-haiku' })).toMatchObject({
      comparable: { provider: 'aws', model: 'anthropic.claude-3-haiku' },
      wanted: { kind: 'tokens', provider: 'aws', model: 'anthropic.claude-3-haiku' },
      paid: true,
    });
    const azure = {
      backend_type: 'openai',
      backend_url: 'https://x.openai.azure.com/openai/v1',
      model: 'gpt-4o',
    };
    expect(ask(azure)).toMatchObject({ wanted: { kind: 'tokens', provider: 'azure' }, paid: true });
  });

  it("takes the saved backend's address and model, as the job will", () => {
    expect(ask({ backend_type: 'openai' })).toMatchObject({
      comparable: { provider: 'api', model: 'big-1' },
      wanted: { kind: 'tokens', provider: 'api', model: 'big-1' },
      paid: true,
    });
    const nowhere = parseRequest('agentic-agent', { question: 'x', backend_type: 'openai', model: 'm' });
    expect(planOf('agentic-agent', nowhere, bare)).toMatchObject({ paid: true });
  });

  it('is the default model only where a backend is asked', () => {
    expect(ask({ agent: 'prompt' })?.comparable.model).toBe('llama3.1:8b');
    expect(ask({ agent: 'holmes' })?.comparable.model).toBeNull();
    expect(ask({ agent: 'holmes', backend_url: 'http://gpu-box:11434' })?.comparable.model).toBe(
      'llama3.1:8b',
    );
  });

  it('is a rental where one is asked for, and nothing for a look at a server', () => {
    const rented = { provisioning: { vastai: { min_dph: 2.3, max_dph: 3 } } };
    for (const kind of ['benchmark', 'llm-instance'] as const) {
      expect(planOf(kind, parseRequest(kind, rented), settings)).toMatchObject({
        comparable: { provider: 'vastai', backend_type: 'ollama' },
        wanted: { kind: 'rental', min_dph: 2.3, max_dph: 3 },
        paid: true,
      });
    }
    expect(planOf('llm-instance', parseRequest('llm-instance', {}), settings)).toBeNull();
  });
});

describe("RUNE's estimate request", () => {
  it('names one provider; two or none are refused', () => {
    expect(codeOf(() => estimate({ aws: true, local_hardware: true }))).toBe('request.invalid');
    expect(codeOf(() => estimate({}))).toBe('cost.no_provider');
    expect(codeOf(() => estimate({ vastai: true, max_dph: 3 }))).toBe('did not throw');
  });

  it('buys nothing, so that no gate stops it', () => {
    expect(estimate({ aws: true, model: 'bedrock/anthropic.claude-3-haiku' })).toEqual({
      comparable: {
        provider: 'aws',
        backend_type: 'bedrock',
        model: 'anthropic.claude-3-haiku',
        agent: null,
      },
      wanted: { kind: 'tokens', provider: 'aws', model: 'bedrock/anthropic.claude-3-haiku' },
      paid: false,
      demo: false,
      duration_seconds: 3600,
    });
  });

  it('is of a machine where the model is not sold by the token', () => {
    expect(estimate({ aws: true, model: 'g5.xlarge' }).wanted).toEqual({
      kind: 'machine',
      provider: 'aws',
      name: 'g5.xlarge',
    });
    expect(estimate({ aws: true, model: 'Llama3-70b' }).wanted.kind).toBe('tokens');
    expect(estimate({ azure: true, model: 'llama3' }).wanted.kind).toBe('machine');
    expect(estimate({ azure: true, model: 'gpt-4o-mini' }).wanted.kind).toBe('tokens');
    expect(estimate({ gcp: true, model: 'gemini-1.5-pro' }).wanted.kind).toBe('tokens');
    expect(estimate({ gcp: true, model: 'a2-highgpu-1g' }).wanted.kind).toBe('machine');
  });

  it('takes 0 s for no duration, and refuses what is none', () => {
    expect(estimate({ local_hardware: true, estimated_duration_seconds: 0 }).duration_seconds).toBeNull();
    expect(codeOf(() => estimate({ local_hardware: true, estimated_duration_seconds: -1 }))).toBe(
      'request.invalid',
    );
    expect(codeOf(() => estimate({ local_hardware: true, estimated_duration_seconds: 4e8 }))).toBe(
      'request.invalid',
    );
    for (const absurd of [Number.NaN, Number.POSITIVE_INFINITY, -0.001])
      expect(codeOf(() => requireDuration(absurd))).toBe('request.invalid');
  });
});
