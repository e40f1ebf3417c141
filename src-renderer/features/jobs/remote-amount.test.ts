import { describe, expect, it } from 'vitest';
import { amountIn } from './remote-amount.ts';

describe('the amount that a sentence names', () => {
  it('is the largest of them', () => {
    expect(amountIn('It may cost $2.10 to $12.45, more than $5.00.')).toBe(12.45);
    expect(amountIn('Team estimates $1,204.50 for an hour.')).toBe(1204.5);
  });
  it('is none where none is named', () => {
    expect(amountIn('It runs when as much is approved.')).toBeNull();
  });
});
