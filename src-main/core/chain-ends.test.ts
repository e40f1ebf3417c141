import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { createEngine, type Engine } from './engine.ts';
import { ASK, basisOf, ended, refused, startPaidBench } from './testing/paid-bench.ts';
import { testPorts } from './testing/ports.ts';
import { RuneFile } from './testing/rune-file.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

const CHILD = fileURLToPath(new URL('./testing/chain-child.ts', import.meta.url));

/** The chain's job, when its second step runs and its process is killed. */
const killed = (dataDir: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, dataDir], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      if (out.endsWith('\n')) child.kill('SIGKILL');
    });
    child.on('close', (_, signal) => (signal === 'SIGKILL' ? resolve(out.trim()) : reject(new Error(err))));
  });

describe('a chain whose process was killed', () => {
  it('has failed where it was, and what waited for that is skipped', async () => {
    const set = testPorts();
    cleanUp.push(() => set.remove());
    const job_id = await killed(set.dataDir);
    const engine = await createEngine(set.ports, { mode: 'own' });
    cleanUp.push(() => engine.dispose());
    const job = await engine.client.jobs.get({ job_id });
    expect(job).toMatchObject({ status: 'failed', error: { code: 'job.interrupted' } });
    const state = await engine.client.chains.state({ job_id });
    expect(state.overall_status).toBe('failed');
    expect(state.nodes.map(({ id, status, finished_at }) => [id, status, finished_at !== null])).toEqual([
      ['a', 'success', true],
      ['b', 'failed', true],
      ['c', 'skipped', false],
    ]);
    expect(state.nodes[1]?.error).toBe(job.error?.message);
  });
});

describe('the chain_state of another store', () => {
  const NODE = { agent_name: 'CrewAIRunner', started_at: 1.5, finished_at: null, error: null };

  it('is shown as it is; what is no step is left out, and where there is none it is pending', async () => {
    const set = testPorts();
    cleanUp.push(() => set.remove());
    const path = join(set.dataDir, 'rune.db');
    const rune = new RuneFile(path);
    const [good, odd, none] = [rune.job(), rune.job(), rune.job()];
    const write = rune.db.prepare('INSERT INTO chain_state VALUES (?, ?, ?, 0)');
    const nodes = [
      { ...NODE, id: 'plan', status: 'success', role: 'unheard of' },
      { ...NODE, id: 'review', status: 'failed', error: 'no' },
    ];
    write.run(good, JSON.stringify({ nodes, edges: [{ from: 'plan', to: 'review' }] }), 'failed');
    write.run(
      odd,
      '{"nodes": [7, {"id": "a", "status": "strange"}], "edges": [{"from": "a", "to": "b"}, 1]}',
      'x',
    );
    rune.close();
    const old = new RuneFile(join(set.dataDir, 'old.db'), 'b');
    const older = old.job();
    old.close();
    const engine = await createEngine(set.ports, { mode: 'own' });
    cleanUp.push(() => engine.dispose());
    const stateIn = async (file: string, job_id: string) =>
      engine.client.chains.state({
        source: (await engine.client.sources.open({ path: file })).source,
        job_id,
      });
    expect(await stateIn(path, good)).toEqual({
      run_id: good,
      overall_status: 'failed',
      nodes: [
        { ...NODE, id: 'plan', status: 'success' },
        { ...NODE, id: 'review', status: 'failed', error: 'no' },
      ],
      edges: [{ from: 'plan', to: 'review' }],
    });
    expect(await stateIn(path, odd)).toMatchObject({
      overall_status: 'pending',
      nodes: [{ id: 'a', status: 'pending', agent_name: '' }],
      edges: [],
    });
    const empty = { overall_status: 'pending', nodes: [], edges: [] };
    expect(await stateIn(path, none)).toEqual({ ...empty, run_id: none });
    expect(await stateIn(join(set.dataDir, 'old.db'), older)).toEqual({ ...empty, run_id: older });
  });
});

describe('a chain that is paid for', () => {
  const start = (...given: Parameters<typeof startPaidBench> extends [unknown, ...infer R] ? R : never) =>
    startPaidBench(cleanUp, ...given);
  const { question: _, agent: __, ...PAID } = ASK;
  const asks = (names: readonly (readonly [string, ...string[]])[], more: object = {}) => ({
    kind: 'chain' as const,
    request: {
      ...PAID,
      steps: names.map(([name, ...dependencies]) => ({
        name,
        question_template: `Why?${dependencies.map((one) => ` {${one}}`).join('')}`,
        dependencies,
      })),
    },
    ...more,
  });
  const run = async (engine: Engine, ...given: Parameters<typeof asks>) =>
    ended(engine, (await engine.client.jobs.create(asks(...given))).job_id);

  it('asks for what all its steps may cost, and costs what they did', async () => {
    const { engine, set, ports } = await start();
    await set(1, {});
    const gate = await engine.client.costs.gate(asks([['a'], ['b'], ['c', 'a', 'b']]));
    expect(gate.estimate?.projected_cost_usd).toBeCloseTo(3, 5);
    expect(gate.decision).toBe('ask');
    const refusal = await refused(engine.client.jobs.create(asks([['a'], ['b'], ['c', 'a', 'b']])));
    expect(refusal.code).toBe('cost.approval_needed');
    const job = await run(engine, [['a'], ['b'], ['c', 'a', 'b']], { approved_usd: 10 });
    expect(job.error).toBeNull();
    const steps = job.result?.steps as { readonly metadata: { readonly cost: number } }[];
    expect(steps).toHaveLength(3);
    expect(job.cost_usd).toBeGreaterThan(0);
    expect(job.cost_usd).toBeCloseTo(
      steps.reduce((sum, { metadata }) => sum + metadata.cost, 0),
      10,
    );
    expect(basisOf(ports, job.job_id)).toBe('reported-tokens');
    expect((await engine.client.costs.budget()).spent_today_usd).toBeCloseTo(job.cost_usd ?? Number.NaN, 10);
    expect(job.estimate?.projected_cost_usd).toBeCloseTo(3, 5);
  });

  it('is ended at the budget that its steps reach together', async () => {
    // A word is 100 tokens of $0.5 / 512.
    const words = Array.from({ length: 400 }, () => 'x'.repeat(400));
    const { engine, set } = await start({ words, wordMs: 20 });
    await set(0.2, { job_budget_usd: 3 });
    const job = await run(engine, [['a'], ['b'], ['c']], { approved_usd: 10 });
    expect(job).toMatchObject({ status: 'failed', error_code: 'cost.budget_reached' });
    expect(job.cost_usd).toBeGreaterThanOrEqual(3);
    expect(job.cost_usd).toBeLessThan(3.3);
    const { nodes } = await engine.client.chains.state({ job_id: job.job_id });
    expect(nodes.map(({ status }) => status)).toEqual(['failed', 'failed', 'failed']);
  });

  it('does not begin a step with which it would cost more than was agreed to', async () => {
    // The answer of the first step is what the second one reads.
    const words = Array.from({ length: 200 }, () => 'x'.repeat(4000));
    const { engine, set } = await start({ words });
    await set(1, {});
    const job = await run(engine, [['a'], ['b', 'a']], { approved_usd: 6 });
    expect(job).toMatchObject({ status: 'failed', error_code: 'chain.step_failed' });
    const { nodes } = await engine.client.chains.state({ job_id: job.job_id });
    expect(nodes.map(({ status }) => status)).toEqual(['success', 'failed']);
    expect(nodes[1]?.error).toContain('What the steps before it cost is spent');
    expect(job.cost_usd).toBeGreaterThan(0);
  });

  it('costs nothing when it is cancelled before its turn', async () => {
    const { engine, set } = await start({ wordMs: 200 });
    await set(1, {}, { concurrency: 1 });
    await engine.client.jobs.create(asks([['a']]));
    const { job_id } = await engine.client.jobs.create(asks([['a']]));
    await engine.client.jobs.cancel({ job_id });
    expect(await ended(engine, job_id)).toMatchObject({ status: 'cancelled', cost_usd: 0 });
  });
});
