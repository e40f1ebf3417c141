import { performance } from 'node:perf_hooks';
import type { TraceBands } from '#shared/model/compare.ts';
import { CodedError } from '#shared/model/failure.ts';
import { decodeTrace } from '#shared/model/trace-columns.ts';
import { BandBuilder, type BandJob } from './band-rows.ts';
import { createTurns } from './turns.ts';

export interface BandDeps {
  /** encodeTrace() bytes; throws `job.not_found` for a job that is gone. */
  trace(source: string, jobId: string): Promise<ArrayBuffer>;
}

/** The procedure behind `compare.bands`. A job named twice counts once; one that is gone is left out. */
export function createBands({ trace }: BandDeps): (jobs: readonly BandJob[]) => Promise<TraceBands> {
  return async (jobs) => {
    const started = performance.now();
    const pause = createTurns();
    const builder = new BandBuilder();
    let leftOut = 0;
    for (const job of onceEach(jobs)) {
      const bytes = await trace(job.source, job.job_id).catch(absent);
      if (bytes === null || !builder.add(job, decodeTrace(bytes))) leftOut++;
      await pause();
    }
    const { rows, leftOut: rowsLeftOut } = await builder.rows(pause);
    return {
      rows,
      jobs: builder.jobs,
      left_out: leftOut,
      rows_left_out: rowsLeftOut,
      took_ms: performance.now() - started,
    };
  };
}

const onceEach = (jobs: readonly BandJob[]): Iterable<BandJob> =>
  new Map(jobs.map((job) => [`${job.job_id} ${job.source}`, job])).values();

/** One job that was deleted since it was chosen must not take the picture of the others away. */
function absent(thrown: unknown): null {
  if (thrown instanceof CodedError && thrown.code === 'job.not_found') return null;
  throw thrown;
}
