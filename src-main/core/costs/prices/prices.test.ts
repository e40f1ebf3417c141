import { describe, expect, it } from 'vitest';
import { testPrices, usdHour } from '#core/testing/test-prices.ts';
import type { PriceOverride } from '#shared/contract/settings.ts';
import { PRICE_BOOK } from './book.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z') / 1000;
const own = (id: string, fields: Partial<PriceOverride>): PriceOverride => ({
  id,
  usd_hour: null,
  usd_million_in: null,
  usd_million_out: null,
  as_of: NOW,
  ...fields,
});
const offline = { live: false } as const;
const hourly = (usd: number) => ({ per: 'hour', usd });

describe('the price book', () => {
  it('names a GPU that it describes with every machine, and has each row once', () => {
    const gpus = new Set(PRICE_BOOK.gpus.map((gpu) => gpu.name));
    const rows = [...PRICE_BOOK.machines, ...PRICE_BOOK.models];
    expect(PRICE_BOOK.machines.filter(({ gpu }) => gpu === null || !gpus.has(gpu))).toEqual([]);
    expect(new Set(rows.map(({ provider, name }) => `${provider}/${name}`.toLowerCase())).size).toBe(
      rows.length,
    );
    for (const { provider, machine } of PRICE_BOOK.default_machines)
      expect(PRICE_BOOK.machines).toContainEqual(expect.objectContaining({ provider, name: machine }));
  });
});

describe('prices of machines, offline', () => {
  it('prices a machine by its instance type, with the doubt of its age', async () => {
    const quote = await testPrices(offline).machine('aws', 'p5.4xlarge');
    expect(quote?.price).toMatchObject({
      rate: hourly(6.88),
      source: 'book',
      title: 'p5.4xlarge in us-east-1, on demand, Linux',
    });
    // 0.05, and 0.02 for each month.
    expect(quote?.price.log_sigma).toBeCloseTo(0.05 + 0.02 * 9.675, 3);
    expect(quote?.warning).toBeNull();
    const newer = await testPrices(offline).machine('gcp', 'a2-highgpu-1g');
    expect(newer?.price.log_sigma).toBeCloseTo(0.05 + 0.02 * 6.75, 3);
  });

  it('prices a GPU of a machine of eight as one GPU, and says so', async () => {
    const quote = await testPrices(offline).machine('aws', 'A100-40GB');
    expect(quote?.price.rate).toEqual(hourly(21.958 / 8));
    expect(quote?.warning).toBe('A100 40GB is sold in machines of 8, $21.958/h for the whole.');
    expect((await testPrices(offline).machine('aws', '8x A100-40GB'))?.price.rate).toEqual(hourly(21.958));
  });

  it('takes the machine with one GPU where there is one', async () => {
    const quote = await testPrices(offline).machine('azure', 'a100');
    expect(quote?.price.rate).toEqual(hourly(3.673));
    expect(quote?.warning).not.toContain('sold in machines');
  });

  it("assumes RUNE's machine where none is named", async () => {
    const quote = await testPrices(offline).machine('gcp', '');
    expect(quote?.price).toMatchObject({ rate: hourly(0.7), source: 'assumed', log_sigma: 0.5 });
    expect(quote?.warning).toContain('No machine is named');
    const model = await testPrices(offline).machine('gcp', 'nonsense-9000');
    expect(model?.warning).toContain('"nonsense-9000" names no machine');
  });

  it('knows no price for an instance type or a GPU that nobody listed', async () => {
    expect(await testPrices(offline).machine('aws', 'g5.12xlarge')).toBeNull();
    expect(await testPrices(offline).machine('gcp', 'rtx 4090')).toBeNull();
  });

  it("takes another region's price as an assumption", async () => {
    const quote = await testPrices({ ...offline, region: 'eu-west-2' }).machine('aws', 'g4dn.xlarge');
    expect(quote?.price).toMatchObject({ source: 'assumed', log_sigma: 0.5 });
    expect(quote?.warning).toContain('none is known for eu-west-2');
    // The region is one of AWS's, and Azure's default stays.
    const azure = await testPrices({ ...offline, region: 'eu-west-2' }).machine('azure', 'a100');
    expect(azure?.price.source).toBe('book');
  });

  it('warns of a row that is a year old, and doubts it no more than at most', async () => {
    const quote = await testPrices(offline).machine('azure', 'Standard_NC6s_v3');
    expect(quote?.price.log_sigma).toBe(0.3);
    expect(quote?.warning).toBe('The price is 22 months old.');
  });
});

describe('prices of tokens', () => {
  it('are those of the longest name', async () => {
    const { tokens } = testPrices();
    expect((await tokens('api', 'gpt-4o-mini'))?.price.rate).toEqual({
      per: 'million_tokens',
      usd_in: 0.15,
      usd_out: 0.6,
    });
    expect((await tokens('aws', 'us.anthropic.claude-3-opus-20240229-v1:0'))?.price.rate).toMatchObject({
      usd_in: 15,
      usd_out: 75,
    });
  });

  it('are unknown for a model that nobody priced', async () => {
    const { tokens } = testPrices();
    expect(await tokens('api', 'gpt-5')).toBeNull();
    expect(await tokens('aws', 'claude')).toBeNull();
    expect(await tokens('aws', 'gpt-4o')).toBeNull();
    expect(await tokens('api', '')).toBeNull();
  });

  it('are assumed where only the beginning of the name is priced', async () => {
    const quote = await testPrices().tokens('api', 'gpt-4o-realtime-preview');
    expect(quote?.price).toMatchObject({ source: 'assumed', log_sigma: 0.5 });
    expect(quote?.warning).toContain('gpt-4o-realtime-preview');
  });
});

describe("RUNE's rule for rentals", () => {
  it.each([
    [2.3, 3, 2.65],
    [2.3, 0, 2.3],
    [0, 3, 3],
  ])('limits %s and %s make %s', async (min, max, usd) => {
    const quote = await testPrices().rental(undefined, min, max);
    expect(usdHour(quote)).toBeCloseTo(usd, 12);
    expect(quote?.price).toMatchObject({ source: 'given', as_of: null, log_sigma: 0 });
  });

  it('without limits, takes the price of the GPU, or assumes one', async () => {
    const { rental } = testPrices();
    expect((await rental('RTX_4090'))?.price).toMatchObject({ rate: hourly(0.4), source: 'assumed' });
    expect((await rental('RTX_4090'))?.warning).toContain('lowest seen');
    expect((await rental('2x rtx 4090'))?.price.rate).toEqual(hourly(0.8));
    expect((await rental())?.price).toMatchObject({ rate: hourly(2.5), source: 'assumed', log_sigma: 0.5 });
    expect(await rental('gtx 1080')).toBeNull();
  });
});

describe("the user's rows", () => {
  it('win over everything, and have no doubt', async () => {
    const test = testPrices();
    test.prices.override(own('aws/P4D.24xlarge', { usd_hour: 16 }));
    test.prices.override(own('api/gpt-4o', { usd_million_in: 2, usd_million_out: 8 }));
    expect((await test.machine('aws', 'p4d.24xlarge'))?.price).toMatchObject({
      rate: hourly(16),
      source: 'override',
      log_sigma: 0,
      as_of: NOW,
    });
    expect((await test.machine('aws', 'a100'))?.price.rate).toEqual(hourly(2));
    expect((await test.tokens('api', 'gpt-4o-2024-08-06'))?.price).toMatchObject({
      rate: { usd_in: 2, usd_out: 8 },
      source: 'override',
    });
    expect((await test.tokens('api', 'gpt-4o-mini'))?.price.rate).toMatchObject({ usd_in: 0.15 });
  });

  it('price what the book does not have', async () => {
    const test = testPrices(offline);
    test.prices.override(own('aws/g5.12xlarge', { usd_hour: 5.67 }));
    test.prices.override(own('aws/h100', { usd_hour: 3 }));
    test.prices.override(own('api/my-model', { usd_million_in: 0, usd_million_out: 0 }));
    test.prices.override(own('vastai/gtx 1080', { usd_hour: 0.05 }));
    expect((await test.rental('GTX 1080'))?.price).toMatchObject({ rate: hourly(0.05), source: 'override' });
    expect((await test.machine('aws', 'g5.12xlarge'))?.price.rate).toEqual(hourly(5.67));
    expect((await test.machine('aws', '2x h100'))?.price.rate).toEqual(hourly(6));
    expect((await test.tokens('api', 'my-model'))?.price.rate).toMatchObject({ usd_in: 0, usd_out: 0 });
  });

  it('are listed in place of what they replace, and go again', () => {
    const test = testPrices(offline);
    const row = () => test.prices.listPrices().filter(({ id }) => id === 'aws/p4d.24xlarge');
    expect(row()).toMatchObject([{ source: 'book', usd_hour: 21.958, gpu: 'A100 40GB', gpu_count: 8 }]);
    test.prices.override(own('aws/p4d.24xlarge', { usd_hour: 16 }));
    test.prices.override(own('aws/p4d.24xlarge', { usd_hour: 17 }));
    expect(row()).toMatchObject([{ source: 'override', usd_hour: 17, gpu: 'A100 40GB', gpu_count: 8 }]);
    test.prices.restore('aws/p4d.24xlarge');
    expect(row()).toMatchObject([{ source: 'book', usd_hour: 21.958 }]);
    expect(test.settings.prices.overrides).toEqual([]);
    const ids = test.prices.listPrices().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain('vastai/any gpu');
  });

  it.each([
    own('api/gpt-4o', { usd_hour: 3 }),
    own('aws/claude-3-opus', { usd_hour: 3 }),
    own('aws/g5.xlarge', { usd_million_in: 1, usd_million_out: 1 }),
    own('vastai/rtx 4090', { usd_million_in: 1, usd_million_out: 1 }),
  ])('are refused where the unit cannot be meant: $id', (row) => {
    const test = testPrices(offline);
    expect(() => test.prices.override(row)).toThrow(
      expect.objectContaining({ code: 'cost.price_invalid', message: expect.stringContaining(row.id) }),
    );
    expect(test.settings.prices.overrides).toEqual([]);
  });

  it('are kept out of an engine that only reads', () => {
    const test = testPrices({ ...offline, writable: false });
    expect(() => test.prices.override(own('aws/g5.xlarge', { usd_hour: 1 }))).toThrow(
      expect.objectContaining({ code: 'source.cannot_provide' }),
    );
    expect(() => test.prices.restore('aws/g5.xlarge')).toThrow(
      expect.objectContaining({ code: 'source.cannot_provide' }),
    );
  });
});
