import { afterEach, describe, expect, it } from 'vitest';
import type { ChainNode, ChainState } from '#shared/model/chain.ts';
import type { JobDetail } from '#shared/model/job.ts';
import { decodeTrace } from '#shared/model/trace-columns.ts';
import { createEngine, type Engine } from './engine.ts';
import { fakeDriverCommand } from './testing/fake-driver.ts';
import { type TestPorts, testPorts } from './testing/ports.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

interface Bench extends TestPorts {
  readonly engine: Engine;
}

/** Agents: `fake` answers "model: question", `hang` never, `broken` exits with 3. */
async function start(env: Record<string, string> = {}): Promise<Bench> {
  const set = testPorts({
    env: {
      PATH: process.env.PATH,
      RUNE_FAKE_DRIVER_CMD: fakeDriverCommand('good'),
      RUNE_HANG_DRIVER_CMD: fakeDriverCommand('hang'),
      RUNE_BROKEN_DRIVER_CMD: fakeDriverCommand('exit3'),
      RUNE_ARTIST_DRIVER_CMD: fakeDriverCommand('artifact'),
      ...env,
    },
  });
  const engine = await createEngine(set.ports, { mode: 'own' });
  await engine.client.settings.set({ version: 1, demo: { slowness: 0.05 } });
  cleanUp.push(() => set.remove());
  cleanUp.push(() => engine.dispose());
  return { ...set, engine };
}

const step = (name: string, agent: string, question_template: string, ...dependencies: string[]) => ({
  name,
  agent,
  question_template,
  dependencies,
});
const create = (engine: Engine, steps: readonly object[], more: object = {}) =>
  engine.client.jobs.create({ kind: 'chain', request: { model: 'm', steps, ...more } });

async function ended(engine: Engine, jobId: string): Promise<JobDetail> {
  for (;;) {
    const job = await engine.client.jobs.get({ job_id: jobId });
    if (job.finished_at !== null) return job;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function run(engine: Engine, steps: readonly object[], more: object = {}) {
  const { job_id } = await create(engine, steps, more);
  const job = await ended(engine, job_id);
  return { job, state: await engine.client.chains.state({ job_id }) };
}

async function until(engine: Engine, jobId: string, is: (state: ChainState) => boolean): Promise<ChainState> {
  for (;;) {
    const state = await engine.client.chains.state({ job_id: jobId });
    if (is(state)) return state;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const statuses = ({ nodes }: ChainState): Record<string, string> =>
  Object.fromEntries(nodes.map(({ id, status }) => [id, status]));

const codeOf = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'did not throw',
    (thrown: { data?: { code?: unknown } }) => thrown.data?.code,
  );

/** The span tree as indented names with their labels. */
async function tree(engine: Engine, jobId: string): Promise<string[]> {
  const trace = decodeTrace(await (await engine.client.trace.columns({ job_id: jobId })).arrayBuffer());
  const depth: number[] = [];
  return Array.from({ length: trace.count }, (_, i) => {
    const parent = trace.parent[i] ?? -1;
    depth[i] = parent === -1 ? 0 : (depth[parent] ?? 0) + 1;
    return `${'  '.repeat(depth[i])}${trace.names[trace.name[i] ?? 0]} ${trace.labels[trace.label[i] ?? 0] ?? ''}`.trimEnd();
  });
}

describe('a chain', () => {
  it('hands on answers, with a span for each step and a state that ends in success', async () => {
    const { engine } = await start();
    const { job, state } = await run(
      engine,
      [
        step('review', 'fake', 'Is "{plan}" right, {who}?', 'plan'),
        step('plan', 'fake', 'Plan {what}, as {{json}}'),
      ],
      { context: { what: 'the move', who: 'Ada' }, name: 'moving' },
    );
    expect(job.error).toBeNull();
    expect(job).toMatchObject({ status: 'succeeded', kind: 'chain', question: 'moving' });
    expect(job.result?.answer).toBe('m: Is "m: Plan the move, as {json}" right, Ada?');
    expect(state).toMatchObject({ overall_status: 'success', edges: [{ from: 'plan', to: 'review' }] });
    expect(state.nodes.map(({ id, agent_name, error }) => [id, agent_name, error])).toEqual([
      ['review', 'fake', null],
      ['plan', 'fake', null],
    ]);
    const [review, plan] = state.nodes as [ChainNode, ChainNode];
    expect(plan.started_at).toBeGreaterThanOrEqual(job.started_at ?? Number.NaN);
    expect(review.started_at).toBeGreaterThanOrEqual(plan.finished_at ?? Number.NaN);
    expect(review.finished_at).toBeLessThanOrEqual(job.finished_at ?? Number.NaN);
    expect(await tree(engine, job.job_id)).toEqual([
      'job.execute chain',
      '  cost.estimate local',
      '  chain.step plan',
      '    cost.estimate local',
      '    agent.ask fake',
      '      driver.call fake · stdio',
      '  chain.step review',
      '    cost.estimate local',
      '    agent.ask fake',
      '      driver.call fake · stdio',
    ]);
  });

  it('runs on the demo backend, warms its model up once, and costs what its machine took', async () => {
    const { engine } = await start();
    const { job } = await run(
      engine,
      [step('a', 'prompt', 'Why does checkout restart?'), step('b', 'prompt', 'Sum up: {a}', 'a')],
      { backend_type: 'demo', model: '' },
    );
    expect(job).toMatchObject({ status: 'succeeded', demo: true, model: 'demo', provider_type: 'existing' });
    expect(job.cost_usd).toBeGreaterThan(0);
    expect(job.tokens_total).toBeGreaterThan(0);
    const names = (await tree(engine, job.job_id)).map((line) => line.trim().split(' ')[0]);
    expect(names.filter((name) => name === 'backend.warmup')).toHaveLength(1);
    expect(names.filter((name) => name === 'backend.chat')).toHaveLength(2);
  });

  it('is estimated as the sum of its steps', async () => {
    const { engine } = await start();
    const gate = async (count: number) => {
      const steps = Array.from({ length: count }, (_, i) => step(`s${i}`, 'prompt', 'Why?'));
      const request = { backend_type: 'demo', steps };
      return (await engine.client.costs.gate({ kind: 'chain', request })).estimate;
    };
    const [one, five] = [await gate(1), await gate(5)];
    expect(five?.projected_cost_usd).toBeCloseTo(5 * (one?.projected_cost_usd ?? Number.NaN), 12);
    expect(five?.cost_high_usd).toBeCloseTo(5 * (one?.cost_high_usd ?? Number.NaN), 12);
    expect(five?.cost_low_usd).toBeCloseTo(5 * (one?.cost_low_usd ?? Number.NaN), 12);
    expect(five?.basis).toContain('5 steps');
  });

  it('runs at most four steps at once, and each as soon as it can', async () => {
    const { engine } = await start();
    const { job_id } = await create(
      engine,
      Array.from({ length: 6 }, (_, i) => step(`s${i}`, 'hang', 'Why?')),
    );
    const state = await until(engine, job_id, ({ nodes }) => nodes.some(({ id }) => id === 's3'));
    expect(state.overall_status).toBe('running');
    await until(engine, job_id, ({ nodes }) => nodes.filter((one) => one.status === 'running').length === 4);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(statuses(await engine.client.chains.state({ job_id }))).toEqual({
      s0: 'running',
      s1: 'running',
      s2: 'running',
      s3: 'running',
      s4: 'pending',
      s5: 'pending',
    });
    await engine.client.jobs.cancel({ job_id });
  });

  it('skips what needs a step that failed, and runs the rest to its end', async () => {
    const { engine } = await start();
    const { job, state } = await run(engine, [
      step('bad', 'broken', 'Why?'),
      step('after', 'fake', '{bad}', 'bad'),
      step('later', 'fake', '{after} {good}', 'after', 'good'),
      step('good', 'fake', 'Why?'),
      step('more', 'fake', 'And {good}?', 'good'),
    ]);
    expect(job).toMatchObject({ status: 'failed', error: { code: 'chain.step_failed' } });
    expect(job.error?.message).toContain('"bad"');
    expect(job.error?.message).toContain('2 skipped, 2 succeeded');
    expect(state.overall_status).toBe('failed');
    expect(statuses(state)).toEqual({
      bad: 'failed',
      after: 'skipped',
      later: 'skipped',
      good: 'success',
      more: 'success',
    });
    expect(state.nodes.find(({ id }) => id === 'after')?.error).toContain('"bad"');
    // What succeeded is not lost with what did not.
    expect(job.result?.steps).toMatchObject([
      { name: 'good', answer: 'm: Why?' },
      { name: 'more', answer: 'm: And m: Why??' },
    ]);
  });

  it('does not ask a question that has no value for one of its names', async () => {
    const { engine } = await start();
    const { job, state } = await run(engine, [
      step('a', 'fake', 'Why?'),
      step('b', 'fake', '{a} and {nobody}', 'a'),
    ]);
    expect(job.status).toBe('failed');
    expect(statuses(state)).toEqual({ a: 'success', b: 'failed' });
    expect(state.nodes[1]?.error).toContain('{nobody}');
    expect((await tree(engine, job.job_id)).filter((line) => line.includes('agent.ask'))).toHaveLength(1);
  });

  it('knows nothing of steps that it does not depend on', async () => {
    const { engine } = await start();
    const { state } = await run(engine, [
      step('a', 'fake', 'Why?'),
      step('b', 'fake', '{a}', 'a'),
      step('c', 'fake', '{a} {b}', 'b'),
    ]);
    expect(state.nodes[2]).toMatchObject({ status: 'failed' });
  });

  it('asks nobody when one of its agents is unknown', async () => {
    const { engine } = await start();
    const { job, state } = await run(engine, [
      step('a', 'fake', 'Why?'),
      step('b', 'nobody-knows-it', '{a}', 'a'),
    ]);
    expect(job).toMatchObject({ status: 'failed', error: { code: 'agent.unknown' } });
    expect(job.error?.message).toContain('"b"');
    expect(statuses(state)).toEqual({ a: 'skipped', b: 'failed' });
  });

  it('wakes whoever watches its job at each change', async () => {
    const { engine } = await start();
    const seen = new Set<string>();
    const stop = new AbortController();
    const { job_id } = await create(engine, [step('a', 'fake', 'Why?'), step('b', 'fake', '{a}', 'a')]);
    for await (const batch of await engine.client.live.watch({ job_id }, { signal: stop.signal })) {
      const mine = batch.jobs.find((job) => job.job_id === job_id);
      if (mine !== undefined)
        seen.add(JSON.stringify(statuses(await engine.client.chains.state({ job_id }))));
      if (mine !== undefined && mine.finished_at !== null) break;
    }
    stop.abort();
    expect([...seen]).toContain('{"a":"running","b":"pending"}');
    expect([...seen]).toContain('{"a":"success","b":"running"}');
    expect([...seen].at(-1)).toBe('{"a":"success","b":"success"}');
  });

  it('is pending and empty before it begins, and for jobs that are no chain', async () => {
    const { engine } = await start();
    await engine.client.settings.set({ version: 1, jobs: { concurrency: 1 }, demo: { slowness: 0.05 } });
    const first = await create(engine, [step('a', 'hang', 'Why?')]);
    const second = await create(engine, [step('a', 'fake', 'Why?')]);
    expect(await engine.client.chains.state({ job_id: second.job_id })).toEqual({
      run_id: second.job_id,
      overall_status: 'pending',
      nodes: [],
      edges: [],
    });
    await engine.client.jobs.cancel({ job_id: first.job_id });
    await ended(engine, second.job_id);
    expect(await codeOf(engine.client.chains.state({ job_id: 'nope' }))).toBe('job.not_found');
  });
});

describe('a chain that is stopped', () => {
  const STEPS = [step('a', 'fake', 'Why?'), step('b', 'hang', '{a}', 'a'), step('c', 'fake', '{b}', 'b')];
  const stopped = { a: 'success', b: 'failed', c: 'skipped' };

  it('by its user', async () => {
    const { engine } = await start();
    const { job_id } = await create(engine, STEPS);
    await until(engine, job_id, (state) => statuses(state).b === 'running');
    await engine.client.jobs.cancel({ job_id });
    const state = await engine.client.chains.state({ job_id });
    expect(statuses(state)).toEqual(stopped);
    expect(state.nodes[1]?.error).toBe('Cancelled by user');
    expect(state.overall_status).toBe('failed');
    expect((await ended(engine, job_id)).status).toBe('cancelled');
  });

  it('by its time limit', async () => {
    const { engine } = await start();
    const { job, state } = await run(engine, STEPS, { timeout: 1 });
    expect(job).toMatchObject({ status: 'failed', error: { code: 'job.timeout' } });
    expect(statuses(state)).toEqual(stopped);
  });

  it('by the end of the app, whose successor runs nothing of it', async () => {
    const bench = await start();
    const { job_id } = await create(bench.engine, STEPS);
    await until(bench.engine, job_id, (state) => statuses(state).b === 'running');
    await bench.engine.dispose();
    const again = await createEngine(bench.ports, { mode: 'own' });
    cleanUp.push(() => again.dispose());
    expect(statuses(await again.client.chains.state({ job_id }))).toEqual(stopped);
    expect((await ended(again, job_id)).error?.code).toBe('job.interrupted');
  });
});

describe('what a chain leaves behind', () => {
  it('is in its archived result, and is shown from there', async () => {
    const { engine } = await start();
    const { job, state } = await run(engine, [
      step('a', 'artist', 'Draw'),
      step('b', 'artist', 'Draw {a}', 'a'),
    ]);
    expect(job.status).toBe('succeeded');
    expect(job.artifacts.length).toBeGreaterThanOrEqual(2);
    expect(await engine.drainArchive(5000)).toBe(true);
    const date = new Date((job.finished_at ?? 0) * 1000).toISOString().slice(0, 10);
    const key = `results/default/chain/${date}/${job.job_id}.json`;
    const { source } = await engine.client.archive.open({ target: 'folder', key });
    expect(source).not.toBe('own');
    expect(await engine.client.chains.state({ source, job_id: job.job_id })).toEqual(state);
  });

  it('can be read beside the process that ran it', async () => {
    const { engine, dataDir } = await start();
    const { job } = await run(engine, [step('a', 'fake', 'Why?')]);
    const reader = await createEngine(testPorts({ dataDir }).ports, { mode: 'read' });
    cleanUp.push(() => reader.dispose());
    expect(statuses(await reader.client.chains.state({ job_id: job.job_id }))).toEqual({ a: 'success' });
  });

  it('is no history for jobs of one agent', async () => {
    const { engine } = await start();
    for (let i = 0; i < 6; i++)
      await run(engine, [step('a', 'fake', 'Why?'), step('b', 'fake', 'Why?')], { name: `n${i}` });
    const one = await engine.client.costs.gate({
      kind: 'agentic-agent',
      request: { question: 'Why?', agent: 'fake', model: 'm' },
    });
    expect(one.estimate?.rests_on.duration_seconds?.source).toBe('default');
  });
});

describe('attestation that a request demands', () => {
  it.each([['chain'], ['benchmark']] as const)(
    'is refused for a %s, unless the driver is noop',
    async (kind) => {
      const request =
        kind === 'chain'
          ? { model: 'm', steps: [step('a', 'fake', 'Why?')], attestation_required: true }
          : { backend_type: 'demo', agent: 'prompt', question: 'Why?', attestation_required: true };
      const outcome = async (env: Record<string, string>) => {
        const { engine } = await start(env);
        const { job_id } = await engine.client.jobs.create({ kind, request });
        const { status, error } = await ended(engine, job_id);
        return error?.code ?? status;
      };
      expect(await outcome({})).toBe('attestation.unsupported');
      expect(await outcome({ RUNE_ATTESTATION_DRIVER: 'tpm2' })).toBe('attestation.unsupported');
      expect(await outcome({ RUNE_ATTESTATION_DRIVER: 'noop' })).toBe('succeeded');
    },
  );
});
