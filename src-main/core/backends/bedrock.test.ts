import { afterEach, describe, expect, it, vi } from 'vitest';
import { type FakeBedrockOptions, startFakeBedrock, TEXT_MODEL } from '#core/testing/fake-bedrock.ts';
import type { FakeServer, Fault } from '#core/testing/fake-server.ts';
import { failureOf, recordSpans } from '#core/testing/recorded-spans.ts';
import { MODEL_CALL_ATTRIBUTE } from '#shared/model/model-call.ts';
import type { ChatRequest, LlmBackend } from './backend.ts';
import { bedrockPlaces, bedrockUrl } from './bedrock-address.ts';
import { testBackend } from './discovery.ts';
import { createBackend } from './registry.ts';

const servers: FakeServer[] = [];
const QUICK = { connectMs: 300, firstByteMs: 300, idleMs: 300 };
const never = new AbortController().signal;
const MODEL = TEXT_MODEL.modelId;
const KEY = 'AKIAPLANTED000000001:planted-secret-key-0123456789:planted-session-token';
const STREAM = `/model/${encodeURIComponent(MODEL)}/converse-stream`;

async function bedrock(
  options: FakeBedrockOptions = {},
  more: { readonly fault?: Fault; readonly key?: string } = {},
) {
  const server = await startFakeBedrock(options);
  servers.push(server);
  if (more.fault !== undefined) server.faults.set('*', more.fault);
  const endpoint = { backend_type: 'bedrock', base_url: server.url, api_key: more.key ?? KEY } as const;
  return {
    server,
    endpoint,
    backend: createBackend({ ...endpoint, region: 'eu-central-1' }, { brief: QUICK, long: QUICK }),
  };
}
const chat = (backend: LlmBackend, more: Partial<ChatRequest> = {}) =>
  backend.chat({ model: MODEL, messages: [{ role: 'user', content: 'Why?' }], signal: never, ...more });

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

describe("Bedrock's address", () => {
  it('is a region, or the URL of an endpoint that may name one', () => {
    expect(bedrockUrl(' eu-central-1 ')).toBe('https://bedrock-runtime.eu-central-1.amazonaws.com');
    expect(bedrockUrl('cn-north-1')).toBe('https://bedrock-runtime.cn-north-1.amazonaws.com.cn');
    expect(bedrockUrl('http://me:planted@127.0.0.1:4566/?x=1')).toBe('http://127.0.0.1:4566');
    expect(() => bedrockUrl('ftp://host')).toThrow('no AWS region');
    expect(bedrockPlaces(bedrockUrl('us-gov-west-1'), 'us-east-2')).toEqual({
      region: 'us-gov-west-1',
      control: 'https://bedrock.us-gov-west-1.amazonaws.com',
    });
    const fips = bedrockPlaces('https://bedrock-runtime-fips.us-east-2.amazonaws.com', null);
    expect(fips).toEqual({ region: 'us-east-2', control: 'https://bedrock-fips.us-east-2.amazonaws.com' });
    expect(bedrockPlaces('http://127.0.0.1:4566', 'ap-south-1').region).toBe('ap-south-1');
    expect(bedrockPlaces('http://127.0.0.1:4566', null).region).toBe('us-east-1');
  });
});

describe('a bedrock backend', () => {
  it('streams an answer with usage, what the server measured and what the client saw', async () => {
    const { backend, server } = await bedrock({ wordMs: 60 });
    const tokens: string[] = [];
    const { text, finish_reason, figures } = await chat(backend, {
      model: `bedrock/${MODEL}`,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Why?' },
      ],
      max_output_tokens: 7,
      onToken: (token) => tokens.push(token),
    });
    expect(text).toBe('Two pods restart.');
    expect(tokens).toEqual(['Two ', 'pods ', 'restart.']);
    expect(finish_reason).toBe('end_turn');
    expect(figures).toMatchObject({
      input_tokens: 26,
      output_tokens: 100,
      tokens_source: 'server',
      speed_source: 'derived',
      server_total_ms: 1234,
    });
    expect(figures.time_to_first_token_ms).toBeGreaterThan(20);
    expect(figures.phases.map(({ phase, source }) => [phase, source])).toEqual([
      ['first_token', 'client'],
      ['generation', 'client'],
    ]);
    expect(server.seen.at(-1)).toMatchObject({
      path: STREAM,
      body: {
        system: [{ text: 'Be brief.' }],
        messages: [{ role: 'user', content: [{ text: 'Why?' }] }],
        inferenceConfig: { maxTokens: 7 },
      },
    });
  });

  it('signs for its region with a key pair, and sends an API key as it is', async () => {
    const { backend, server } = await bedrock();
    await chat(backend);
    const { authorization, 'x-amz-security-token': token } = server.seen.at(-1)?.headers ?? {};
    expect(authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIAPLANTED000000001\/\d{8}\/eu-central-1\/bedrock\/aws4_request, /,
    );
    expect(token).toBe('planted-session-token');
    const withKey = await bedrock({ authorised: /^Bearer ABSKplanted$/ }, { key: 'ABSKplanted' });
    expect((await chat(withKey.backend)).text).toBe('Two pods restart.');
  });

  it("takes the SDK's own chain where no secret is named, and says where it may find something", async () => {
    for (const name of ['AWS_PROFILE', 'AWS_SESSION_TOKEN', 'AWS_BEARER_TOKEN_BEDROCK'])
      vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_CONFIG_FILE', '/nowhere/config');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere/credentials');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAFROMENVIRONMENT');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
    const { server, endpoint } = await bedrock();
    const backend = createBackend({ ...endpoint, api_key: null }, { brief: QUICK, long: QUICK });
    await chat(backend);
    expect(server.seen.at(-1)?.headers.authorization).toContain('Credential=AKIAFROMENVIRONMENT/');
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    // They were found once: no later call of this backend looks for them again.
    expect((await chat(backend)).text).toBe('Two pods restart.');
    const without = createBackend({ ...endpoint, api_key: null }, { brief: QUICK, long: QUICK });
    const failure = await failureOf(() => chat(without));
    expect(failure.code).toBe('backend.no_credentials');
    expect(failure.message).toContain('AWS_PROFILE');
  });

  it('counts what came from the prompt cache as input, and nothing where nothing was counted', async () => {
    const usage = { inputTokens: 6, outputTokens: 2, cacheReadInputTokens: 20, cacheWriteInputTokens: 4 };
    expect((await chat((await bedrock({ usage })).backend)).figures.input_tokens).toBe(30);
    const { figures } = await chat((await bedrock({ usage: undefined, latencyMs: undefined })).backend);
    expect(figures).toMatchObject({
      input_tokens: null,
      output_tokens: null,
      tokens_source: null,
      server_total_ms: null,
    });
    const hostile = { inputTokens: -1, outputTokens: 'many' };
    expect((await chat((await bedrock({ usage: hostile, latencyMs: -5 })).backend)).figures).toMatchObject({
      input_tokens: null,
      output_tokens: null,
      server_total_ms: null,
    });
  });

  it('asks a model that does not stream for its whole answer, and then knows no first token', async () => {
    const { text, figures } = await chat((await bedrock({ neverStreams: true })).backend);
    expect(text).toBe('Two pods restart.');
    expect(figures).toMatchObject({
      output_tokens: 100,
      time_to_first_token_ms: null,
      server_total_ms: 1234,
    });
  });

  it('lists what can be asked: on demand by id, the rest by its inference profiles', async () => {
    const models = [
      TEXT_MODEL,
      {
        ...TEXT_MODEL,
        modelId: 'anthropic.claude-x',
        inputModalities: ['TEXT', 'IMAGE'],
        inferenceTypesSupported: ['INFERENCE_PROFILE'],
      },
      { ...TEXT_MODEL, modelId: 'amazon.paints', outputModalities: ['IMAGE'] },
      { ...TEXT_MODEL, modelId: 'bought.only', inferenceTypesSupported: ['PROVISIONED'] },
    ];
    const profile = (inferenceProfileId: string) => ({
      inferenceProfileId,
      models: [{ modelArn: 'arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-x' }],
    });
    const profiles = [[profile('us.anthropic.claude-x')], [profile('global.anthropic.claude-x')]];
    const { backend } = await bedrock({ models, profiles });
    expect((await backend.listModels(never)).map(({ name }) => name)).toEqual([
      'global.anthropic.claude-x',
      MODEL,
      'us.anthropic.claude-x',
    ]);
    expect(
      await (await bedrock({ models, profiles })).backend.getCapabilities('us.anthropic.claude-x', never),
    ).toEqual({
      context_length: null,
      max_output_tokens: null,
      capabilities: ['completion', 'vision'],
    });
    const unlisted = await bedrock({ models, profiles: null });
    expect((await unlisted.backend.listModels(never)).map(({ name }) => name)).toEqual([MODEL]);
  });

  it('has nothing to warm up, and says so in a span like every other', async () => {
    const { backend, endpoint } = await bedrock();
    const { spans } = await recordSpans(async () => {
      await backend.warmup({ model: MODEL, timeoutMs: 100, signal: never });
      await chat(backend);
    });
    expect(spans.map(({ name }) => name)).toEqual(['backend.warmup', 'backend.chat']);
    expect(spans[0]?.attributes).toMatchObject({ backend_type: 'bedrock', load_ms: null, pulled: false });
    expect(spans[1]?.attributes).toMatchObject({
      backend_type: 'bedrock',
      base_url: endpoint.base_url,
      model: MODEL,
      'gen_ai.provider.name': 'aws.bedrock',
      'gen_ai.usage.output_tokens': 100,
      [MODEL_CALL_ATTRIBUTE]: { server_total_ms: 1234 },
    });
  });

  it('is tested from Settings, step by step', async () => {
    const { endpoint } = await bedrock();
    expect(await testBackend(endpoint)).toMatchObject({
      ok: true,
      steps: [{ name: 'Address' }, { name: 'Models', message: `1 found: ${MODEL}` }],
    });
    const refused = await testBackend((await bedrock({ authorised: /never/ })).endpoint);
    expect(refused.ok).toBe(false);
    expect(refused.steps.at(-1)?.message).toContain('refused access (UnrecognizedClientException)');
  });

  it('keeps keys and session tokens out of what a server says about them', async () => {
    const failure = await failureOf(async () => chat((await bedrock({ authorised: /never/ })).backend));
    expect(failure.code).toBe('backend.http_status');
    expect(failure.detail).toContain('Credential=[key]/');
    for (const part of KEY.split(':')) expect(JSON.stringify(failure)).not.toContain(part);
    const echo = { status: 400, body: JSON.stringify({ message: `bad token planted-session-token` }) };
    const echoed = await failureOf(async () => chat((await bedrock({}, { fault: echo })).backend));
    expect(JSON.stringify(echoed)).not.toContain('planted-session-token');
  });

  const faults: readonly (readonly [what: string, Fault, code: string])[] = [
    ['hangs', 'hang', 'backend.timeout'],
    ['closes the connection', 'reset', 'backend.unreachable'],
    ['answers with a web page', 'html', 'backend.bad_response'],
    ['answers with garbage', 'garbage', 'backend.bad_response'],
    ['breaks off in the middle', 'drop', 'backend.interrupted'],
    ['ends in the middle of a frame', 'length-too-short', 'backend.interrupted'],
    ['sheds load', { status: 429, body: '{"message":"Too many requests"}' }, 'backend.http_status'],
    ['fails', { status: 500, body: '{"message":"internal"}' }, 'backend.http_status'],
    ['redirects', { status: 302, body: '' }, 'backend.http_status'],
  ];
  for (const [what, fault, code] of faults) {
    it(`fails as ${code} when the server ${what}`, async () => {
      const words = Array.from({ length: 40 }, () => 'word ');
      const { backend } = await bedrock({ words }, { fault });
      expect((await failureOf(() => chat(backend))).code).toBe(code);
    });
  }

  it.each([
    ['modelStreamErrorException', 'backend.interrupted'],
    ['internalServerException', 'backend.interrupted'],
    ['throttlingException', 'backend.interrupted'],
    ['modelTimeoutException', 'backend.interrupted'],
  ])('does not take %s in the middle of a stream for an answer', async (type, code) => {
    const { backend } = await bedrock({ interject: { type, message: 'engine died' } });
    const failure = await failureOf(() => chat(backend));
    expect(failure.code).toBe(code);
    expect(failure.detail).toContain('engine died');
  });

  it('takes neither a cut stream nor a damaged frame for an answer', async () => {
    for (const options of [{ cutShort: true }, { corruptFrame: 2 }]) {
      const failure = await failureOf(async () => chat((await bedrock(options)).backend));
      expect(failure.code, JSON.stringify(options)).toBe('backend.interrupted');
    }
  });

  it.each([
    ['absent', 'backend.model_not_found', '"absent"'],
    ['profile-only', 'backend.model_not_found', 'inference profile'],
    ['denied', 'backend.http_status', 'request access'],
  ])('says what to do about the model %s', async (model, code, words) => {
    const failure = await failureOf(async () => chat((await bedrock()).backend, { model }));
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(words);
  });

  it('times out when words stop coming, and is cancelled within a second', async () => {
    const stuck = await bedrock({ wordMs: 600 });
    expect((await failureOf(() => chat(stuck.backend))).code).toBe('backend.timeout');
    const { backend, server } = await bedrock({ words: Array(500).fill('w '), wordMs: 10 });
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(), 100);
    const started = performance.now();
    expect((await failureOf(() => chat(backend, { signal: cancel.signal }))).code).toBe('job.cancelled');
    expect(performance.now() - started).toBeLessThan(1000);
    await expect.poll(() => server.abandoned()).toBe(1);
  });
});
