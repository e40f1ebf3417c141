import { createEngine, type Engine } from '#core/engine.ts';
import { startFakeBedrock, TEXT_MODEL } from '#core/testing/fake-bedrock.ts';
import { testPorts } from '#core/testing/ports.ts';
import type { JobDetail } from '#shared/model/job.ts';
import type { Usd } from '#shared/model/units.ts';

/** Where the AWS SDK looks, in every process; what the fake service does not check. */
export const AWS_ENV = {
  AWS_ACCESS_KEY_ID: 'AKIA0000000000000001',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_REGION: 'us-east-1',
} as const;
export const MODEL = TEXT_MODEL.modelId;

/** Makes the 1,024 tokens in and the 512 out that are assumed without history $5 each. */
export const PRICE = { in: 5e6 / 1024, out: 5e6 / 512 } as const;

export interface Tokens {
  readonly input: number;
  readonly output: number;
}
export const priceOf = ({ input, output }: Tokens): Usd => (input * PRICE.in + output * PRICE.out) / 1e6;

/** A model service that sends a bill, whose every amount is known beforehand. */
export interface PaidService {
  readonly url: string;
  /** Calls of a model; to list models costs nothing. */
  asked(): number;
  /** What the next answers are said to have used; null: they do not say. */
  uses(tokens: Tokens | null): void;
  /** The next answers stay without their end until what this returns is called. */
  hold(): () => void;
  close(): Promise<void>;
}

export async function startPaidService(): Promise<PaidService> {
  let used: Tokens | null = null;
  let held: Promise<void> = Promise.resolve();
  const server = await startFakeBedrock({
    get usage() {
      return used === null ? null : { inputTokens: used.input, outputTokens: used.output };
    },
    get held() {
      return held;
    },
  });
  return {
    url: server.url,
    asked: () => server.seen.filter(({ path }) => path.startsWith('/model/')).length,
    uses: (tokens) => {
      used = tokens;
    },
    hold: () => {
      let release = (): void => undefined;
      held = new Promise((resolve) => {
        release = resolve;
      });
      return () => release();
    },
    close: () => server.close(),
  };
}

/** The engine of a data directory that no host has open, without a page around it. */
export async function withEngine<T>(
  dataDir: string,
  env: Readonly<Record<string, string>>,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const { ports } = testPorts({ dataDir, env: { PATH: process.env.PATH, ...env } });
  const engine = await createEngine(ports, { mode: 'own' });
  try {
    return await work(engine);
  } finally {
    await engine.dispose();
  }
}

/** More than any job here costs. */
const APPROVED: Usd = 1000;

/** Runs a job to its end, whatever it costs. */
export async function runJob(
  { client }: Engine,
  request: Readonly<Record<string, unknown>>,
): Promise<JobDetail> {
  const { job_id } = await client.jobs.create({
    kind: 'agentic-agent',
    request: { question: 'Why does the pod restart?', agent: 'prompt', ...request },
    approved_usd: APPROVED,
  });
  const changes = await client.live.watch({ job_id });
  for await (const _ of changes) {
    const job = await client.jobs.get({ job_id });
    if (job.finished_at !== null) return job;
  }
  throw new Error(`job ${job_id} is not watched any more`);
}
