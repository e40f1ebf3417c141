import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { type ShownFailure, shownFailure } from '#renderer/client/failure.ts';
import type { LiveListener } from '#renderer/client/live.ts';
import { useApi, useLive } from '#renderer/client/query.tsx';
import { TraceStore } from '#renderer/job-view/trace-store.ts';
import type { JobRow, LiveSpan } from '#shared/contract/types.ts';
import { isTerminal } from '#shared/model/job.ts';
import { archivedParts } from '#shared/model/source.ts';
import { decodeTrace } from '#shared/model/trace-columns.ts';

export interface JobTrace {
  readonly store: TraceStore;
  readonly state: 'loading' | 'ready' | 'failed';
  readonly failure: ShownFailure | null;
  readonly reload: () => void;
}

/**
 * A job's spans: read whole once, then kept up by live batches, then read whole again when the job has ended (ends
 * carry figures that live spans lack). What arrives while a reading is under way waits for it.
 */
export function useTrace(
  source: string,
  jobId: string,
  /** Null while nothing is known of the job. */
  ended: boolean | null,
  onJob: (job: JobRow) => void,
  /** Changes of its row may have been missed: read it anew. */
  onMissed: () => void,
): JobTrace {
  const { client } = useApi();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another job has another store
  const store = useMemo(() => new TraceStore(), [source, jobId]);
  const [state, setState] = useState<JobTrace['state']>('loading');
  const [failure, setFailure] = useState<ShownFailure | null>(null);
  const reading = useRef<{ readonly waiting: LiveSpan[] } | null>(null);
  const [greeted, setGreeted] = useState(false);

  const reload = useCallback(async () => {
    const mine = { waiting: [...(reading.current?.waiting ?? [])] };
    reading.current = mine;
    try {
      const blob = await client.trace.columns({ source, job_id: jobId });
      const columns = decodeTrace(await blob.arrayBuffer());
      if (reading.current !== mine) return;
      store.replace(columns);
      store.apply(mine.waiting);
      setState('ready');
      setFailure(null);
    } catch (error) {
      if (reading.current !== mine) return;
      setFailure(shownFailure(error));
      setState('failed');
    } finally {
      if (reading.current === mine) reading.current = null;
    }
  }, [client, store, source, jobId]);

  useEffect(() => {
    void reload();
    return () => {
      reading.current = null;
    };
  }, [reload]);

  const listener: LiveListener = {
    onBatch: (batch) => {
      const job = batch.jobs.find((one) => one.job_id === jobId);
      if (job !== undefined) onJob(job);
      if (batch.spans.length > 0) {
        if (reading.current === null) store.apply(batch.spans);
        else reading.current.waiting.push(...batch.spans);
      }
      setGreeted(true);
      if (job !== undefined && isTerminal(job.status)) void reload();
    },
    onGap: () => {
      onMissed();
      void reload();
    },
  };
  // An archived result never changes.
  useLive(source, jobId, listener, archivedParts(source) === null);

  // Between the first reading and the first batch something may have happened that neither holds; not to a job that
  // had ended before.
  const caughtUp = useRef(false);
  useEffect(() => {
    if (!greeted || ended === null || caughtUp.current) return;
    caughtUp.current = true;
    if (ended) return;
    onMissed();
    void reload();
  }, [greeted, ended, reload, onMissed]);

  return { store, state, failure, reload: () => void reload() };
}
