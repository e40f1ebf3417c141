import { afterEach, describe, expect, it } from 'vitest';
import type { RequestOf } from '#shared/contract/requests.ts';
import type { Settings } from '#shared/contract/settings.ts';
import type { Failure } from '#shared/model/failure.ts';
import type { JobDetail, JobRow } from '#shared/model/job.ts';
import { decodeTrace } from '#shared/model/trace-columns.ts';
import type { Usd } from '#shared/model/units.ts';
import { createEngine, type Engine } from './engine.ts';
import type { Jobs } from './jobs/jobs.ts';
import type { Clock, Ports } from './ports/ports.ts';
import { openDatabase } from './store/database.ts';
import { ownStorePath } from './store/own-file.ts';
import { type FakeBedrockOptions, startFakeBedrock } from './testing/fake-bedrock.ts';
import { fakeDriverCommand } from './testing/fake-driver.ts';
import type { FakeServer } from './testing/fake-server.ts';
import { type TestPorts, testPorts } from './testing/ports.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

const MODEL = 'meta.llama3-8b-instruct-v1:0';
/** Of the prompt agent without history: RUNE's 1,024 tokens in and 512 out, and a prior of sd 0.7. */
const HIGH = Math.exp(0.7 * 1.281_551_565_544_600_4);

/** Never a minute before midnight, whenever this runs. */
function noonOf(day: number): Clock {
  const now = new Date();
  const noonUs = new Date(now.getFullYear(), now.getMonth(), now.getDate() + day, 12).getTime() * 1000;
  const startMs = performance.now();
  return {
    nowUs: () => noonUs + Math.round((performance.now() - startMs) * 1000),
    monotonicMs: () => performance.now(),
  };
}

interface Bench extends TestPorts {
  readonly engine: Engine;
  readonly bedrock: FakeServer;
  /** Names of secrets in the order in which somebody wanted them. */
  readonly looked: string[];
  /** `usd` is what a job will probably cost: half of it for what goes in, half for what comes out. */
  set(usd: Usd, spend?: Partial<Settings['spend']>, more?: { readonly concurrency?: number }): Promise<void>;
}

async function start(
  given: FakeBedrockOptions = {},
  {
    env = {},
    clock = noonOf(0),
    dataDir,
  }: { env?: Record<string, string>; clock?: Clock; dataDir?: string } = {},
): Promise<Bench> {
  const bedrock = await startFakeBedrock(given);
  cleanUp.push(() => bedrock.close());
  const looked: string[] = [];
  const base = testPorts(dataDir === undefined ? {} : { dataDir });
  const { secrets } = base;
  const ports: Ports = {
    ...base.ports,
    env: { PATH: process.env.PATH, AWS_REGION: 'us-east-1', ...env },
    clock,
    secrets: {
      ...base.ports.secrets,
      get: async (name) => {
        looked.push(name);
        return secrets.get(name) ?? null;
      },
    },
  };
  secrets.set('AWS', 'AKIA0000000000000001:secret');
  const engine = await createEngine(ports, { mode: 'own' });
  cleanUp.push(() => base.remove());
  cleanUp.push(() => engine.dispose());
  const set: Bench['set'] = async (usd, spend = {}, { concurrency = 2 } = {}) => {
    await engine.client.settings.set({
      version: 1,
      demo: { slowness: 0.05 },
      jobs: { concurrency },
      backends: [
        { id: 'b', name: 'B', backend_type: 'bedrock', base_url: bedrock.url, api_key_secret: 'AWS' },
      ],
      spend,
      prices: {
        live: false,
        overrides: [
          {
            id: `aws/${MODEL}`,
            usd_million_in: (usd / 2 / 1024) * 1e6,
            usd_million_out: (usd / 2 / 512) * 1e6,
            as_of: 1_760_000_000,
          },
        ],
      },
    });
  };
  return { ...base, engine, bedrock, looked, set };
}

const ASK = { question: 'Why?', agent: 'prompt', backend_type: 'bedrock', model: MODEL };
const LOCAL = { question: 'Why?', agent: 'prompt', backend_type: 'demo' };

const create = (
  engine: Engine,
  more: { readonly approved_usd?: Usd; readonly idempotency_key?: string } = {},
  request: Record<string, unknown> = ASK,
) => engine.client.jobs.create({ kind: 'agentic-agent', request, ...more });

const refused = async (call: Promise<unknown>): Promise<Failure> => {
  try {
    await call;
  } catch (thrown) {
    return (thrown as { readonly data: Failure }).data;
  }
  throw new Error('it was let through');
};

async function ended(engine: Engine, job_id: string): Promise<JobDetail> {
  await expect
    .poll(async () => (await engine.client.jobs.get({ job_id })).finished_at, { timeout: 10_000 })
    .not.toBeNull();
  return engine.client.jobs.get({ job_id });
}

const run = async (
  engine: Engine,
  ...given: Parameters<typeof create> extends [Engine, ...infer R] ? R : never
) => ended(engine, (await create(engine, ...given)).job_id);

const spansOf = async (engine: Engine, job_id: string): Promise<string[]> => {
  const { names, name } = decodeTrace(await (await engine.client.trace.columns({ job_id })).arrayBuffer());
  return Array.from(name, (at) => names[at] ?? '');
};
function basisOf({ paths }: Ports, jobId: string): unknown {
  const db = openDatabase(ownStorePath(paths.dataDir), 'read');
  try {
    return db.prepare('SELECT actual_basis FROM rs_outcome WHERE job_id = ?').pluck().get(jobId);
  } finally {
    db.close();
  }
}
const jobsIn = async (engine: Engine): Promise<number> => (await engine.client.jobs.list({})).total;

describe('the spend gate', () => {
  it('asks above the threshold, with the figures, and lets through what was approved', async () => {
    const { engine, set, ports } = await start();
    await set(10);
    const report = await engine.client.costs.gate({ kind: 'agentic-agent', request: ASK });
    expect(report).toMatchObject({
      decision: 'ask',
      paid: true,
      threshold_usd: 5,
      budget: { day_usd: null, job_usd: null, spent_today_usd: 0, committed_usd: 0 },
      estimate: { projected_cost_usd: expect.closeTo(10, 9), cost_high_usd: expect.closeTo(10 * HIGH, 6) },
    });
    // P(log-normal, median 10, sd 0.7 > 5): SciPy's norm.sf(log(0.5) / 0.7).
    expect(report.chance_over_threshold).toBeCloseTo(0.838_964_32, 8);
    const failure = await refused(create(engine));
    expect(failure).toEqual(report.failure);
    expect(failure.code).toBe('cost.approval_needed');
    for (const figure of ['$10.00', '$4.08', '$24.53', '83.9 %', '$5.00'])
      expect(failure.message).toContain(figure);
    expect(await jobsIn(engine)).toBe(0);

    const job = await run(engine, { approved_usd: report.estimate?.cost_high_usd ?? 0 });
    expect(job.status).toBe('succeeded');
    expect(basisOf(ports, job.job_id)).toBe('reported-tokens');
    // 26 in and 100 out, as the service said.
    expect(job.cost_usd).toBeCloseTo((26 * 5) / 1024 + (100 * 5) / 512, 9);
    const { spent_today_usd, committed_usd } = await engine.client.costs.budget();
    expect(spent_today_usd).toBeCloseTo(job.cost_usd ?? 0, 12);
    expect(committed_usd).toBe(0);
  });

  it('lets through what cannot cost more than the threshold, and all that is not paid', async () => {
    const { engine, set } = await start();
    await set(1);
    expect((await engine.client.costs.gate({ kind: 'agentic-agent', request: ASK })).decision).toBe('allow');
    expect((await run(engine)).status).toBe('succeeded');
    await set(1, { threshold_usd: 0, day_budget_usd: 0, job_budget_usd: 0 });
    expect(await engine.client.costs.gate({ kind: 'agentic-agent', request: LOCAL })).toMatchObject({
      decision: 'allow',
      paid: false,
      estimate: { cost_driver: 'local' },
    });
    expect((await run(engine, {}, LOCAL)).status).toBe('succeeded');
  });

  it('takes an approval for its amount only: it cannot be replayed for a dearer job', async () => {
    const { engine, set } = await start();
    await set(10);
    const approved_usd = 10 * HIGH;
    expect((await run(engine, { approved_usd })).status).toBe('succeeded');
    await set(11);
    expect((await refused(create(engine, { approved_usd }))).code).toBe('cost.approval_needed');
    // Less than what is shown is not it either.
    await set(10);
    expect((await refused(create(engine, { approved_usd: 9 * HIGH }))).code).toBe('cost.approval_needed');
  });

  it('refuses what nobody has priced, whatever was approved', async () => {
    const { engine, set } = await start();
    await set(10);
    const request = { ...ASK, model: 'acme.unheard-of-v1' };
    expect((await refused(create(engine, { approved_usd: 1000 }, request))).code).toBe('cost.unpriced');
    const report = await engine.client.costs.gate({ kind: 'agentic-agent', request });
    expect(report).toMatchObject({
      decision: 'refuse',
      paid: true,
      estimate: null,
      chance_over_threshold: null,
      failure: { code: 'cost.unpriced', message: expect.stringContaining('acme.unheard-of-v1') },
    });
  });

  it('stands before credentials are looked at', async () => {
    const { engine, set, looked, bedrock } = await start();
    await set(10, { day_budget_usd: 100 });
    await refused(create(engine));
    await engine.client.costs.gate({ kind: 'agentic-agent', request: ASK });
    await refused(create(engine, {}, { ...ASK, model: 'acme.unheard-of-v1' }));
    await set(10, { day_budget_usd: 0 });
    await refused(create(engine, { approved_usd: 1000 }));
    expect(looked).toEqual([]);
    expect(bedrock.seen).toEqual([]);
    await set(1);
    await run(engine);
    expect(looked).toContain('AWS');
  });

  it('stands behind the validation of the request', async () => {
    const { engine, set } = await start();
    await set(10, { day_budget_usd: 0 });
    const failure = await refused(create(engine, {}, { backend_type: 'bedrock' }));
    expect(failure.code).toBe('request.invalid');
  });

  it('does not ask about a job that its idempotency key has made before', async () => {
    const { engine, set } = await start();
    await set(10);
    const made = await create(engine, { approved_usd: 100, idempotency_key: 'k' });
    await ended(engine, made.job_id);
    await set(10, { day_budget_usd: 0 });
    expect(await create(engine, { idempotency_key: 'k' })).toEqual({ job_id: made.job_id, created: false });
    expect((await refused(create(engine, { idempotency_key: 'l' }))).code).toBe('cost.budget_exceeded');
  });

  it('answers in an engine that only reads, which creates nothing', async () => {
    const { set, ports } = await start();
    await set(10);
    const reader = await createEngine(ports, { mode: 'read' });
    cleanUp.push(() => reader.dispose());
    const report = await reader.client.costs.gate({ kind: 'agentic-agent', request: ASK });
    expect(report.failure?.code).toBe('cost.approval_needed');
    expect(await reader.client.costs.budget()).toMatchObject({ spent_today_usd: 0 });
    expect((await refused(create(reader, { approved_usd: 1000 }))).code).toBe('source.cannot_provide');
  });

  it('stands before a rental, which then says that it is not there', async () => {
    const { engine, set } = await start();
    await set(1);
    const rent = (max_dph: number) => ({
      question: 'Why?',
      agent: 'prompt',
      model: 'llama3.1:8b',
      provisioning: { vastai: { template_hash: 'x', min_dph: 0, max_dph, reliability: 0.99 } },
    });
    const make = (request: Record<string, unknown>) =>
      engine.client.jobs.create({ kind: 'benchmark', request });
    expect((await refused(make(rent(1000)))).code).toBe('cost.approval_needed');
    const job = await ended(engine, (await make(rent(3))).job_id);
    expect(job).toMatchObject({ status: 'failed', error_code: 'provider.unsupported', cost_usd: 0 });
    expect(await engine.client.costs.budget()).toMatchObject({ spent_today_usd: 0, committed_usd: 0 });
  });

  it('is the only way to a job', () => {
    const bypass = (jobs: Jobs, request: RequestOf['agentic-agent']) => {
      const pass = {
        kind: 'agentic-agent',
        request,
        allowed_usd: 1e9,
        paid: null,
        isFromGate: true,
      } as const;
      const about = { tenant_id: 'default', idempotency_key: '', collector: 'sqlite' } as const;
      // @ts-expect-error: what looks like a pass is none.
      return jobs.create(pass, about);
    };
    expect(bypass).toBeTypeOf('function');
  });
});

describe('the threshold', () => {
  it.each(['many', '-1', 'NaN', 'Infinity'])('"%s" in the environment opens nothing', async (text) => {
    const { engine, set, logged } = await start({}, { env: { RUNE_SPEND_WARNING_THRESHOLD: text } });
    await set(10);
    expect((await refused(create(engine))).message).toContain('more than $5.00');
    expect(logged.filter(({ event }) => event === 'costs.threshold_invalid')).toHaveLength(1);
  });

  it('is taken from the environment, and before that from the settings', async () => {
    const { engine, set } = await start({}, { env: { RUNE_SPEND_WARNING_THRESHOLD: '50' } });
    await set(10);
    expect((await run(engine)).status).toBe('succeeded');
    await set(10, { threshold_usd: 20 });
    expect((await refused(create(engine))).message).toContain('more than $20.00');
  });
});

describe('budgets', () => {
  it.each([
    ['day_budget_usd', 0],
    ['job_budget_usd', 0],
    ['day_budget_usd', 20],
    ['job_budget_usd', 20],
  ] as const)('refuse with %s %d what may cost $24.53, also what was approved', async (name, usd) => {
    const { engine, set } = await start();
    await set(10, { [name]: usd });
    const failure = await refused(create(engine, { approved_usd: 1000 }));
    expect(failure.code).toBe('cost.budget_exceeded');
    expect(failure.message).toContain('$24.53');
  });

  it('of 0 run nothing paid, not even what is free today', async () => {
    const { engine, set } = await start();
    await set(0, { day_budget_usd: 0 });
    expect((await refused(create(engine))).code).toBe('cost.budget_exceeded');
    await set(0, { job_budget_usd: 0 });
    expect((await refused(create(engine))).code).toBe('cost.budget_exceeded');
    await set(0);
    expect(await run(engine)).toMatchObject({ status: 'succeeded', cost_usd: 0 });
  });

  it('give the last money of a day to one of two jobs that race for it', async () => {
    const { engine, set } = await start({ wordMs: 50 });
    await set(10, { day_budget_usd: 10 * HIGH * 1.5 });
    const made = await Promise.allSettled(
      Array.from({ length: 4 }, () => create(engine, { approved_usd: 1000 })),
    );
    expect(made.map(({ status }) => status).toSorted()).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
    ]);
    expect(await jobsIn(engine)).toBe(1);
    expect(await engine.client.costs.budget()).toMatchObject({ committed_usd: expect.closeTo(24.53, 1) });
    await engine.idle();
    // What it did not need is there for the next.
    expect((await run(engine, { approved_usd: 1000 })).status).toBe('succeeded');
  });

  it('give back what a job was promised that never began', async () => {
    const { engine, set } = await start({ wordMs: 100 });
    await set(10, { day_budget_usd: 60 }, { concurrency: 1 });
    await create(engine, { approved_usd: 1000 });
    const { job_id } = await engine.client.jobs.create({
      kind: 'agentic-agent',
      request: ASK,
      approved_usd: 1000,
      collector: 'null',
    });
    await refused(create(engine, { approved_usd: 1000 }));
    await engine.client.jobs.cancel({ job_id });
    expect(await ended(engine, job_id)).toMatchObject({ status: 'cancelled', cost_usd: 0 });
    await create(engine, { approved_usd: 1000 });
    await engine.idle();
  });

  it('stay used when the clock is set back and the app is started again', async () => {
    const first = await start();
    await first.set(10, { day_budget_usd: 25 });
    const spent = (await run(first.engine, { approved_usd: 1000 })).cost_usd ?? 0;
    expect(spent).toBeGreaterThan(0.5);
    await first.engine.dispose();
    const again = await start({}, { clock: noonOf(-3), dataDir: first.dataDir });
    await again.set(10, { day_budget_usd: 25 });
    expect((await refused(create(again.engine, { approved_usd: 1000 }))).code).toBe('cost.budget_exceeded');
    expect((await again.engine.client.costs.budget()).spent_today_usd).toBeCloseTo(spent, 12);
  });
});

describe('a paid job whose turn has come', () => {
  it('fails before anything is looked up when it costs more now than was allowed', async () => {
    const { engine, set, looked } = await start({ wordMs: 150 });
    await set(10, {}, { concurrency: 1 });
    const first = await create(engine, { approved_usd: 30 });
    const second = await create(engine, { approved_usd: 30 });
    await expect.poll(() => looked).toEqual(['AWS']);
    await set(15, {}, { concurrency: 1 });
    expect((await ended(engine, first.job_id)).status).toBe('succeeded');
    const job = await ended(engine, second.job_id);
    expect(job).toMatchObject({ status: 'failed', error_code: 'cost.approval_needed', cost_usd: 0 });
    expect(job.error?.message).toContain('$15.00');
    expect(looked).toEqual(['AWS']);
    expect(await spansOf(engine, second.job_id)).toEqual(['job.execute', 'cost.estimate']);
  });

  it('fails when a budget has no room for it any more', async () => {
    const { engine, set, looked } = await start({ wordMs: 150 });
    await set(10, {}, { concurrency: 1 });
    await create(engine, { approved_usd: 30 });
    const { job_id } = await create(engine, { approved_usd: 30 });
    await expect.poll(() => looked).toEqual(['AWS']);
    await set(10, { day_budget_usd: 24.6 }, { concurrency: 1 });
    expect(await ended(engine, job_id)).toMatchObject({ error_code: 'cost.budget_exceeded', cost_usd: 0 });
  });
});

describe('while a paid job runs', () => {
  /** 100 tokens each. */
  const LONG = { words: Array.from({ length: 300 }, () => 'x'.repeat(400)), wordMs: 20 };

  async function watched(engine: Engine, job_id: string): Promise<JobRow[]> {
    const rows: JobRow[] = [];
    for await (const { jobs } of await engine.client.live.watch({ job_id })) {
      rows.push(...jobs.filter((job) => job.job_id === job_id));
      if (rows.at(-1)?.finished_at != null) break;
    }
    return rows;
  }

  it('what it has spent is on the board, and the budget of a job ends it, torn down and paid', async () => {
    const { engine, set, bedrock, ports } = await start({ ...LONG, wordMs: 60 });
    await set(1, { job_budget_usd: 3 });
    const { job_id } = await create(engine);
    const rows = await watched(engine, job_id);
    const costs = rows.filter(({ status }) => status === 'running').map(({ cost_usd }) => cost_usd);
    const distinct = [...new Set(costs.filter((usd) => usd !== null))];
    expect(distinct.length).toBeGreaterThanOrEqual(2);
    expect(distinct).toEqual(distinct.toSorted((a, b) => a - b));
    const job = await ended(engine, job_id);
    expect(job).toMatchObject({ status: 'failed', error_code: 'cost.budget_reached' });
    expect(basisOf(ports, job_id)).toBe('counted-tokens');
    expect(job.error?.message).toContain('budget of one job is $3.00');
    // A word is 100 tokens of $0.5 / 512: the 31st reaches it.
    expect(job.cost_usd).toBeGreaterThanOrEqual(3);
    expect(job.cost_usd).toBeLessThan(3.5);
    expect(await spansOf(engine, job_id)).toContain('provider.teardown');
    await expect.poll(() => bedrock.abandoned()).toBe(1);
    expect((await engine.client.costs.budget()).spent_today_usd).toBe(job.cost_usd);
    const span = (rows.at(-1)?.finished_at ?? 0) - (rows.at(-1)?.started_at ?? 0);
    // Every 500 ms at most, and once at once.
    expect(distinct.length).toBeLessThanOrEqual(Math.ceil(span / 0.5) + 1);
  });

  it('the rest of the day ends it, also when that is changed meanwhile', async () => {
    const { engine, set } = await start(LONG);
    await set(1, { day_budget_usd: 50 });
    const { job_id } = await create(engine);
    await expect
      .poll(async () => (await engine.client.jobs.get({ job_id })).cost_usd ?? 0)
      .toBeGreaterThan(0.1);
    await set(1, { day_budget_usd: 0.1 });
    const job = await ended(engine, job_id);
    expect(job).toMatchObject({ error_code: 'cost.budget_reached' });
    expect(job.error?.message).toContain('of the budget of the day, this job was left $0.10');
  });

  it('what is cancelled half-way has cost what had streamed', async () => {
    const { engine, set, ports } = await start(LONG);
    await set(1);
    const { job_id } = await create(engine);
    await expect
      .poll(async () => (await engine.client.jobs.get({ job_id })).cost_usd ?? 0)
      .toBeGreaterThan(0);
    await engine.client.jobs.cancel({ job_id });
    const job = await ended(engine, job_id);
    expect(job.status).toBe('cancelled');
    expect(basisOf(ports, job_id)).toBe('counted-tokens');
    expect((await engine.client.costs.budget()).spent_today_usd).toBe(job.cost_usd);
  });

  it('an answer whose service counts nothing is paid by what we counted', async () => {
    const { engine, set, ports } = await start({ usage: null, words: ['x'.repeat(400)] });
    await set(1);
    const job = await run(engine);
    expect(basisOf(ports, job.job_id)).toBe('counted-tokens');
    // "Why?" is one token.
    expect(job.cost_usd).toBeCloseTo(0.5 / 1024 + (100 * 0.5) / 512, 9);
  });

  it('a call that the service refuses has cost nothing', async () => {
    const { engine, set, bedrock } = await start();
    await set(1);
    bedrock.faults.set(`/model/${encodeURIComponent(MODEL)}/converse-stream`, {
      status: 403,
      body: '{"message":"no"}',
    });
    expect(await run(engine)).toMatchObject({ status: 'failed', cost_usd: 0 });
  });

  it('nobody knows what a driver spends until it says so, and unknown is not nothing', async () => {
    const { engine, set } = await start({}, { env: { RUNE_FAKE_DRIVER_CMD: fakeDriverCommand('exit3') } });
    await set(1);
    const request = { ...ASK, agent: 'fake' };
    const job = await run(engine, { approved_usd: 1000 }, request);
    expect(job).toMatchObject({ status: 'failed', cost_usd: null });
    const { spent_today_usd, committed_usd } = await engine.client.costs.budget();
    expect(spent_today_usd).toBe(0);
    expect(committed_usd).toBe(job.estimate?.cost_high_usd);
  });
});
