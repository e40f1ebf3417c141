import { afterEach, describe, expect, it } from 'vitest';
import { createEngine, type Engine } from './engine.ts';
import { startFakeOllama } from './testing/fake-ollama.ts';
import { testPorts } from './testing/ports.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

async function run({ client }: Engine, request: Record<string, unknown>): Promise<string> {
  const { job_id } = await client.jobs.create({ kind: 'agentic-agent', request });
  await expect
    .poll(async () => (await client.jobs.get({ job_id })).finished_at, { timeout: 10_000 })
    .not.toBeNull();
  return job_id;
}

describe('reports of costs over the contract', () => {
  it('tell of jobs that ran, to their owner and to who reads beside it, and not of the demo', async () => {
    const ollama = await startFakeOllama({ models: ['qwen3:8b'] });
    cleanUp.push(() => ollama.close());
    const { ports, remove } = testPorts();
    cleanUp.push(() => remove());
    const owner = await createEngine(ports, { mode: 'own' });
    cleanUp.push(() => owner.dispose());
    const asked = { question: 'Why?', agent: 'prompt' };
    await run(owner, { ...asked, backend_type: 'demo', model: 'demo' });
    const good = await run(owner, { ...asked, backend_url: ollama.url, model: 'qwen3:8b' });
    const bad = await run(owner, { ...asked, backend_url: ollama.url, model: 'no-such-model' });

    const reader = await createEngine(ports, { mode: 'read' });
    cleanUp.push(() => reader.dispose());
    for (const { client } of [owner, reader]) {
      const { outcomes, total } = await client.costs.outcomes({ limit: 10 });
      expect(total).toBe(2);
      expect(outcomes.map(({ job_id, status }) => [job_id, status])).toEqual([
        [bad, 'failed'],
        [good, 'succeeded'],
      ]);
      expect(outcomes[1]).toMatchObject({
        provider: 'local',
        backend_type: 'ollama',
        model: 'qwen3:8b',
        agent: 'prompt',
        actual_basis: 'hardware-derived',
      });
      expect(outcomes[1]?.actual_usd).toBeGreaterThan(0);
      expect(await client.costs.calibration({})).toMatchObject({
        groups: [{ group: 'all', n: 1 }, { group: 'local' }, { group: 'local, ollama' }],
        left_out: { demo: 1, unsuccessful: 1, not_ended: 0, cost_unknown: 0 },
        needed: 20,
      });
      const spent = await client.costs.spend({});
      expect(spent).toMatchObject({
        totals: [{ basis: 'hardware-derived', jobs: 2 }],
        unknown_jobs: 0,
      });
      expect(spent.totals[0]?.usd).toBe((outcomes[0]?.actual_usd ?? 0) + (outcomes[1]?.actual_usd ?? 0));
      expect(
        await client.costs.simulate({ agent: 'prompt', gpu: 'rtx4090', model: 'qwen3:8b' }),
      ).toMatchObject({
        historical_basis: 'from_history',
        historical_sample_count: 1,
        runs_per_period: 1,
        period_days: 30,
      });
    }
  });

  it('of a question that makes no sense are refused', async () => {
    const { ports, remove } = testPorts();
    cleanUp.push(() => remove());
    const { client, dispose } = await createEngine(ports, { mode: 'read' });
    cleanUp.push(() => dispose());
    const refused = { data: { code: 'request.invalid' } };
    await expect(client.costs.outcomes({ limit: 0 })).rejects.toMatchObject(refused);
    await expect(client.costs.spend({ utc_offset_minutes: 1e6 })).rejects.toMatchObject(refused);
    await expect(client.costs.simulate({ runs_per_period: 0.5 })).rejects.toMatchObject(refused);
    await expect(client.costs.calibration({ from: Number.NaN })).rejects.toMatchObject(refused);
  });
});
