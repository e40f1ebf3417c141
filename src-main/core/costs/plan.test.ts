import { describe, expect, it } from 'vitest';
import { parseRequest } from '#shared/contract/requests.ts';
import { settingsSchema } from '#shared/contract/settings.ts';
import { billedBy, isOwnHardware } from './hosts.ts';
import { planOf, requireDuration, type ServiceOf } from './plan.ts';

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
const none: ServiceOf = () => null;
const ask = (more: Record<string, unknown>, serviceOf = none) =>
  planOf('agentic-agent', parseRequest('agentic-agent', { question: 'Why?', ...more }), settings, serviceOf);
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
    'http://2130706433',
    'http://0x7f.1:8000',
    'http://017700000001',
    'http://localhost.',
    // What the backends read as a machine called "https" asks that, and no service.
    'https:/api.openai.com',
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
    'http://127.0.0.1.nip.io',
    'http://[::ffff:8.8.8.8]',
    'http://[64:ff9b::8.8.8.8]',
    'http://134744072',
    'http://ai.',
    'HTTPS://API.OPENAI.COM.',
    'https://api%2Eopenai%2Ecom',
    'https://api.openai.com\\.local',
    'https://api.openai.com#.local',
    'https://api.openai.com/?://localhost',
    'ftp://10.0.0.5',
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

  it.each([
    ['k8s-inference', 'https://api.openai.com/v1', 'api'],
    ['k8s-inference', 'https://EU.api.openai.com./v1', 'api'],
    ['k8s-inference', 'https://team.openai.azure.com/openai', 'azure'],
    ['k8s-inference', 'https://us-central1-aiplatform.googleapis.com/v1', 'gcp'],
    ['k8s-inference', 'https://bedrock-runtime.us-east-1.amazonaws.com', 'api'],
    ['ollama', 'https://ollama.com', 'api'],
  ])(
    'is tokens over the wire %s, too, where a known service answers at %s',
    (backend_type, url, provider) => {
      expect(ask({ backend_type, backend_url: url, model: 'gpt-4o' })).toMatchObject({
        wanted: { kind: 'tokens', provider, model: 'gpt-4o' },
        paid: true,
      });
    },
  );

  it.each([
    'https://gw.example.com',
    'https://models.eastus.cloudapp.azure.com',
    'https://a1b2.elb.us-east-1.amazonaws.com',
    'https://notopenai.com',
  ])("is nothing at a cluster's own gateway, %s", (backend_url) => {
    expect(ask({ backend_type: 'k8s-inference', backend_url, model: 'm' })?.paid).toBe(false);
  });

  it('is what an agent pays by itself, whatever backend stands in the request', () => {
    const byModel: ServiceOf = (agent) => (agent === 'crewai' ? 'model' : null);
    expect(ask({ agent: 'crewai', model: 'gpt-4o' }, byModel)).toMatchObject({
      wanted: { kind: 'tokens', provider: 'api', model: 'gpt-4o' },
      paid: true,
    });
    expect(ask({ agent: 'crewai' }, byModel)?.wanted).toMatchObject({ model: 'crewai' });
    const own = { agent: 'crewai', model: 'm', backend_url: 'http://gpu-box:11434' };
    expect(ask(own, byModel)?.paid).toBe(false);
    expect(ask(own, () => 'agent')).toMatchObject({
      wanted: { provider: 'api', model: 'crewai' },
      paid: true,
    });
    expect(ask({ agent: 'crewai', backend_type: 'demo' }, byModel)).toMatchObject({
      paid: false,
      demo: true,
    });
    expect(codeOf(() => ask({ agent: 'glean', backend_type: 'demo' }, () => 'agent'))).toBe(
      'request.invalid',
    );
    expect(ask({ agent: 'Research: perplexity', model: 'gpt-4o-mini' }, () => 'agent')?.wanted).toMatchObject(
      {
        model: 'perplexity',
      },
    );
  });

  it('is at least the question that is asked', () => {
    const long = { backend_type: 'bedrock', model: 'm', question: 'x'.repeat(100_000) };
    expect(ask(long)?.sent_tokens).toBe(25_000);
  });

  it('is one bill: a rental is asked nowhere else, and the demo answers here', () => {
    const rent = (more: object, serviceOf: ServiceOf = none) => {
      const request = parseRequest('benchmark', {
        provisioning: { vastai: { max_dph: 3 } },
        model: 'm',
        ...more,
      });
      return codeOf(() => planOf('benchmark', request, bare, serviceOf));
    };
    for (const backend_type of ['bedrock', 'openai', 'k8s-inference'])
      expect(rent({ backend_type })).toBe('request.invalid');
    expect(rent({ backend_url: 'http://gpu-box:11434' })).toBe('request.invalid');
    expect(rent({ agent: 'perplexity' }, () => 'agent')).toBe('request.invalid');
    expect(rent({ agent: 'holmes' }, () => 'model')).toBe('did not throw');
    for (const backend_type of ['ollama', 'demo']) expect(rent({ backend_type })).toBe('did not throw');
    const flat = { vastai: true, max_dph: 3, backend_type: 'bedrock' };
    expect(codeOf(() => planOf('llm-instance', parseRequest('llm-instance', flat), bare, none))).toBe(
      'request.invalid',
    );
    expect(codeOf(() => ask({ backend_type: 'demo', backend_url: 'https://api.openai.com' }))).toBe(
      'request.invalid',
    );
    expect(ask({ backend_type: 'demo', backend_url: 'http://127.0.0.1:1' })?.paid).toBe(false);
  });

  it("takes the saved backend's address and model, as the job will", () => {
    expect(ask({ backend_type: 'openai' })).toMatchObject({
      comparable: { provider: 'api', model: 'big-1' },
      wanted: { kind: 'tokens', provider: 'api', model: 'big-1' },
      paid: true,
    });
    const nowhere = parseRequest('agentic-agent', { question: 'x', backend_type: 'openai', model: 'm' });
    expect(planOf('agentic-agent', nowhere, bare, none)).toMatchObject({ paid: true });
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
      expect(planOf(kind, parseRequest(kind, rented), settings, none)).toMatchObject({
        comparable: { provider: 'vastai', backend_type: 'ollama' },
        wanted: { kind: 'rental', min_dph: 2.3, max_dph: 3 },
        paid: true,
      });
    }
    expect(planOf('llm-instance', parseRequest('llm-instance', {}), settings, none)).toBeNull();
  });

  it('is a rental of the demo market where the demo is rented: asked about, and in no budget', () => {
    const request = parseRequest('benchmark', {
      backend_type: 'demo',
      model: 'demo-large',
      agent: 'prompt',
      provisioning: { vastai: { offer_id: 7, max_dph: 1 } },
    });
    expect(planOf('benchmark', request, settings, none)).toEqual({
      comparable: { provider: 'vastai', backend_type: 'demo', model: 'demo-large', agent: 'prompt' },
      wanted: {
        kind: 'rental',
        min_dph: 0,
        max_dph: 1,
        offer: { market: 'demo', offer_id: 7, backend_type: 'demo', model: 'demo-large', agent: 'prompt' },
      },
      paid: true,
      demo: true,
      duration_seconds: null,
    });
  });

  it('lasts as long as a rental that is kept', () => {
    const kept = { offers: { ...settings.offers, keep_hours: 2 }, backends: [] };
    const of = (kind: 'benchmark' | 'llm-instance', stop_instance: boolean) =>
      planOf(kind, parseRequest(kind, { provisioning: { vastai: { stop_instance } } }), kept, none)
        ?.duration_seconds;
    expect(of('llm-instance', true)).toBe(7200);
    expect(of('benchmark', false)).toBe(7200);
    expect(of('benchmark', true)).toBeNull();
  });

  it('names no model for a rental that takes the largest that fits', () => {
    const request = parseRequest('benchmark', { provisioning: { vastai: {} } });
    expect(planOf('benchmark', request, settings, none)?.comparable.model).toBeNull();
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
