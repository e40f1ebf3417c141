import { describe, expect, it } from 'vitest';
import { madeJobs, madeSource } from '#core/testing/made-figures.ts';
import { compareFilter, compareQuery } from '#shared/contract/compare.ts';
import { compareGroups } from './compare.ts';
import { explore } from './explore.ts';
import { populationOf } from './population.ts';
import { prepare } from './prepare.ts';
import { select } from './selection.ts';

const query = (given: object) => compareQuery.parse(given);

describe('jobs with hostile names', () => {
  it('are the same only where tenant and id are, whatever characters they hold', () => {
    const population = populationOf([
      madeSource('own', [{ tenant_id: 'x\0y', job_id: 'z' }]),
      madeSource('store-1', [
        { tenant_id: 'x', job_id: 'y\0z' },
        { tenant_id: '1:x', job_id: 'w' },
        { tenant_id: 'x\0y', job_id: 'z' },
      ]),
    ]);
    expect(population.job_id).toEqual(['z', 'y\0z', 'w']);
    expect(select(population, query({}))).toMatchObject({ jobs: 3, duplicates: 1 });
    const pick = {
      a: [{ source: 'store-1', job_id: 'z' }],
      b: [{ source: 'store-1', job_id: 'y\0z' }],
    };
    expect(select(population, query({ pick })).groups.map(({ rows }) => [...rows])).toEqual([[0], [1]]);
  });

  it('have one group for no value and an empty one, in figures and in conditions', () => {
    const jobs = [
      ...madeJobs('n', 10, (i) => ({ backend_type: i % 2 ? 'a' : 'b', model: null })),
      ...madeJobs('e', 10, (i) => ({ backend_type: i % 2 ? 'a' : 'b', model: '' })),
    ];
    const compared = (by: string) =>
      compareGroups(prepare(populationOf([madeSource('own', jobs)]), query({ by })));
    expect(compared('model').groups.map(({ key, jobs: n }) => [key, n])).toEqual([['', 20]]);
    const apart = madeJobs('j', 40, (i) => ({ backend_type: i % 2 ? 'a' : 'b', model: i % 2 ? '' : null }));
    const { conditions } = compareGroups(
      prepare(populationOf([madeSource('own', apart)]), query({ by: 'backend_type' })),
    );
    expect(conditions).toEqual([]);
  });
});

describe('as many values as jobs', () => {
  const count = 100_000;
  const population = populationOf([
    madeSourceOfQuestions(count),
    madeSource('store-1', [{ job_id: 'one more', question: 'Q' }]),
  ]);

  it('are 50 series of the explorer, the largest, and no more memory than that takes', () => {
    const before = process.memoryUsage().rss;
    const { series } = explore(population, {
      where: compareFilter.parse({}),
      event: 'agent.ask',
      by: 'question',
      buckets: 200,
    });
    expect(series).toHaveLength(50);
    expect(series.find(({ total }) => total === 7)?.key).toBe(`Q${count - 1}`);
    expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000);
  });

  it('match none but their own, and every job is told apart', () => {
    const result = compareGroups(prepare(population, query({ by: 'kind', matched: ['question'] })));
    expect(result.jobs).toBe(count + 1);
    const both = prepare(population, query({ by: 'agent', matched: ['question'] }));
    expect(both.unmatched).toBe(3);
    expect(both.groups.map(({ rows }) => rows.length)).toEqual([49_999, 49_999]);
  });
});

/** Every question is asked by two agents; texts by number, as a store gives them. */
function madeSourceOfQuestions(jobs: number) {
  const made = madeSource(
    'own',
    madeJobs('j', jobs, (i) => ({ spans: { 'agent.ask': [i === jobs - 1 ? 7 : 1, 0, 5] as const } })),
  );
  const columns = made.figures.jobs();
  const texts = [...columns.texts, ...Array.from({ length: jobs }, (_, i) => `Q${i}`), 'other agent'];
  const first = columns.texts.length;
  const half = Math.floor(jobs / 2);
  const changed = {
    ...columns,
    texts,
    question: Int32Array.from({ length: jobs }, (_, i) => first + (i === jobs - 1 ? i : i % half)),
    agent: columns.agent.map((agent, i) => (i < half ? agent : texts.length - 1)),
  };
  return { ...made, figures: { ...made.figures, jobs: () => changed } };
}
