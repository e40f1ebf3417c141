import { join } from 'node:path';
import { createEngine, type Engine } from '#core/engine.ts';
import type { JobDetail, JobKind } from '#shared/model/job.ts';
import type { Rental } from '#shared/model/rentals.ts';
import { decodeTrace } from '#shared/model/trace-columns.ts';
import { ended } from './paid-bench.ts';
import { type TestPorts, testPorts } from './ports.ts';
import { type SpawnedMarket, type SpawnMarketOptions, spawnMarket } from './spawn-market.ts';

export interface RentalJobs extends TestPorts {
  readonly engine: Engine;
  readonly market: SpawnedMarket;
  /** Created with all the money it wants. */
  create(rental?: object, request?: object, kind?: JobKind): Promise<string>;
  run(rental?: object, request?: object, kind?: JobKind): Promise<JobDetail>;
  /** All of the ledger, the oldest first. */
  ledger(): Promise<readonly Rental[]>;
  tree(jobId: string): Promise<string[]>;
}

/** How much faster than the wall the market's clock and ours run. */
export const SPEED = 100;

/** An engine that rents for a key on a market in a process of its own. */
export async function startRentalJobs(
  cleanUp: (() => void | Promise<void>)[],
  given: Partial<SpawnMarketOptions> = {},
  settings: object = {},
): Promise<RentalJobs> {
  const base = testPorts();
  cleanUp.push(() => base.remove());
  const market = await spawnMarket({
    statePath: join(base.dataDir, 'market.json'),
    speed: SPEED,
    slowness: 0.2,
    fates: {},
    key: 'test-key',
    ...given,
  });
  cleanUp.push(() => market.close());
  const ports = {
    ...base.ports,
    clock: market.clock,
    env: { ...base.ports.env, VAST_API_URL: market.url, VAST_API_KEY: market.key },
  };
  const engine = await createEngine(ports, { mode: 'own' });
  cleanUp.push(() => engine.dispose());
  await engine.client.settings.set({ version: 1, prices: { live: false }, ...settings });
  const create: RentalJobs['create'] = async (rental = {}, request = {}, kind = 'benchmark') => {
    const asks = kind === 'benchmark' ? { question: 'Why?', agent: 'prompt', model: 'demo' } : {};
    const made = await engine.client.jobs.create({
      kind,
      request: { backend_type: 'ollama', ...asks, ...request, provisioning: { vastai: rental } },
      approved_usd: 1000,
    });
    return made.job_id;
  };
  return {
    ...base,
    ports,
    engine,
    market,
    create,
    run: async (...of) => ended(engine, await create(...of)),
    ledger: async () =>
      (await engine.client.rentals.list({ limit: 1000, offset: 0, open: false })).rentals.toReversed(),
    tree: (jobId) => treeOf(engine, jobId),
  };
}

/** The span tree as indented names. */
export async function treeOf(engine: Engine, job_id: string): Promise<string[]> {
  const trace = decodeTrace(await (await engine.client.trace.columns({ job_id })).arrayBuffer());
  const depth: number[] = [];
  return Array.from({ length: trace.count }, (_, i) => {
    const parent = trace.parent[i] ?? -1;
    depth[i] = parent === -1 ? 0 : (depth[parent] ?? 0) + 1;
    return '  '.repeat(depth[i]) + trace.names[trace.name[i] ?? 0];
  });
}
