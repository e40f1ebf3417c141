import { useCallback, useEffect, useRef, useState } from 'react';
import { type ShownFailure, shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import type { FindProgress } from '#shared/model/archive.ts';

/** Requests a search makes before it asks whether to go on. */
export const FIRST_REQUESTS = 400;
export const MORE_REQUESTS = 10_000;

export interface Search {
  readonly jobId: string;
  readonly progress: FindProgress | null;
  readonly isRunning: boolean;
  readonly failure: ShownFailure | null;
  readonly limit: number;
}
export interface Find {
  readonly search: Search | null;
  readonly start: (jobId: string, limit?: number) => void;
  readonly stop: () => void;
  readonly dismiss: () => void;
}

/** Looks for a job id: in the index, then day by day in the archive itself. */
export function useFind(target: string, onFound: (key: string) => void): Find {
  const { client } = useApi();
  const [search, setSearch] = useState<Search | null>(null);
  const abort = useRef<AbortController | null>(null);
  useEffect(() => () => abort.current?.abort(), []);
  const start = useCallback(
    async (jobId: string, limit = FIRST_REQUESTS) => {
      abort.current?.abort();
      const mine = new AbortController();
      abort.current = mine;
      let now: Search = { jobId, progress: null, isRunning: true, failure: null, limit };
      setSearch(now);
      try {
        const input = { target, job_id: jobId, max_requests: limit };
        for await (const progress of await client.archive.find(input, { signal: mine.signal })) {
          if (mine.signal.aborted) break;
          now = { ...now, progress };
          setSearch(now);
        }
      } catch (error) {
        if (!mine.signal.aborted) now = { ...now, failure: shownFailure(error) };
      }
      if (abort.current !== mine) return;
      setSearch({ ...now, isRunning: false });
      if (!mine.signal.aborted && now.progress?.found != null) onFound(now.progress.found.key);
    },
    [client, target, onFound],
  );
  return {
    search,
    start: (jobId, limit) => void start(jobId, limit),
    stop: () => abort.current?.abort(),
    dismiss: () => {
      abort.current?.abort();
      abort.current = null;
      setSearch(null);
    },
  };
}
