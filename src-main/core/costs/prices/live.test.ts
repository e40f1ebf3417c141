import { afterEach, describe, expect, it } from 'vitest';
import {
  AZURE_CHAFF,
  azureRow,
  gcpSku,
  startFakeAzurePrices,
  startFakeGcpBilling,
  startFakeVastOffers,
  vastOffer,
} from '#core/testing/fake-prices.ts';
import { awsProduct, startFakeAwsPricing } from '#core/testing/fake-prices-aws.ts';
import type { FakeServer } from '#core/testing/fake-server.ts';
import { testPorts } from '#core/testing/ports.ts';
import { type TestPricesOptions, testPrices, usdHour } from '#core/testing/test-prices.ts';
import { LivePrices } from './live.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const NOW = Date.parse('2026-11-22T12:00:00Z') / 1000;
const KEY = 'AKIAIOSFODNN7EXAMPLE';
const SECRET = 'wJalrXUtnFEMI-not-to-be-seen';

const servers: FakeServer[] = [];
const started = async (starting: Promise<FakeServer>): Promise<FakeServer> => {
  const server = await starting;
  servers.push(server);
  return server;
};
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const azure = async (pages = [[azureRow()]], options: TestPricesOptions = {}) => {
  const server = await started(startFakeAzurePrices(pages));
  return { server, ...tested({ ...options, env: { AZURE_RETAIL_PRICES_URL: server.url } }) };
};
const tested = (options: TestPricesOptions) => ({ test: testPrices(options) });

describe('Azure retail prices', () => {
  it('gives the newest row on demand, Linux, of all its pages', async () => {
    const { server, test } = await azure([
      [...AZURE_CHAFF],
      [azureRow({ retailPrice: 3.366 })],
      [...AZURE_CHAFF],
    ]);
    const quote = await test.machine('azure', 'Standard_NC6s_v3');
    expect(quote).toEqual({
      price: {
        rate: { per: 'hour', usd: 3.366 },
        source: 'live',
        as_of: NOW,
        title: 'Standard_NC6s_v3 in eastus, on demand, Linux',
        log_sigma: 0,
      },
      warning: null,
    });
    expect(server.seen).toHaveLength(3);
    expect(Object.fromEntries(server.seen[0]?.query ?? [])).toEqual({
      'api-version': '2023-01-01-preview',
      currencyCode: "'USD'",
      meterRegion: "'primary'",
      $filter:
        "serviceName eq 'Virtual Machines' and armRegionName eq 'eastus' and armSkuName eq 'Standard_NC6s_v3' and priceType eq 'Consumption'",
    });
  });

  it('makes one GPU of a node of eight', async () => {
    const node = {
      armSkuName: 'Standard_ND96isr_H100_v5',
      productName: 'NDH100v5',
      skuName: 'ND96',
      meterName: 'ND96',
    };
    const { test } = await azure([[azureRow({ ...node, retailPrice: 100 })]]);
    const quote = await test.machine('azure', 'H100 80GB');
    expect(quote?.price).toMatchObject({ rate: { usd: 12.5 }, source: 'live' });
    expect(quote?.warning).toBe('H100 80GB is sold in machines of 8, $100/h for the whole.');
  });

  it('prices an instance type that the book does not have, and null where Azure has none', async () => {
    const { test } = await azure([
      [azureRow({ armSkuName: 'Standard_NC96ads_A100_v4', retailPrice: 14.692 })],
    ]);
    expect(usdHour(await test.machine('azure', 'Standard_NC96ads_A100_v4'))).toBe(14.692);
    expect(await test.machine('azure', 'Standard_NC48ads_A100_v4')).toBeNull();
    expect(test.prices.listPrices()).toContainEqual(
      expect.objectContaining({
        id: 'azure/standard_nc96ads_a100_v4',
        usd_hour: 14.692,
        source: 'live',
        region: 'eastus',
      }),
    );
  });

  it('is asked in the region of the settings', async () => {
    const { server, test } = await azure([[azureRow({ armRegionName: 'westeurope', retailPrice: 3.7 })]], {
      region: 'westeurope',
    });
    expect((await test.machine('azure', 'Standard_NC6s_v3'))?.price.title).toContain('westeurope');
    expect(server.seen[0]?.query.get('$filter')).toContain("armRegionName eq 'westeurope'");
  });
});

describe('the AWS price list', () => {
  const env = { AWS_ACCESS_KEY_ID: KEY, AWS_SECRET_ACCESS_KEY: SECRET };

  it('gives the one product meant, among others that the filters let through', async () => {
    const server = await started(
      startFakeAwsPricing(
        [
          [
            awsProduct({ regionCode: 'ap-south-1' }, { USD: '1.2080000000' }),
            awsProduct({ operatingSystem: 'Windows' }, { USD: '1.1900000000' }),
            awsProduct({ tenancy: 'Dedicated' }, { USD: '1.0700000000' }),
            awsProduct({ capacitystatus: 'UnusedCapacityReservation' }, { USD: '1.0060000000' }),
          ],
          [
            awsProduct({ preInstalledSw: 'SQL Web' }, { USD: '1.0740000000' }),
            awsProduct({}, { USD: '1.0060000000' }),
          ],
        ],
        KEY,
      ),
    );
    const test = testPrices({ env: { ...env, AWS_ENDPOINT_URL_PRICING: server.url } });
    const quote = await test.machine('aws', 'g5.xlarge');
    expect(quote?.price).toMatchObject({ rate: { usd: 1.006 }, source: 'live', as_of: NOW, log_sigma: 0 });
    expect(server.seen).toHaveLength(2);
    expect(server.seen[0]?.body).toMatchObject({ ServiceCode: 'AmazonEC2', FormatVersion: 'aws_v1' });
    expect(server.seen[0]?.body.Filters).toContainEqual({
      Type: 'TERM_MATCH',
      Field: 'regionCode',
      Value: 'us-east-1',
    });
  });

  it('is not asked without credentials, and takes them from the secrets, too', async () => {
    const server = await started(startFakeAwsPricing([[awsProduct({}, { USD: '1.0060000000' })]], KEY));
    const url = { AWS_ENDPOINT_URL_PRICING: server.url };
    expect((await testPrices({ env: url }).machine('aws', 'g5.xlarge'))?.price.source).toBe('book');
    expect(server.seen).toHaveLength(0);
    const test = testPrices({ env: url, secrets: env });
    expect((await test.machine('aws', 'g5.xlarge'))?.price.source).toBe('live');
  });

  it('says that it refuses the credentials, without naming them', async () => {
    const server = await started(startFakeAwsPricing([], 'ANOTHERKEY'));
    const test = testPrices({ env: { ...env, AWS_ENDPOINT_URL_PRICING: server.url } });
    const quote = await test.machine('aws', 'g5.xlarge');
    expect(quote?.price.source).toBe('book');
    expect(quote?.warning).toBe('The AWS price list was not used: it refuses the credentials.');
    expect(
      JSON.stringify([quote, test.logged, test.db.prepare('SELECT * FROM rs_price').all()]),
    ).not.toContain(KEY);
  });
});

describe('Google Cloud Billing', () => {
  const key = 'AIzaSyNotARealKey';
  const start = (usd: number) =>
    started(
      startFakeGcpBilling(
        [
          [
            gcpSku('Nvidia Tesla A100 GPU attached to Spot Preemptible VMs running in Americas', 0.8, {
              category: { usageType: 'Preemptible' },
            }),
            gcpSku('Nvidia Tesla A100 GPU running in Frankfurt', 3.4, { serviceRegions: ['europe-west3'] }),
            gcpSku('Nvidia Tesla A100 80GB GPU running in Americas', 3.93),
            gcpSku('Commitment v1: A2 Instance Core in Americas for 1 Year', 0.02, {
              category: { usageType: 'Commit1Yr' },
            }),
            gcpSku('A2 Instance Core running in Americas', 0.031611),
          ],
          [
            gcpSku('Nvidia Tesla A100 GPU running in Americas', usd),
            gcpSku('A2 Instance Ram running in Americas', 0.004237),
          ],
          [gcpSku('Never asked for', 1)],
        ],
        key,
      ),
    );

  it('gives the parts, of which a machine is the sum', async () => {
    const server = await start(2.933908);
    const test = testPrices({ env: { GOOGLE_API_KEY: key, GOOGLE_BILLING_URL: server.url } });
    const quote = await test.machine('gcp', 'a2-highgpu-2g');
    expect(usdHour(quote)).toBeCloseTo(2 * 2.933908 + 24 * 0.031611 + 170 * 0.004237, 9);
    expect(quote?.price).toMatchObject({
      source: 'live',
      title: 'a2-highgpu-2g in us-central1, on demand, Linux',
    });
    expect(server.seen).toHaveLength(2);
    expect([...(server.seen[0]?.query.keys() ?? [])]).not.toContain('key');
  });

  it('is not asked without a key, and refuses a wrong one in our words', async () => {
    const server = await start(2.9);
    const env = { GOOGLE_BILLING_URL: server.url };
    expect((await testPrices({ env }).machine('gcp', 'a100'))?.price.source).toBe('book');
    expect(server.seen).toHaveLength(0);
    const wrong = testPrices({ env, secrets: { GOOGLE_API_KEY: 'AIzaSyWrong' } });
    const quote = await wrong.machine('gcp', 'a100');
    expect(quote?.warning).toBe("Google's price list was not used: it refuses the credentials.");
    expect(JSON.stringify([quote, wrong.logged])).not.toContain('AIzaSyWrong');
  });
});

describe("Vast.ai's offers", () => {
  const key = 'vast-key-0123';
  it('give the median of those that match, and their spread as doubt', async () => {
    const server = await started(
      startFakeVastOffers(
        [
          ...[0.4, 0.42, 0.44, 0.5, 0.6].map((dph_total) => vastOffer({ dph_total })),
          vastOffer({ num_gpus: 8, dph_total: 0.44 * 8 }),
          vastOffer({ dph_total: 0.01, verification: 'unverified' }),
          vastOffer({ dph_total: 0.01, is_bid: true }),
          vastOffer({ dph_total: 0.01, gpu_name: 'RTX 3060' }),
          vastOffer({ dph_total: -1 }),
          vastOffer({ dph_total: 'free' }),
        ],
        key,
      ),
    );
    const test = testPrices({ env: { VAST_API_URL: server.url }, secrets: { VAST_API_KEY: key } });
    const quote = await test.rental('rtx 4090');
    expect(quote?.price).toMatchObject({ rate: { per: 'hour', usd: 0.44 }, source: 'live', as_of: NOW });
    expect(quote?.price.title).toBe('RTX 4090 on Vast.ai, median of 6 offers, half of them $0.425 to $0.485');
    expect(quote?.price.log_sigma).toBeCloseTo(Math.log(0.485 / 0.425) / 1.349, 9);
    expect(quote?.warning).toBeNull();
    expect(server.seen[0]?.body).toMatchObject({
      gpu_name: { in: ['RTX 4090'] },
      verified: { eq: true },
      type: 'ondemand',
    });
    // Limits need no market.
    expect(usdHour(await test.rental('rtx 4090', 1, 2))).toBe(1.5);
    expect(server.seen).toHaveLength(1);
  });
});

describe('the cache', () => {
  it('is as good as live for a day, then doubted by its age', async () => {
    const { server, test } = await azure([[azureRow({ retailPrice: 3.2 })]]);
    const price = async () => (await test.machine('azure', 'Standard_NC6s_v3'))?.price;
    await price();
    test.pass(23 * HOUR);
    test.reopen();
    expect(await price()).toMatchObject({ rate: { usd: 3.2 }, source: 'live', as_of: NOW, log_sigma: 0 });
    expect(server.seen).toHaveLength(1);
    await server.close();
    test.pass(61 * DAY);
    const old = await test.machine('azure', 'Standard_NC6s_v3');
    expect(old?.price).toMatchObject({ rate: { usd: 3.2 }, source: 'cached', as_of: NOW });
    expect(old?.price.log_sigma).toBeCloseTo((0.02 * (61 + 23 / 24)) / 30.44, 9);
    test.pass(400 * DAY);
    expect(await test.machine('azure', 'Standard_NC6s_v3')).toMatchObject({
      price: { source: 'cached', log_sigma: 0.3 },
      warning: 'The price is 15 months old.',
    });
  });

  it('is asked anew after a day', async () => {
    const { server, test } = await azure();
    await test.machine('azure', 'Standard_NC6s_v3');
    test.pass(25 * HOUR);
    expect((await test.machine('azure', 'Standard_NC6s_v3'))?.price.as_of).toBe(NOW + 25 * HOUR);
    expect(server.seen).toHaveLength(2);
  });

  it('from the future is of no known age: clocks change', async () => {
    const { server, test } = await azure();
    await test.machine('azure', 'Standard_NC6s_v3');
    await server.close();
    test.setClock('2026-10-01T00:00:00Z');
    const quote = await test.machine('azure', 'Standard_NC6s_v3');
    expect(quote?.price).toMatchObject({ source: 'cached', log_sigma: 0.3 });
    expect(quote?.warning).toContain('clock');
  });

  it('leaves out what cannot be read', async () => {
    const test = testPrices({ live: false });
    const put = test.db.prepare('INSERT INTO rs_price VALUES (?, ?, ?)');
    put.run('azure/standard_nc6s_v3@eastus', '{"usd_hour": -3}', NOW);
    put.run('aws/g5.xlarge@us-east-1', 'not json', NOW);
    expect((await test.machine('azure', 'Standard_NC6s_v3'))?.price.source).toBe('book');
    expect((await test.machine('aws', 'g5.xlarge'))?.price.source).toBe('book');
    expect(test.prices.listPrices().every(({ source }) => source === 'book')).toBe(true);
  });

  it('is not written by an engine that only reads, which remembers while it runs', async () => {
    const { server, test } = await azure([[azureRow()]], { writable: false });
    await test.machine('azure', 'Standard_NC6s_v3');
    expect((await test.machine('azure', 'Standard_NC6s_v3'))?.price.source).toBe('live');
    expect(server.seen).toHaveLength(1);
    expect(test.db.prepare('SELECT count(*) FROM rs_price').pluck().get()).toBe(0);
  });

  it('keeps no estimate from its price when it cannot be written', async () => {
    const { test } = await azure();
    test.db.exec(
      'DROP TABLE rs_price; CREATE TABLE rs_price (id TEXT PRIMARY KEY, row_json TEXT, fetched_at REAL CHECK (0))',
    );
    expect((await test.machine('azure', 'Standard_NC6s_v3'))?.price.source).toBe('live');
    expect(test.logged.map(({ event }) => event)).toContain('prices.not_kept');
  });
});

describe('asking', () => {
  it('is off where the settings say so', async () => {
    const { server, test } = await azure([[azureRow()]], { live: false });
    expect((await test.machine('azure', 'Standard_NC6s_v3'))?.price.source).toBe('book');
    expect(server.seen).toHaveLength(0);
  });

  it('is done once for all who ask at the same time', async () => {
    const { server, test } = await azure();
    server.faults.set('*', { delayMs: 50 });
    const quotes = await Promise.all(Array.from({ length: 20 }, () => test.machine('azure', 'NC6s_v3')));
    expect(quotes.every((quote) => quote?.price.source === 'live')).toBe(true);
    expect(server.seen).toHaveLength(1);
  });

  it('goes on for the others when one of them leaves', async () => {
    const { server, test } = await azure();
    server.faults.set('*', { delayMs: 100 });
    const leaving = new AbortController();
    const wanted = { kind: 'machine', provider: 'azure', name: 'NC6s_v3' } as const;
    const left = test.prices.quote(wanted, leaving.signal);
    const staying = test.prices.quote(wanted, new AbortController().signal);
    leaving.abort();
    await expect(left).rejects.toMatchObject({ code: 'job.cancelled' });
    expect((await staying)?.price.source).toBe('live');
    await expect(test.prices.quote(wanted, leaving.signal)).rejects.toMatchObject({ code: 'job.cancelled' });
  });

  it('offline is silent', async () => {
    const test = testPrices();
    const quote = await test.machine('azure', 'Standard_NC24ads_A100_v4');
    expect(quote?.price.source).toBe('book');
    expect(quote?.warning).toBe('The price is 22 months old.');
    expect(test.logged.every(({ level }) => level === 'debug')).toBe(true);
  });

  it('that fails by a bug of ours is no silence: it is logged, without what was sent', async () => {
    const { ports, logged, remove } = testPorts();
    remove();
    const live = new LivePrices(ports.clock, ports.logger);
    const ask = { key: 'k', api: 'An API', ask: () => Promise.reject(new TypeError(`bad header ${SECRET}`)) };
    const nothing = { price: null, warning: null };
    expect(await live.get(ask, new AbortController().signal)).toEqual(nothing);
    expect(logged).toEqual([{ level: 'error', event: 'prices.bug', message: 'An API: TypeError' }]);
  });
});
