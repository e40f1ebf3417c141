import { describe, expect, it } from 'vitest';
import type { ListingProgress, ListingState } from '#shared/model/archive.ts';
import { filterLine, truthLine } from './truth-line.ts';

const NOW = 1_800_000_000;
const state = (some: Partial<ListingState> = {}): ListingState => ({
  loaded: 0,
  complete: false,
  listed_at: null,
  new_count: 0,
  requests: 0,
  running: false,
  ...some,
});
const progress = (some: Partial<ListingProgress>): ListingProgress => ({
  ...state({ running: true }),
  gone: 0,
  ms: 0,
  failure: null,
  done: false,
  ...some,
});

describe('what is loaded, in words', () => {
  it('says of a listing that runs how far it is and how fast', () => {
    const first = progress({ loaded: 1_000, requests: 1, ms: 100 });
    const now = progress({ loaded: 84_000, requests: 87, ms: 67_035 });
    expect(truthLine(now, { now, first }, null, NOW)).toBe(
      'loaded 84,000 keys, complete: no · 87 requests · listing, 1,240 keys/s',
    );
  });

  it('counts requests where the index knew the keys already', () => {
    const first = progress({ loaded: 100_000, requests: 0, ms: 0, listed_at: NOW - 7_300 });
    const now = progress({ ...first, requests: 24, ms: 2_000 });
    expect(truthLine(now, { now, first }, null, NOW)).toBe(
      'loaded 100,000 keys, complete: no, last listed whole 2 h ago · 24 requests · listing, 12 requests/s',
    );
  });

  it('says of a whole listing when it was and what it brought', () => {
    const whole = state({
      loaded: 100_000,
      complete: true,
      listed_at: NOW - 200,
      new_count: 12,
      requests: 102,
    });
    expect(truthLine(whole, null, null, NOW)).toBe(
      '100,000 keys, complete: yes, listed 3 min ago, 12 new · 102 requests',
    );
    expect(truthLine({ ...whole, loaded: 1, new_count: 0, requests: 1 }, null, null, NOW - 190)).toBe(
      '1 key, complete: yes, listed just now, none new · 1 request',
    );
  });

  it('never calls complete what was stopped, failed or not begun', () => {
    const part = state({ loaded: 4_000, requests: 5 });
    expect(truthLine(part, null, 'stopped', NOW)).toBe(
      'loaded 4,000 keys, complete: no, the listing was stopped · 5 requests',
    );
    expect(truthLine(part, null, 'failed', NOW)).toContain('complete: no, the listing failed');
    expect(truthLine(state(), null, null, NOW)).toBe('nothing loaded, complete: no, not listed yet');
  });
});

describe('what a filter looked at', () => {
  it('is everything only where the listing was whole', () => {
    expect(filterLine(1_204, state({ loaded: 100_000, complete: true }))).toBe(
      '1,204 match, of all 100,000 keys',
    );
    expect(filterLine(1, state({ loaded: 84_000 }))).toBe('1 matches, of the 84,000 loaded so far');
  });
});
