import { describe, expect, it } from 'vitest';
import {
  formatAge,
  formatAgo,
  formatBytes,
  formatClock,
  formatCount,
  formatDateTime,
  formatDay,
  formatDuration,
  formatDurationExact,
  formatIso,
  formatPercent,
  formatRate,
  formatRuns,
  formatUsd,
  formatUsdUp,
} from './format.ts';

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [0.000_4, '0.400 µs'],
    [0.8124, '812 µs'],
    [0.9996, '1.00 ms'],
    [12.34, '12.3 ms'],
    [312, '312 ms'],
    [999.6, '1.00 s'],
    [1240, '1.24 s'],
    [18_900, '18.9 s'],
    [59_949, '59.9 s'],
    [59_951, '1 m 00 s'],
    [125_000, '2 m 05 s'],
    [3_599_600, '1 h 00 m'],
    [11_520_000, '3 h 12 m'],
    [187_200_000, '2 d 04 h'],
    [-1240, '−1.24 s'],
    [Number.POSITIVE_INFINITY, '∞'],
  ])('%s ms reads %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  it('shows the unknown as a dash, never as zero', () => {
    for (const unknown of [null, undefined, Number.NaN]) {
      for (const format of [formatDuration, formatUsd, formatCount, formatBytes, formatPercent, formatClock])
        expect(format(unknown)).toBe('–');
    }
  });

  it('keeps every digit for the tooltip', () => expect(formatDurationExact(1240.512)).toBe('1,240.512 ms'));
});

describe('formatUsd', () => {
  it.each([
    [0, '$0.00'],
    [0.0034, '$0.0034'],
    [0.003_412_9, '$0.00341'],
    [0.000_000_1, '<$0.000001'],
    [0.5, '$0.50'],
    [0.84, '$0.84'],
    [0.999_9, '$1.00'],
    [12.3, '$12.30'],
    [1234.4, '$1,234'],
    [-1.2, '−$1.20'],
  ])('%s reads %s', (usd, text) => expect(formatUsd(usd)).toBe(text));
});

describe('formatUsdUp', () => {
  it.each([
    [12.4, '$12.40'],
    [12.401, '$12.41'],
    [0.000_500_1, '$0.000501'],
    [0.0005, '$0.0005'],
    [0.07, '$0.07'],
    [0.9991, '$1.00'],
    [1234.2, '$1,235'],
    [0, '$0.00'],
    [null, '–'],
  ])('%s reads %s', (usd, text) => expect(formatUsdUp(usd)).toBe(text));

  it('never reads less than the amount', () => {
    const read = (usd: number): number => Number(formatUsdUp(usd).replace(/[$,]/g, ''));
    for (let usd = 0.000_01; usd < 50_000; usd *= 1.0137)
      expect(read(usd)).toBeGreaterThanOrEqual(usd * (1 - 1e-9));
  });
});

describe('formatAge and formatDay', () => {
  it.each([
    [20, 'less than a minute'],
    [2400, '40 minutes'],
    [3600, '1 hour'],
    [86_400 * 1.5, '1 day'],
    [86_400 * 39.9, '39 days'],
    [86_400 * 426, '13 months'],
    [86_400 * 800, '2 years'],
    [null, '–'],
  ])('%s s is %s', (seconds, text) => expect(formatAge(seconds)).toBe(text));

  it('dates a price in UTC', () => expect(formatDay(1_791_936_000)).toBe('2026-10-14'));
});

describe('formatRuns', () => {
  it.each([
    [1, '1'],
    [40, '40'],
    [524, '530'],
    [3123, '3,200'],
    [999_001, '1,000,000'],
  ])('%s more runs read %s', (runs, text) => expect(formatRuns(runs)).toBe(text));
});

describe('formatCount, formatBytes, formatPercent, formatRate', () => {
  it.each([
    [0, '0'],
    [9999, '9,999'],
    [12_345, '12.3 k'],
    [999_999, '1 M'],
    [1_200_000, '1.2 M'],
  ])('%s reads %s', (count, text) => expect(formatCount(count)).toBe(text));

  it.each([
    [512, '512 B'],
    [4100, '4.1 kB'],
    [1_204_000_000, '1.2 GB'],
  ])('%s bytes read %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it('keeps a small share apart from none', () => {
    expect(formatPercent(0)).toBe('0 %');
    expect(formatPercent(0.000_01)).toBe('<0.1 %');
    expect(formatPercent(0.0342)).toBe('3.4 %');
    expect(formatPercent(1)).toBe('100 %');
  });

  it('names the unit of a rate', () => expect(formatRate(48.23, 'tok/s')).toBe('48.2 tok/s'));
});

describe('times', () => {
  const noon = new Date(2026, 10, 22, 12, 3, 7).getTime() / 1000;

  it('reads local, and ISO where asked', () => {
    expect(formatClock(noon)).toBe('12:03:07');
    expect(formatDateTime(noon)).toBe('2026-11-22 12:03:07');
    expect(formatIso(0)).toBe('1970-01-01T00:00:00.000Z');
    expect(formatIso(Number.POSITIVE_INFINITY)).toBe('–');
  });

  it.each([
    [-1, 'just now'],
    [0.5, 'just now'],
    [42.9, '42 s ago'],
    [300, '5 m ago'],
    [3 * 3600, '3 h ago'],
  ])('%s s old reads %s', (age, text) => expect(formatAgo(noon - age, noon)).toBe(text));

  it('is the date once a day has passed', () =>
    expect(formatAgo(noon, noon + 86_400)).toBe('2026-11-22 12:03:07'));
});
