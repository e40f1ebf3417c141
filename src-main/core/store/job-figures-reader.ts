import { CodedError } from '#shared/model/failure.ts';
import { type Db, guardStore } from './database.ts';
import { readAttribute } from './job-attribute.ts';
import type { CallColumns, JobColumns, JobFigures, SpanColumns } from './job-figures.ts';
import { readJobColumns } from './job-figures-jobs.ts';
import { indexedEventId } from './rollup.ts';
import { newestEventId, type TraceStore } from './trace-reader.ts';

/** Answers kept of each kind: the span names and attributes that one view shows. */
const MAX_KEPT = 64;

let readers = 0;

/** JobFigures over a store's index. Answers are kept until the store changes; `store` is asked anew each time. */
export function createJobFigures(store: () => TraceStore & { readonly path: string }): JobFigures {
  // Two stores may have changed equally often.
  const reader = ++readers;
  const guarded = <T>(read: (of: TraceStore) => T): T => {
    const of = store();
    if (!of.index.open)
      throw new CodedError('source.unknown', `${of.path} was closed while it was read. Open it again.`);
    // One snapshot: rows and numbers are of the same moment, whoever writes beside.
    return guardStore(of.path, () => of.index.transaction(() => read(of))());
  };
  const jobsVersion = ({ index }: TraceStore): string =>
    `${reader}.${String(index.prepare('SELECT jobs FROM rs_version').pluck().get())}`;
  const version = (of: TraceStore): string => `${jobsVersion(of)}.${indexedEventId(of.index)}`;

  const jobs = kept(jobsVersion, ({ index }) => readJobColumns(index));
  const rows = kept(
    (of) => `${jobsVersion(of)}.${lastNumber(of.index)}`,
    ({ index }) => rowsByNumber(index),
  );
  const spans = kept(version, (of, event) => readSpans(of.index, event, rows(of, '')));
  const calls = kept(version, (of) => readCalls(of.index, jobs(of, ''), rows(of, '')));
  const events = kept(version, ({ index }) => readEvents(index));
  const attributes = kept(version, (of, request) => {
    const [event, key] = JSON.parse(request) as [string, string];
    return readAttribute(of, event, key, jobs(of, ''), spans(of, event));
  });
  return {
    version: () => guarded(version),
    complete: () => guarded((of) => indexedEventId(of.index) >= newestEventId(of)),
    jobs: () => guarded((of) => jobs(of, '')),
    spans: (event) => guarded((of) => spans(of, event)),
    calls: () => guarded((of) => calls(of, '')),
    events: () => guarded((of) => events(of, '')),
    attribute: (event, key) => guarded((of) => attributes(of, JSON.stringify([event, key]))),
  };
}

function kept<T>(
  versionOf: (of: TraceStore) => string,
  read: (of: TraceStore, request: string) => T,
): (of: TraceStore, request: string) => T {
  const answers = new Map<string, T>();
  let version = '';
  return (of, request) => {
    const now = versionOf(of);
    if (now !== version || answers.size >= MAX_KEPT) answers.clear();
    version = now;
    let answer = answers.get(request);
    if (answer === undefined) {
      answer = read(of, request);
      answers.set(request, answer);
    }
    return answer;
  };
}

const lastNumber = (index: Db): number =>
  (index.prepare('SELECT max(number) FROM rs_job_number').pluck().get() as number | null) ?? 0;

/** The row of each job number; -1 where the board has no such job. */
function rowsByNumber(index: Db): Int32Array {
  const rows = new Int32Array(lastNumber(index) + 1).fill(-1);
  const numbers = index
    .prepare(
      'SELECT n.number FROM rs_job j LEFT JOIN rs_job_number n ON n.job_id = j.job_id ORDER BY j.rowid',
    )
    .pluck()
    .all() as (number | null)[];
  for (let row = 0; row < numbers.length; row++) {
    const number = numbers[row] ?? null;
    if (number !== null) rows[number] = row;
  }
  return rows;
}

function readSpans(index: Db, event: string, rows: Int32Array): SpanColumns {
  const found = index
    .prepare(
      'SELECT number, count, errors, CASE WHEN timed > 0 THEN sum_ms END FROM rs_job_span WHERE name_id = (SELECT id FROM rs_span_name WHERE name = ?)',
    )
    .raw()
    .all(event) as [number, number, number, number | null][];
  const row = new Int32Array(found.length);
  const count = new Float64Array(found.length);
  const errors = new Float64Array(found.length);
  const sumMs = new Float64Array(found.length);
  let n = 0;
  for (const tuple of found) {
    const at = rows[tuple[0]] ?? -1;
    if (at === -1) continue;
    row[n] = at;
    count[n] = tuple[1];
    errors[n] = tuple[2];
    sumMs[n++] = tuple[3] ?? Number.NaN;
  }
  return {
    row: row.subarray(0, n),
    count: count.subarray(0, n),
    errors: errors.subarray(0, n),
    sum_ms: sumMs.subarray(0, n),
  };
}

const CALL_FIGURES = `
SELECT number, calls, CASE WHEN input_known = calls THEN input_tokens END,
  CASE WHEN output_known = calls THEN output_tokens END, first_token_ms, load_ms,
  CASE WHEN prompt_ms > 0 THEN prompt_tokens / prompt_ms * 1000 END,
  CASE WHEN generated_ms > 0 THEN generated_tokens / generated_ms * 1000 END, speed_source
FROM rs_job_call`;

const TOLD = 'SELECT job_id, tokens_in, tokens_out FROM rs_job WHERE tokens_in > 0 OR tokens_out > 0';

/** Jobs whose agent says what it used stand behind those whose calls were seen. */
function readCalls(index: Db, jobs: JobColumns, rows: Int32Array): CallColumns {
  const seen = index.prepare(CALL_FIGURES).raw().all() as [number, ...(number | null)[]][];
  const told = index.prepare(TOLD).raw().all() as [string, number | null, number | null][];
  const most = seen.length + told.length;
  const row = new Int32Array(most);
  const figures = Array.from({ length: 7 }, () => new Float64Array(most).fill(Number.NaN));
  const source = new Uint8Array(most);
  const hasCalls = new Uint8Array(jobs.count);
  let n = 0;
  for (const tuple of seen) {
    const at = rows[tuple[0]] ?? -1;
    if (at === -1) continue;
    hasCalls[at] = 1;
    row[n] = at;
    for (let c = 0; c < figures.length; c++) (figures[c] as Float64Array)[n] = tuple[c + 1] ?? Number.NaN;
    source[n++] = tuple[8] ?? 0;
  }
  const rowOf = new Map(told.length === 0 ? [] : jobs.job_id.map((jobId, at) => [jobId, at]));
  for (const [jobId, input, output] of told) {
    const at = rowOf.get(jobId);
    if (at === undefined || hasCalls[at] === 1) continue;
    row[n] = at;
    (figures[1] as Float64Array)[n] = input ?? Number.NaN;
    (figures[2] as Float64Array)[n++] = output ?? Number.NaN;
  }
  const column = (c: number): Float64Array => (figures[c] as Float64Array).subarray(0, n);
  return {
    row: row.subarray(0, n),
    calls: column(0),
    input_tokens: column(1),
    output_tokens: column(2),
    first_token_ms: column(3),
    load_ms: column(4),
    prompt_tokens_per_second: column(5),
    output_tokens_per_second: column(6),
    speed_source: source.subarray(0, n),
  };
}

const readEvents = (index: Db): ReturnType<JobFigures['events']> =>
  index
    .prepare(
      'SELECT event, sum(total) AS total, sum(error) AS errors FROM rs_rollup GROUP BY event ORDER BY 2 DESC, 1',
    )
    .all() as { event: string; total: number; errors: number }[];
