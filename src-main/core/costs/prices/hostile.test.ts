import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  azureRow,
  gcpSku,
  startFakeAzurePrices,
  startFakeGcpBilling,
  startFakeVastOffers,
  vastOffer,
} from '#core/testing/fake-prices.ts';
import { awsProduct, startFakeAwsPricing } from '#core/testing/fake-prices-aws.ts';
import { type FakeServer, type Fault, startFakeServer } from '#core/testing/fake-server.ts';
import { type TestPrices, testPrices } from '#core/testing/test-prices.ts';

const KEY = 'AKIAIOSFODNN7EXAMPLE';
const SECRET = 'secret-that-nobody-sees';
const LIMIT_MS = 500;

const servers: FakeServer[] = [];
const started = async (starting: Promise<FakeServer>): Promise<FakeServer> => {
  const server = await starting;
  servers.push(server);
  return server;
};
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const prices = (variable: string, url: string): TestPrices =>
  testPrices({
    env: { AWS_ACCESS_KEY_ID: KEY, AWS_SECRET_ACCESS_KEY: SECRET, [variable]: url },
    secrets: { GOOGLE_API_KEY: SECRET, VAST_API_KEY: SECRET },
    limitMs: LIMIT_MS,
  });

const GCP_PARTS = (usd: number, fields = {}) => [
  gcpSku('Nvidia Tesla A100 GPU running in Americas', usd, fields),
  gcpSku('A2 Instance Core running in Americas', 0.03),
  gcpSku('A2 Instance Ram running in Americas', 0.004),
];
const gcpMoney = (unitPrice: object) => ({
  pricingInfo: [
    {
      effectiveTime: '2026-08-01T00:00:00Z',
      pricingExpression: { usageUnit: 'h', tieredRates: [{ startUsageAmount: 0, unitPrice }] },
    },
  ],
});

/** Each API with a price, and what is asked of it. `book`: what is left when it fails. */
const APIS = {
  azure: {
    variable: 'AZURE_RETAIL_PRICES_URL',
    book: { usd: 3.06, source: 'book' },
    says: "Azure's price list was not used: ",
    ask: (test: TestPrices) => test.machine('azure', 'Standard_NC6s_v3'),
    start: (retailPrice: unknown, currencyCode: string) =>
      startFakeAzurePrices([[azureRow({ retailPrice, currencyCode })]]),
  },
  aws: {
    variable: 'AWS_ENDPOINT_URL_PRICING',
    book: { usd: 1.01, source: 'book' },
    says: 'The AWS price list was not used: ',
    ask: (test: TestPrices) => test.machine('aws', 'g5.xlarge'),
    start: (usd: unknown, currency: string) =>
      startFakeAwsPricing([[awsProduct({}, usd === undefined ? {} : { [currency]: String(usd) })]], KEY),
  },
  gcp: {
    variable: 'GOOGLE_BILLING_URL',
    book: { usd: 3.67, source: 'book' },
    says: "Google's price list was not used: ",
    ask: (test: TestPrices) => test.machine('gcp', 'a2-highgpu-1g'),
    start: (usd: unknown, currencyCode: string) =>
      startFakeGcpBilling(
        [
          GCP_PARTS(
            3,
            gcpMoney(
              typeof usd === 'number'
                ? { currencyCode, units: String(Math.trunc(usd)), nanos: Math.round((usd % 1) * 1e9) }
                : { currencyCode },
            ),
          ),
        ],
        SECRET,
      ),
  },
  vastai: {
    variable: 'VAST_API_URL',
    book: { usd: 0.4, source: 'assumed' },
    says: "Vast.ai's list of offers was not used: ",
    ask: (test: TestPrices) => test.rental('RTX 4090'),
    start: (dph_total: unknown) => startFakeVastOffers([vastOffer({ dph_total })], SECRET),
  },
} as const;

type Name = keyof typeof APIS;
const NAMES = Object.keys(APIS) as readonly Name[];

/** Nothing of the failure is in the price, nothing of the key anywhere, and the API is left alone for ten minutes. */
async function expectBook(name: Name, server: FakeServer, why: RegExp | null): Promise<void> {
  const { variable, book, says, ask } = APIS[name];
  const test = prices(variable, server.url);
  const startedAt = performance.now();
  const quote = await ask(test);
  expect(performance.now() - startedAt).toBeLessThan(LIMIT_MS + 1500);
  expect(quote?.price).toMatchObject({ rate: { per: 'hour', usd: book.usd }, source: book.source });
  if (why === null) expect(quote?.warning ?? '').not.toContain('was not used');
  else {
    expect(quote?.warning).toContain(says);
    expect(quote?.warning).toMatch(why);
  }
  const asked = server.seen.length;
  expect((await ask(test))?.warning).toBe(quote?.warning);
  expect(server.seen).toHaveLength(asked);
  const left = JSON.stringify([
    quote,
    test.logged,
    test.prices.listPrices(),
    test.db.prepare('SELECT * FROM rs_price').all(),
  ]);
  for (const secret of [KEY, SECRET, server.url]) expect(left).not.toContain(secret);
  expect(test.db.prepare('SELECT count(*) FROM rs_price').pluck().get()).toBe(0);
}

describe.each(NAMES)('%s', (name) => {
  const { start } = APIS[name];
  const usual = { azure: 3.5, aws: 1.1, gcp: 3, vastai: 0.5 }[name];
  let sound: FakeServer;
  beforeEach(async () => {
    sound = await started(start(usual, 'USD'));
  });

  it('gives a price when nothing is wrong', async () => {
    const quote = await APIS[name].ask(prices(APIS[name].variable, sound.url));
    expect(quote?.price.source).toBe('live');
    expect(quote?.warning).toBeNull();
  });

  it.each([
    ['negative', -1.5, /negative/],
    ['missing', undefined, /missing|not in USD/],
    ['zero', 0, /zero|missing|cannot be true/],
    ['a thousand times too high', usual * 1000, /off the price book's|cannot be true/],
    ['a thousand times too low', usual / 1000, /off the price book's|cannot be true/],
  ] as const)('a price that is %s is refused, and said', async (_, usd, why) => {
    await expectBook(name, await started(start(usd, 'USD')), why);
  });

  it.each(['hang', 'reset'] as const)('silence (%s) is met with silence, in time', async (fault) => {
    sound.faults.set('*', fault);
    await expectBook(name, sound, null);
  });

  it.each([
    ['html', /not what that API sends/],
    ['garbage', /not what that API sends/],
    [{ status: 200, body: '{"unexpected":[]}' }, /not what that API sends/],
    [{ status: 200, body: 'null' }, /not what that API sends/],
    [{ status: 500, body: '{}' }, /status 500/],
    [{ status: 503, body: '<html>' }, /status 503/],
    [{ status: 429, body: 'slow down' }, /status 429/],
    [{ status: 403, body: `{"message":"key ${SECRET} is wrong"}` }, /refuses the credentials/],
  ] as readonly (readonly [Fault, RegExp])[])(
    'an answer like %j is not used, and said',
    async (fault, why) => {
      sound.faults.set('*', fault);
      await expectBook(name, sound, why);
    },
  );

  it('a body without end is cut off', async () => {
    sound.faults.set('*', 'endless-line');
    const { ask, variable } = APIS[name];
    const quote = await ask(prices(variable, sound.url));
    expect(quote?.price.source).not.toBe('live');
    // Ended by its size, or by the time allowed: whichever comes first.
    await expect.poll(() => sound.abandoned()).toBe(1);
  });

  it('no redirect is followed, and the key stays here', async () => {
    const elsewhere = await started(start(usual, 'USD'));
    const redirecting = await started(
      startFakeServer(() => ({ status: 302, headers: { location: `${elsewhere.url}/` }, chunks: [] })),
    );
    await expectBook(name, redirecting, /redirects/);
    expect(elsewhere.seen).toEqual([]);
  });

  it('is asked again after ten minutes', async () => {
    sound.faults.set('*', { status: 500, body: '{}' });
    const { ask, variable } = APIS[name];
    const test = prices(variable, sound.url);
    await ask(test);
    sound.faults.clear();
    test.pass(599);
    expect((await ask(test))?.price.source).not.toBe('live');
    test.pass(2);
    expect((await ask(test))?.price.source).toBe('live');
  });
});

describe('prices in another currency', () => {
  it.each(['azure', 'aws', 'gcp'] as const)('of %s are refused', async (name) => {
    await expectBook(name, await started(APIS[name].start(2.9, 'EUR')), /not in USD/);
  });
});

describe("Azure's pages", () => {
  it('are not followed to another server', async () => {
    const elsewhere = await started(startFakeAzurePrices([[azureRow({ retailPrice: 3 })]]));
    const server = await started(startFakeAzurePrices([[azureRow()]], `${elsewhere.url}/?$skip=1`));
    await expectBook('azure', server, /points to another server/);
    expect(elsewhere.seen).toEqual([]);
  });

  it('end, even where each points to itself', async () => {
    const row = azureRow({ retailPrice: 3.3 });
    const looping = await started(
      startFakeServer(() => ({
        chunks: [
          JSON.stringify({
            Items: [row],
            NextPageLink: `${looping.url}/?$skip=0`,
          }),
        ],
      })),
    );
    const quote = await APIS.azure.ask(prices('AZURE_RETAIL_PRICES_URL', looping.url));
    expect(quote?.price).toMatchObject({ rate: { usd: 3.3 }, source: 'live' });
    expect(looping.seen).toHaveLength(5);
  });
});

describe('an API that fails', () => {
  it('leaves a price that was cached in its place', async () => {
    const server = await started(APIS.azure.start(3.5, 'USD'));
    const test = prices('AZURE_RETAIL_PRICES_URL', server.url);
    await APIS.azure.ask(test);
    test.pass(3 * 86_400);
    server.faults.set('*', 'html');
    const quote = await APIS.azure.ask(test);
    expect(quote?.price).toMatchObject({ rate: { usd: 3.5 }, source: 'cached' });
    expect(quote?.warning).toMatch(/not what that API sends/);
  });

  it('is one: a bad answer for one machine leaves the others askable', async () => {
    const server = await started(
      startFakeAzurePrices([
        [
          azureRow({ retailPrice: -1 }),
          azureRow({ armSkuName: 'Standard_NC24ads_A100_v4', retailPrice: 3.5 }),
        ],
      ]),
    );
    const test = prices('AZURE_RETAIL_PRICES_URL', server.url);
    expect((await APIS.azure.ask(test))?.price.source).toBe('book');
    expect((await test.machine('azure', 'Standard_NC24ads_A100_v4'))?.price.source).toBe('live');
  });
});

describe('a kept price', () => {
  it.each([-1, 1e300, 253_402_300_800])(
    'of second %s, of which no date can be made, is left out',
    async (at) => {
      const server = await started(APIS.azure.start(3.5, 'USD'));
      const test = prices('AZURE_RETAIL_PRICES_URL', server.url);
      await APIS.azure.ask(test);
      test.db.prepare('UPDATE rs_price SET fetched_at = ?').run(at);
      test.reopen();
      server.faults.set('*', 'html');
      expect((await APIS.azure.ask(test))?.price.source).toBe('book');
    },
  );
});

describe("Google's parts", () => {
  it('of one name cost what the dearest of them does', async () => {
    const parts = GCP_PARTS(2);
    for (const pages of [[[...parts, ...GCP_PARTS(1)]], [[...GCP_PARTS(1), ...parts]]]) {
      const server = await started(startFakeGcpBilling(pages, SECRET));
      const quote = await APIS.gcp.ask(prices('GOOGLE_BILLING_URL', server.url));
      expect(quote?.price.rate).toEqual({
        per: 'hour',
        usd: expect.closeTo(2 + 12 * 0.03 + 85 * 0.004, 9),
      });
    }
  });
});
