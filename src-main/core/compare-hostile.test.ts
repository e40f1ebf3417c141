import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import type { CompareQuery } from '#shared/contract/compare.ts';
import { normals, seeded } from '#shared/lib/random.ts';
import type { VerdictProgress } from '#shared/model/compare.ts';
import { archivedSource, IMPORTED } from '#shared/model/source.ts';
import { type Client, createEngine } from './engine.ts';
import { type TestPorts, testPorts } from './testing/ports.ts';
import { madeObject } from './testing/result-records.ts';
import { RuneFile } from './testing/rune-file.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Bench extends TestPorts {
  readonly client: Client;
}

async function start(): Promise<Bench> {
  const set = testPorts();
  closers.push(() => set.remove());
  const engine = await createEngine(set.ports, { mode: 'own' });
  closers.push(() => engine.dispose());
  return { ...set, client: engine.client };
}

/** A store that is written already: `jobs` on a few backends with log-normal times of agent.ask. */
function store(dir: string, name: string, jobs: number, backends: readonly string[]): RuneFile {
  const file = new RuneFile(join(dir, name));
  const normal = normals(seeded(jobs));
  file.db.transaction(() => {
    for (let i = 0; i < jobs; i++) {
      const backend_type = backends[i % backends.length] ?? '';
      const job_id = file.job({
        job_id: `${name}-${i}`,
        request: { backend_type, agent: 'holmes', model: 'm', question: 'Why?' },
        created_at: 1_777_000_000 + i,
      });
      file.event({
        job_id,
        event: 'agent.ask',
        duration_ms: (10_000 + 500 * (i % backends.length)) * Math.exp(0.35 * normal()),
        labels: { agent_version: backend_type },
        recorded_at: 1_777_000_000 + i,
      });
    }
  })();
  return file;
}

async function opened(bench: Bench, file: RuneFile): Promise<string> {
  closers.push(() => file.db.open && file.close());
  return (await bench.client.sources.open({ path: file.path })).source;
}

async function verdictsOf(client: Client, asked: Partial<CompareQuery>): Promise<VerdictProgress | null> {
  let last: VerdictProgress | null = null;
  for await (const step of await client.compare.verdicts(asked)) last = step;
  return last;
}

const failure = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'did not fail',
    (thrown: { data?: { code?: string } }) => thrown.data?.code ?? String(thrown),
  );

/** A result in the archive's folder; answers its source. */
function archived({ dataDir }: Bench, jobId: string, ...rest: [Parameters<typeof madeObject>[0]?, number?]) {
  const { key, body } = madeObject({ job_id: jobId, ...rest[0] }, rest[1]);
  const path = join(dataDir, key);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, body);
  return { source: archivedSource('folder', key), key };
}

describe('archived results', () => {
  it('are compared by hand, as many as there may be sources', async () => {
    const bench = await start();
    const places = Array.from({ length: 16 }, (_, i) => {
      const job_id = `471cdd3e-c0e0-4de6-a404-3264b735cd${String(10 + i)}`;
      return { source: archived(bench, job_id).source, job_id };
    });
    const pick = { a: places.slice(0, 8), b: places.slice(8) };
    const result = await bench.client.compare.run({ pick, measure: 'job' });
    expect(result.groups.map(({ key, n, jobs }) => [key, n, jobs])).toEqual([
      ['A', 8, 8],
      ['B', 8, 8],
    ]);
    const end = await verdictsOf(bench.client, { pick, measure: 'job' });
    expect(end?.verdicts).toMatchObject([{ verdict: 'no_difference' }]);
  });

  it('that were imported, and are in a RUNE store and alone as well, count once', async () => {
    const bench = await start();
    const job_id = '471cdd3e-c0e0-4de6-a404-3264b735cd81';
    const { source, key } = archived(bench, job_id);
    for await (const _ of await bench.client.archive.import.run({ target: 'folder', keys: [key] }));
    const file = new RuneFile(join(bench.dataDir, 'rune.db'));
    file.job({ job_id, tenant_id: 'acme', request: { backend_type: 'bedrock' } });
    file.job({ job_id: 'other', tenant_id: 'acme', request: { backend_type: 'bedrock' } });
    const foreign = await opened(bench, file);
    for (const sources of [
      ['own', IMPORTED, foreign, source],
      [source, foreign, IMPORTED],
    ]) {
      const result = await bench.client.compare.run({ sources, measure: 'job' });
      expect(result).toMatchObject({ jobs: 2, duplicates: 2 });
      expect(result.groups.map(({ key: group, jobs }) => [group, jobs])).toEqual([
        ['bedrock', 1],
        ['ollama', 1],
      ]);
    }
  });

  it('that are removed while they are compared: the verdicts are of what was there', async () => {
    const bench = await start();
    const keys = Array.from({ length: 12 }, (_, i) =>
      archived(bench, `471cdd3e-c0e0-4de6-a404-3264b735cd${String(10 + i)}`, {
        request: {
          question: 'Why?',
          agent: 'holmes',
          backend_type: i < 6 ? 'ollama' : 'bedrock',
          model: 'm',
        },
      }),
    ).map(({ key }) => key);
    for await (const _ of await bench.client.archive.import.run({ target: 'folder', keys }));
    const asked = { sources: [IMPORTED], measure: 'job' };
    const steps: VerdictProgress[] = [];
    for await (const step of await bench.client.compare.verdicts(asked)) {
      if (steps.push(step) > 1) continue;
      await bench.client.archive.import.clear();
      for await (const _ of await bench.client.archive.import.run({ target: 'folder', keys: keys.slice(5) }));
    }
    expect(steps.at(-1)?.verdicts).toHaveLength(1);
    expect(steps.at(-1)?.conditions).toBeNull();
    expect(await bench.client.compare.run(asked)).toMatchObject({ jobs: 7 });
  });
});

describe('a store', () => {
  const backends = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

  it('that is closed while it is compared ends the comparison with a sentence', async () => {
    const bench = await start();
    const source = await opened(bench, store(bench.dataDir, 'rune.db', 800, backends));
    const going = (async () => {
      for await (const _ of await bench.client.compare.verdicts({ sources: [source] }))
        await bench.client.sources.close({ source });
    })();
    expect(await failure(going)).toBe('source.unknown');
    expect(bench.logged.filter(({ level }) => level === 'error')).toEqual([]);
    expect(await failure(bench.client.compare.run({ sources: [source] }))).toBe('source.unknown');
  });

  it('that loses jobs while it is compared: no label is told of another job', async () => {
    const bench = await start();
    const file = store(bench.dataDir, 'rune.db', 400, ['a', 'b']);
    const source = await opened(bench, file);
    let last: VerdictProgress | null = null;
    for await (const step of await bench.client.compare.verdicts({ sources: [source] })) {
      if (last === null) {
        file.db.exec("DELETE FROM jobs WHERE job_id = 'rune.db-0'");
        await expect
          .poll(async () => (await bench.client.jobs.list({ source })).total, { timeout: 5000 })
          .toBe(399);
      }
      last = step;
    }
    expect(last?.verdicts).toHaveLength(1);
    expect(last?.conditions).toBeNull();
    expect(last?.note).toContain('Jobs were removed while they were compared');
    const after = await verdictsOf(bench.client, { sources: [source] });
    expect(after?.conditions?.find(({ name }) => name === 'agent_version')?.shares).toEqual([
      { group: 'b', values: [{ value: 'b', share: 1 }] },
      { group: 'a', values: [{ value: 'a', share: 1 }] },
    ]);
  });

  it('whose file goes away, and one that another program holds: an answer, or a sentence', async () => {
    const bench = await start();
    const gone = store(bench.dataDir, 'gone.db', 100, ['a', 'b']);
    const held = store(bench.dataDir, 'held.db', 100, ['a', 'b']);
    // Without WAL, whoever writes keeps readers out.
    held.db.pragma('journal_mode = DELETE');
    const [first, second] = [await opened(bench, gone), await opened(bench, held)];
    gone.close();
    for (const end of ['', '-wal', '-shm']) rmSync(gone.path + end, { force: true });
    held.db.exec('BEGIN EXCLUSIVE');
    for (const sources of [[first], [second], [first, second]]) {
      for (const by of ['backend_type', 'attribute:agent.ask:agent_version']) {
        const said = await bench.client.compare.run({ sources, by }).then(
          ({ jobs }) => jobs,
          (thrown: { data?: { code?: string } }) => thrown.data?.code,
        );
        expect([100 * sources.length, 'store.locked', 'store.unreadable']).toContain(said);
      }
    }
    held.db.exec('ROLLBACK');
    expect(bench.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('that another process writes to: every answer is of whole jobs', async () => {
    const bench = await start();
    const file = store(bench.dataDir, 'rune.db', 200, ['a', 'b']);
    const source = await opened(bench, file);
    for (let i = 0; i < 60; i++) {
      file.db.transaction(() => {
        const job_id = file.job({ job_id: `new-${i}`, request: { backend_type: i % 2 ? 'a' : 'b' } });
        file.event({ job_id, event: 'agent.ask', duration_ms: 9000, recorded_at: 1_777_000_000 });
      })();
      const { groups, jobs } = await bench.client.compare.run({ sources: [source] });
      expect(groups.reduce((sum, group) => sum + group.jobs, 0)).toBe(jobs);
      for (const group of groups) expect(group.n + group.unknown).toBe(group.succeeded);
    }
    await expect
      .poll(async () => (await bench.client.compare.run({ sources: [source] })).groups.map(({ n }) => n), {
        timeout: 5000,
      })
      .toEqual([130, 130]);
  });
});

describe('comparisons', () => {
  const backends = Array.from({ length: 8 }, (_, i) => `backend-${i}`);

  it('that two ask for at once are the same as alone, and as ever', async () => {
    const bench = await start();
    const sources = [await opened(bench, store(bench.dataDir, 'rune.db', 4000, backends))];
    const other = {
      sources,
      measure: 'agent.ask',
      by: 'attribute:agent.ask:agent_version',
      baseline: 'backend-3',
    };
    const alone = [await verdictsOf(bench.client, { sources }), await verdictsOf(bench.client, other)];
    const together = await Promise.all([
      verdictsOf(bench.client, { sources }),
      verdictsOf(bench.client, other),
      verdictsOf(bench.client, { sources }),
    ]);
    expect(together).toEqual([...alone, alone[0]]);
    expect(alone.map((end) => end?.verdicts?.length)).toEqual([28, 7]);
  });

  it('stop when nobody listens any more, by leaving or by a signal', async () => {
    const bench = await start();
    const sources = [await opened(bench, store(bench.dataDir, 'rune.db', 16_000, backends))];
    const steps: VerdictProgress[] = [];
    for await (const step of await bench.client.compare.verdicts({ sources })) {
      steps.push(step);
      break;
    }
    const controller = new AbortController();
    const stream = await bench.client.compare.verdicts({ sources }, { signal: controller.signal });
    await (async () => {
      for await (const step of stream) {
        if (steps.push(step) === 3) controller.abort();
      }
    })().catch(() => {});
    expect(steps.some(({ verdicts }) => verdicts !== null)).toBe(false);
    expect(await bench.client.compare.run({ sources })).toMatchObject({ jobs: 16_000 });
  });

  it('of 100,000 jobs have their figures and verdicts in time', async () => {
    const bench = await start();
    const file = store(bench.dataDir, 'rune.db', 100_000, ['a', 'b', 'c', 'd']);
    const add = file.db.prepare(
      "INSERT INTO workflow_events (job_id, event, status, duration_ms, recorded_at) VALUES (?, 'driver.call', 'ok', 5, 1)",
    );
    file.db.transaction(() => {
      for (let i = 0; i < 60_000; i++) add.run(`rune.db-${i}`);
    })();
    const sources = [await opened(bench, file)];
    // Its last events are still to be read: said so, and no job is taken for one without a value of its own accord.
    const early = await bench.client.compare.run({ sources, measure: 'driver.call', by: 'kind' });
    expect(early).toMatchObject({ complete: false, jobs: 100_000 });
    expect(early.groups[0]?.n).toBeLessThan(60_000);
    await expect
      .poll(async () => (await bench.client.compare.run({ sources })).complete, { timeout: 30_000 })
      .toBe(true);
    const late = await bench.client.compare.run({ sources, measure: 'driver.call', by: 'kind' });
    expect(late.groups).toMatchObject([{ n: 60_000, unknown: 40_000 }]);
    const { groups, took_ms } = await bench.client.compare.run({ sources, by: 'model' });
    expect(groups).toMatchObject([{ n: 100_000 }]);
    expect(took_ms).toBeLessThan(1000);
    const began = performance.now();
    const end = await verdictsOf(bench.client, { sources });
    expect(end?.verdicts).toHaveLength(6);
    expect(performance.now() - began).toBeLessThan(15_000);
    const matched = await bench.client.compare.run({
      sources,
      matched: ['attribute:agent.ask:agent_version'],
    });
    expect(matched).toMatchObject({ unmatched: 100_000 });
  }, 60_000);
});

describe('saved comparisons', () => {
  it('with hostile names are themselves; a blank, an over-long and one too many are refused', async () => {
    const { client } = await start();
    const names = [
      "'; DROP TABLE rs_comparison; --",
      '%',
      '_',
      'a\0b',
      'a',
      '"',
      '<b>',
      '../x',
      '🦄',
      'A',
      'ä',
    ];
    for (const name of names) await client.compare.saved.save({ name, query: `?name=${name}` });
    const saved = await client.compare.saved.list();
    expect(saved.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    for (const { name, query } of saved) expect(query).toBe(`?name=${name}`);
    for (const name of ['', '  \t', 'x'.repeat(129)])
      expect(await failure(client.compare.saved.save({ name, query: '' }))).toBe('request.invalid');
    expect(await failure(client.compare.saved.save({ name: 'long', query: 'x'.repeat(65_537) }))).toBe(
      'request.invalid',
    );
    let refused = 0;
    for (let i = 0; i < 10_000 && refused < 5; i++)
      if ((await failure(client.compare.saved.save({ name: `n${i}`, query: '' }))) === 'request.invalid')
        refused++;
    expect(await client.compare.saved.list()).toHaveLength(1000);
    expect((await client.compare.saved.save({ name: '%', query: '?again' })).query).toBe('?again');
  });

  it('are refused with a sentence while another program holds the store', async () => {
    const { client, dataDir } = await start();
    const path = join(dataDir, 'runescope.db');
    expect(existsSync(path)).toBe(true);
    const other = new Database(path);
    other.exec('BEGIN IMMEDIATE');
    closers.push(() => other.close());
    expect(await failure(client.compare.saved.save({ name: 'x', query: '' }))).toBe('store.locked');
    other.exec('ROLLBACK');
    expect(await client.compare.saved.save({ name: 'x', query: '' })).toMatchObject({ name: 'x' });
  }, 30_000);
});

it('a question that is refused is refused alike by every answer', async () => {
  const bench = await start();
  const sources = [await opened(bench, store(bench.dataDir, 'rune.db', 20, ['a', 'b']))];
  for (const asked of [{ by: 'colour' }, { matched: ['colour'] }, { matched: ['backend_type'] }]) {
    const query = { sources, ...asked };
    expect(await failure(bench.client.compare.run(query))).toBe('request.invalid');
    expect(await failure(verdictsOf(bench.client, query))).toBe('request.invalid');
    expect(await failure(bench.client.compare.phases(query))).toBe('request.invalid');
    expect(await failure(bench.client.compare.trend(query))).toBe('request.invalid');
  }
  expect(await failure(verdictsOf(bench.client, { sources: ['store-nope'] }))).toBe('source.unknown');
});

it('filters take their values as they are', async () => {
  const bench = await start();
  const file = new RuneFile(join(bench.dataDir, 'rune.db'));
  const models = [
    "o'brien",
    '100%',
    '1001',
    'a_b',
    'axb',
    '"',
    '\\',
    ';--',
    '$(x)',
    'x'.repeat(300),
    '8',
    'null',
  ];
  for (const model of models) file.job({ request: { backend_type: 'ollama', model, question: model } });
  const sources = [await opened(bench, file)];
  const found = async (where: object) =>
    (await bench.client.compare.run({ sources, by: 'model', where })).groups.map(({ key }) => key);
  for (const model of models.filter(({ length }) => length <= 256))
    expect(await found({ model: [model] })).toEqual([model]);
  expect(await found({ text: '100%' })).toEqual(['100%']);
  expect(await found({ text: 'a_b' })).toEqual(['a_b']);
  expect(await found({ text: "O'B" })).toEqual(["o'brien"]);
  expect(await found({ text: '%' })).toEqual(['100%']);
  expect(await failure(found({ model: ['x'.repeat(257)] }))).toBe('request.invalid');
  expect(await failure(found({ created_from: Number.NaN }))).toBe('request.invalid');
});

it('labels of every kind are groups, and each job is in one', async () => {
  const bench = await start();
  const file = new RuneFile(join(bench.dataDir, 'rune.db'));
  const values: readonly unknown[] = [
    8,
    '8',
    8.5,
    true,
    'true',
    null,
    '',
    [],
    [1, [2]],
    {},
    { b: 1, a: [{ d: 1, c: 2 }] },
    { a: [{ c: 2, d: 1 }], b: 1 },
    'x'.repeat(1_000_000),
    { ['y'.repeat(500_000)]: 1 },
    '{not json',
    '\u0000',
    '\ud800',
  ];
  values.forEach((gpu, i) => {
    const job_id = file.job({ job_id: `j${i}`, request: { backend_type: 'ollama' } });
    file.event({ job_id, event: 'agent.ask', labels: { gpu, toString: 1 }, recorded_at: 1 });
  });
  const sources = [await opened(bench, file)];
  const by = async (key: string) =>
    (await bench.client.compare.run({ sources, by: `attribute:agent.ask:${key}` })).groups.map(
      (group) => [group.key.slice(0, 24), group.jobs] as const,
    );
  const groups = await by('gpu');
  expect(groups.reduce((sum, [, jobs]) => sum + jobs, 0)).toBe(values.length);
  expect(Object.fromEntries(groups)).toMatchObject({
    '8': 2,
    true: 2,
    '': 2,
    '[]': 1,
    '[1,[2]]': 1,
    '{}': 1,
    '{"a":[{"c":2,"d":1}],"b"': 2,
    '{not json': 1,
    '8.5': 1,
  });
  expect(new Set(groups.map(([key]) => key)).size).toBe(groups.length);
  expect(await by('toString')).toEqual([['1', values.length]]);
  for (const key of ['__proto__', 'constructor', 'hasOwnProperty', 'a"b', 'a\\b'])
    expect(await by(key)).toEqual([['', values.length]]);
});
