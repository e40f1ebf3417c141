import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '#core/engine.ts';
import type { LiveBatch } from '#shared/contract/types.ts';
import { formatDuration } from '#shared/lib/format.ts';
import { isTerminal } from '#shared/model/job.ts';
import { OWN, type SourceId } from '#shared/model/source.ts';
import { SPAN_ERROR } from '#shared/model/trace-columns.ts';
import { describeChain } from './follow-chain.ts';

/** Batches tell sooner; asking is what a lost batch cannot break. */
const ASK_EVERY_MS = 1000;

/** Resolves when the job has ended; what happens meanwhile goes to `progress`. Rejects when the engine goes away. */
export async function followJob(
  client: Client,
  jobId: string,
  progress: (line: string) => void,
  source: SourceId = OWN,
): Promise<void> {
  const stop = new AbortController();
  const describe = describer(jobId);
  const steps = describeChain(client, jobId);
  const asked = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const { status } = await client.jobs.get({ source, job_id: jobId });
      if (isTerminal(status)) return;
      await sleep(ASK_EVERY_MS, undefined, { signal: stop.signal });
    }
  };
  const watched = async (): Promise<void> => {
    const batches = await client.live.watch({ source, job_id: jobId }, { signal: stop.signal });
    for await (const batch of batches) {
      for (const line of [...describe(batch), ...(await steps(batch))]) progress(line);
      if (batch.jobs.some((job) => job.job_id === jobId && isTerminal(job.status))) return;
    }
    await sleep(2 ** 31 - 1, undefined, { signal: stop.signal });
  };
  const both = [watched(), asked()];
  try {
    await Promise.race(both);
  } finally {
    stop.abort();
    await Promise.allSettled(both);
  }
}

/** Lines for a person: each span as it begins or ends, and what the job says of itself. */
function describer(jobId: string): (batch: LiveBatch) => string[] {
  let said = '';
  return (batch) => {
    const lines: string[] = [];
    for (const job of batch.jobs) {
      if (job.job_id !== jobId) continue;
      const now = `${job.status}${job.message === null ? '' : `: ${job.message}`}`;
      if (now !== said) lines.push(now);
      said = now;
    }
    for (const span of batch.spans) {
      const name = span.label === '' ? span.name : `${span.name} (${span.label})`;
      const how = (span.flags & SPAN_ERROR) === 0 ? '' : ' failed';
      lines.push(
        span.duration_ms === null ? `  ${name} ...` : `  ${name}${how} ${formatDuration(span.duration_ms)}`,
      );
    }
    return lines;
  };
}
