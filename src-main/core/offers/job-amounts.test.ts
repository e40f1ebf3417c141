import { afterEach, beforeEach, expect, it } from 'vitest';
import { createHistory } from '#core/costs/history.ts';
import { type CostStore, costStore, FIXED_PRICE, pricedAt, rentalPlan } from '#core/testing/cost-store.ts';
import type { CostProvider } from '#shared/model/estimate.ts';
import { jobAmounts } from './job-amounts.ts';

let store: CostStore;
beforeEach(() => {
  store = costStore();
});
afterEach(() => store.close());

const JOB = { model: 'llama3.1:8b', backend_type: 'ollama', agent: 'k8sgpt' } as const;
const amounts = () => jobAmounts(JOB, { history: createHistory(store.db), scopeOf: () => 'SRE' });

async function ran(provider: CostProvider, agent: string, model: string, input: number): Promise<void> {
  const plan = rentalPlan({ provider, agent, model });
  const estimate = await store.estimator(pricedAt(FIXED_PRICE)).estimate(plan, new AbortController().signal);
  for (let i = 0; i < 5; i++)
    store.end(plan, estimate, {
      used: { duration_seconds: 10, tokens: { input: input + i, output: 100, counted_by: 'service' } },
    });
}

it('are those of jobs of this model and agent, wherever they ran, before those of other jobs on rentals', async () => {
  expect(amounts()).toMatchObject({ tokens_in: 8192, tokens_out: 2048 });
  await ran('vastai', 'other', 'another', 50);
  expect(amounts()).toMatchObject({ tokens_in: 52, tokens_out: 100 });
  await ran('local', 'k8sgpt', 'llama3.1:8b', 700);
  expect(amounts()).toEqual({
    model: 'llama3.1:8b',
    tokens_in: 702,
    tokens_out: 100,
    basis: '702 tokens in, 100 out: median of the last 5 runs of k8sgpt with llama3.1:8b on ollama',
  });
  await ran('vastai', 'k8sgpt', 'llama3.1:8b', 900);
  expect(amounts().tokens_in).toBe(902);
});
