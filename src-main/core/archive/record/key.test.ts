import { describe, expect, it } from 'vitest';
import { CodedError } from '#shared/model/failure.ts';
import { resultKey, safeSegment } from './key.ts';

const job = { tenant_id: 'acme', kind: 'benchmark', job_id: 'j1', ended_at: 1_795_362_003 };

describe('archive keys', () => {
  it('take the UTC day of the end', () => {
    const midnight = Date.UTC(2026, 0, 1) / 1000;
    expect(resultKey({ ...job, ended_at: midnight - 0.001 })).toBe(
      'results/acme/benchmark/2025-12-31/j1.json',
    );
    expect(resultKey({ ...job, ended_at: midnight })).toBe('results/acme/benchmark/2026-01-01/j1.json');
  });

  it.each([
    ['a-Z_0.9', 'a-Z_0.9'],
    ['..', '%2E%2E'],
    ['.', '%2E'],
    ['...', '...'],
    ['a/../b', 'a%2F..%2Fb'],
    ['a\\b', 'a%5Cb'],
    ['50% é', '50%25%20%C3%A9'],
    ['nul\u0000', 'nul%00'],
  ])('make %j the segment %s', (text, segment) => expect(safeSegment(text)).toBe(segment));

  it('keep different names apart', () => {
    const names = ['a/b', 'a%2Fb', 'a%2fb', 'a b', 'a+b', '..', '%2E%2E'];
    expect(new Set(names.map(safeSegment)).size).toBe(names.length);
  });

  it.each([
    ['an empty tenant', { tenant_id: '' }],
    ['a name no file system takes', { tenant_id: 'x'.repeat(256) }],
    ['an end that is no time', { ended_at: Number.NaN }],
    ['an end beyond the calendar', { ended_at: 9e15 }],
  ])('refuse %s', (_, change) => {
    expect(() => resultKey({ ...job, ...change })).toThrow(CodedError);
  });
});
