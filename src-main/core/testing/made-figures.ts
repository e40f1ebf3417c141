import type { FigureSource } from '#core/compare/population.ts';
import type { JobFigures } from '#core/store/job-figures.ts';

export interface MadeJob {
  readonly job_id: string;
  readonly tenant_id?: string;
  readonly kind?: string;
  readonly status?: string;
  readonly agent?: string | null;
  readonly backend_type?: string | null;
  readonly backend_url?: string | null;
  readonly provider_type?: string | null;
  readonly model?: string | null;
  readonly question?: string | null;
  readonly demo?: boolean;
  readonly created_at?: number;
  readonly queue_ms?: number;
  readonly duration_ms?: number;
  readonly cost_usd?: number;
  readonly suspected_failure?: boolean;
  /** Total time by span name, or count, errors and time. */
  readonly spans?: Readonly<Record<string, number | readonly [count: number, errors: number, ms: number]>>;
  /** Of its only call; `source` as in CallColumns. */
  readonly call?: {
    readonly load_ms?: number;
    readonly first_token_ms?: number;
    readonly speed?: number;
    readonly source?: number;
    readonly input?: number;
    readonly output?: number;
  };
  /** By `<span name>:<key>`. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** A source that says of its jobs what a test says. */
export function madeSource(source: string, jobs: readonly MadeJob[]): FigureSource {
  const texts: string[] = [];
  const number = (text: string | null | undefined): number => {
    if (text === null || text === undefined) return -1;
    const at = texts.indexOf(text);
    return at === -1 ? texts.push(text) - 1 : at;
  };
  const texted = (of: (job: MadeJob) => string | null | undefined): Int32Array =>
    Int32Array.from(jobs, (job) => number(of(job)));
  const counted = (of: (job: MadeJob) => number | undefined): Float64Array =>
    Float64Array.from(jobs, (job) => of(job) ?? Number.NaN);
  const columns = {
    count: jobs.length,
    job_id: jobs.map(({ job_id }) => job_id),
    texts,
    tenant_id: texted(({ tenant_id }) => tenant_id ?? 'default'),
    kind: texted(({ kind }) => kind ?? 'benchmark'),
    status: texted(({ status }) => status ?? 'succeeded'),
    agent: texted(({ agent }) => (agent === undefined ? 'holmes' : agent)),
    backend_type: texted(({ backend_type }) => (backend_type === undefined ? 'ollama' : backend_type)),
    backend_url: texted(({ backend_url }) => backend_url),
    provider_type: texted(({ provider_type }) => (provider_type === undefined ? 'existing' : provider_type)),
    model: texted(({ model }) => (model === undefined ? 'm' : model)),
    question: texted(({ question }) => (question === undefined ? 'Why?' : question)),
    demo: Uint8Array.from(jobs, ({ demo }) => Number(demo ?? false)),
    created_at: Float64Array.from(jobs, ({ created_at }, i) => created_at ?? 1_777_000_000 + i * 1000),
    queue_ms: counted(({ queue_ms }) => queue_ms),
    duration_ms: counted(({ duration_ms }) => duration_ms),
    cost_usd: counted(({ cost_usd }) => cost_usd),
    suspected_failure: Uint8Array.from(jobs, ({ suspected_failure }) => Number(suspected_failure ?? false)),
  };
  const having = <T>(of: (job: MadeJob) => T | undefined): readonly { row: number; value: T }[] =>
    jobs.flatMap((job, row) => {
      const value = of(job);
      return value === undefined ? [] : [{ row, value }];
    });
  const figures: JobFigures = {
    version: () => '1',
    complete: () => true,
    jobs: () => columns,
    spans: (event) => {
      const found = having(({ spans }) => spans?.[event]);
      const at = (i: 0 | 1 | 2): Float64Array =>
        Float64Array.from(found, ({ value }) => (typeof value === 'number' ? [1, 0, value] : value)[i] ?? 0);
      return { row: Int32Array.from(found, ({ row }) => row), count: at(0), errors: at(1), sum_ms: at(2) };
    },
    calls: () => {
      const found = having(({ call }) => call);
      const of = (name: 'load_ms' | 'first_token_ms' | 'speed' | 'input' | 'output'): Float64Array =>
        Float64Array.from(found, ({ value }) => value[name] ?? Number.NaN);
      return {
        row: Int32Array.from(found, ({ row }) => row),
        calls: Float64Array.from(found, () => 1),
        input_tokens: of('input'),
        output_tokens: of('output'),
        first_token_ms: of('first_token_ms'),
        load_ms: of('load_ms'),
        prompt_tokens_per_second: of('speed'),
        output_tokens_per_second: of('speed'),
        speed_source: Uint8Array.from(found, ({ value }) => value.source ?? 0),
      };
    },
    events: () => {
      const names = new Set(jobs.flatMap(({ spans }) => Object.keys(spans ?? {})));
      return [...names].map((event) => ({
        event,
        total: having(({ spans }) => spans?.[event]).length,
        errors: 0,
      }));
    },
    attribute: (event, key) => {
      const found = having(({ labels }) => labels?.[`${event}:${key}`]);
      return { row: Int32Array.from(found, ({ row }) => row), value: found.map(({ value }) => value) };
    },
  };
  return { source, figures };
}

/** `count` jobs alike, with ids `<prefix>-0` and so on. */
export const madeJobs = (
  prefix: string,
  count: number,
  of: (index: number) => Omit<MadeJob, 'job_id'>,
): readonly MadeJob[] =>
  Array.from({ length: count }, (_, index) => ({ job_id: `${prefix}-${index}`, ...of(index) }));
