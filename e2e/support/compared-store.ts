import { RuneFile } from '#core/testing/rune-file.ts';

export const BACKENDS = ['ollama', 'k8s-inference', 'bedrock'] as const;
export type Backend = (typeof BACKENDS)[number];
export const SMALL = 'llama3.1:8b';
export const LARGE = 'llama3.1:70b';
/** Jobs of each backend. */
export const JOBS_EACH = 60;
/** What is true of the large model, in milliseconds of agent.ask: bedrock is twice as fast as ollama. */
export const TRUTH: Readonly<Record<Backend, number>> = {
  ollama: 20_000,
  'k8s-inference': 15_000,
  bedrock: 10_000,
};
/** Ollama is asked for the small model in three of four jobs, so it looks faster than it is. */
const SMALL_MS = 5000;
const LARGE_EVERY = 4;
/** On a log scale, to either side of the median. */
const SPREAD = 0.2;
/** Shares no factor with a count of jobs, so that its multiples take every place once. */
const STRIDE = 7;

/** One job that was written, with the truth about it. */
export interface PlantedJob {
  readonly job_id: string;
  readonly backend: Backend;
  readonly model: string;
  readonly failed: boolean;
  readonly warmupMs: number;
  /** Of agent.ask, a second of which is not its driver's call. */
  readonly askMs: number;
}

const ASK_OWN_MS = 1000;
export const callMs = ({ askMs }: PlantedJob): number => askMs - ASK_OWN_MS;

/** As RUNE calls the loading of a model on each backend. */
const WARMUPS: Readonly<Record<Backend, string>> = {
  ollama: 'ollama.model.warmup',
  'k8s-inference': 'k8s_inference.model.warmup',
  bedrock: 'bedrock.model.warmup',
};

/** A pair 14 s apart, of which the driver's call makes 10; and a job of bedrock whose call took long. */
const PLANTED: Readonly<Record<string, Pick<PlantedJob, 'warmupMs' | 'askMs'>>> = {
  'bedrock 59': { warmupMs: 1600, askMs: 10_100 },
  'ollama 59': { warmupMs: 5600, askMs: 20_100 },
  'bedrock 56': { warmupMs: 1600, askMs: 40_000 },
};

/** Writes the store; its jobs, the newest first, as the board has them. No two run at the same time. */
export function writeComparedStore(path: string): readonly PlantedJob[] {
  const file = new RuneFile(path);
  const jobs: PlantedJob[] = [];
  file.db.transaction(() => {
    for (let i = 0; i < JOBS_EACH * BACKENDS.length; i++) {
      const backend = BACKENDS[i % BACKENDS.length] ?? 'ollama';
      const nth = Math.floor(i / BACKENDS.length);
      const isSmall = backend === 'ollama' && nth % LARGE_EVERY !== LARGE_EVERY - 1;
      const model = isSmall ? SMALL : LARGE;
      const times = {
        warmupMs: around(2000, nth, JOBS_EACH),
        askMs:
          backend === 'ollama' && !isSmall
            ? around(TRUTH[backend], Math.floor(nth / LARGE_EVERY), JOBS_EACH / LARGE_EVERY)
            : around(isSmall ? SMALL_MS : TRUTH[backend], nth, JOBS_EACH),
        ...PLANTED[`${backend} ${nth}`],
      };
      const failed = backend === 'k8s-inference' && nth % 20 === 0;
      const job_id = writeJob(file, 1_777_000_000 + i * 120, { backend, model, failed, ...times });
      jobs.unshift({ job_id, backend, model, failed, ...times });
    }
  })();
  file.close();
  return jobs;
}

/** Values lie evenly around the median, not by chance, so that what is true of them is known. */
function around(medianMs: number, nth: number, count: number): number {
  const place = (((nth * STRIDE) % count) + 0.5) / count;
  return medianMs * Math.exp(SPREAD * (2 * place - 1));
}

function writeJob(file: RuneFile, at: number, job: Omit<PlantedJob, 'job_id'>): string {
  const { backend, model, failed } = job;
  const warm = at + 0.25 + job.warmupMs / 1000;
  const asked = warm + 0.25 + job.askMs / 1000;
  const job_id = file.job({
    kind: 'benchmark',
    status: failed ? 'failed' : 'succeeded',
    request: { agent: 'holmes', backend_type: backend, model, question: 'Why does the pod restart?' },
    message: failed ? 'failed' : 'completed',
    error: failed ? 'The agent gave up.' : null,
    created_at: at,
    updated_at: asked + 0.5,
  });
  // In the order in which they end, which is that in which RUNE writes them.
  file.event({ job_id, event: WARMUPS[backend], duration_ms: job.warmupMs, recorded_at: warm });
  const call = { job_id, event: 'driver.call', duration_ms: job.askMs - ASK_OWN_MS };
  file.event({ ...call, recorded_at: asked - ASK_OWN_MS / 2000 });
  file.event({
    job_id,
    event: 'agent.ask',
    status: failed ? 'error' : 'ok',
    error_type: failed ? 'RuntimeError' : null,
    duration_ms: job.askMs,
    labels: { agent_name: 'holmes', model, backend_type: backend },
    recorded_at: asked,
  });
  return job_id;
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? Number.NaN) + (sorted[Math.floor(half)] ?? Number.NaN)) / 2;
}
