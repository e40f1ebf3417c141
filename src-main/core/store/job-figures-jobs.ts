import type { Db } from './database.ts';
import type { JobColumns } from './job-figures.ts';

type Tuple = [
  jobId: string,
  texts: string,
  question: string | null,
  demo: number,
  createdAt: number,
  queueMs: number | null,
  durationMs: number | null,
  costUsd: number | null,
  suspected: number,
];
const TEXTS = [
  'tenant_id',
  'kind',
  'status',
  'agent',
  'backend_type',
  'provider_type',
  'model',
  'backend_url',
] as const;

/** Columns of few values cross as one text, which is taken apart once per combination. */
const SELECT = `
SELECT job_id, json_array(${TEXTS.join(', ')}), question, demo, created_at, queue_ms, duration_ms, cost_usd,
  suspected_failure
FROM rs_job ORDER BY rowid`;

/** In the order of rs_job's rowids. */
export function readJobColumns(index: Db): JobColumns {
  const tuples = index.prepare(SELECT).raw().all() as Tuple[];
  const count = tuples.length;
  const texts: string[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (text: unknown): number => {
    if (typeof text !== 'string') return -1;
    let number = numbers.get(text);
    if (number === undefined) {
      number = texts.push(text) - 1;
      numbers.set(text, number);
    }
    return number;
  };
  const combinations = new Map<string, readonly number[]>();
  const combinationOf = (json: string): readonly number[] => {
    let combination = combinations.get(json);
    if (combination === undefined) {
      combination = (JSON.parse(json) as unknown[]).map(numberOf);
      combinations.set(json, combination);
    }
    return combination;
  };
  const whole = () => new Int32Array(count);
  const real = () => new Float64Array(count);
  const columns = TEXTS.map(whole);
  const jobIds = new Array<string>(count);
  const question = whole();
  const demo = new Uint8Array(count);
  const createdAt = real();
  const queueMs = real();
  const durationMs = real();
  const costUsd = real();
  const suspected = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const tuple = tuples[i] as Tuple;
    jobIds[i] = tuple[0];
    const combination = combinationOf(tuple[1]);
    for (let c = 0; c < columns.length; c++) (columns[c] as Int32Array)[i] = combination[c] ?? -1;
    question[i] = numberOf(tuple[2]);
    demo[i] = tuple[3];
    createdAt[i] = tuple[4];
    queueMs[i] = tuple[5] ?? Number.NaN;
    durationMs[i] = tuple[6] ?? Number.NaN;
    costUsd[i] = tuple[7] ?? Number.NaN;
    suspected[i] = tuple[8];
  }
  const [tenant_id, kind, status, agent, backend_type, provider_type, model, backend_url] = columns as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  return {
    count,
    job_id: jobIds,
    texts,
    tenant_id,
    kind,
    status,
    agent,
    backend_type,
    backend_url,
    provider_type,
    model,
    question,
    demo,
    created_at: createdAt,
    queue_ms: queueMs,
    duration_ms: durationMs,
    cost_usd: costUsd,
    suspected_failure: suspected,
  };
}
