import { describe, expect, it } from 'vitest';
import { type MadeJob, madeJobs, madeSource } from '#core/testing/made-figures.ts';
import { compareQuery } from '#shared/contract/compare.ts';
import { compareGroups } from './compare.ts';
import { measuresIn } from './measures.ts';
import { populationOf } from './population.ts';
import { prepare } from './prepare.ts';

const compare = (jobs: readonly MadeJob[], given: object = {}) =>
  compareGroups(prepare(populationOf([madeSource('own', jobs)]), compareQuery.parse(given)));
const ask = (ms: number) => ({ spans: { 'agent.ask': ms } });
const asked = (count: number, of = (i: number) => i + 1): readonly MadeJob[] =>
  madeJobs('j', count, (i) => ask(of(i)));

describe('figures of a group', () => {
  it('are of succeeded jobs with a value; everything else is counted', () => {
    const { groups } = compare([
      { job_id: '1', ...ask(5) },
      { job_id: '2', ...ask(Number.NaN) },
      { job_id: '3', ...ask(-4) },
      { job_id: '4', ...ask(Number.POSITIVE_INFINITY) },
      { job_id: '5' },
      { job_id: '6', status: 'failed', ...ask(1000) },
      { job_id: '7', status: 'cancelled', ...ask(1000) },
      { job_id: '8', status: 'running' },
      { job_id: '9', status: 'paused' },
    ]);
    expect(groups).toMatchObject([
      {
        key: 'ollama',
        n: 1,
        jobs: 9,
        succeeded: 5,
        unknown: 4,
        failures: 1,
        cancelled: 1,
        unfinished: 2,
        median: 5,
        mean: 5,
        success_rate: 5 / 6,
        points: [{ source: 'own', job_id: '1', value: 5 }],
      },
    ]);
  });

  it('are null where n allows none, and a note says what is missing', () => {
    for (const n of [1, 2]) {
      const { groups, notes } = compare(asked(n));
      expect(groups[0]).toMatchObject({
        n,
        median: n === 1 ? 1 : 1.5,
        median_low: null,
        median_high: null,
        median_coverage: null,
        box: null,
        p90: null,
        p90_note: `p90 needs 36 runs with a value; there are ${n}.`,
        p99_note: `p99 needs 368 runs with a value; there are ${n}.`,
      });
      expect(notes.join(' ')).toContain(`Not enough runs with a value of agent.ask`);
      expect(notes.join(' ')).toContain(`ollama (${n})`);
    }
  });

  it('of a group without a value, and of no group, are null', () => {
    const { groups } = compare([{ job_id: '1', status: 'failed' }]);
    expect(groups[0]).toMatchObject({
      n: 0,
      median: null,
      mean: null,
      box: null,
      points: [],
      success_rate: 0,
    });
    expect(groups[0]?.ecdf).toEqual({ x: [], y: [] });
    expect(compare([])).toMatchObject({ groups: [], conditions: [], jobs: 0 });
  });

  // Conover's ranks for n = 36 are 12 and 25; R: quantile(1:36, .9) = 32.5.
  it('have their intervals and percentiles as soon as n allows them', () => {
    const [group] = compare(asked(36)).groups;
    expect(group).toMatchObject({ median: 18.5, median_low: 12, median_high: 25, p90: 32.5, p90_note: null });
    expect(group?.median_coverage).toBeGreaterThanOrEqual(0.95);
    expect(compare(asked(368)).groups[0]).toMatchObject({ p99_note: null });
  });

  it('of equal values have an interval of no width', () => {
    const [group] = compare(asked(40, () => 7)).groups;
    expect(group).toMatchObject({ median: 7, median_low: 7, median_high: 7, p90: 7 });
    expect(group?.box).toEqual({ q1: 7, q3: 7, low: 7, high: 7 });
    expect(group?.ecdf).toEqual({ x: [7], y: [1] });
    expect(new Set(group?.points.map(({ job_id }) => job_id)).size).toBe(40);
  });

  it('show at most 500 jobs and 400 steps, the extremes among them, each with its own value', () => {
    const jobs = asked(3000, (i) => (i * 7919) % 3000);
    const [group] = compare(jobs).groups;
    expect(group?.points).toHaveLength(500);
    expect(group?.points.at(0)?.value).toBe(0);
    expect(group?.points.at(-1)?.value).toBe(2999);
    for (const { job_id, value } of group?.points ?? [])
      expect((Number(job_id.slice(2)) * 7919) % 3000).toBe(value);
    expect(group?.ecdf.x.length).toBeLessThanOrEqual(400);
    expect(group?.ecdf.x.at(0)).toBe(0);
    expect(group?.ecdf.y.at(-1)).toBe(1);
  });

  const paid: readonly MadeJob[] = [
    { job_id: '1', cost_usd: 0.5 },
    { job_id: '2', cost_usd: 0.25 },
    { job_id: '3', cost_usd: 0.25, status: 'failed' },
  ];
  it('tell what a success costs: all that was spent over the successes', () => {
    expect(compare(paid).groups[0]).toMatchObject({
      cost_per_success: 0.5,
      cost_at_least: 0.5,
      cost_note: null,
      cost_known: 3,
    });
    expect(compare(paid.slice(2)).groups[0]).toMatchObject({
      cost_per_success: null,
      cost_at_least: null,
      cost_note: 'No job succeeded.',
    });
  });

  it.each(['failed', 'cancelled', 'succeeded'])('never take a %s job of unknown cost as free', (status) => {
    const { groups, notes } = compare([...paid, { job_id: '4', status }], { measure: 'job' });
    const successes = status === 'succeeded' ? 3 : 2;
    expect(groups[0]).toMatchObject({ cost_per_success: null, cost_at_least: 1 / successes, cost_known: 3 });
    expect(groups[0]?.cost_note).toContain('the cost of 1 of its 4 ended jobs is not known');
    expect(notes.join(' ')).toContain('What a success costs is not known');
  });

  it('wait with what a running job costs, and name no bound where no cost is known', () => {
    const running = compare([...paid, { job_id: '4', status: 'running', cost_usd: 9 }]);
    expect(running.groups[0]).toMatchObject({ cost_per_success: 0.5, cost_known: 3, cost_note: null });
    const unpriced = compare([{ job_id: '1' }, { job_id: '2', status: 'failed' }]);
    expect(unpriced.groups[0]).toMatchObject({
      cost_per_success: null,
      cost_at_least: null,
      cost_known: 0,
      cost_note: 'No ended job of this group has a known cost.',
    });
  });

  it('count successes that read like failures as successes, and say so', () => {
    const { groups, notes } = compare([{ job_id: '1', suspected_failure: true }, { job_id: '2' }]);
    expect(groups[0]?.success_rate).toBe(1);
    expect(notes.join(' ')).toContain('reads like an error message: 1.');
  });
});

describe('measures', () => {
  const jobs: readonly MadeJob[] = [
    {
      job_id: '1',
      duration_ms: 9000,
      queue_ms: 50,
      cost_usd: 0.1,
      call: { first_token_ms: 300, speed: 40, input: 900, output: 80, source: 1 },
      spans: { 'agent.ask': 8000, 'driver.call': 100 },
    },
  ];
  it.each([
    ['job', 9000, 'ms', 'lower'],
    ['queue', 50, 'ms', 'lower'],
    ['cost', 0.1, 'usd', 'lower'],
    ['tokens_in', 900, 'tokens', 'lower'],
    ['tokens_out', 80, 'tokens', 'lower'],
    ['first_token', 300, 'ms', 'lower'],
    ['prompt_speed', 40, 'tokens_per_second', 'higher'],
    ['generation_speed', 40, 'tokens_per_second', 'higher'],
    ['driver.call', 100, 'ms', 'lower'],
  ])('%s is %d %s, %s is better', (measure, value, unit, better) => {
    const result = compare(jobs, { measure });
    expect(result.groups[0]?.median).toBe(value);
    expect(result.measure).toMatchObject({ measure, unit, better });
  });

  it('say who measured a speed', () => {
    expect(compare(jobs, { measure: 'generation_speed' }).measure.about).toContain(
      'Measured by the server (100 %)',
    );
  });

  it('are the fixed ones and every span name, and an unknown one is said to be unknown', () => {
    const names = measuresIn([madeSource('own', jobs)]).map(({ measure }) => measure);
    expect(names).toEqual(expect.arrayContaining(['job', 'queue', 'agent.ask', 'driver.call']));
    const result = compare(jobs, { measure: 'agent.aks' });
    expect(result.groups[0]).toMatchObject({ n: 0, unknown: 1 });
    expect(result.notes.join(' ')).toContain('No span here is named agent.aks');
  });
});
