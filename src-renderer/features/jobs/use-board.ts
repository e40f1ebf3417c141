import { type UseQueryResult, useQueries, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { type ShownFailure, shownFailure } from '#renderer/client/failure.ts';
import { useApi, useLive } from '#renderer/client/query.tsx';
import type { JobQuery } from '#shared/contract/contract.ts';
import type { JobPage, JobRow } from '#shared/contract/types.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import { type LoadedPages, PAGE_ROWS, pagesOf, patchPage, sameLoaded } from './board-pages.ts';

const REFRESH_MS: Milliseconds = 300;
const NOTHING: LoadedPages = { total: 0, pages: new Map() };

export interface Board {
  readonly loaded: LoadedPages;
  /** Nothing has arrived yet, for any filter. */
  readonly first: boolean;
  /** What is shown belongs to the filter before this one. */
  readonly stale: boolean;
  readonly failure: ShownFailure | null;
  /** Jobs that came or changed place and are not shown, so that nothing jumps. */
  readonly waiting: number;
  /** Reads the pages in view anew. */
  readonly refresh: () => void;
  /** The rows from `first` to `last`, loaded where they are not. */
  readonly rows: (first: number, last: number) => Promise<readonly JobRow[]>;
}

/**
 * The pages of the board in view, patched in place by live changes. New jobs are taken in at once while `follow`
 * (the reader is at the top); otherwise they wait to be asked for.
 */
export function useBoard(
  query: Omit<JobQuery, 'limit' | 'offset'>,
  view: { readonly first: number; readonly last: number },
  follow: boolean,
): Board {
  const { orpc } = useApi();
  const cache = useQueryClient();
  const wanted = pagesOf(view.first, view.last);
  const optionsOf = useCallback(
    (page: number) =>
      orpc.jobs.list.queryOptions({ input: { ...query, limit: PAGE_ROWS, offset: page * PAGE_ROWS } }),
    [orpc, query],
  );
  const wantedKey = wanted.join();
  const combine = useCallback(
    (results: readonly UseQueryResult<JobPage>[]) => {
      const numbers = wantedKey.split(',').map(Number);
      const arrived = results.flatMap(({ data }, i) =>
        data === undefined ? [] : [[numbers[i] ?? 0, data] as const],
      );
      const newest = arrived[0];
      const loaded: LoadedPages | null =
        newest === undefined
          ? null
          : { total: newest[1].total, pages: new Map(arrived.map(([page, data]) => [page, data.jobs])) };
      return {
        current: loaded,
        error: results.find((result) => result.error !== null && result.data === undefined)?.error ?? null,
      };
    },
    [wantedKey],
  );
  const { current, error } = useQueries({
    // Nothing patches the pages while the board is away, so coming back reads them anew.
    queries: wanted.map((page) => ({ ...optionsOf(page), gcTime: 60_000, staleTime: 0 })),
    combine,
  });
  const [shown, setShown] = useState<LoadedPages | null>(null);
  if (current !== null && !sameLoaded(current, shown)) setShown(current);
  const [waiting, setWaiting] = useState<ReadonlySet<string>>(new Set());
  const refresh = useCallback(() => {
    setWaiting(new Set());
    void cache.invalidateQueries({ queryKey: orpc.jobs.list.key({ input: { source: query.source } }) });
  }, [cache, orpc, query.source]);

  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const refreshSoon = useCallback(() => {
    if (timer.current !== undefined) return;
    timer.current = setTimeout(() => {
      timer.current = undefined;
      refresh();
    }, REFRESH_MS);
  }, [refresh]);

  useLive(query.source, undefined, {
    onBatch: (batch) => {
      if (batch.jobs.length === 0) return;
      const changed = new Map(batch.jobs.map((job) => [job.job_id, job]));
      const known = new Set<string>();
      cache.setQueriesData<JobPage>(
        { queryKey: orpc.jobs.list.key({ input: { source: query.source } }) },
        (page) => {
          if (page === undefined) return page;
          for (const job of page.jobs) if (changed.has(job.job_id)) known.add(job.job_id);
          return patchPage(page, changed);
        },
      );
      const unknown = batch.jobs.filter((job) => !known.has(job.job_id));
      if (unknown.length === 0) return;
      if (follow) refreshSoon();
      else setWaiting((before) => new Set([...before, ...unknown.map((job) => job.job_id)]));
    },
    onGap: refresh,
  });

  const rows = useCallback(
    async (first: number, last: number) => {
      const pages = await Promise.all(
        pagesOf(first, last).map((page) => cache.ensureQueryData(optionsOf(page))),
      );
      const start = (pagesOf(first, last)[0] ?? 0) * PAGE_ROWS;
      return pages.flatMap((page) => page.jobs).slice(first - start, last - start + 1);
    },
    [cache, optionsOf],
  );

  return {
    loaded: current ?? shown ?? NOTHING,
    first: current === null && shown === null,
    stale: current === null && shown !== null,
    failure: error === null ? null : shownFailure(error),
    waiting: waiting.size,
    refresh,
    rows,
  };
}
