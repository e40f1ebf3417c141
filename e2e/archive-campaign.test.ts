import { expect, it } from 'vitest';
import { archiveCampaign, inWords, problemsOf } from './campaign/archive.ts';

it('delivers every result once, through faults and kill -9: a tenth of the campaign', {
  timeout: 60_000,
}, async () => {
  const counts = await archiveCampaign({ jobs: 20, kills: 4, seed: 3, conditionalWrites: 'honoured' });
  process.stdout.write(`archive: ${inWords(counts)}\n`);
  expect(problemsOf(counts)).toEqual([]);
  expect(counts.jobs).toBe(20);
  expect(counts.waiting_at_kills).toBeGreaterThan(0);
  expect(counts.faults).toBeGreaterThan(0);
  expect(counts.seen_in_outbox).toBeGreaterThan(0);
});
