import { afterAll, beforeAll, expect, it } from 'vitest';
import { createEngine, type Engine } from '#core/engine.ts';
import { type TestPorts, testPorts } from '#core/testing/ports.ts';
import { isEligible } from '#shared/model/offer-front.ts';

let given: TestPorts;
let engine: Engine;
beforeAll(async () => {
  given = testPorts();
  engine = await createEngine(given.ports, { mode: 'own' });
});
afterAll(async () => {
  await engine.dispose();
  given.remove();
});

it('judges the demo market as a caller of the contract sees it', async () => {
  const { offers } = engine.client;
  const answer = await offers.search({ model: 'llama3.1:8b' });
  expect(answer.market).toBe('demo');
  expect(answer.offers.length).toBeGreaterThan(300);
  expect(answer.hidden_by_defaults).toBeGreaterThan(50);
  expect(answer.unreadable.length).toBeGreaterThan(0);
  const rentable = answer.offers.filter(isEligible);
  expect(rentable.every(({ usd_per_job }) => usd_per_job !== null && usd_per_job.p50 > 0)).toBe(true);
  const prices = rentable.map(({ usd_per_job }) => usd_per_job?.p50 ?? Number.NaN);
  expect(prices).toEqual(prices.toSorted((a, b) => a - b));
  const front = answer.offers.filter(({ pareto }) => pareto);
  expect(front).toContain(rentable[0]);
  for (const { dominated_by, pareto, reliability } of rentable) {
    expect(pareto).toBe(dominated_by === null && reliability !== null);
    if (dominated_by !== null) expect(front.some(({ id }) => id === dominated_by.id)).toBe(true);
  }

  expect((await offers.latest({ model: 'llama3.1:8b' }))?.offers).toEqual(answer.offers);
  const types = new Set(rentable.map(({ gpu_name }) => gpu_name));
  expect(new Set((await offers.history({})).map(({ gpu_name }) => gpu_name))).toEqual(
    new Set([...types, ...answer.offers.map(({ gpu_name }) => gpu_name)]),
  );

  const [best] = rentable;
  const { offer } = await offers.quote({ offer_id: best?.id ?? 0, model: 'llama3.1:8b' });
  expect(offer.id).toBe(best?.id);
  expect(offer.dph_total).toBeCloseTo(best?.dph_total ?? Number.NaN, 1);
  await expect(offers.quote({ offer_id: 1, model: 'llama3.1:8b' })).rejects.toThrow(/Offer 1 is gone/);
});

it('finds no offer of other types for a filter, and says what violates one', async () => {
  const { offers } = await engine.client.offers.search({
    filter: { gpu_name: ['RTX 4090'], ranges: { num_gpus: { max: 1 } } },
  });
  expect(offers.length).toBeGreaterThan(0);
  for (const { gpu_name, num_gpus, violations } of offers)
    expect(violations.length === 0).toBe(gpu_name === 'RTX 4090' && num_gpus === 1);
});
