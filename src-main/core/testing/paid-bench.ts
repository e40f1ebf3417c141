import { createEngine, type Engine } from '#core/engine.ts';
import type { Clock, Ports } from '#core/ports/ports.ts';
import { openDatabase } from '#core/store/database.ts';
import { ownStorePath } from '#core/store/own-file.ts';
import type { Settings } from '#shared/contract/settings.ts';
import type { Failure } from '#shared/model/failure.ts';
import type { JobDetail } from '#shared/model/job.ts';
import { decodeTrace } from '#shared/model/trace-columns.ts';
import type { Usd } from '#shared/model/units.ts';
import { type FakeBedrockOptions, startFakeBedrock } from './fake-bedrock.ts';
import type { FakeServer } from './fake-server.ts';
import { type TestPorts, testPorts } from './ports.ts';

export const MODEL = 'meta.llama3-8b-instruct-v1:0';
/** What a job may cost of what it probably costs: without history, the prior of sd 0.7. */
export const HIGH = Math.exp(0.7 * 1.281_551_565_544_600_4);

/** Never a minute before midnight, whenever this runs. */
export function noonOf(day: number): Clock {
  const now = new Date();
  const noonUs = new Date(now.getFullYear(), now.getMonth(), now.getDate() + day, 12).getTime() * 1000;
  const startMs = performance.now();
  return {
    nowUs: () => noonUs + Math.round((performance.now() - startMs) * 1000),
    monotonicMs: () => performance.now(),
  };
}

export interface PaidBench extends TestPorts {
  readonly engine: Engine;
  readonly bedrock: FakeServer;
  /** Names of secrets in the order in which somebody wanted them for a job: rentals are reconciled at any time. */
  readonly looked: string[];
  /** `usd` is what a job will probably cost: half of it for what goes in, half for what comes out. */
  set(usd: Usd, spend?: Partial<Settings['spend']>, more?: { readonly concurrency?: number }): Promise<void>;
}

/** An engine that asks a fake Bedrock for money. `cleanUp` takes what the test must close, in order of opening. */
export async function startPaidBench(
  cleanUp: (() => void | Promise<void>)[],
  given: FakeBedrockOptions = {},
  {
    env = {},
    clock = noonOf(0),
    dataDir,
  }: { env?: Record<string, string>; clock?: Clock; dataDir?: string } = {},
): Promise<PaidBench> {
  const bedrock = await startFakeBedrock(given);
  cleanUp.push(() => bedrock.close());
  const looked: string[] = [];
  const base = testPorts(dataDir === undefined ? {} : { dataDir });
  const { secrets } = base;
  const ports: Ports = {
    ...base.ports,
    env: { PATH: process.env.PATH, AWS_REGION: 'us-east-1', ...env },
    clock,
    secrets: {
      ...base.ports.secrets,
      get: async (name) => {
        if (name !== 'VAST_API_KEY') looked.push(name);
        return secrets.get(name) ?? null;
      },
    },
  };
  secrets.set('AWS', 'AKIA0000000000000001:secret');
  const engine = await createEngine(ports, { mode: 'own' });
  cleanUp.push(() => base.remove());
  cleanUp.push(() => engine.dispose());
  const set: PaidBench['set'] = async (usd, spend = {}, { concurrency = 2 } = {}) => {
    await engine.client.settings.set({
      version: 1,
      demo: { slowness: 0.05 },
      jobs: { concurrency },
      backends: [
        { id: 'b', name: 'B', backend_type: 'bedrock', base_url: bedrock.url, api_key_secret: 'AWS' },
      ],
      spend,
      prices: {
        live: false,
        overrides: [
          {
            id: `aws/${MODEL}`,
            usd_million_in: (usd / 2 / 1024) * 1e6,
            usd_million_out: (usd / 2 / 512) * 1e6,
            as_of: 1_760_000_000,
          },
        ],
      },
    });
  };
  return { ...base, engine, bedrock, looked, set };
}

export const ASK = { question: 'Why?', agent: 'prompt', backend_type: 'bedrock', model: MODEL };
export const LOCAL = { question: 'Why?', agent: 'prompt', backend_type: 'demo' };

export const create = (
  engine: Engine,
  more: { readonly approved_usd?: Usd; readonly idempotency_key?: string } = {},
  request: Record<string, unknown> = ASK,
) => engine.client.jobs.create({ kind: 'agentic-agent', request, ...more });

/** The failure with which a call is refused. */
export const refused = async (call: Promise<unknown>): Promise<Failure> => {
  try {
    await call;
  } catch (thrown) {
    return (thrown as { readonly data: Failure }).data;
  }
  throw new Error('it was let through');
};

export async function ended(engine: Engine, job_id: string): Promise<JobDetail> {
  for (;;) {
    const job = await engine.client.jobs.get({ job_id });
    if (job.finished_at !== null) return job;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const run = async (
  engine: Engine,
  ...given: Parameters<typeof create> extends [Engine, ...infer R] ? R : never
) => ended(engine, (await create(engine, ...given)).job_id);

export const spansOf = async (engine: Engine, job_id: string): Promise<string[]> => {
  const { names, name } = decodeTrace(await (await engine.client.trace.columns({ job_id })).arrayBuffer());
  return Array.from(name, (at) => names[at] ?? '');
};
export function basisOf({ paths }: Ports, jobId: string): unknown {
  const db = openDatabase(ownStorePath(paths.dataDir), 'read');
  try {
    return db.prepare('SELECT actual_basis FROM rs_outcome WHERE job_id = ?').pluck().get(jobId);
  } finally {
    db.close();
  }
}

export const jobsIn = async (engine: Engine): Promise<number> => (await engine.client.jobs.list({})).total;
