import type { Change } from '#core/store/change-feed.ts';
import type { EngineStatus, JobRow, LiveBatch, LiveSpan } from '#shared/contract/types.ts';
import type { Milliseconds } from '#shared/model/units.ts';

/** A batch leaves at most this often; what happens in between is merged. */
const INTERVAL_MS: Milliseconds = 25;
/** How old the status of a busy engine may get: a queue or an archive that drains commits nothing by itself. */
const STATUS_MS: Milliseconds = 250;
/** More spans than this between two batches are not sent: the receiver reads the trace anew. */
const MAX_SPANS = 20_000;

export interface Watched {
  subscribe(listener: (change: Change) => void): () => void;
  /** Null for sources that run nothing. */
  status(): EngineStatus | null;
}

/**
 * Changes as batches: jobs merged by id (the newest wins), spans in order, of `jobId` only when it is given and none
 * otherwise. The first batch comes at once and carries the status. Ends when `signal` aborts.
 */
export async function* watchChanges(
  source: Watched,
  jobId: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<LiveBatch, void> {
  let jobs = new Map<string, JobRow>();
  let spans: LiveSpan[] = [];
  let gap = false;
  let seq = 0;
  let wake: () => void = () => {};
  const unsubscribe = source.subscribe((change) => {
    if (change.gap === true) gap = true;
    for (const job of change.jobs) jobs.set(job.job_id, job);
    if (jobId !== undefined) {
      for (const span of change.spans) if (span.job_id === jobId) spans.push(span);
      if (spans.length > MAX_SPANS) {
        spans = [];
        gap = true;
      }
    }
    wake();
  });
  const onAbort = (): void => wake();
  signal.addEventListener('abort', onAbort);
  let lastStatus = '';
  try {
    while (signal.aborted !== true) {
      const status = source.status();
      const statusText = JSON.stringify(status);
      const changedStatus = statusText !== lastStatus ? status : null;
      if (seq === 0 || jobs.size > 0 || spans.length > 0 || gap || changedStatus !== null) {
        const batch: LiveBatch = { seq: seq++, gap, jobs: [...jobs.values()], spans, status: changedStatus };
        jobs = new Map();
        spans = [];
        gap = false;
        lastStatus = statusText;
        yield batch;
        await pause(INTERVAL_MS, signal);
        if (jobs.size > 0 || spans.length > 0 || gap) continue;
      }
      const busy = status !== null && status.running + status.queued + status.archive_pending > 0;
      let timer: ReturnType<typeof setTimeout> | undefined;
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (busy) timer = setTimeout(resolve, STATUS_MS);
        if (signal.aborted === true) resolve();
      });
      clearTimeout(timer);
      wake = () => {};
    }
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', onAbort);
  }
}

function pause(ms: Milliseconds, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
