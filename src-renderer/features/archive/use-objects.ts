import { type UseQueryResult, useQueries, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { type ShownFailure, shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import type { ArchivedObject, ArchivePage, ListingState } from '#shared/model/archive.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import { type ArchiveView, type ObjectsQuery, toQuery } from './archive-url.ts';
import type { ListingSnapshot } from './listing.ts';
import { type LoadedPages, PAGE_ROWS, pagesOf, sameLoaded } from './object-pages.ts';

const NOTHING: LoadedPages = { total: 0, pages: new Map() };
/** As many as the contract gives at once. */
const BULK_ROWS = 1_000;
const ROWS_EVERY_MS: Milliseconds = 700;
const FACETS_EVERY_MS: Milliseconds = 2_500;

export interface Objects {
  readonly loaded: LoadedPages;
  /** Of the index, as the newest page told it. */
  readonly state: { readonly state: ListingState; readonly at: Milliseconds } | null;
  /** Nothing has arrived yet, for any filter. */
  readonly first: boolean;
  /** What is shown belongs to the filter before this one. */
  readonly stale: boolean;
  readonly failure: ShownFailure | null;
  readonly retry: () => void;
  /** The rows from `first` to `last`, read where they are not in hand. */
  readonly rows: (first: number, last: number) => Promise<readonly ArchivedObject[]>;
  /** Every row of the list. */
  readonly all: (
    signal: AbortSignal,
    report: (done: number, total: number) => void,
  ) => Promise<readonly ArchivedObject[]>;
}

const pageOptions = (orpc: ReturnType<typeof useApi>['orpc'], query: ObjectsQuery, page: number) =>
  orpc.archive.objects.queryOptions({
    input: { ...query, limit: PAGE_ROWS, offset: page * PAGE_ROWS },
    gcTime: 60_000,
    staleTime: 2_000,
  });

/** Asks for the first rows of the target that the link names, before it is known whether there is such a target. */
export function useEarlyRows(target: string | undefined, view: ArchiveView): void {
  const { orpc } = useApi();
  const cache = useQueryClient();
  // biome-ignore lint/correctness/useExhaustiveDependencies: once per target; later views ask for themselves
  useEffect(() => {
    if (target !== undefined) void cache.prefetchQuery(pageOptions(orpc, toQuery(target, view), 0));
  }, [target]);
}

/** The pages in view of the local index, read anew while a listing fills it. */
export function useObjects(
  query: ObjectsQuery,
  view: { readonly first: number; readonly last: number },
  listing: ListingSnapshot,
): Objects {
  const { client, orpc } = useApi();
  const cache = useQueryClient();
  const wanted = pagesOf(view.first, view.last);
  const optionsOf = useCallback((page: number) => pageOptions(orpc, query, page), [orpc, query]);
  const wantedKey = wanted.join();
  const combine = useCallback(
    (results: readonly UseQueryResult<ArchivePage>[]) => {
      const numbers = wantedKey.split(',').map(Number);
      const arrived = results.flatMap((result, i) =>
        result.data === undefined
          ? []
          : [{ page: numbers[i] ?? 0, data: result.data, at: result.dataUpdatedAt }],
      );
      const newest = arrived.toSorted((a, b) => b.at - a.at)[0];
      return {
        current:
          newest === undefined
            ? null
            : {
                total: newest.data.total,
                pages: new Map(arrived.map(({ page, data }) => [page, data.objects])),
              },
        // Two values and not one made here, so that what did not change stays the same object.
        state: newest?.data.state ?? null,
        at: newest?.at ?? 0,
        error: results.find((result) => result.error !== null && result.data === undefined)?.error ?? null,
      };
    },
    [wantedKey],
  );
  const { current, state, at, error } = useQueries({
    queries: wanted.map((page) => optionsOf(page)),
    combine,
  });
  const [shown, setShown] = useState<{
    readonly loaded: LoadedPages;
    readonly state: ListingState;
    readonly at: Milliseconds;
  } | null>(null);
  if (current !== null && state !== null && (shown?.state !== state || !sameLoaded(current, shown.loaded))) {
    setShown({ loaded: current, state, at });
  }
  useFreshIndex(query.target, listing, (current?.total ?? 0) === 0);

  const rows = useCallback(
    async (first: number, last: number) => {
      const pages = await Promise.all(
        pagesOf(first, last).map((page) => cache.ensureQueryData(optionsOf(page))),
      );
      const start = (pagesOf(first, last)[0] ?? 0) * PAGE_ROWS;
      return pages.flatMap((page) => page.objects).slice(first - start, last - start + 1);
    },
    [cache, optionsOf],
  );
  const all = useCallback<Objects['all']>(
    async (signal, report) => {
      const found: ArchivedObject[] = [];
      // By key, so that a listing that goes on meanwhile neither repeats nor skips.
      const steady = { ...query, sort: [{ by: 'key' as const, desc: false }] };
      for (let total = 1; found.length < total; ) {
        const page = await client.archive.objects(
          { ...steady, limit: BULK_ROWS, offset: found.length },
          { signal },
        );
        if (page.objects.length === 0) break;
        total = page.total;
        found.push(...page.objects);
        report(found.length, total);
      }
      return found;
    },
    [client, query],
  );
  return {
    loaded: current ?? shown?.loaded ?? NOTHING,
    state: state === null ? shown : { state, at },
    first: current === null && shown === null,
    stale: current === null && shown !== null,
    failure: error === null ? null : shownFailure(error),
    retry: () => void cache.invalidateQueries({ queryKey: orpc.archive.objects.key() }),
    rows,
    all,
  };
}

/** Reads rows and counts anew as the listing brings keys: at once for the first, then now and then, and at its end. */
function useFreshIndex(target: string, listing: ListingSnapshot, isEmpty: boolean): void {
  const { orpc } = useApi();
  const cache = useQueryClient();
  const { isRunning } = listing;
  const loaded = listing.running?.now.loaded ?? 0;
  const asked = useRef({ rows: 0, facets: 0, loaded: 0 });
  useEffect(() => {
    const last = asked.current;
    if (!isRunning || loaded === last.loaded) return;
    const now = Date.now();
    const input = { target };
    if (now - last.rows > (isEmpty ? 100 : ROWS_EVERY_MS)) {
      last.rows = now;
      last.loaded = loaded;
      void cache.invalidateQueries({ queryKey: orpc.archive.objects.key({ input }) });
    }
    // The first rows come before everything that is counted over them.
    if (!isEmpty && now - last.facets > FACETS_EVERY_MS) {
      last.facets = now;
      void cache.invalidateQueries({ queryKey: orpc.archive.facets.key({ input }) });
    }
  }, [cache, orpc, target, isRunning, loaded, isEmpty]);
  useEffect(() => {
    if (isRunning) return;
    void cache.invalidateQueries({ queryKey: orpc.archive.objects.key({ input: { target } }) });
    void cache.invalidateQueries({ queryKey: orpc.archive.facets.key({ input: { target } }) });
  }, [cache, orpc, target, isRunning]);
}
