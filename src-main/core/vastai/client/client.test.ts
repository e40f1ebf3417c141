import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { json } from '#core/testing/fake-server.ts';
import { type FakeVast, page, startFakeVast, unheard, untold } from '#core/testing/fake-vastai.ts';
import { scaledClock } from '#core/testing/scaled-clock.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { VastClient } from '../seams.ts';
import { createVastClient } from './client.ts';

const LIMIT_MS = 2000;
const SHORT_LIMIT_MS = 150;
const logged: string[] = [];
let market: FakeVast;
let client: VastClient;
let signal: AbortSignal;

const clientWith = (key: string, base_url = market.url, limitMs = LIMIT_MS): VastClient =>
  createVastClient(
    { market: 'vastai', base_url, key, pace: 1 },
    scaledClock(Date.now() * 1000, 1000),
    { log: (record) => logged.push(JSON.stringify(record)) },
    limitMs,
  );

beforeEach(async () => {
  market = await startFakeVast();
  client = clientWith(market.key);
  signal = new AbortController().signal;
  logged.length = 0;
});
afterEach(() => market.server.close());

/** The failure of a call, with all that a user or a log would see of it. */
async function failureOf(work: Promise<unknown>): Promise<CodedError> {
  const thrown = await work.then(
    (value) => {
      throw new Error(`answered ${JSON.stringify(value)}`);
    },
    (reason: unknown) => reason,
  );
  if (!(thrown instanceof CodedError)) throw thrown;
  return thrown;
}

const instance = (id: number, fields: Readonly<Record<string, unknown>> = {}) => ({
  id,
  label: `rune-job.${id}`,
  actual_status: 'running',
  ...fields,
});

/** Every call that only looks. */
const READS = {
  'POST /bundles/': () => client.search({ filter: { type: 'ondemand' }, allocated_storage: 40 }, signal),
  'GET /instances/N/': () => client.show(5, signal),
  'GET /v1/instances/': () => client.list(signal),
  'GET /charges/': () => client.charges(0, 86_400, signal),
  'GET /volumes/': () => client.volumes(signal),
  'GET /template/': () => client.template('abc', signal),
  'GET /users/current/': () => client.user(signal),
} as const;
const READ_NAMES = Object.keys(READS) as readonly (keyof typeof READS)[];

describe.each(READ_NAMES)('%s', (name) => {
  it.each([
    [
      'a wrong key',
      json({ success: false, error: 'auth_error', msg: 'Invalid user key' }, 401),
      'vastai.bad_key',
    ],
    ['a wrong key that is told as absence', json({ msg: 'Invalid user key' }, 404), 'vastai.bad_key'],
    ['a key without the permission', json({ success: false, error: 'forbidden' }, 403), 'vastai.bad_key'],
    [
      'words it refuses',
      json({ success: false, error: 'invalid_args', msg: 'limit' }, 400),
      'vastai.invalid_args',
    ],
    ['a failing server', json({ message: 'internal' }, 500), 'vastai.http_status'],
    [
      'a redirect',
      { status: 302, headers: { location: 'http://127.0.0.1:1/' }, chunks: [''] },
      'vastai.http_status',
    ],
    ['a page with 200', page(), 'vastai.bad_response'],
    ['a page that calls itself JSON', { chunks: ['<!doctype html><title>x</title>'] }, 'vastai.bad_response'],
    [
      'JSON that calls itself text',
      { contentType: 'text/plain', chunks: ['{"instances":null}'] },
      'vastai.bad_response',
    ],
    ['half an answer', { chunks: ['{"offers":[{"id":1},'] }, 'vastai.bad_response'],
    ['success: false with 200', json({ success: false, msg: 'not today' }), 'vastai.bad_response'],
    ['an answer to something else', json({ pong: 'x' }), 'vastai.bad_response'],
    ['a list instead of an object', json([1, 2]), 'vastai.bad_response'],
  ] as const)('tells %s by its code, asked once', async (_, answer, code) => {
    market.next(name, answer);
    expect(await failureOf(READS[name]())).toMatchObject({ code });
    expect(market.calls()).toEqual([name]);
  });

  it.each([
    [429, 'rate_limited', 6],
    [502, 'http_status', 3],
    [503, 'http_status', 3],
    [504, 'http_status', 3],
  ])('is tried again after %i, and given up as %s', async (status, code, tries) => {
    const answer = { status, contentType: 'text/plain', chunks: ['API requests too frequent'] };
    market.next(name, ...Array.from({ length: tries }, () => answer));
    const failure = await failureOf(READS[name]());
    expect(failure).toMatchObject({ code: `vastai.${code}`, retryable: true });
    expect(market.calls()).toHaveLength(tries);
  });

  it('is tried again after a connection that broke, at any point of it', async () => {
    market.next(name, unheard('reset'), unheard('drop'), unheard('length-too-long'));
    expect(await failureOf(READS[name]())).toMatchObject({ code: 'vastai.unreachable', retryable: true });
    expect(market.calls()).toHaveLength(3);
  });

  it('does not wait for ever', async () => {
    market.next(name, unheard('hang'), unheard('hang'), unheard('hang'));
    client = clientWith(market.key, market.url, SHORT_LIMIT_MS);
    const startedAt = performance.now();
    expect((await failureOf(READS[name]())).code).toBe('vastai.unreachable');
    expect(performance.now() - startedAt).toBeLessThan(3 * SHORT_LIMIT_MS + 1500);
  });

  it('ends with its caller', async () => {
    const stop = new AbortController();
    signal = stop.signal;
    market.next(name, unheard('hang'));
    const failure = failureOf(READS[name]());
    await expect.poll(() => market.calls().length).toBe(1);
    stop.abort();
    expect((await failure).code).toBe('job.cancelled');
    await expect.poll(() => market.server.abandoned()).toBe(1);
  });

  it('keeps the key to itself, whatever comes back', async () => {
    const { key } = market;
    const echo = (status: number) =>
      json({ error: `key ${key}`, msg: encodeURIComponent(`${key} `), detail: key }, status);
    for (const answer of [
      echo(401),
      echo(404),
      echo(400),
      echo(500),
      json({ success: false, msg: `no ${key}` }),
      json({ [key]: key, instances: key }),
    ]) {
      client = clientWith(key);
      market.next(name, answer);
      const told = await READS[name]().then(JSON.stringify, (thrown: CodedError) =>
        [thrown.message, thrown.detail, thrown.stack, String(thrown.cause)].join('\n'),
      );
      expect(told).not.toContain(key);
    }
    for (const fault of ['reset', 'garbage', 'html'] as const) {
      client = clientWith(key);
      market.next(name, unheard(fault), unheard(fault), unheard(fault));
      const failure = await failureOf(READS[name]());
      expect([failure.message, failure.detail, failure.stack].join('\n')).not.toContain(key);
    }
    expect(logged.join('\n')).not.toContain(key);
  });
});

it('keeps calls as far apart as the market tells, from then on', async () => {
  const { connection } = client;
  const slower = createVastClient(connection, scaledClock(Date.now() * 1000, 20), { log: () => {} });
  market.next('GET /instances/N/', json({ detail: 'endpoint threshold=12.0' }, 429));
  await slower.show(5, signal);
  const startedAt = performance.now();
  await slower.show(5, signal);
  expect(performance.now() - startedAt).toBeGreaterThan(500);
});

it("leaves nothing behind on its caller's signal", async () => {
  market.next('GET /instances/N/', unheard('reset'), json({}, 429));
  await client.show(5, signal);
  await client.create(5, { label: 'rune-a.1', disk_gb: 8, template_hash: null }, signal);
  await client.list(signal);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

it('waits between calls as long as the market told, and is served then', async () => {
  market.next(
    'GET /instances/N/',
    json({ detail: 'API requests too frequent endpoint threshold=8.0' }, 429),
    { status: 429, contentType: 'text/plain', chunks: ['too fast'] },
  );
  expect(await client.show(5, signal)).toBeNull();
  expect(market.calls()).toHaveLength(3);
});

it('bounds what a server says, and leaves its markup out', async () => {
  market.next('GET /users/current/', {
    status: 500,
    contentType: 'text/html',
    chunks: [`<p>${'long '.repeat(10_000)}`],
  });
  const { detail = '' } = await failureOf(client.user(signal));
  expect(detail).toMatch(/^long long/);
  expect(detail.length).toBeLessThanOrEqual(500);
});

it('ends answers that do not end', async () => {
  market.next('GET /users/current/', unheard('endless-line'));
  expect(await failureOf(client.user(signal))).toMatchObject({ code: 'vastai.bad_response' });
  const megabyte = new Uint8Array(1024 * 1024).fill(32);
  market.next('POST /bundles/', { chunks: Array.from({ length: 100 }, () => megabyte) });
  const patient = createVastClient(
    { market: 'vastai', base_url: market.url, key: market.key, pace: 1 },
    scaledClock(0, 1),
    { log: () => {} },
  );
  const search = patient.search({ filter: { type: 'ondemand' }, allocated_storage: 8 }, signal);
  expect((await failureOf(search)).message).toMatch(/64 MB/);
});

it('says where nothing listens', async () => {
  const closed = market.url;
  await market.server.close();
  const failure = await failureOf(clientWith('k', closed).user(signal));
  expect(failure).toMatchObject({ code: 'vastai.unreachable', retryable: true });
  expect(failure.message).toMatch(/nothing listens/);
  market = await startFakeVast();
});

it('does not take the key elsewhere', async () => {
  const other = await startFakeVast();
  market.next('GET /users/current/', {
    status: 307,
    headers: { location: `${other.url}/users/current/` },
    chunks: [''],
  });
  await failureOf(client.user(signal));
  expect(other.server.seen).toHaveLength(0);
  await other.server.close();
});

describe('an instance', () => {
  it.each([
    [
      'a Docker map',
      {
        '11434/tcp': [
          { HostIp: '0.0.0.0', HostPort: '33526' },
          { HostIp: '::', HostPort: '33526' },
        ],
        '22/tcp': [{ HostPort: 40022 }],
      },
      [
        [11434, 33526],
        [22, 40022],
      ],
    ],
    [
      'a list',
      [11434, '22'],
      [
        [11434, 11434],
        [22, 22],
      ],
    ],
    ['ports that are not open', { '11434/tcp': null, '53/udp': [{ HostPort: '53' }] }, []],
    ['nonsense', { '11434/tcp': [{ HostPort: '99999' }], x: 1 }, []],
    ['nothing', undefined, []],
  ])('has its ports from %s', async (_, ports, expected) => {
    market.instances.set(5, instance(5, { ports }));
    expect([...((await client.show(5, signal))?.ports ?? [])]).toEqual(expected);
  });

  it.each([
    [' 203.0.113.7 \n', '203.0.113.7'],
    ['', null],
    [null, null],
    ['evil.example/path?', null],
  ])('has the address %j as %j', async (public_ipaddr, expected) => {
    market.instances.set(5, instance(5, { public_ipaddr }));
    expect((await client.show(5, signal))?.public_ipaddr).toBe(expected);
  });

  it('is read whatever else it says', async () => {
    market.instances.set(5, {
      ...instance(5),
      extra_env: [['A', 'b']],
      gpu_totalram: 1,
      dph_total: '0.25',
      start_date: 1_700_000_000.5,
      machine_id: '12',
      status_msg: 'pulling \u001b[31mimage',
    });
    expect(await client.show(5, signal)).toMatchObject({
      dph_total: 0.25,
      start_date: 1_700_000_000.5,
      machine_id: 12,
      status_msg: 'pulling [31mimage',
      gpu_name: null,
    });
  });

  it.each([
    ['null with 200', json({ instances: null })],
    [
      'no_such_instance',
      json({ success: false, error: 'no_such_instance', msg: 'No instance with id 5.' }, 404),
    ],
    ['its words', json({ success: false, msg: 'Instance 5 not found' }, 404)],
  ])('is absent where the market says so: %s', async (_, answer) => {
    market.next('GET /instances/N/', answer);
    expect(await client.show(5, signal)).toBeNull();
  });

  it.each([
    ['a wrong key', json({ success: false, error: 'auth_error', msg: 'Invalid user key' }, 404)],
    ['a wrong key for it', json({ error: 'auth_error', msg: 'this key has no instance 5' }, 404)],
    ['a page', page(404)],
    [
      'no such path',
      json({ success: false, error: 'not_found', msg: 'no such path /api/v0/instances/5/' }, 404),
    ],
    ['a gateway', json({ message: 'no Route matched with those values' }, 404)],
    ['plain text', { status: 404, contentType: 'text/plain', chunks: ['404 page not found'] }],
    ['nothing in it', json({})],
    ['an empty list', json({ instances: [] })],
    ['another one', json({ instances: instance(6) })],
    ['410', json({ success: false, msg: 'instance gone' }, 410)],
  ])('is not taken for absent because of %s', async (_, answer) => {
    market.next('GET /instances/N/', answer);
    await failureOf(client.show(5, signal));
  });
});

describe('destroy', () => {
  it('says nothing where it was accepted, or absent already', async () => {
    market.instances.set(5, instance(5));
    await client.destroy(5, signal);
    await client.destroy(5, signal);
    expect(market.instances.size).toBe(0);
  });

  it('is asked for again when nobody knows whether it arrived', async () => {
    market.instances.set(5, instance(5));
    market.next('DELETE /instances/N/', unheard('reset'), untold('reset'));
    await client.destroy(5, signal);
    expect(market.calls()).toHaveLength(3);
  });

  it.each([
    ['a refusal with 200', json({ success: false, msg: 'locked' })],
    ['a wrong key as 404', json({ msg: 'Invalid user key' }, 404)],
    ['a page', page(404)],
    ['an answer without success', json({})],
  ])('throws for %s', async (_, answer) => {
    market.next('DELETE /instances/N/', answer);
    await failureOf(client.destroy(5, signal));
  });
});

it('labels an instance, also when the first try was lost', async () => {
  market.instances.set(5, instance(5));
  market.next('PUT /instances/N/', untold('drop'));
  await client.label(5, 'rune-b.1', signal);
  expect(market.instances.get(5)?.label).toBe('rune-b.1');
});

it('knows volumes, removes one, and does not mind when it is gone', async () => {
  market.volumes.set(9, { id: 9, label: 'rune-x' });
  market.volumes.set(10, { id: '10' });
  expect(await client.volumes(signal)).toEqual([
    { id: 9, label: 'rune-x' },
    { id: 10, label: null },
  ]);
  await client.deleteVolume(9, signal);
  await client.deleteVolume(9, signal);
  expect([...market.volumes.keys()]).toEqual([10]);
  expect(market.server.seen.at(-1)?.body).toEqual({ id: 9 });
});

it('finds a template by its hash, and no other', async () => {
  const templates = [
    { hash_id: 'other', name: 'x' },
    { hash_id: 'abc', name: 'Ollama', image: 'ollama/ollama' },
  ];
  market.next('GET /template/', json({ success: true, templates }), json({ success: true, templates: [] }));
  expect(await client.template('abc', signal)).toEqual({
    hash: 'abc',
    name: 'Ollama',
    image: 'ollama/ollama',
  });
  expect(await client.template('abc', signal)).toBeNull();
  expect(market.server.seen[0]?.query.get('select_filters')).toBe('{"hash_id":{"eq":"abc"}}');
});

it('reads the account', async () => {
  market.next('GET /users/current/', json({ id: 1, email: 'a@b.c', balance: '-1.5', credit: 20 }));
  expect(await client.user(signal)).toEqual({ id: 1, email: 'a@b.c', balance_usd: -1.5, credit_usd: 20 });
});
