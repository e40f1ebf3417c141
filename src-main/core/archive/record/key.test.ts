import { describe, expect, it } from 'vitest';
import { CodedError } from '#shared/model/failure.ts';
import { isCalendarDate, parseKey, resultKey, safeSegment } from './key.ts';

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

describe('reading archive keys', () => {
  it.each([
    ['plain', job],
    ['odd names', { ...job, tenant_id: 'a/../b', kind: '50% é', job_id: 'j 1.json' }],
    ['names of dots', { ...job, tenant_id: '..', kind: '.', job_id: '...' }],
  ])('gives back what they were made of: %s', (_, given) => {
    expect(parseKey('results/', resultKey(given))).toEqual({
      tenant: given.tenant_id,
      kind: given.kind,
      date: '2026-11-22',
      job_id: given.job_id,
    });
  });

  it('reads below another prefix, and names that were not encoded', () => {
    expect(parseKey('x/y/', 'x/y/a b/é/2024-02-29/j.json')).toEqual({
      tenant: 'a b',
      kind: 'é',
      date: '2024-02-29',
      job_id: 'j',
    });
  });

  it.each([
    'results/acme/benchmark/2026-01-01/',
    'results/acme/benchmark/2026-01-01/j1.txt',
    'results/acme/benchmark/2026-01-01/.json',
    'results/acme/benchmark/2026-01-01/deep/j1.json',
    'results/acme/benchmark/2026-02-30/j1.json',
    'results/acme/benchmark/2026-1-01/j1.json',
    'results/acme/benchmark/2026-01-01-old/j1.json',
    'results/acme/2026-01-01/j1.json',
    'results/acme/j1.json',
    'results/j1.json',
    'results/../benchmark/2026-01-01/j1.json',
    'results/acme/./2026-01-01/j1.json',
    'results/acme/benchmark/2026-01-01/...json',
    'results//benchmark/2026-01-01/j1.json',
    'results/a\0b/benchmark/2026-01-01/j1.json',
    'results/a%00b/benchmark/2026-01-01/j1.json',
    'results/a%zz/benchmark/2026-01-01/j1.json',
    'results/a%ff/benchmark/2026-01-01/j1.json',
    'other/acme/benchmark/2026-01-01/j1.json',
  ])('takes %j for other data', (key) => expect(parseKey('results/', key)).toBeNull());

  it('knows the calendar', () => {
    for (let ms = Date.UTC(1896, 0, 1); ms < Date.UTC(1905, 0, 1); ms += 86_400_000)
      expect(isCalendarDate(new Date(ms).toISOString().slice(0, 10))).toBe(true);
    for (const none of ['1900-02-29', '2026-13-01', '2026-00-10', '2026-04-31', '2026-04-00', '26-04-01'])
      expect(isCalendarDate(none)).toBe(false);
  });
});
