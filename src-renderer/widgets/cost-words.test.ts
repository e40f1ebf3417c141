import { describe, expect, it } from 'vitest';
import { basisWords, countedWords, priceWords } from './cost-words.ts';

/** 2026-10-14 in UTC. */
const OCTOBER = 1_791_936_000;
const tokens = { per: 'million_tokens', usd_in: 3, usd_out: 15 } as const;

describe('prices in words', () => {
  it.each([
    [{ source: 'book', as_of: OCTOBER }, 'book price of 2026-10'],
    [{ source: 'live', as_of: OCTOBER }, 'live price of 2026-10-14'],
    [{ source: 'override', as_of: OCTOBER }, 'own price of 2026-10-14'],
    [{ source: 'book', as_of: null }, 'book price'],
    [{ source: 'given', as_of: null }, 'price given'],
  ] as const)('%o', (price, words) => expect(priceWords(price)).toBe(words));
});

describe('what a cost was reckoned from', () => {
  const book = { source: 'book', as_of: OCTOBER, rate: tokens } as const;
  it.each([
    ['reported-tokens', book, 'reported tokens × book price of 2026-10'],
    ['reported-tokens', null, 'reported tokens'],
    ['metered', book, 'metered'],
    ['metered', { ...book, rate: { per: 'hour', usd: 1 } }, 'seconds rented × book price of 2026-10'],
    ['hardware-derived', null, 'seconds × watts × price of energy'],
    ['by-the-moon', book, 'by-the-moon'],
  ] as const)('%s', (basis, price, words) => expect(basisWords(basis, price)).toBe(words));

  it('is told by the price where nobody says who counted', () => {
    expect(countedWords(book)).toBe('tokens × book price of 2026-10');
    expect(countedWords({ ...book, rate: { per: 'hour', usd: 1 } })).toBe(
      'seconds rented × book price of 2026-10',
    );
  });
});
