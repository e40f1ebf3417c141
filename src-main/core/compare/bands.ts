import { performance } from 'node:perf_hooks';
import type { JobColumns, JobFigures } from '#core/store/job-figures.ts';
import type { TraceBands } from '#shared/model/compare.ts';
import { CodedError } from '#shared/model/failure.ts';
import { decodeTrace } from '#shared/model/trace-columns.ts';
import { BandBuilder, type BandJob } from './band-rows.ts';
import { cell, identityOf } from './population.ts';
import { createTurns } from './turns.ts';

export interface BandDeps {
  /** encodeTrace() bytes; throws `job.not_found` for a job that is gone. */
  trace(source: string, jobId: string): Promise<ArrayBuffer>;
  figures(source: string): Promise<JobFigures>;
}

/**
 * The procedure behind `compare.bands`. A job named twice, or reached through two sources, counts once, as the first
 * of them has it; one that is gone is left out.
 */
export function createBands({ trace, figures }: BandDeps): (jobs: readonly BandJob[]) => Promise<TraceBands> {
  return async (jobs) => {
    const started = performance.now();
    const pause = createTurns();
    const builder = new BandBuilder();
    let leftOut = 0;
    const once = await onceEach(jobs, figures);
    for (const job of once) {
      const bytes = await trace(job.source, job.job_id).catch(absent);
      if (bytes === null || !builder.add(job, decodeTrace(bytes))) leftOut++;
      await pause();
    }
    const { rows, leftOut: rowsLeftOut } = await builder.rows(pause);
    return {
      rows,
      jobs: builder.jobs,
      left_out: leftOut,
      duplicates: jobs.length - once.length,
      rows_left_out: rowsLeftOut,
      took_ms: performance.now() - started,
    };
  };
}

async function onceEach(jobs: readonly BandJob[], figures: BandDeps['figures']): Promise<readonly BandJob[]> {
  const bySource = new Map<string, Set<string>>();
  for (const { source, job_id } of jobs) {
    const ids = bySource.get(source);
    if (ids === undefined) bySource.set(source, new Set([job_id]));
    else ids.add(job_id);
  }
  // One source has no job twice, and needs not be asked.
  const tenants = new Map<string, ReadonlyMap<string, string>>();
  if (bySource.size > 1)
    for (const [source, ids] of bySource) tenants.set(source, tenantsOf((await figures(source)).jobs(), ids));
  const known = new Set<string>();
  return jobs.filter(({ source, job_id }) => {
    const tenant = tenants.get(source)?.get(job_id);
    const isSomewhere = bySource.size === 1 || tenant === undefined;
    // Of one that is gone nobody can say whether another source has it.
    const identity = isSomewhere ? `${source} ${job_id}` : `:${identityOf(tenant, job_id)}`;
    const isNew = !known.has(identity);
    known.add(identity);
    return isNew;
  });
}

function tenantsOf(jobs: JobColumns, wanted: ReadonlySet<string>): ReadonlyMap<string, string> {
  const tenants = new Map<string, string>();
  for (const [row, jobId] of jobs.job_id.entries())
    if (wanted.has(jobId)) tenants.set(jobId, jobs.texts[cell(jobs.tenant_id, row)] ?? '');
  return tenants;
}

/** One job that was deleted since it was chosen must not take the picture of the others away. */
function absent(thrown: unknown): null {
  if (thrown instanceof CodedError && thrown.code === 'job.not_found') return null;
  throw thrown;
}
