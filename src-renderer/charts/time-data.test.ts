import { afterEach, describe, expect, it, vi } from 'vitest';
import { tableCsv } from './chart-table.ts';
import { ASK } from './testing.ts';
import {
  bucketsFor,
  bucketText,
  bucketWords,
  exploreSeries,
  outsideNote,
  seriesNote,
  stylesOf,
  type TimeSeries,
  timeLabel,
  timeRows,
  timeTable,
  timeTicks,
  trendTitle,
} from './time-data.ts';

afterEach(() => void vi.unstubAllEnvs());

const utc = (text: string): number => Date.parse(`${text}Z`) / 1000;
const HOUR = 3600;

describe('ticks of a time axis', () => {
  it('stand at round times of the local clock', () => {
    vi.stubEnv('TZ', 'Asia/Kolkata');
    const ticks = timeTicks(utc('2026-01-05T00:10:00'), utc('2026-01-05T20:00:00'), 8);
    expect(ticks.map((at) => timeLabel(at, 20 * HOUR))).toEqual([
      '06:00',
      '09:00',
      '12:00',
      '15:00',
      '18:00',
      '21:00',
      '00:00',
    ]);
  });
  it('stand at midnight on both sides of a change of the clock', () => {
    vi.stubEnv('TZ', 'Europe/Berlin');
    for (const [from, to] of [
      ['2026-03-26T12:00:00', '2026-04-01T12:00:00'],
      ['2026-10-22T12:00:00', '2026-10-28T12:00:00'],
    ] as const) {
      const ticks = timeTicks(utc(from), utc(to), 8);
      expect(ticks).toHaveLength(6);
      expect(ticks.map((at) => new Date(at * 1000).getHours())).toEqual([0, 0, 0, 0, 0, 0]);
      expect(ticks[0]).toBeGreaterThanOrEqual(utc(from));
      expect(ticks.at(-1)).toBeLessThanOrEqual(utc(to));
    }
  });
  it('are one where there is no span, or none that is a number', () => {
    expect(timeTicks(1000, 1000, 5)).toEqual([1000]);
    expect(timeTicks(1001.5, 1001.6, 5)).toEqual([1001.5]);
    expect(timeTicks(1000, Number.NaN, 5)).toHaveLength(1);
  });
});

it('writes times as short as the span allows', () => {
  vi.stubEnv('TZ', 'UTC');
  const at = utc('2026-02-03T04:05:06');
  expect([60, HOUR, 10 * 24 * HOUR, 90 * 24 * HOUR].map((span) => timeLabel(at, span))).toEqual([
    '04:05:06',
    '04:05',
    '02-03 04:05',
    '02-03',
  ]);
  expect(bucketText({ from: at, to: at + HOUR })).toBe('2026-02-03 04:05 to 05:05');
  expect(bucketText({ from: at, to: at + 24 * HOUR })).toBe('2026-02-03 04:05 to 2026-02-04 04:05');
  expect(bucketText({ from: at, to: at + 5 })).toBe('2026-02-03 04:05:06 to 04:05:11');
});

const bucket = (from: number, count: number, errors: number) => ({
  from,
  to: from + 1800,
  count,
  errors,
  p50: 10,
  p90: null,
  p99: null,
});
const explored = {
  series: [{ key: '', place: 0, total: 6, buckets: [bucket(0, 6, 3), bucket(1800, 0, 0)] }],
};

it('has what the explorer shows: counts, a rate per hour, the share of errors, percentiles', () => {
  const of = (measure: Parameters<typeof exploreSeries>[1]) =>
    exploreSeries(explored, measure)[0]?.points.map(({ value }) => value);
  expect(of('count')).toEqual([6, 0]);
  expect(of('rate')).toEqual([12, 0]);
  expect(of('errors')).toEqual([0.5, null]);
  expect(of('p50')).toEqual([10, 10]);
  expect(of('p90')).toEqual([null, null]);
});

const series = (
  key: string,
  ...medians: readonly (readonly [number, number, number] | null)[]
): TimeSeries => ({
  key,
  points: medians.map((of, i) => ({
    from: i * 100,
    to: (i + 1) * 100,
    value: of?.[1] ?? null,
    low: of?.[0] ?? null,
    high: of?.[2] ?? null,
    n: of === null ? 0 : 9,
  })),
});

it('claims a change only where the intervals of its ends lie apart', () => {
  const title = (...of: readonly TimeSeries[]): string => trendTitle(of, ASK);
  expect(title(series('a', [90, 100, 110], [105, 120, 130]))).toBe(
    'Did the median of agent.ask change over time?',
  );
  const rose = series('a', null, [90, 100, 110], [1, 5, 9], [150, 200, 210], null);
  const fell = series('b', [900, 1000, 1100], [90, 100, 110]);
  expect(title(rose)).toBe('a went from 100 ms to 200 ms over this time');
  expect(title(rose, fell)).toBe('b went from 1.00 s to 100 ms over this time');
});

it('has a row per bucket and a line in the table per filled one', () => {
  const two = [series('a', [1, 2, 3], null), series('b', null, [4, 5, 6])];
  expect(timeRows(two)).toEqual([
    { at: 50, s0: 2, i0: [1, 3], s1: null, i1: null },
    { at: 150, s0: null, i0: null, s1: 5, i1: [4, 6] },
  ]);
  expect(timeTable(two, 'Median', 'ms').rows).toEqual([
    ['1970-01-01T00:00:00.000Z', '1970-01-01T00:01:40.000Z', 'a', 9, 2, 1, 3],
    ['1970-01-01T00:01:40.000Z', '1970-01-01T00:03:20.000Z', 'b', 9, 5, 4, 6],
  ]);
  expect(seriesNote(two, 'n')).toBe('n: a 9, b 9');
  // On the page as on the axis, in files unambiguous.
  vi.stubEnv('TZ', 'Asia/Kolkata');
  const { columns, rows } = timeTable(two, 'Median', 'ms');
  expect(columns[0]?.shown?.(String(rows[0]?.[0]))).toBe('1970-01-01 05:30:00');
  expect(tableCsv({ columns, rows })).toContain('1970-01-01T00:00:00.000Z');
});

it('gives a group its colour of Compare, and those that have none there what is left over', () => {
  expect(stylesOf([1, 4, 9, 12])).toEqual([1, 4, 0, 2]);
  expect(stylesOf([0, 1, 2, 3, 4, 5, 6, 7])).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

it('names the jobs that are not drawn', () => {
  vi.stubEnv('TZ', 'UTC');
  expect(outsideNote(null)).toBe('');
  const examples = [{ source: 'own', job_id: 'abcdefgh-1234', created_at: 0 }];
  expect(outsideNote({ jobs: 3, examples })).toBe(
    '; 3 jobs are not drawn, far from all others in time, as of a wrong clock: abcdefgh of 1970-01-01 00:00:00 and 2 more',
  );
});

it('says a bucket of every series in words', () => {
  vi.stubEnv('TZ', 'UTC');
  const two = [series('a', [1, 2, 3], null), series('b', null, [4, 5, 6])];
  expect(bucketWords(1, two, 'ms')).toBe(
    '1970-01-01 00:01:40 to 00:03:20: a –, n 0; b 5.00 ms, n 9. Shows the jobs.',
  );
  expect(bucketWords(0, [series('', [1, 2, 3])], 'ms')).toContain(': 2.00 ms, n 9. ');
});

it('cuts time no finer than a quantile allows', () => {
  expect(bucketsFor([1000, 97], 0.5)).toBe(10);
  expect(bucketsFor([10], 0.5)).toBe(2);
  expect(bucketsFor([], 0.5)).toBeLessThanOrEqual(40);
  expect(bucketsFor([1e6], 0.5)).toBe(40);
});
