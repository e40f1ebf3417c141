import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { json } from '#core/testing/fake-server.ts';
import { type FakeVast, page, startFakeVast } from '#core/testing/fake-vastai.ts';
import { scaledClock } from '#core/testing/scaled-clock.ts';
import type { VastClient } from '../seams.ts';
import { createVastClient } from './client.ts';

const V1 = 'GET /v1/instances/';
const V0 = 'GET /instances/';
const CHARGES = 'GET /charges/';
const { signal } = new AbortController();
let market: FakeVast;
let client: VastClient;

beforeEach(async () => {
  market = await startFakeVast();
  client = createVastClient(
    { market: 'vastai', base_url: market.url, key: market.key, pace: 1 },
    scaledClock(Date.now() * 1000, 2000),
    { log: () => {} },
    1000,
  );
});
afterEach(() => market.server.close());

const fill = (n: number) => {
  for (let id = 1; id <= n; id++) market.instances.set(id, { id, label: `rune-x.${id}` });
};
const idsOf = async () => (await client.list(signal)).map(({ id }) => id);
const upTo = (n: number) => Array.from({ length: n }, (_, at) => at + 1);
const BAD = { code: 'vastai.bad_response' };

describe('the list of instances', () => {
  it.each([0, 1, 25, 26, 50, 77])('has all of %i', async (n) => {
    fill(n);
    expect(await idsOf()).toEqual(upTo(n));
    expect(market.calls()).toHaveLength(Math.max(1, Math.ceil(n / 25)));
    expect(market.server.seen.every(({ query }) => query.get('limit') === '25')).toBe(true);
  });

  it.each([404, 405, 410])('is v0 where v1 answers %i, from then on', async (status) => {
    fill(3);
    market.next(V1, json({ success: false, msg: 'no such path' }, status));
    expect(await idsOf()).toEqual([1, 2, 3]);
    expect(await idsOf()).toEqual([1, 2, 3]);
    expect(market.calls()).toEqual([V1, V0, V0]);
    market.next(V0, json({ success: false, msg: 'use v1' }, 410));
    expect(await idsOf()).toEqual([1, 2, 3]);
    expect(market.calls().slice(3)).toEqual([V0, V1]);
  });

  it('is not known where no version is there', async () => {
    market.next(V1, page(404));
    market.next(V0, json({}, 410));
    await expect(client.list(signal)).rejects.toMatchObject({ code: 'vastai.http_status' });
  });

  it('is not asked for elsewhere with a wrong key', async () => {
    market.next(V1, json({ msg: 'Invalid user key' }, 404));
    await expect(client.list(signal)).rejects.toMatchObject({ code: 'vastai.bad_key' });
    expect(market.calls()).toEqual([V1]);
  });

  it('is v0 below an address of another form', async () => {
    fill(2);
    const odd = createVastClient(
      { ...client.connection, base_url: market.server.url },
      scaledClock(0, 1000),
      { log: () => {} },
    );
    expect(await odd.list(signal)).toHaveLength(2);
    expect(market.calls()).toEqual([V0]);
  });

  const rows = (...ids: readonly unknown[]) => ids.map((id) => ({ id, label: null }));
  it.each([
    [
      'a token that comes again',
      [
        { instances: rows(1), next_token: 'a' },
        { instances: rows(2), next_token: 'b' },
        { instances: rows(3), next_token: 'a' },
      ],
    ],
    ['fewer than there are', [{ instances: rows(1), next_token: null, total_instances: 2 }]],
    [
      'an instance twice, another missing',
      [
        { instances: rows(1), next_token: 'a' },
        { instances: rows(1), total_instances: 2 },
      ],
    ],
    ['an instance without id', [{ instances: rows(1, null) }]],
    ['an instance that is none', [{ instances: [...rows(1), 'x'] }]],
    ['a label that is no text', [{ instances: [{ id: 1, label: { a: 1 } }] }]],
    ['no list', [{ instances: null }]],
    ['success: false', [{ success: false, instances: [] }]],
  ])('is thrown rather than told in part: %s', async (_, pages) => {
    market.next(V1, ...pages.map((one) => json(one)));
    await expect(client.list(signal)).rejects.toMatchObject(BAD);
    expect(market.calls()).toHaveLength(pages.length);
  });

  it('is thrown when its second page fails for good', async () => {
    fill(30);
    market.next(V1, json({ instances: rows(1), next_token: '25', total_instances: 30 }), json({}, 500));
    await expect(client.list(signal)).rejects.toMatchObject({ code: 'vastai.http_status' });
  });

  it('has what came and went between its pages', async () => {
    market.next(
      V1,
      json({ instances: rows(1, 2), next_token: 'a', total_instances: 3 }),
      json({ instances: rows(2, 4), next_token: '', total_instances: 2 }),
    );
    expect(await idsOf()).toEqual([1, 2, 4]);
  });
});

describe('charges', () => {
  const row = (source: string | null, amount: unknown, start: unknown = 100, end: unknown = 200) => ({
    type: 'instance',
    source,
    amount,
    start,
    end,
    items: [],
  });

  it('add up by contract over all pages', async () => {
    market.next(
      CHARGES,
      json({
        success: true,
        count: 2,
        total: 5,
        next_token: 'eyJ2IjoxfQ==',
        results: [
          { ...row('instance-7', 0.25), metadata: { label: 'rune-a.1' } },
          { ...row('volume-7', 9), metadata: 'none' },
        ],
      }),
      json({
        success: true,
        total: 5,
        next_token: null,
        results: [row('instance-7', '0.5', 50, 150), row('instance-8', 0, null, null), row(null, 3)],
      }),
    );
    expect(await client.charges(10.5, 86_399.2, signal)).toEqual([
      { contract_id: 7, label: 'rune-a.1', usd: 0.75, from: 50, until: 200 },
      { contract_id: 8, label: null, usd: 0, from: 10.5, until: 86_399.2 },
    ]);
    const [first, second] = market.server.seen;
    expect(JSON.parse(first?.query.get('select_filters') ?? '')).toEqual({
      day: { gte: 0, lte: 86_400 },
      type: { in: ['instance'] },
    });
    expect(first?.query.get('limit')).toBe('100');
    expect(second?.query.get('after_token')).toBe('eyJ2IjoxfQ==');
  });

  it('of a day bear its midnight, and reach as far as the day does', async () => {
    const day = 86_400;
    market.next(
      CHARGES,
      json({
        results: [
          row('instance-7', 0.25, day, day),
          row('instance-7', 0.5, 2 * day, 2 * day),
          row('instance-8', 1, 3 * day, 3 * day),
          row('instance-9', 1, day, 1e12),
          row('instance-9', -5, day, day),
        ],
      }),
    );
    const until = 3 * day + 7200;
    expect(await client.charges(day + 3600, until, signal)).toEqual([
      { contract_id: 7, label: null, usd: 0.75, from: day, until: 3 * day },
      { contract_id: 8, label: null, usd: 1, from: 3 * day, until },
      { contract_id: 9, label: null, usd: 0, from: day, until },
    ]);
    const [asked] = market.server.seen;
    expect(JSON.parse(asked?.query.get('select_filters') ?? '')).toMatchObject({ day: { gte: day } });
  });

  it.each([
    ['an amount that is none', [{ results: [row('instance-7', 'much')] }]],
    ['an amount that nobody owes', [{ results: [row('instance-7', 1e308)] }]],
    ['fewer rows than there are', [{ results: [row('instance-7', 1)], total: 2, next_token: null }]],
    [
      'pages that go round',
      [
        { results: [], next_token: 1 },
        { results: [], next_token: 1 },
      ],
    ],
  ])('are not guessed: %s', async (_, pages) => {
    market.next(CHARGES, ...pages.map((one) => json(one)));
    await expect(client.charges(0, 1, signal)).rejects.toMatchObject(BAD);
  });
});
