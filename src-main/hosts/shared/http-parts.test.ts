import { afterEach, describe, expect, it } from 'vitest';
import { createEngine, type Engine } from '#core/engine.ts';
import { type TestPorts, testPorts } from '#core/testing/ports.ts';
import { type HttpParts, openApi, startHttpParts } from './http-parts.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

const SECRET = 's'.repeat(32);

async function start(
  env: Record<string, string>,
): Promise<{ engine: Engine; parts: HttpParts; set: TestPorts }> {
  const set = testPorts({ env: { PATH: process.env.PATH, ...env } });
  cleanUp.push(() => set.remove());
  const engine = await createEngine(set.ports, { mode: 'own' });
  cleanUp.push(() => engine.dispose());
  const parts = await startHttpParts(engine, set.ports);
  cleanUp.push(() => parts.close());
  return { engine, parts, set };
}

const switchApi = (engine: Engine, api: { enabled: boolean; port: number }) =>
  engine.client.settings.set({ version: 1, http: { api } });

describe('what listens by the settings', () => {
  it('opens, answers and closes as they change', async () => {
    const { engine } = await start({ RUNE_API_TOKENS: `team:${SECRET}` });
    const status = async () => (await engine.client.http.status()).api;
    expect(await status()).toMatchObject({ enabled: false, url: null, trouble: null });
    await switchApi(engine, { enabled: true, port: 0 });
    await expect.poll(async () => (await status()).url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await status()).toMatchObject({ enabled: true, tenants: ['team'], auth: true });
    const url = (await status()).url ?? '';
    expect((await fetch(`${url}/v1/jobs`)).status).toBe(401);
    const jobs = await fetch(`${url}/v1/jobs`, { headers: { 'x-api-key': SECRET } });
    expect(await jobs.json()).toMatchObject({ jobs: [] });
    await switchApi(engine, { enabled: false, port: 0 });
    await expect.poll(async () => (await status()).url).toBeNull();
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  it('says why it does not listen: nobody may call, or the port is taken', async () => {
    const { engine } = await start({});
    await switchApi(engine, { enabled: true, port: 0 });
    const trouble = async () => (await engine.client.http.status()).api.trouble?.code;
    await expect.poll(trouble).toBe('http.refused');

    const other = await start({ RUNE_API_AUTH_DISABLED: '1' });
    await switchApi(other.engine, { enabled: true, port: 0 });
    const at = async () => (await other.engine.client.http.status()).api.url;
    await expect.poll(at).not.toBeNull();
    const third = await start({ RUNE_API_AUTH_DISABLED: '1' });
    await switchApi(third.engine, { enabled: true, port: Number(new URL((await at()) ?? '').port) });
    await expect
      .poll(async () => (await third.engine.client.http.status()).api.trouble?.code)
      .toBe('http.port_taken');
  });

  it('is tenant default without authentication, whatever tenant is named', async () => {
    const { engine } = await start({ RUNE_API_AUTH_DISABLED: 'yes' });
    await switchApi(engine, { enabled: true, port: 0 });
    const at = async () => (await engine.client.http.status()).api;
    await expect.poll(async () => (await at()).url).not.toBeNull();
    expect(await at()).toMatchObject({ auth: false, tenants: ['default'] });
    const made = await fetch(`${(await at()).url}/v1/jobs/agentic-agent`, {
      method: 'POST',
      headers: { 'x-tenant-id': 'somebody' },
      body: JSON.stringify({ question: 'q', backend_type: 'demo', agent: 'prompt' }),
    });
    const { job_id } = (await made.json()) as { job_id: string };
    expect((await engine.client.jobs.get({ job_id })).tenant_id).toBe('default');
    const foreign = await fetch(`${(await at()).url}/v1/jobs`, {
      headers: { origin: 'https://evil.example' },
    });
    expect(foreign.status).toBe(403);
  });

  it('is not opened beyond this computer without tokens', async () => {
    const { engine, set } = await start({ RUNE_API_AUTH_DISABLED: '1' });
    await expect(openApi(engine, set.ports, true)).rejects.toMatchObject({ code: 'http.refused' });
  });
});
