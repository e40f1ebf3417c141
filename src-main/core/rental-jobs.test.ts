import { describe, expect, it, type TestContext } from 'vitest';
import type { JobDetail } from '#shared/model/job.ts';
import { createEngine } from './engine.ts';
import { basisOf, ended, refused } from './testing/paid-bench.ts';
import { testPorts } from './testing/ports.ts';
import { type RentalJobs, startRentalJobs, treeOf } from './testing/rental-jobs.ts';

type Context = Pick<TestContext, 'onTestFinished'>;

/** What this test opened is closed with it, the latest first; its neighbours run at the same time. */
function closing({ onTestFinished }: Context): (() => void | Promise<void>)[] {
  const cleanUp: (() => void | Promise<void>)[] = [];
  onTestFinished(async () => {
    for (const clean of cleanUp.splice(0).reverse()) await clean();
  });
  return cleanUp;
}

/** Two busy cores take their time. */
const PATIENT = { timeout: 90_000 };

const TREE = [
  'job.execute',
  '  cost.estimate',
  '  provider.provision',
  '    vastai.instance_reuse_check',
  '    vastai.offer_search',
  '    vastai.instance_create',
  '    vastai.instance_wait',
  '    backend.warmup',
  '  backend.get_capabilities',
  '  agent.ask',
  '    backend.chat',
  '  provider.teardown',
];
const resultOf = (job: JobDetail) => job.result as Readonly<Record<string, unknown>>;
const states = async (jobs: RentalJobs) => (await jobs.ledger()).map(({ state }) => state);

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const limit = performance.now() + 45_000;
  while (!(await isSo())) {
    if (performance.now() > limit) throw new Error('It did not come to that.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What the market lists, and the ledger says, comes to nothing. */
async function expectNothingLeft(jobs: RentalJobs): Promise<void> {
  await until(async () => (await jobs.market.listed()).length === 0);
  await until(async () => (await states(jobs)).every((state) => state === 'gone' || state === 'refused'));
}

const STEPS = [
  'searching offers',
  'renting',
  'waiting for the machine',
  'the machine is up',
  'warming up',
  'pulling',
  'asking',
];

/** Waits until the job says that it has come there; on a busy machine it may be a step further by then. */
const reached = (jobs: RentalJobs, job_id: string, step: string): Promise<void> =>
  until(async () => {
    const message = (await jobs.engine.client.jobs.get({ job_id })).message ?? '';
    return STEPS.findIndex((at) => message.startsWith(at)) >= STEPS.indexOf(step);
  });

describe.concurrent('a benchmark in the demo market', PATIENT, () => {
  it('rents, answers and destroys, in no budget and no spending', async (context) => {
    const cleanUp = closing(context);
    const set = testPorts();
    cleanUp.push(() => set.remove());
    const engine = await createEngine(set.ports, { mode: 'own' });
    cleanUp.push(() => engine.dispose());
    await engine.client.settings.set({
      version: 1,
      demo: { slowness: 0.05 },
      prices: { live: false },
      spend: { threshold_usd: 0, day_budget_usd: 0, job_budget_usd: 0 },
    });
    const request = {
      question: 'Why does checkout restart?',
      agent: 'prompt',
      backend_type: 'demo',
      model: 'demo',
      provisioning: { vastai: { max_dph: 2 } },
    };
    const make = (more: object) => engine.client.jobs.create({ kind: 'benchmark', request, ...more });
    expect((await refused(make({}))).code).toBe('cost.approval_needed');
    const { job_id } = await make({ approved_usd: 10 });
    const job = await ended(engine, job_id);
    expect(job).toMatchObject({ status: 'succeeded', demo: true, model: 'demo' });
    expect(await treeOf(engine, job_id)).toEqual(TREE);
    const { rentals } = await engine.client.rentals.list({ limit: 10, offset: 0, open: false, job_id });
    expect(rentals).toHaveLength(1);
    expect(rentals[0]).toMatchObject({ market: 'demo', state: 'gone', model: 'demo' });
    expect(rentals[0]?.boot_s).toBeGreaterThan(0);
    expect(rentals[0]?.tokens_per_s).toBeGreaterThan(0);
    expect(job.cost_usd).toBeGreaterThan(0);
    expect(basisOf(set.ports, job_id)).toBe('metered');
    expect(resultOf(job)).toMatchObject({
      model_name: 'demo',
      backend_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      contract_id: rentals[0]?.contract_id,
    });
    expect(await engine.client.costs.budget()).toMatchObject({ spent_today_usd: 0, committed_usd: 0 });
    expect(await engine.client.rentals.status()).toMatchObject({ running: 0, strays: [] });
  });
});

describe.concurrent('a benchmark on a rented machine', PATIENT, () => {
  it('costs what the ledger says, and leaves nothing behind', async (context) => {
    const jobs = await startRentalJobs(closing(context));
    const job = await jobs.run({ max_dph: 1, reliability: 0.9 });
    expect(job).toMatchObject({ status: 'succeeded', demo: false, cost_usd: expect.any(Number) });
    expect(await jobs.tree(job.job_id)).toEqual(TREE);
    await expectNothingLeft(jobs);
    const [rental] = await jobs.ledger();
    expect(rental).toMatchObject({ job_id: job.job_id, label: `rune-${job.job_id}.1`, state: 'gone' });
    expect(basisOf(jobs.ports, job.job_id)).toBe('metered');
    const [bill] = await jobs.market.bills();
    expect(job.cost_usd).toBeGreaterThan(0);
    // The bill has come, or will; until then it is our own reckoning.
    expect(Math.abs((job.cost_usd ?? 0) - (rental?.cost_usd ?? 0))).toBeLessThan(0.01);
    expect(bill).toMatchObject({ label: rental?.label });
  });

  it('takes another offer when somebody was faster, and another machine when one fails', async (context) => {
    const jobs = await startRentalJobs(closing(context));
    await jobs.market.inject('create', 'taken');
    expect((await jobs.run()).status).toBe('succeeded');
    expect(await states(jobs)).toEqual(['refused', 'gone']);

    await jobs.market.fates({ 'boot-exit': 1 });
    const job = await jobs.run();
    expect(job).toMatchObject({ status: 'failed', error_code: 'provider.instance_failed' });
    expect((await jobs.ledger()).filter(({ job_id }) => job_id === job.job_id)).toHaveLength(5);
    await expectNothingLeft(jobs);
    // What never worked is paid for all the same.
    expect(job.cost_usd).toBeGreaterThan(0);
  });

  it('rents the named offer or none', async (context) => {
    const jobs = await startRentalJobs(closing(context));
    const { offers } = await jobs.engine.client.offers.search({ model: 'demo' });
    const [best, other] = offers.filter(({ fit }) => fit?.fits === true);
    if (best === undefined || other === undefined) throw new Error('no offers');
    const estimate = await jobs.engine.client.costs.gate({
      kind: 'benchmark',
      request: {
        question: 'Why?',
        agent: 'prompt',
        model: 'demo',
        backend_type: 'ollama',
        provisioning: { vastai: { offer_id: best.id } },
      },
    });
    expect(estimate.estimate?.rests_on).toMatchObject({
      price: { rate: { usd: expect.closeTo(best.dph_total, 2) }, source: 'live' },
      duration_seconds: { source: 'predicted' },
    });
    const job = await jobs.run({ offer_id: best.id });
    expect(job.status).toBe('succeeded');
    expect((await jobs.ledger()).map(({ offer_id }) => offer_id)).toEqual([best.id]);

    await jobs.market.take(other.id);
    const gone = jobs.create({ offer_id: other.id });
    expect((await refused(gone)).code).toBe('vastai.offer_taken');
  });

  it('rents nothing of blocked hosts', async (context) => {
    const hosts = [...Array(1000).keys()];
    const jobs = await startRentalJobs(closing(context));
    const { offers } = await jobs.engine.client.offers.search({});
    const blocked_hosts = offers.map(({ host_id }) => host_id ?? hosts[0] ?? 0);
    await jobs.engine.client.settings.set({
      version: 1,
      prices: { live: false },
      offers: { blocked_hosts: [...new Set(blocked_hosts)] },
    });
    const job = await jobs.run();
    expect(job).toMatchObject({ status: 'failed', error_code: 'provider.no_offer', cost_usd: 0 });
    expect(await jobs.market.listed()).toEqual([]);
  });

  it('checks what the market sends: offers that violate the filter are not rented', async (context) => {
    const jobs = await startRentalJobs(closing(context), { faults: { search: { 'ignore-filters': 1 } } });
    expect((await jobs.run({ max_dph: 0.4, gpu_name: ['RTX 4090'] })).status).toBe('succeeded');
    const [rental] = await jobs.ledger();
    expect(rental?.gpu_name).toBe('RTX 4090');
    expect(rental?.usd_hour).toBeLessThanOrEqual(0.4);
    expect((await jobs.run({ max_dph: 0.001 })).error_code).toBe('provider.no_offer');
  });

  it('gives up on a machine that never comes up, in time', async (context) => {
    const jobs = await startRentalJobs(
      closing(context),
      { fates: { 'never-up': 1 } },
      { offers: { boot_timeout: 30 } },
    );
    const job = await jobs.run();
    expect(job).toMatchObject({ status: 'failed', error_code: 'provider.boot_timeout' });
    await expectNothingLeft(jobs);
  });

  it.for([
    ['lie-failed', 'succeeded'],
    ['reset-after', 'succeeded'],
    ['garbage-after', 'succeeded'],
    ['error-after', 'succeeded'],
    ['lie-done', 'succeeded'],
    ['reset-before', 'succeeded'],
  ] as const)('survives a create that answers %s', async ([fault, status], context) => {
    const jobs = await startRentalJobs(closing(context));
    await jobs.market.inject('create', fault);
    const job = await jobs.run();
    expect(job.status).toBe(status);
    await expectNothingLeft(jobs);
    const [bill] = await jobs.market.bills();
    const ledger = await jobs.ledger();
    expect(ledger.map(({ contract_id }) => contract_id)).toContain(bill?.id);
  });
});

describe.concurrent('a rental that is stopped', PATIENT, () => {
  it.for([
    ['while offers are searched', 'searching offers'],
    ['while it is rented', 'renting'],
    ['while it boots', 'waiting for the machine'],
    ['while its server starts', 'the machine is up'],
    ['while it warms up', 'warming up'],
    ['while it is asked', 'asking'],
  ] as const)('%s leaves nothing behind, and knows what it cost', async ([, at], context) => {
    const jobs = await startRentalJobs(closing(context), { answers: 50 });
    const job_id = await jobs.create();
    await reached(jobs, job_id, at);
    await jobs.engine.client.jobs.cancel({ job_id });
    const job = await ended(jobs.engine, job_id);
    expect(job).toMatchObject({ status: 'cancelled', error_code: 'job.cancelled' });
    await expectNothingLeft(jobs);
    const rented = (await jobs.ledger()).filter(({ contract_id }) => contract_id !== null);
    if (rented.length > 0) expect(job.cost_usd).toBeGreaterThan(0);
    else expect(job.cost_usd).toBe(0);
    expect((await jobs.tree(job_id)).at(-1)).toBe('  provider.teardown');
  });

  it('by its own time limit is torn down all the same', async (context) => {
    const jobs = await startRentalJobs(closing(context), { answers: 500 });
    const job = await jobs.run({}, { timeout: 2 });
    expect(job).toMatchObject({ status: 'failed', error_code: 'job.timeout' });
    await expectNothingLeft(jobs);
    expect((await jobs.tree(job.job_id)).at(-1)).toBe('  provider.teardown');
  });

  it('by its budget, which counts the machine and not the tokens', async (context) => {
    const jobs = await startRentalJobs(closing(context), { answers: 500 });
    const job_id = await jobs.create({ min_dph: 0.5 });
    await reached(jobs, job_id, 'waiting for the machine');
    await jobs.engine.client.settings.set({
      version: 1,
      prices: { live: false },
      spend: { job_budget_usd: 0.002 },
    });
    const job = await ended(jobs.engine, job_id);
    expect(job).toMatchObject({ status: 'failed', error_code: 'cost.budget_reached' });
    expect(job.cost_usd).toBeGreaterThanOrEqual(0.002);
    await expectNothingLeft(jobs);
  });

  it.for(['exit', 'ended'] as const)('by its machine (%s), says so', async (fate, context) => {
    const jobs = await startRentalJobs(closing(context), { answers: 60 });
    const job_id = await jobs.create();
    await reached(jobs, job_id, 'asking');
    const [machine] = await jobs.market.listed();
    expect(await jobs.market.strike(machine?.id ?? 0, fate)).toBe(true);
    const job = await ended(jobs.engine, job_id);
    expect(job.status).toBe('failed');
    expect(['provider.instance_failed', 'backend.interrupted', 'backend.unreachable']).toContain(
      job.error_code,
    );
    await expectNothingLeft(jobs);
  });

  it('by whoever destroys its machine', async (context) => {
    const jobs = await startRentalJobs(closing(context), { answers: 60 });
    const job_id = await jobs.create();
    await reached(jobs, job_id, 'asking');
    const [rental] = await jobs.ledger();
    const answer = await jobs.engine.client.rentals.destroy({ rental_id: rental?.rental_id ?? '' });
    expect(answer.gone).toBe(true);
    const job = await ended(jobs.engine, job_id);
    expect(job.status).toBe('failed');
    expect(await states(jobs)).toEqual(['gone']);
  });

  it('by the app, which is closed: what it rented ends with it', async (context) => {
    const jobs = await startRentalJobs(closing(context), { answers: 500 });
    const job_id = await jobs.create();
    await reached(jobs, job_id, 'warming up');
    await jobs.engine.dispose();
    expect(await jobs.market.listed()).toEqual([]);
  });
});

describe.concurrent('an instance', PATIENT, () => {
  it('is left running by llm-instance, and used by the next job that it suits', async (context) => {
    const jobs = await startRentalJobs(closing(context), {}, { offers: { keep_hours: 24 } });
    const made = await jobs.run({ max_dph: 3, gpu_name: ['RTX 4090'] }, {}, 'llm-instance');
    const [kept] = await jobs.ledger();
    expect(kept).toMatchObject({ state: 'kept', job_id: made.job_id });
    expect(resultOf(made)).toEqual({
      mode: 'vastai',
      backend_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      model_name: expect.any(String),
      contract_id: kept?.contract_id,
    });
    expect(made.cost_usd).toBeGreaterThan(0);
    expect(await jobs.market.listed()).toHaveLength(1);

    const used = await jobs.run({ stop_instance: false });
    expect(used.status).toBe('succeeded');
    expect(resultOf(used).contract_id).toBe(kept?.contract_id);
    expect(await jobs.tree(used.job_id)).not.toContain('    vastai.offer_search');
    expect(await states(jobs)).toEqual(['kept']);

    const last = await jobs.run();
    expect(resultOf(last).contract_id).toBe(kept?.contract_id);
    await expectNothingLeft(jobs);
  });

  it('that is to be kept is destroyed when its job fails', async (context) => {
    const jobs = await startRentalJobs(closing(context));
    const job = await jobs.run({ stop_instance: false }, { model: 'no such model' });
    expect(job.status).toBe('failed');
    await expectNothingLeft(jobs);
  });
});
