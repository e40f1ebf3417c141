import { createServer } from 'node:https';
import { afterEach, describe, expect, it } from 'vitest';
import { RUNE_TOKEN, startFakeRune } from '#core/testing/fake-rune.ts';
import { realClock, testPorts } from '#core/testing/ports.ts';
import { TEST_CERT, TEST_KEY } from '#core/testing/self-signed.ts';
import { settingsSchema } from '#shared/contract/settings.ts';
import { TIMING } from './pace.ts';
import { RemoteSource } from './remote-source.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

function sourceAt(url: string, fast = 1): RemoteSource {
  const { dataDir, remove } = testPorts();
  const [setting] = settingsSchema.parse({
    remotes: [{ id: 'r', name: 'R', url, token_secret: 'T' }],
  }).remotes;
  if (setting === undefined) throw new Error('no setting');
  const source = new RemoteSource(setting, {
    dataDir,
    clock: realClock(),
    token: () => Promise.resolve(RUNE_TOKEN),
    thresholdUsd: () => 5,
    timing: {
      ...TIMING,
      watchedMs: TIMING.watchedMs / fast,
      idleMs: TIMING.idleMs / fast,
      gapMs: { rune: TIMING.gapMs.rune / fast, runescope: TIMING.gapMs.runescope },
    },
  });
  cleanUp.push(remove, () => source.close());
  return source;
}

const job = (question: string) =>
  ({
    kind: 'agentic-agent',
    request: { question, model: 'm', backend_url: 'http://10.0.0.1:11434' },
    tenant_id: 'default',
    idempotency_key: '',
    approved_usd: null,
  }) as const;
const NEVER = new AbortController().signal;
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('polling', () => {
  it("stays below RUNE's limit with many jobs, and stops when nobody watches", async () => {
    const rune = await startFakeRune();
    cleanUp.push(() => rune.close());
    // Ten times as fast as in life: a minute is 6 s.
    const source = sourceAt(rune.url, 10);
    await source.connect();
    for (let i = 0; i < 12; i++) await source.elsewhere.create(job(`q${i}`), NEVER);
    const stop = source.onChange(() => {});
    await wait(300);
    const polls = () => rune.seen.filter(({ method }) => method === 'GET').length;
    const before = polls();
    await wait(3000);
    const watched = polls() - before;
    expect(watched).toBeGreaterThan(5);
    expect(watched).toBeLessThanOrEqual(40);
    stop();
    for (const id of rune.jobs.keys()) rune.end(id, 'succeeded', { answer: 'x' });
    await wait(4000);
    const rest = polls();
    await wait(1500);
    expect(polls()).toBe(rest);
  });

  it('rests as long as a remote that is asked too often says, in RUNE’s way too', async () => {
    const rune = await startFakeRune();
    cleanUp.push(() => rune.close());
    const source = sourceAt(rune.url, 20);
    await source.connect();
    const made = await source.elsewhere.create(job('q'), NEVER);
    const stop = source.onChange(() => {});
    rune.fail('GET /v1/jobs', { status: 401, body: JSON.stringify({ error: 'rate limit exceeded' }) });
    await wait(600);
    const before = rune.seen.length;
    await wait(1000);
    expect(rune.seen.length).toBe(before);
    const { trouble } = source.info();
    expect(trouble).toMatchObject({ code: 'remote.http_status', retryable: true });
    expect(source.job(made.job_id).status).toMatch(/queued|running/);
    stop();
  });
});

describe('TLS', () => {
  it('that is not trusted is said in words, and nothing is sent', async () => {
    let asked = 0;
    const server = createServer({ key: TEST_KEY, cert: TEST_CERT }, (_request, response) => {
      asked++;
      response.end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanUp.push(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(sourceAt(`https://127.0.0.1:${port}`).connect()).rejects.toMatchObject({
      code: 'remote.unreachable',
      message: expect.stringContaining('certificate'),
    });
    expect(asked).toBe(0);
  });

  it('where there is none is told apart', async () => {
    const rune = await startFakeRune();
    cleanUp.push(() => rune.close());
    await expect(sourceAt(rune.url.replace('http', 'https')).connect()).rejects.toMatchObject({
      code: 'remote.unreachable',
      message: expect.stringContaining('http, not https'),
    });
  });
});
