import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { CompareQuery } from '#shared/contract/compare.ts';
import type { VerdictProgress } from '#shared/model/compare.ts';
import { createEngine } from './engine.ts';
import { testPorts } from './testing/ports.ts';
import { RuneFile } from './testing/rune-file.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A RUNE store of jobs on two backends, bedrock twice as fast, and `odd` for anything else in it. */
async function opened(odd: (file: RuneFile) => void = () => {}, mode: 'own' | 'read' = 'own') {
  const set = testPorts();
  closers.push(() => set.remove());
  const path = join(set.dataDir, 'rune.db');
  const file = new RuneFile(path);
  closers.push(() => file.close());
  for (let i = 0; i < 120; i++) {
    const isOllama = i % 2 === 0;
    const backend_type = isOllama ? 'ollama' : 'bedrock';
    const failed = i % 20 === 1;
    const ms = (isOllama ? 200 : 100) + ((i * 37) % 60);
    const job_id = file.job({
      job_id: `job-${i}`,
      kind: 'benchmark',
      status: failed ? 'failed' : 'succeeded',
      request: {
        agent: 'holmes',
        backend_type,
        model: isOllama && i < 60 ? 'small' : 'large',
        question: 'Why?',
      },
      result: failed ? null : { answer: 'x', metadata: { cost: 0.02 } },
      created_at: 1_777_000_000 + i,
      updated_at: 1_777_000_000 + i + 0.5,
    });
    const labels = {
      backend_type,
      agent_version: isOllama ? '1' : '2',
      gpu: { name: 'A', gb: isOllama ? 1 : 2 },
    };
    file.event({ job_id, event: 'agent.ask', duration_ms: ms, labels, recorded_at: 1_777_000_000 + i });
  }
  odd(file);
  const engine = await createEngine(set.ports, { mode });
  closers.push(() => engine.dispose());
  const { source } = await engine.client.sources.open({ path });
  const sources = [source];
  return { client: engine.client, source, sources, file, path };
}

type Asked = Partial<CompareQuery>;

describe('a RUNE store', () => {
  it('is compared by backend_type', async () => {
    const { client, sources } = await opened();
    const result = await client.compare.run({ sources });
    expect(result.groups).toMatchObject([
      {
        key: 'bedrock',
        jobs: 60,
        n: 54,
        failures: 6,
        unknown: 0,
        // What its 6 failures cost is not known.
        cost_per_success: null,
        cost_at_least: expect.closeTo(0.02, 12),
      },
      { key: 'ollama', jobs: 60, n: 60, failures: 0, success_rate: 1 },
    ]);
    expect(result).toMatchObject({ by: 'backend_type', complete: true, jobs: 120, duplicates: 0 });
    expect(result.conditions.map(({ name }) => name)).toEqual(['model']);
    expect(result.took_ms).toBeGreaterThan(0);

    let last: VerdictProgress | null = null;
    for await (const progress of await client.compare.verdicts({ sources })) last = progress;
    expect(last?.verdicts).toMatchObject([{ a: 'bedrock', b: 'ollama', verdict: 'better' }]);
    expect(last?.conditions?.map(({ name }) => name)).toEqual(['agent_version', 'model']);
  });

  it('is compared by a label, an object too', async () => {
    const { client, sources } = await opened();
    const { groups } = await client.compare.run({ sources, by: 'attribute:agent.ask:gpu' });
    expect(groups.map(({ key, jobs }) => [key, jobs])).toEqual([
      ['{"gb":1,"name":"A"}', 60],
      ['{"gb":2,"name":"A"}', 60],
    ]);
  });

  it('and its copy count each job once, and a clock that is off by a year splits the weeks', async () => {
    const { client, source, path } = await opened();
    const copy = new RuneFile(`${path}.copy.db`);
    closers.push(() => copy.close());
    copy.job({ job_id: 'job-0', request: { backend_type: 'ollama' } });
    const year = 31_536_000;
    for (let i = 0; i < 60; i++)
      copy.job({
        job_id: `k-${i}`,
        request: { backend_type: 'k8s-inference' },
        created_at: 1_777_000_000 + year,
      });
    const second = (await client.sources.open({ path: copy.path })).source;
    const result = await client.compare.run({ sources: [source, second], measure: 'job' });
    expect(result).toMatchObject({ jobs: 180, duplicates: 1 });
    expect(result.conditions.map(({ name }) => name)).toContain('week');
  });

  it('holds values of every kind: what is no duration is unknown', async () => {
    const { client, sources } = await opened((file) => {
      for (const [i, duration_ms] of [null, -5, Number.POSITIVE_INFINITY].entries()) {
        const job_id = file.job({ job_id: `odd-${i}`, request: { backend_type: 'openai' } });
        file.event({ job_id, event: 'agent.ask', duration_ms, recorded_at: 1_777_000_000 });
      }
    });
    const { groups, notes } = await client.compare.run({ sources });
    expect(groups.find(({ key }) => key === 'openai')).toMatchObject({ n: 0, unknown: 3, median: null });
    expect(notes.join(' ')).toContain('openai (0)');
  });

  it('changes, and the next answer is of what is there then', async () => {
    const { client, sources, file } = await opened();
    await client.compare.run({ sources });
    file.job({ job_id: 'new', request: { backend_type: 'openai' } });
    await expect
      .poll(async () => (await client.compare.run({ sources })).groups.map(({ key }) => key), {
        timeout: 5000,
      })
      .toContain('openai');
  });

  it('gives phases, trends, measures and the explorer', async () => {
    const { client, sources } = await opened();
    expect(await client.compare.phases({ sources })).toMatchObject({
      names: ['agent.ask'],
      groups: [{ n: 54 }, {}],
    });
    const trend = await client.compare.trend({ sources, buckets: 4 });
    expect(trend.groups[0]?.points).toHaveLength(4);
    expect((await client.compare.measures({ sources })).map(({ measure }) => measure)).toContain('agent.ask');
    const explored = await client.compare.explore({ sources, event: 'agent.ask', by: 'model' });
    expect(explored.series.map(({ key, total }) => [key, total])).toEqual([
      ['large', 90],
      ['small', 30],
    ]);
  });

  it.each<[what: string, asked: Asked, code: string]>([
    ['a dimension nobody knows', { by: 'colour' }, 'request.invalid'],
    ['a dimension that is none', { by: 'a b' }, 'request.invalid'],
    ['a condition nobody knows', { matched: ['colour'] }, 'request.invalid'],
    ['a source that is not open', { sources: ['store-nope'] }, 'source.unknown'],
    [
      'a job nobody knows',
      { pick: { a: [{ source: 'own', job_id: 'x' }], b: [{ source: 'own', job_id: 'y' }] } },
      'job.not_found',
    ],
    [
      'jobs of too many sources',
      {
        pick: {
          a: Array.from({ length: 20 }, (_, i) => ({ source: `store-${i}`, job_id: 'x' })),
          b: [{ source: 'own', job_id: 'y' }],
        },
      },
      'request.invalid',
    ],
  ])('is not compared with %s', async (_, asked, code) => {
    const { client, sources } = await opened();
    await expect(client.compare.run({ sources, ...asked })).rejects.toMatchObject({ data: { code } });
  });
});

describe('saved comparisons', () => {
  it('are kept under their names, once each', async () => {
    const { client } = await opened();
    const first = await client.compare.saved.save({ name: ' nightly ', query: '?by=model' });
    expect(first).toMatchObject({ name: 'nightly', query: '?by=model' });
    const again = await client.compare.saved.save({ name: 'nightly', query: '?by=agent' });
    expect(again.id).toBe(first.id);
    await client.compare.saved.save({ name: 'Another', query: '' });
    expect((await client.compare.saved.list()).map(({ name, query }) => [name, query])).toEqual([
      ['Another', ''],
      ['nightly', '?by=agent'],
    ]);
    await client.compare.saved.remove({ id: first.id });
    await client.compare.saved.remove({ id: first.id });
    expect(await client.compare.saved.list()).toHaveLength(1);
  });

  it('are not changed by a process that only reads', async () => {
    const { client } = await opened(() => {}, 'read');
    expect(await client.compare.saved.list()).toEqual([]);
    await expect(client.compare.saved.save({ name: 'x', query: '' })).rejects.toMatchObject({
      data: { code: 'source.cannot_provide' },
    });
  });
});
