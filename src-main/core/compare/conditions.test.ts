import { describe, expect, it } from 'vitest';
import { type MadeJob, madeJobs, madeSource } from '#core/testing/made-figures.ts';
import { compareQuery } from '#shared/contract/compare.ts';
import { seeded } from '#shared/lib/random.ts';
import { compareGroups } from './compare.ts';
import { companyOf } from './concurrency.ts';
import { allDifferingConditions, differingConditions } from './conditions.ts';
import { populationOf } from './population.ts';
import { prepare } from './prepare.ts';

const WEEK = 604_800;
const MONDAY = 1_776_643_200; // 2026-04-20
const prepared = (jobs: readonly MadeJob[], given: object = {}) =>
  prepare(populationOf([madeSource('own', jobs)]), compareQuery.parse(given));
const compare = (jobs: readonly MadeJob[], given: object = {}) => compareGroups(prepared(jobs, given));
const named = (jobs: readonly MadeJob[], name: string, given: object = {}) =>
  compare(jobs, given).conditions.find((condition) => condition.name === name);
/** Half on ollama, half on bedrock, what else by index. */
const halves = (count: number, of: (index: number, isOllama: boolean) => Omit<MadeJob, 'job_id'>) =>
  madeJobs('j', count, (i) => ({
    backend_type: i % 2 === 0 ? 'ollama' : 'bedrock',
    created_at: MONDAY + i,
    ...of(i, i % 2 === 0),
  }));

describe('the comparability gate', () => {
  it('lists nothing when only the compared dimension differs', () => {
    expect(compare(halves(40, () => ({}))).conditions).toEqual([]);
  });

  it('names a condition that differs, with the shares of each group and of the jobs affected', () => {
    const jobs = halves(40, (i, isOllama) => ({ model: isOllama && i < 20 ? 'llama' : 'qwen' }));
    expect(named(jobs, 'model')).toEqual({
      name: 'model',
      title: 'The model',
      shares: [
        { group: 'bedrock', values: [{ value: 'qwen', share: 1 }] },
        {
          group: 'ollama',
          values: [
            { value: 'qwen', share: 0.5 },
            { value: 'llama', share: 0.5 },
          ],
        },
      ],
      affected: 0.25,
      can_match: true,
      sentence:
        'The model differs: "llama" in 50.0 % of ollama, "qwen" in 100 % of bedrock. 25.0 % of the jobs have one that not every group has.',
    });
  });

  it('lists other mixes of the same values, and not what chance does to equal ones', () => {
    const mixed = halves(400, (i, isOllama) => ({ model: i % 10 < (isOllama ? 8 : 2) ? 'llama' : 'qwen' }));
    expect(named(mixed, 'model')).toMatchObject({ affected: 0 });
    const random = seeded(5);
    const alike = halves(4000, () => ({ question: `Question ${Math.floor(random() * 100)}` }));
    expect(compare(alike).conditions).toEqual([]);
  });

  it('shows 8 values and the rest as one', () => {
    const jobs = halves(80, (i, isOllama) => ({ agent: isOllama ? `agent-${i}` : 'holmes' }));
    const [bedrock, ollama] = named(jobs, 'agent')?.shares ?? [];
    expect(bedrock?.values).toEqual([{ value: 'holmes', share: 1 }]);
    expect(ollama?.values).toHaveLength(8);
    expect(ollama?.values.at(-1)).toEqual({ value: '…', share: 33 / 40 });
  });

  it.each<[name: string, of: (isOllama: boolean) => Omit<MadeJob, 'job_id'>, value: string]>([
    ['provider_type', (is) => ({ provider_type: is ? 'vastai' : 'existing' }), 'vastai'],
    ['question', (is) => ({ question: is ? 'Why?' : null }), '(none)'],
    ['agent', (is) => ({ agent: is ? 'k8sgpt' : 'holmes' }), 'k8sgpt'],
    ['kind', (is) => ({ kind: is ? 'benchmark' : 'agentic-agent' }), 'benchmark'],
    ['tenant_id', (is) => ({ tenant_id: is ? 'x' : 'y' }), '"y"'],
    ['warmth', (is) => ({ call: { load_ms: is ? 1001 : 1000 } }), 'over 1 s'],
    ['week', (is) => ({ created_at: is ? MONDAY : MONDAY - 1 }), 'week of 2026-04-13'],
    ['demo', (is) => ({ demo: is }), 'demo'],
  ])('looks at %s', (name, of, value) => {
    const jobs = halves(20, (_, isOllama) => of(isOllama));
    const condition = named(jobs, name, { where: { demo: true } });
    expect(condition).toMatchObject({ affected: 1 });
    expect(condition?.sentence).toContain(value);
  });

  it('names a value once where the other group has it most, too', () => {
    const jobs = halves(100, (i, isOllama) => ({ question: i < (isOllama ? 60 : 90) ? null : `Why ${i}?` }));
    const sentence = named(jobs, 'question')?.sentence ?? '';
    expect(sentence.match(/"\(none\)"/g)).toHaveLength(1);
    expect(sentence).toMatch(
      /^The question differs: "\(none\)" in [\d.]+ % of bedrock, in [\d.]+ % of ollama\. /,
    );
  });

  it('looks at the backend when something else is compared, and never at what is compared', () => {
    const jobs = halves(20, (_, isOllama) => ({ model: isOllama ? 'llama' : 'qwen' }));
    expect(compare(jobs, { by: 'model' }).conditions.map(({ name }) => name)).toEqual(['backend_type']);
  });

  it('looks at who measured a speed, and at what a cost rests on, only where it matters', () => {
    const jobs = halves(20, (_, isOllama) => ({
      call: { speed: 10, source: isOllama ? 1 : 2 },
      ...(isOllama ? { cost_usd: 0 } : { cost_usd: 1 }),
    }));
    const names = (measure: string) => compare(jobs, { measure }).conditions.map(({ name }) => name);
    expect(names('generation_speed')).toEqual(['measured_by']);
    expect(names('cost')).toEqual(['cost_basis']);
    expect(names('job')).toEqual([]);
  });

  it('reads labels when it has the time to', async () => {
    const jobs = halves(20, (_, isOllama) => ({
      spans: { 'agent.ask': 1 },
      labels: { 'agent.ask:agent_version': isOllama ? '1.0' : '1.1' },
    }));
    const { population, groups } = prepared(jobs);
    const about = { by: 'backend_type', measure: 'job' };
    expect(differingConditions(population, groups, about)).toEqual([]);
    const all = await allDifferingConditions(population, groups, about, async () => true);
    expect(all?.map(({ name }) => name)).toEqual(['agent_version']);
    expect(await allDifferingConditions(population, groups, about, async () => false)).toBeNull();
  });

  it('does not ask a store for the labels of spans that are too many', async () => {
    const jobs = halves(20, () => ({ spans: { 'agent.ask': 1 } }));
    const source = madeSource('own', jobs);
    const figures = {
      ...source.figures,
      events: () => [{ event: 'agent.ask', total: 20_000, errors: 0 }],
      attribute: () => {
        throw new Error('too slow');
      },
    };
    const { population, groups } = prepare(
      populationOf([{ source: 'own', figures }]),
      compareQuery.parse({}),
    );
    const about = { by: 'backend_type', measure: 'job' };
    expect(await allDifferingConditions(population, groups, about, async () => true)).toEqual([]);
  });

  it('needs two groups that ended something', () => {
    const jobs = halves(20, (_, isOllama) => ({
      model: isOllama ? 'llama' : 'qwen',
      status: isOllama ? 'succeeded' : 'running',
    }));
    expect(compare(jobs).conditions).toEqual([]);
  });
});

describe('company', () => {
  it('is another job on the same backend at the same time, whatever became of it', () => {
    const job = (job_id: string, from: number, seconds: number, more: object = {}): MadeJob => ({
      job_id,
      created_at: from,
      duration_ms: seconds * 1000,
      ...more,
    });
    const population = populationOf([
      madeSource('own', [
        job('inside', 12, 1),
        job('long', 10, 50, { status: 'failed' }),
        job('after a gap, still inside', 40, 1),
        job('touching', 60, 5),
        job('elsewhere', 11, 5, { backend_type: 'bedrock' }),
        job('queued until the last is gone', 50, 5, { queue_ms: 20_000 }),
        job('nowhere', 11, 5, { backend_type: null }),
        { job_id: 'without a duration', created_at: 11 },
      ]),
    ]);
    expect([...companyOf(population)]).toEqual([2, 2, 2, 1, 1, 1, 0, 0]);
  });

  it('is that of one server: of one URL, and of one store', () => {
    const job = (job_id: string, backend_url: string | null, more: object = {}): MadeJob => ({
      job_id,
      created_at: 10,
      duration_ms: 5000,
      backend_url,
      ...more,
    });
    const population = populationOf([
      madeSource('own', [
        job('a', 'http://one:11434'),
        job('alone', 'http://two:11434'),
        job('b', 'http://one:11434'),
        job('other type there', 'http://one:11434', { backend_type: 'openai' }),
        job('no URL', null, { backend_type: 'bedrock' }),
      ]),
      madeSource('theirs', [
        job('their own localhost', 'http://one:11434'),
        job('c', null, { backend_type: 'bedrock' }),
        job('d', null, { backend_type: 'bedrock' }),
      ]),
    ]);
    expect([...companyOf(population)]).toEqual([2, 1, 2, 1, 1, 1, 2, 2]);
  });

  it('is listed where one group ran alone', () => {
    const jobs = halves(40, (i, isOllama) => ({
      created_at: MONDAY + i * 100,
      duration_ms: isOllama ? 300_000 : 1000,
    }));
    expect(named(jobs, 'concurrency')).toMatchObject({ affected: 1 });
    expect(MONDAY % WEEK).toBe(345_600);
  });
});

describe('only matched jobs', () => {
  /** Bedrock has mostly small models, and both take 10 ms on small and 100 ms on large ones. */
  const confounded = halves(400, (i, isOllama) => {
    const isLarge = i % 20 < (isOllama ? 16 : 4);
    return {
      model: isLarge ? 'large' : 'small',
      spans: { 'agent.ask': (isLarge ? 100 : 10) + (i % 7) / 10 },
    };
  });

  it('have the same mix in every group, and a difference that came from the mix is gone', () => {
    const [a, b] = compare(confounded).groups;
    expect(Math.max(a?.median ?? 0, b?.median ?? 0)).toBeGreaterThan(100);
    expect(Math.min(a?.median ?? 0, b?.median ?? 0)).toBeLessThan(11);

    const result = compare(confounded, { matched: ['model'] });
    expect(result.groups.map(({ n }) => n)).toEqual([80, 80]);
    expect(result.conditions).toEqual([]);
    const [x, y] = result.groups;
    expect(Math.abs((x?.mean ?? 0) - (y?.mean ?? 0))).toBeLessThan(1);
    expect(result.unmatched).toBe(0);
    expect(result.notes.join(' ')).toContain('240 of them are left out');
  });

  it('leave out what not every group has, count it, and keep unfinished jobs counted', () => {
    const jobs = halves(40, (i, isOllama) => ({
      model: isOllama && i < 10 ? 'only here' : 'both',
      status: i === 39 ? 'running' : 'succeeded',
      spans: { 'agent.ask': 1 },
    }));
    const result = compare(jobs, { matched: ['model'] });
    expect(result.unmatched).toBe(5);
    expect(result.groups.map(({ key, n, unfinished }) => [key, n, unfinished])).toEqual([
      ['bedrock', 15, 1],
      ['ollama', 15, 0],
    ]);
  });

  it('keep all jobs of a group that has twice as many of everything', () => {
    const jobs = madeJobs('j', 90, (i) => ({
      backend_type: i % 3 === 0 ? 'ollama' : 'bedrock',
      model: i < 45 ? 'a' : 'b',
      spans: { 'agent.ask': 1 },
    }));
    expect(compare(jobs, { matched: ['model'] }).groups.map(({ n }) => n)).toEqual([60, 30]);
  });

  it('are the same jobs each time, and may match in several conditions and a label', () => {
    const matched = { matched: ['model', 'attribute:agent.ask:gpu'] };
    const jobs = confounded.map((job, i) => ({
      ...job,
      labels: { 'agent.ask:gpu': i % 3 === 0 ? 'A' : 'B' },
    }));
    expect(prepared(jobs, matched).groups).toEqual(prepared(jobs, matched).groups);
  });

  it('may be none: then there are no figures, and no failure', () => {
    const jobs = halves(20, (i) => ({ question: `Q${i}`, spans: { 'agent.ask': 1 } }));
    const result = compare(jobs, { matched: ['question'] });
    expect(result).toMatchObject({ unmatched: 20 });
    expect(result.groups.map(({ n, median }) => [n, median])).toEqual([
      [0, null],
      [0, null],
    ]);
  });

  it.each([['backend_type'], ['colour']])('cannot match in %s', (name) => {
    expect(() => compare(confounded, { matched: [name] })).toThrowError(
      expect.objectContaining({ code: 'request.invalid', message: expect.stringContaining(`"${name}"`) }),
    );
  });
});
