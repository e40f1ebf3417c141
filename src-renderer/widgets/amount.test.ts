import { describe, expect, it } from 'vitest';
import { amountText, parseAmount, parseRegion } from './amount.ts';

describe('an amount as typed', () => {
  it.each([
    ['', null],
    ['  ', null],
    ['0', 0],
    ['5', 5],
    [' $12.50 ', 12.5],
    ['12.50 USD', 12.5],
    ['.5', 0.5],
    ['0.0005', 0.0005],
    ['1000000', 1_000_000],
  ])('"%s" is %s', (typed, usd) => expect(parseAmount(typed)).toEqual({ value: usd }));

  it.each([
    ['-1', /below 0/],
    ['12,50', /point/],
    ['1,000', /point/],
    ['five', /like 5/],
    ['$', /like 5/],
    ['1e3', /like 5/],
    ['Infinity', /like 5/],
    ['1000001', /At most/],
  ])('"%s" is refused in words', (typed, words) =>
    expect(parseAmount(typed)).toEqual({ problem: expect.stringMatching(words) }),
  );

  it('stands in the field with every digit', () => {
    expect(amountText(null)).toBe('');
    expect(amountText(0)).toBe('0');
    expect(amountText(0.000_000_5)).toBe('0.0000005');
    expect(amountText(1_000_000)).toBe('1000000');
  });
});

describe('a region as typed', () => {
  it.each([
    ['', null],
    [' EU-West-1 ', 'eu-west-1'],
    ['westeurope', 'westeurope'],
  ])('"%s" is %s', (typed, region) => expect(parseRegion(typed)).toEqual({ value: region }));

  it.each(['us east', 'https://x', 'a'.repeat(65)])('"%s" is refused', (typed) =>
    expect(parseRegion(typed)).toEqual({ problem: expect.stringMatching(/region/) }),
  );
});
