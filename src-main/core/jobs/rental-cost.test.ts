import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBudget } from '#core/costs/budget.ts';
import type { CostPlan } from '#core/costs/seams.ts';
import { spendReport } from '#core/costs/spend.ts';
import { type ChangeFeed, createChangeFeed } from '#core/store/change-feed.ts';
import { EventWriter } from '#core/store/event-writer.ts';
import { thisProcess } from '#core/store/ownership.ts';
import { type CostStore, costStore, FIXED_PRICE, pricedAt, rentalPlan } from '#core/testing/cost-store.ts';
import { realClock } from '#core/testing/ports.ts';
import { parseRequest } from '#shared/contract/requests.ts';
import { settingsSchema } from '#shared/contract/settings.ts';
import type { JobRow } from '#shared/model/job.ts';
import { JobStore } from './job-store.ts';

const clock = realClock();
let costs: CostStore;
let feed: ChangeFeed;
let writer: EventWriter;
let store: JobStore;
let enqueued: string[];
let seen: JobRow[];

beforeEach(() => {
  costs = costStore();
  feed = createChangeFeed();
  writer = new EventWriter(costs.db, feed, clock, { log: () => {} });
  enqueued = [];
  seen = [];
  feed.subscribe(({ jobs }) => seen.push(...jobs));
  store = new JobStore({
    db: costs.db,
    writer,
    feed,
    clock,
    logger: { log: () => {} },
    owner: thisProcess(null),
    enqueueResult: (jobId) => enqueued.push(jobId),
    onEnded: () => {},
  });
});
afterEach(() => {
  writer.close();
  costs.close();
});

async function rented(plan: CostPlan = rentalPlan()): Promise<string> {
  const estimate = await costs.estimator(pricedAt(FIXED_PRICE)).estimate(plan, new AbortController().signal);
  const { job_id } = store.create({
    kind: 'benchmark',
    tenant_id: 'default',
    request: parseRequest('benchmark', { question: 'x', backend_type: plan.demo ? 'demo' : 'ollama' }),
    idempotency_key: '',
    collector: 'null',
    paid: { plan, estimate },
  });
  store.start(job_id);
  return job_id;
}
const end = (job_id: string, cost_usd: number) =>
  store.end(job_id, { event: 'succeed', result: {}, cost_usd, cost_basis: 'metered' });

const outcome = (jobId: string) =>
  costs.db.prepare('SELECT * FROM rs_outcome WHERE job_id = ?').get(jobId) as Record<string, unknown>;
const budget = () => createBudget({ db: costs.db, clock, settings: () => settingsSchema.parse({}) }).status();
const spending = () =>
  spendReport(costs.db, { by: 'kind', utc_offset_minutes: 0 } as Parameters<typeof spendReport>[1]);

describe('what a rental turns out to have cost when its job is over', () => {
  it('is what the board, the budget and the spending say, and the record stays as it was delivered', async () => {
    const job_id = await rented();
    end(job_id, 0.4);
    expect(enqueued).toEqual([job_id]);
    store.setRentalCost(job_id, 0.55);
    expect(seen.at(-1)).toMatchObject({ job_id, status: 'succeeded', cost_usd: 0.55 });
    expect(budget().spent_today_usd).toBe(0.55);
    expect(spending().totals).toEqual([{ basis: 'metered', usd: 0.55, jobs: 1 }]);
    const { projected_usd } = costs.db
      .prepare('SELECT projected_usd FROM rs_estimate WHERE job_id = ?')
      .get(job_id) as { readonly projected_usd: number };
    expect(outcome(job_id)).toMatchObject({
      actual_usd: 0.55,
      actual_basis: 'metered',
      log_ratio: expect.closeTo(Math.log(0.55 / projected_usd), 9),
    });
    expect(enqueued).toEqual([job_id]);
  });

  it('is told once: the same cost again is no news', async () => {
    const job_id = await rented();
    end(job_id, 0.4);
    const before = seen.length;
    store.setRentalCost(job_id, 0.4);
    expect(seen.length).toBe(before);
    store.setRentalCost(job_id, 0.41);
    store.setRentalCost(job_id, 0.41);
    expect(seen.length).toBe(before + 1);
  });

  it('is known for a job that was lost with its process', async () => {
    const job_id = await rented();
    store.end(job_id, { event: 'fail', failure: { code: 'job.interrupted', message: 'Lost.' } });
    store.setRentalCost(job_id, 0.2);
    expect(outcome(job_id)).toMatchObject({ status: 'failed', actual_usd: 0.2, actual_basis: 'metered' });
    expect(budget()).toMatchObject({ spent_today_usd: 0.2, committed_usd: 0 });
  });

  it('is nothing of a job that still runs, and of one that nobody knows', async () => {
    const job_id = await rented();
    const before = seen.length;
    store.setRentalCost(job_id, 3);
    store.setRentalCost('unheard of', 3);
    expect(seen.length).toBe(before);
    expect(outcome(job_id)).toBeUndefined();
    end(job_id, 0.1);
    expect(budget().spent_today_usd).toBe(0.1);
  });

  it('of a demo is on its row, and in no budget and no spending', async () => {
    const job_id = await rented(rentalPlan({}, { demo: true }));
    end(job_id, 0.4);
    store.setRentalCost(job_id, 9);
    expect(seen.at(-1)).toMatchObject({ job_id, demo: true, cost_usd: 9 });
    expect(budget()).toMatchObject({ spent_today_usd: 0, committed_usd: 0 });
    expect(spending().totals).toEqual([]);
  });
});
