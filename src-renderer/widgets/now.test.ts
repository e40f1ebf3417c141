import { describe, expect, it } from 'vitest';
import { caughtUp } from './now.ts';

describe('caughtUp', () => {
  it('takes what came since the last tick for now, not for later', () => {
    expect(caughtUp(100, 104.9, 5_000)).toBe(104.9);
    expect(caughtUp(100, 105.1, 5_000)).toBe(100);
  });
  it('leaves what is past, and what is unknown', () => {
    expect(caughtUp(100, 99, 5_000)).toBe(100);
    expect(caughtUp(100, null, 5_000)).toBe(100);
  });
});
