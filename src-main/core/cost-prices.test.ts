import { afterEach, describe, expect, it } from 'vitest';
import { createEngine, type Engine } from './engine.ts';
import { azureRow, startFakeAzurePrices } from './testing/fake-prices.ts';
import { startFakeServer } from './testing/fake-server.ts';
import { testPorts } from './testing/ports.ts';

const closing: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function engines(env: Readonly<Record<string, string>> = {}): Promise<() => Promise<Engine>> {
  const { ports, remove } = testPorts({ env });
  closing.push(remove);
  return async () => {
    const engine = await createEngine(ports, { mode: 'own' });
    closing.push(() => engine.dispose());
    return engine;
  };
}

describe('prices over the contract', () => {
  it('are listed, replaced, used, kept over a restart, and restored', async () => {
    const open = await engines();
    const first = await open();
    const find = async ({ client }: Engine) =>
      (await client.costs.prices.list()).find(({ id }) => id === 'aws/g4dn.xlarge');
    expect(await find(first)).toMatchObject({
      source: 'book',
      usd_hour: 0.526,
      gpu: 'T4',
      region: 'us-east-1',
    });
    await first.client.costs.prices.override({ id: 'aws/g4dn.xlarge', usd_hour: 0.4, as_of: 1_795_000_000 });
    await first.dispose();
    const second = await open();
    expect(await find(second)).toMatchObject({ source: 'override', usd_hour: 0.4, as_of: 1_795_000_000 });
    const estimate = await second.client.costs.estimate({
      aws: true,
      model: 'g4dn.xlarge',
      estimated_duration_seconds: 7200,
    });
    expect(estimate).toMatchObject({
      projected_cost_usd: 0.8,
      rests_on: { price: { source: 'override', log_sigma: 0 } },
    });
    await second.client.costs.prices.restore({ id: 'aws/g4dn.xlarge' });
    expect(await find(second)).toMatchObject({ source: 'book', usd_hour: 0.526 });
  });

  it.each([
    { id: 'aws/g5.xlarge', usd_hour: -1, as_of: 0 },
    { id: 'aws/g5.xlarge', as_of: 0 },
    { id: 'nobody/g5.xlarge', usd_hour: 1, as_of: 0 },
    { id: 'api/gpt-4o', usd_million_in: 1, as_of: 0 },
  ])('that make no sense are refused: %j', async (row) => {
    const engine = await (await engines())();
    await expect(engine.client.costs.prices.override(row)).rejects.toMatchObject({
      data: { code: 'request.invalid' },
    });
    expect((await engine.client.settings.get()).prices.overrides).toEqual([]);
  });

  it('come live into an estimate, and are read beside their owner', async () => {
    const azure = await startFakeAzurePrices([[azureRow({ retailPrice: 3.2 })]]);
    closing.push(() => azure.close());
    const { ports, remove } = testPorts({ env: { AZURE_RETAIL_PRICES_URL: azure.url } });
    closing.push(remove);
    const request = { azure: true, model: 'Standard_NC6s_v3', estimated_duration_seconds: 3600 };
    const owner = await createEngine(ports, { mode: 'own' });
    const estimate = await owner.client.costs.estimate(request);
    expect(estimate).toMatchObject({ projected_cost_usd: 3.2, rests_on: { price: { source: 'live' } } });
    const reader = await createEngine(ports, { mode: 'read' });
    expect(await reader.client.costs.estimate(request)).toMatchObject({ projected_cost_usd: 3.2 });
    expect(azure.seen).toHaveLength(1);
    expect(await reader.client.costs.prices.list()).toContainEqual(
      expect.objectContaining({ id: 'azure/standard_nc6s_v3', source: 'live', usd_hour: 3.2 }),
    );
    await expect(
      reader.client.costs.prices.override({ id: 'aws/g5.xlarge', usd_hour: 1, as_of: 0 }),
    ).rejects.toMatchObject({ data: { code: 'source.cannot_provide' } });
    await reader.dispose();
    await owner.dispose();
  });

  it('that are still being asked for do not keep an engine from closing', async () => {
    const silent = await startFakeServer(() => ({ chunks: ['{}'] }));
    closing.push(() => silent.close());
    silent.faults.set('*', 'hang');
    const engine = await (await engines({ AZURE_RETAIL_PRICES_URL: silent.url }))();
    const asked = engine.client.costs.estimate({ azure: true, model: 'Standard_NC6s_v3' });
    asked.catch(() => {});
    await expect.poll(() => silent.seen.length).toBe(1);
    const before = performance.now();
    await engine.dispose();
    expect(performance.now() - before).toBeLessThan(2000);
    await asked.catch(() => {});
  });
});
