import { expect, it } from 'vitest';
import { inWords, problemsOf, rentalsCampaign } from './campaign/rentals.ts';

it('leaves nothing running and pays to the cent, through faults and kill -9: a tenth of the campaign', {
  timeout: 120_000,
}, async () => {
  const campaign = { jobs: 50, kills: 7, seed: 5 };
  const counts = await rentalsCampaign(campaign);
  process.stdout.write(`rentals: ${inWords(counts)}\n`);
  expect(problemsOf(counts, campaign)).toEqual([]);
  // Kills meet what they wait for in most lives, and not in all.
  const { step, state, hold } = counts.kills;
  expect(step + state + hold).toBeGreaterThan(2);
  expect(counts.places.length).toBeGreaterThan(1);
  expect(counts.statuses.succeeded).toBeGreaterThan(0);
  expect(counts.settled.contracts).toBeGreaterThan(counts.statuses.succeeded ?? 0);
  expect(Object.keys(counts.faults).length).toBeGreaterThan(5);
});
