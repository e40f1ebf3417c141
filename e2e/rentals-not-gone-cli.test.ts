import { afterAll, beforeAll, expect, it } from 'vitest';
import { oneDocument } from './support/cli.ts';
import { type MarketCli, startMarketCli, strayOn } from './support/rental-cli.ts';

let at: MarketCli;
beforeAll(async () => {
  at = await startMarketCli();
});
afterAll(() => at.close());

// As long as the engine looks for it: a file of its own, so that the others do not wait for it.
it('a rental that is not seen gone exits with 1 and the document', { timeout: 180_000 }, async () => {
  const id = await strayOn(at.market);
  await at.market.faults({ destroy: { 'lie-done': 1 } });
  const ran = await at.cli(['rentals', 'destroy', `${id}`, '--yes', '--json'], {}, 150_000);
  expect(ran.code).toBe(1);
  expect(oneDocument(ran)).toMatchObject({ contract_id: id, gone: false });
  expect(await at.market.listed()).toHaveLength(1);
});
