import { describe, expect, it } from 'vitest';
import { type MadeJob, madeJobs, madeSource } from '#core/testing/made-figures.ts';
import { compareFilter, compareQuery } from '#shared/contract/compare.ts';
import { explore } from './explore.ts';
import { populationOf } from './population.ts';
import { prepare } from './prepare.ts';
import { trendOf } from './trend.ts';

const prepared = (jobs: readonly MadeJob[], given: object = {}) =>
  prepare(populationOf([madeSource('own', jobs)]), compareQuery.parse(given));

describe('a trend', () => {
  const trend = (jobs: readonly MadeJob[], buckets: number) => {
    const { population, groups, values } = prepared(jobs);
    return trendOf(population, groups, values, buckets).groups;
  };

  it('has the median, its interval and the failures of each span of time', () => {
    const jobs = madeJobs('j', 20, (i) => ({
      created_at: 1000 + i,
      spans: { 'agent.ask': i },
      status: i === 15 ? 'failed' : 'succeeded',
    }));
    const [group] = trend([...jobs, { job_id: 'no time', created_at: Number.NaN }], 2);
    expect(group?.points).toMatchObject([
      { from: 1000, to: 1009.5, n: 10, median: 4.5, low: 1, high: 8, failures: 0 },
      { from: 1009.5, to: 1019, n: 9, median: 14, failures: 1 },
    ]);
  });

  it('is not stretched by a clock that was wrong: such jobs are counted and named, not drawn', () => {
    const week = madeJobs('j', 100, (i) => ({
      created_at: 1_777_000_000 + i * 6000,
      spans: { 'agent.ask': i },
    }));
    const { population, groups, values } = prepared([
      ...week,
      { job_id: 'epoch', created_at: 0, spans: { 'agent.ask': 1 } },
      { job_id: 'future', created_at: 4e9, status: 'failed' },
    ]);
    const { groups: found, outside } = trendOf(population, groups, values, 10);
    expect(found[0]?.points.map(({ n }) => n)).toEqual(Array.from({ length: 10 }, () => 10));
    expect(found[0]?.points.at(-1)).toMatchObject({ to: 1_777_000_000 + 99 * 6000, failures: 0 });
    expect(outside).toEqual({
      jobs: 2,
      examples: [
        { source: 'own', job_id: 'epoch', created_at: 0 },
        { source: 'own', job_id: 'future', created_at: 4e9 },
      ],
    });
    // A quiet month before a busy week is no wrong clock.
    const quiet = prepared([{ job_id: 'q', created_at: 1_777_000_000 - 30 * 86_400 }, ...week]);
    expect(trendOf(quiet.population, quiet.groups, quiet.values, 10).outside).toBeNull();
    const few = prepared(week.slice(0, 2).map((job, i) => ({ ...job, created_at: i * 1e9 })));
    expect(trendOf(few.population, few.groups, few.values, 10).outside).toBeNull();
  });

  it('of one moment, and of no job, is there', () => {
    expect(trend([{ job_id: '1', created_at: 5, spans: { 'agent.ask': 1 } }], 3)[0]?.points).toMatchObject([
      { n: 1, median: 1, low: null },
      { n: 0, median: null },
      { n: 0, median: null },
    ]);
    expect(trend([], 3)).toEqual([]);
  });
});

describe('the explorer', () => {
  const jobs: readonly MadeJob[] = [
    ...madeJobs('o', 40, (i) => ({
      created_at: 1000 + i,
      spans: { 'driver.call': [2, i === 0 ? 1 : 0, 2 * (i + 1)] as const },
    })),
    { job_id: 'b', backend_type: 'bedrock', created_at: 1039, spans: { 'driver.call': [5, 0, 50] } },
    { job_id: 'untimed', created_at: 1000, spans: { 'driver.call': [1, 0, Number.NaN] } },
    { job_id: 'none', created_at: 1 },
    { job_id: 'demo', demo: true, created_at: 1, spans: { 'driver.call': 1 } },
  ];
  const explored = (given: object) =>
    explore(populationOf([madeSource('own', jobs)]), {
      where: compareFilter.parse({}),
      event: 'driver.call',
      by: null,
      buckets: 2,
      ...given,
    });

  it('counts spans and errors over time; percentiles are of the jobs, and only where there are enough', () => {
    const { series, events, complete } = explored({ buckets: 1 });
    expect(complete).toBe(true);
    expect(events).toEqual([{ event: 'driver.call', total: 43 }]);
    expect(series).toMatchObject([
      { key: '', total: 86, buckets: [{ from: 1000, to: 1039, count: 86, errors: 1, p90: 36, p99: null }] },
    ]);
    expect(explored({ buckets: 20 }).series[0]?.buckets[0]).toMatchObject({ p50: null, errors: 1 });
  });

  it('has groups in the order that Compare has them, each with its place there', () => {
    const many = (prefix: string, count: number, spans: number | null): readonly MadeJob[] =>
      madeJobs(prefix, count, () => ({
        backend_type: prefix,
        ...(spans === null ? {} : { spans: { 'driver.call': [spans, 0, 1] as const } }),
      }));
    const own = [...many('a', 9, null), ...many('b', 6, 1), ...many('c', 3, 100)];
    const { series } = explore(populationOf([madeSource('own', own)]), {
      where: compareFilter.parse({}),
      event: 'driver.call',
      by: 'backend_type',
      buckets: 1,
    });
    const compared = prepared(own).groups.map(({ key }) => key);
    expect(series.map(({ key, place }) => [key, compared[place]])).toEqual([
      ['b', 'b'],
      ['c', 'c'],
    ]);
  });

  it('is cut by a dimension', () => {
    const { series } = explored({ by: 'backend_type' });
    expect(series.map(({ key, total }) => [key, total])).toEqual([
      ['ollama', 81],
      ['bedrock', 5],
    ]);
    expect(series[1]?.buckets.map(({ count }) => count)).toEqual([0, 5]);
  });

  it('leaves out jobs of a wrong clock, and names them', () => {
    const { series, outside } = explore(
      populationOf([
        madeSource('own', [...jobs, { job_id: 'future', created_at: 4e9, spans: { 'driver.call': 1 } }]),
      ]),
      { where: compareFilter.parse({}), event: 'driver.call', by: null, buckets: 2 },
    );
    expect(series[0]?.buckets.map(({ from }) => from)).toEqual([1000, 1019.5]);
    expect(outside).toEqual({ jobs: 1, examples: [{ source: 'own', job_id: 'future', created_at: 4e9 }] });
  });

  it('of a name nobody has, and of no job, is empty', () => {
    expect(explored({ event: 'nobody' }).series).toEqual([{ key: '', place: 0, total: 0, buckets: [] }]);
    expect(explored({ event: 'nobody', by: 'model' }).series).toEqual([]);
  });
});
