import { afterEach, describe, expect, it } from 'vitest';
import { type FakeVast, startFakeVast } from '#core/testing/fake-vastai.ts';
import { testPorts } from '#core/testing/ports.ts';
import { createMarkets } from './markets.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function fake(key?: string): Promise<FakeVast> {
  const market = await startFakeVast(key);
  cleanups.push(() => market.server.close());
  return market;
}

function setup(env: Readonly<Record<string, string>> = {}, demo?: FakeVast) {
  const test = testPorts({ env });
  cleanups.push(() => test.remove());
  let started = 0;
  const markets = createMarkets({
    ports: test.ports,
    demoMarket: async () => {
      started++;
      return { url: demo?.url ?? 'http://127.0.0.1:1/api/v0', key: demo?.key ?? 'demo-key' };
    },
  });
  return { markets, test, started: () => started };
}

describe('which market', () => {
  it('is the demo without a key, which starts only when it is asked for', async () => {
    const { markets, started } = setup();
    expect([await markets.usual(), await markets.hasKey()]).toEqual(['demo', false]);
    expect([markets.baseUrl('demo'), markets.baseUrl('vastai')]).toEqual([
      null,
      'https://console.vast.ai/api/v0',
    ]);
    expect(started()).toBe(0);
    const { connection } = await markets.client('demo');
    expect(connection).toEqual({
      market: 'demo',
      base_url: 'http://127.0.0.1:1/api/v0',
      key: 'demo-key',
      pace: 20,
    });
    expect(markets.baseUrl('demo')).toBe('http://127.0.0.1:1/api/v0');
  });

  it.each([
    ['the environment', { VAST_API_KEY: ' from-env ' }, 'from-env'],
    ['the secrets', {}, 'from-secrets'],
  ])('is Vast.ai with a key from %s', async (_, env, key) => {
    const { markets, test } = setup({ ...env, VAST_API_URL: 'http://127.0.0.1:1/api/v0//' });
    test.secrets.set('VAST_API_KEY', 'from-secrets');
    expect(await markets.usual()).toBe('vastai');
    expect((await markets.client('vastai')).connection).toEqual({
      market: 'vastai',
      base_url: 'http://127.0.0.1:1/api/v0',
      key,
      pace: 1,
    });
  });

  it('is refused without a key, with what to do', async () => {
    const { markets } = setup({ VAST_API_KEY: '  ' });
    await expect(markets.client('vastai')).rejects.toMatchObject({
      code: 'provider.no_credentials',
      message: expect.stringMatching(/VAST_API_KEY.*demo/),
    });
  });

  it('has no key where the keychain is locked', async () => {
    const { test } = setup();
    const secrets = { ...test.ports.secrets, get: () => Promise.reject(new Error('locked')) };
    const markets = createMarkets({ ports: { ...test.ports, secrets }, demoMarket: () => Promise.reject() });
    expect(await markets.usual()).toBe('demo');
  });

  it('does not take a key that no header can hold', async () => {
    const { markets } = setup({ VAST_API_KEY: 'two\nlines' });
    const thrown = await markets.client('vastai').catch((reason: unknown) => reason);
    expect(thrown).toMatchObject({ code: 'vastai.bad_key' });
    expect(String(thrown)).not.toContain('two');
  });
});

describe('the address', () => {
  it.each([
    ['https://user:hush@console.vast.ai/api/v0', 'request.secret_in_url'],
    ['https://hush@console.vast.ai/api/v0', 'request.secret_in_url'],
    ['https://console.vast.ai/api/v0?api_key=hush', 'request.secret_in_url'],
    ['https://console.vast.ai/#hush', 'request.secret_in_url'],
    ['ftp://hush.example/', 'request.invalid'],
    ['http://', 'request.invalid'],
  ])('%s is refused, and not repeated', async (url, code) => {
    const { markets } = setup({ VAST_API_KEY: 'k', VAST_API_URL: url });
    const thrown = await markets.client('vastai').catch((reason: unknown) => reason);
    expect(thrown).toMatchObject({ code });
    expect(String(thrown)).not.toContain('hush');
    expect(markets.baseUrl('vastai')).toBeNull();
  });
});

describe('one client', () => {
  it('serves all who ask with the same key, and another the next key', async () => {
    const market = await fake('first-key');
    const { markets, test } = setup({ VAST_API_URL: `${market.url}/` });
    test.secrets.set('VAST_API_KEY', 'first-key');
    const [first, again] = await Promise.all([markets.client('vastai'), markets.client('vastai')]);
    expect(again).toBe(first);
    await expect(first.list(AbortSignal.timeout(5000))).resolves.toEqual([]);
    test.secrets.set('VAST_API_KEY', 'second-key');
    const second = await markets.client('vastai');
    expect(second).not.toBe(first);
    await expect(second.list(AbortSignal.timeout(5000))).rejects.toMatchObject({ code: 'vastai.bad_key' });
  });

  it('is not shared between markets', async () => {
    const { markets } = setup({ VAST_API_KEY: 'k' });
    expect(await markets.client('demo')).not.toBe(await markets.client('vastai'));
    expect(await markets.client('demo')).toBe(await markets.client('demo'));
  });
});
