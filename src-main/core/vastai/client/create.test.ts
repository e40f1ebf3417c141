import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { json } from '#core/testing/fake-server.ts';
import { type FakeVast, page, startFakeVast, unheard, untold } from '#core/testing/fake-vastai.ts';
import { scaledClock } from '#core/testing/scaled-clock.ts';
import type { CreateWish, VastClient } from '../seams.ts';
import { createVastClient } from './client.ts';

const CREATE = 'PUT /asks/N/';
const WISH: CreateWish = { label: 'rune-a.1', disk_gb: 40.2, template_hash: null };
let market: FakeVast;
let client: VastClient;
const { signal } = new AbortController();

beforeEach(async () => {
  market = await startFakeVast();
  client = createVastClient(
    { market: 'vastai', base_url: market.url, key: market.key, pace: 1 },
    scaledClock(Date.now() * 1000, 1000),
    { log: () => {} },
    400,
  );
});
afterEach(() => market.server.close());

const body = () => market.server.seen.at(-1)?.body;

describe('what is ordered', () => {
  it('is an Ollama server on its port, paid for only when it can be had', async () => {
    expect(await client.create(20111222, WISH, signal)).toEqual({ kind: 'created', contract_id: 7_000_001 });
    expect(market.server.seen[0]?.path).toBe('/api/v0/asks/20111222/');
    expect(body()).toEqual({
      client_id: 'me',
      image: 'ollama/ollama',
      runtype: 'args',
      env: { '-p 11434:11434': '1', OLLAMA_HOST: '0.0.0.0:11434' },
      disk: 41,
      label: 'rune-a.1',
      target_state: 'running',
      cancel_unavail: true,
    });
  });

  it('may be a template, and a bid', async () => {
    await client.create(1, { ...WISH, disk_gb: 1, template_hash: 'abc', bid_usd: 0.21 }, signal);
    expect(body()).toMatchObject({ template_hash_id: 'abc', price: 0.21, disk: 8 });
    expect(body()).not.toHaveProperty('image');
    expect(body()).not.toHaveProperty('runtype');
  });
});

const told = (status: number, error: string, msg = '') => json({ success: false, error, msg }, status);

describe('what came of it', () => {
  it.each([
    [told(400, 'invalid_args'), 'vastai.invalid_args'],
    [told(400, 'no_such_ask'), 'vastai.offer_taken'],
    [told(401, 'auth_error'), 'vastai.bad_key'],
    [told(403, 'forbidden'), 'vastai.bad_key'],
    [told(404, 'no_such_ask', 'No ask 5'), 'vastai.offer_taken'],
    [told(404, '', 'The offer is not available'), 'vastai.offer_taken'],
    [told(404, 'not_found', 'no such path'), 'vastai.http_status'],
    [told(404, 'auth_error', 'Invalid user key'), 'vastai.bad_key'],
    [told(410, 'gone'), 'vastai.offer_taken'],
    [{ status: 410, contentType: 'text/plain', chunks: ['no longer available'] }, 'vastai.offer_taken'],
  ])('is a refusal where the market says so clearly (%#)', async (answer, code) => {
    market.next(CREATE, answer);
    expect(await client.create(5, WISH, signal)).toMatchObject({ kind: 'refused', failure: { code } });
    expect(market.calls()).toHaveLength(1);
  });

  it.each([
    ['success: false with 200', told(200, 'no_such_ask')],
    ['no contract', json({ success: true })],
    ['contract 0', json({ success: true, new_contract: 0 })],
    ['no success', json({ new_contract: 5 })],
    ['a page', page()],
    ['a page with 403', page(403)],
    ['half an answer', { chunks: ['{"success": true, "new_con'] }],
    ['500', told(500, 'internal')],
    ['502', page(502)],
    ['503', told(503, '')],
    ['504', { status: 504, contentType: 'text/plain', chunks: [''] }],
    ['409', told(409, 'conflict')],
    ['a redirect', { status: 307, headers: { location: '/api/v0/asks/5/' }, chunks: [''] }],
    ['a reset', unheard('reset')],
    ['a reset after it was done', untold('reset')],
    ['silence', untold('hang')],
    ['an answer that breaks off', untold('drop')],
  ])('is not known after %s, and it is not asked again', async (_, answer) => {
    market.next(CREATE, answer);
    expect((await client.create(5, WISH, signal)).kind).toBe('unknown');
    expect(market.calls()).toHaveLength(1);
  });

  it('is asked again after 429, as that was not carried out', async () => {
    market.next(
      CREATE,
      { status: 429, contentType: 'text/plain', chunks: ['too frequent'] },
      json({ detail: 'x' }, 429),
    );
    expect((await client.create(5, WISH, signal)).kind).toBe('created');
    expect(market.instances.size).toBe(1);
    market.next(CREATE, ...Array.from({ length: 6 }, () => json({}, 429)));
    expect(await client.create(5, WISH, signal)).toMatchObject({
      kind: 'refused',
      failure: { code: 'vastai.rate_limited', retryable: true },
    });
  });

  it('takes the last 429 for what it is although another try was lost', async () => {
    market.next(CREATE, json({}, 429), untold('reset'));
    expect((await client.create(5, WISH, signal)).kind).toBe('unknown');
    expect(market.calls()).toHaveLength(2);
  });
});

describe('a caller that gives up', () => {
  it('before it is sent: nothing is asked', async () => {
    await expect(client.create(5, WISH, AbortSignal.abort())).rejects.toMatchObject({
      code: 'job.cancelled',
    });
    expect(market.calls()).toHaveLength(0);
  });

  it('while it is on its way: is told of the contract all the same', async () => {
    const stop = new AbortController();
    market.next(CREATE, untold({ delayMs: 150 }));
    const outcome = client.create(5, WISH, stop.signal);
    await expect.poll(() => market.calls().length).toBe(1);
    stop.abort();
    expect(await outcome).toEqual({ kind: 'created', contract_id: 7_000_001 });
  });

  it('after a 429: nothing was made', async () => {
    const stop = new AbortController();
    market.next(CREATE, json({ detail: 'endpoint threshold=14.0' }, 429));
    const slow = createVastClient(client.connection, scaledClock(0, 1), { log: () => {} });
    const outcome = slow.create(5, WISH, stop.signal);
    await expect.poll(() => market.calls().length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    stop.abort();
    await expect(outcome).rejects.toMatchObject({ code: 'job.cancelled' });
    expect(market.calls()).toHaveLength(1);
  });
});
