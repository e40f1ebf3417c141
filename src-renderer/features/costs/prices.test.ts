import { describe, expect, it } from 'vitest';
import { priceDraft, priceOf } from './price-draft.ts';
import { findPrices, nextPriceSort, perGpu, sortPrices } from './prices-sort.ts';
import { madePrices } from './testing.ts';

const PRICES = madePrices();
const names = (rows: readonly { readonly name: string }[]) => rows.map(({ name }) => name);

describe('prices in a table', () => {
  it('are of one GPU where a machine has several, and nothing per GPU without one', () => {
    expect(PRICES.map(perGpu)).toEqual([21.957_642 / 8, 1.006, null, null]);
  });

  it('stand in order with the unknown last, either way round', () => {
    const up = nextPriceSort(null, 'usd_hour');
    expect(names(sortPrices(PRICES, up)).slice(0, 2)).toEqual(['g5.xlarge', 'p4d.24xlarge']);
    const down = nextPriceSort(up, 'usd_hour');
    expect(names(sortPrices(PRICES, down)).slice(0, 2)).toEqual(['p4d.24xlarge', 'g5.xlarge']);
    expect(nextPriceSort(down, 'usd_hour')).toBeNull();
  });

  it('are found by any words, in any column', () => {
    expect(names(findPrices(PRICES, 'US-EAST a100', 'all'))).toEqual(['p4d.24xlarge']);
    expect(names(findPrices(PRICES, '', 'own'))).toEqual(['claude-3-haiku']);
    expect(findPrices(PRICES, '', 'machines')).toHaveLength(2);
    expect(findPrices(PRICES, 'haiku', 'machines')).toEqual([]);
  });
});

describe('a price of the user', () => {
  const machine = priceDraft(PRICES[0] ?? null);

  it('begins with the listed one, every digit of it', () => {
    expect(machine).toMatchObject({ billed: 'hour', hour: '21.957642' });
    expect(priceOf({ ...machine, hour: '20', day: '2026-01-02' })).toEqual({
      price: {
        id: 'aws/p4d.24xlarge',
        usd_hour: 20,
        usd_million_in: null,
        usd_million_out: null,
        as_of: Date.UTC(2026, 0, 2) / 1000,
      },
      problems: {},
    });
  });

  it('may be nothing, but is not left out, below nothing, of tomorrow or of no name', () => {
    expect(priceOf({ ...machine, hour: '0' }).price?.usd_hour).toBe(0);
    expect(priceOf({ ...machine, hour: '' }).problems).toHaveProperty('hour');
    expect(priceOf({ ...machine, hour: '-1' }).problems.hour).toBe('An amount cannot be below 0.');
    expect(priceOf({ ...machine, day: '2999-01-01' }).problems).toHaveProperty('day');
    expect(priceOf({ ...machine, day: '' }).problems).toHaveProperty('day');
    const fresh = { ...priceDraft(null), tokensIn: '1', tokensOut: '2' };
    expect(priceOf(fresh).problems.name).toBe('Give its name.');
    expect(priceOf({ ...fresh, name: 'a/b' }).problems.name).toBe('A name holds no slash.');
    expect(priceOf({ ...fresh, name: ' GPT-9 ' }).price?.id).toBe('api/gpt-9');
  });
});
