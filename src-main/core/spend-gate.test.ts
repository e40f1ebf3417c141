import { afterEach, describe, expect, it } from 'vitest';
import type { RequestOf } from '#shared/contract/requests.ts';
import { createEngine } from './engine.ts';
import type { Jobs } from './jobs/jobs.ts';
import {
  ASK,
  basisOf,
  create,
  ended,
  HIGH,
  jobsIn,
  LOCAL,
  noonOf,
  refused,
  run,
  startPaidBench,
} from './testing/paid-bench.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});
const start = (...given: Parameters<typeof startPaidBench> extends [unknown, ...infer R] ? R : never) =>
  startPaidBench(cleanUp, ...given);

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

  it('gives one job to a key that is used twice at once, though there is money for one only', async () => {
    const { engine, set } = await start();
    await set(10, { day_budget_usd: 30 });
    const twice = await Promise.all(
      [1, 2].map(() => create(engine, { approved_usd: 30, idempotency_key: 'k' })),
    );
    expect(twice[0]?.job_id).toBe(twice[1]?.job_id);
    expect(twice.map(({ created }) => created).toSorted()).toEqual([false, true]);
    await engine.idle();
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

  it('stands before a rental, which then says that it has no key', async () => {
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
    expect(job).toMatchObject({ status: 'failed', error_code: 'provider.no_credentials', cost_usd: 0 });
    expect(await engine.client.costs.budget()).toMatchObject({ spent_today_usd: 0, committed_usd: 0 });
  });

  it('takes no blank cheque', async () => {
    const { engine, set } = await start();
    await set(10);
    for (const approved_usd of [1e308, 1_000_001, Number.NaN, Number.POSITIVE_INFINITY, -1])
      await expect(create(engine, { approved_usd })).rejects.toMatchObject({ code: expect.any(String) });
    expect((await refused(create(engine, { approved_usd: -0 }))).code).toBe('cost.approval_needed');
    expect(await jobsIn(engine)).toBe(0);
  });

  it('is asked again about another request under a key that made no job', async () => {
    const { engine, set } = await start();
    await set(10);
    await refused(create(engine, { idempotency_key: 'k' }));
    const { job_id } = await create(engine, { idempotency_key: 'k' }, LOCAL);
    await ended(engine, job_id);
    // The key is used up: the dear request is not run under it, whatever it is approved with.
    expect(await create(engine, { idempotency_key: 'k', approved_usd: 100 })).toEqual({
      job_id,
      created: false,
    });
    expect(await jobsIn(engine)).toBe(1);
  });

  it('stands before a paid service behind the wire of a gateway, and before agents with a bill of their own', async () => {
    const { engine, set, looked } = await start();
    await set(1);
    const asked = (request: Record<string, unknown>) =>
      create(engine, { approved_usd: 1000 }, { question: 'Why?', ...request });
    const gateway = { backend_type: 'k8s-inference', backend_url: 'https://api.openai.com/v1' };
    expect((await refused(asked({ ...gateway, agent: 'prompt', model: 'gpt-99' }))).code).toBe(
      'cost.unpriced',
    );
    const failure = await refused(asked({ agent: 'perplexity' }));
    expect(failure.code).toBe('cost.unpriced');
    expect(failure.message).toContain('api/perplexity in Costs, under Prices');
    expect((await refused(asked({ agent: 'crewai', model: 'gpt-99' }))).message).toContain('"gpt-99"');
    expect(await jobsIn(engine)).toBe(0);
    expect(looked).toEqual([]);
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
