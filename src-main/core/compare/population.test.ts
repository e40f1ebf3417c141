import { describe, expect, it } from 'vitest';
import { madeJobs, madeSource } from '#core/testing/made-figures.ts';
import { compareQuery } from '#shared/contract/compare.ts';
import { compareGroups } from './compare.ts';
import { Populations, populationOf } from './population.ts';
import { prepare } from './prepare.ts';
import { select } from './selection.ts';

const query = (given: object) => compareQuery.parse(given);
const groupsOf = (selection: ReturnType<typeof select>) =>
  Object.fromEntries(selection.groups.map(({ key, rows }) => [key, rows.length]));

describe('one population out of several sources', () => {
  const own = madeSource('own', [
    { job_id: 'a', backend_type: 'ollama', spans: { 'agent.ask': 10 } },
    { job_id: 'b', backend_type: 'bedrock', tenant_id: 'x' },
  ]);
  const archive = madeSource('imported', [
    { job_id: 'c', backend_type: 'openai', model: 'other' },
    { job_id: 'a', backend_type: 'ollama', spans: { 'agent.ask': 999 } },
    { job_id: 'b', backend_type: 'bedrock', tenant_id: 'y' },
  ]);

  it('counts a job that two sources have once, with the figures of the first', () => {
    const population = populationOf([own, archive]);
    expect(population.job_id).toEqual(['a', 'b', 'c', 'b']);
    const prepared = prepare(population, query({}));
    expect([...prepared.values]).toEqual([10, Number.NaN, Number.NaN, Number.NaN]);
    const result = compareGroups(prepared);
    expect(result).toMatchObject({ jobs: 4, duplicates: 1 });
    // The same id of another tenant is another job.
    expect(result.groups.map(({ key, jobs }) => [key, jobs])).toEqual([
      ['bedrock', 2],
      ['ollama', 1],
      ['openai', 1],
    ]);
  });

  it('takes what only the second has from the second', () => {
    const { groups } = select(populationOf([own, archive]), query({ by: 'source' }));
    expect(groups.map(({ key, rows }) => [key, [...rows]])).toEqual([
      ['imported', [2, 3]],
      ['own', [0, 1]],
    ]);
    const models = groupsOf(select(populationOf([own, archive]), query({ by: 'model' })));
    expect(models).toEqual({ m: 3, other: 1 });
  });

  it('is made once while its sources stay as they are', () => {
    const populations = new Populations();
    const first = populations.of([own, archive]);
    expect(populations.of([own, archive])).toBe(first);
    expect(populations.of([archive, own])).not.toBe(first);
  });
});

describe('selection', () => {
  const population = populationOf([
    madeSource('own', [
      { job_id: 'one', status: 'failed', model: null, created_at: 100 },
      { job_id: 'two', model: 'Llama', question: 'Where is ÄRGER?', created_at: 200 },
      { job_id: 'three', model: 'qwen', created_at: 300, backend_type: 'bedrock' },
      { job_id: 'four', demo: true, model: 'demo', backend_type: 'demo', created_at: 400 },
    ]),
  ]);
  const found = (where: object): string[] =>
    select(population, query({ where })).groups.flatMap(({ rows }) =>
      Array.from(rows, (row) => population.job_id[row] ?? ''),
    );

  it.each<[where: object, jobs: string[]]>([
    [{}, ['one', 'two', 'three']],
    [{ demo: true }, ['one', 'two', 'three', 'four']],
    [{ model: ['qwen', 'Llama'] }, ['two', 'three']],
    [{ model: [''] }, ['one']],
    [{ model: ['', 'qwen'], status: ['failed'] }, ['one']],
    [{ model: [] }, []],
    [{ model: ['nobody'] }, []],
    [{ created_from: 200, created_to: 300 }, ['two']],
    [{ text: 'llama' }, ['two']],
    [{ text: 'ärger' }, ['two']],
    [{ text: 'THR' }, ['three']],
  ])('%j finds %j', (where, jobs) => {
    expect(found(where).toSorted()).toEqual(jobs.toSorted());
  });

  it('counts the demo jobs that the filter would have taken', () => {
    expect(select(population, query({})).demo_left_out).toBe(1);
    expect(select(population, query({ where: { model: ['qwen'] } })).demo_left_out).toBe(0);
  });

  it('takes 500 groups: the 50 largest, and the baseline', () => {
    const many = populationOf([
      madeSource(
        'own',
        madeJobs('j', 1500, (i) => ({ agent: `a${String(i % 500).padStart(3, '0')}` })),
      ),
    ]);
    const selection = select(many, query({ by: 'agent', baseline: 'a499' }));
    expect(selection.groups).toHaveLength(50);
    expect(selection).toMatchObject({ groups_left_out: 450, jobs: 1500 });
    expect(selection.groups.at(-1)?.key).toBe('a499');
  });

  it('groups by a label; objects are alike whatever the order of their keys, long values by their beginning', () => {
    const label = (value: string) => ({ 'agent.ask:gpu': value });
    const long = 'x'.repeat(300);
    const labelled = populationOf([
      madeSource('own', [
        { job_id: '1', labels: label('{"a": 1, "b": {"c": 2, "d": 3}}') },
        { job_id: '2', labels: label('{"b": {"d": 3, "c": 2}, "a": 1}') },
        { job_id: '3', labels: label(`${long}1`) },
        { job_id: '4', labels: label(`${long}2`) },
        { job_id: '5', labels: label('{broken') },
        { job_id: '6' },
      ]),
    ]);
    expect(groupsOf(select(labelled, query({ by: 'attribute:agent.ask:gpu' })))).toEqual({
      '{"a":1,"b":{"c":2,"d":3}}': 2,
      [`${'x'.repeat(255)}…`]: 2,
      '{broken': 1,
      '': 1,
    });
  });

  it('says what it can group by', () => {
    expect(() => select(population, query({ by: 'colour' }))).toThrowError(
      expect.objectContaining({ code: 'request.invalid', message: expect.stringContaining('backend_type') }),
    );
  });
});

describe('hand-picked jobs', () => {
  const at = (source: string, ...ids: string[]) => ids.map((job_id) => ({ source, job_id }));
  const sources = [
    madeSource('own', [{ job_id: 'a' }, { job_id: 'b' }, { job_id: 'c', demo: true }]),
    madeSource('store-1', [{ job_id: 'z' }, { job_id: 'a' }]),
  ];
  const pick = (a: object[], b: object[]) => select(populationOf(sources), query({ pick: { a, b } }));

  it('are the groups A and B as they are, each job once', () => {
    const found = pick([...at('own', 'a', 'c'), ...at('store-1', 'a')], at('store-1', 'z'));
    expect(found.groups.map(({ key, rows }) => [key, [...rows]])).toEqual([
      ['A', [0, 2]],
      ['B', [3]],
    ]);
    expect(found).toMatchObject({ duplicates: 1, demo_left_out: 0 });
  });

  it('are refused when one is on both sides, also by two ways', () => {
    expect(() => pick(at('own', 'a'), at('store-1', 'a'))).toThrowError(
      expect.objectContaining({
        code: 'request.invalid',
        message: expect.stringContaining('a is in A and in B'),
      }),
    );
  });

  it('are refused when nobody knows one', () => {
    expect(() => pick(at('own', 'nobody'), at('own', 'b'))).toThrowError(
      expect.objectContaining({ code: 'job.not_found' }),
    );
  });
});

it('filters and groups 20,000 jobs in 20 ms', () => {
  const population = populationOf([
    madeSource(
      'own',
      madeJobs('j', 20_000, (i) => ({
        backend_type: ['ollama', 'bedrock', 'openai'][i % 3] ?? null,
        model: `m${i % 7}`,
        question: `Question ${i % 400}`,
      })),
    ),
  ]);
  const asked = query({ where: { model: ['m1', 'm2', 'm3'], text: 'quest' }, by: 'backend_type' });
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    expect(select(population, asked).groups).toHaveLength(3);
    return performance.now() - start;
  });
  expect(Math.min(...times)).toBeLessThan(20);
});
