import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { type ShownFailure, shownFailure } from '#renderer/client/failure.ts';
import { useHashQuery } from '#renderer/client/hash-location.ts';
import { useApi } from '#renderer/client/query.tsx';
import { useNow } from '#renderer/widgets/now.ts';
import type { CompareQuery } from '#shared/contract/compare.ts';
import type { CompareResult, MeasureInfo, VerdictProgress } from '#shared/model/compare.ts';
import type { SourceInfo } from '#shared/model/source.ts';
import { type CompareView, parseView, queryOf, writeView } from './compare-url.ts';

/** While a source is indexed, its figures grow. */
const INDEXING_MS = 1_500;

export function useCompareView(): readonly [CompareView, (view: CompareView) => void] {
  const [query, setQuery] = useHashQuery();
  const text = query.toString();
  const view = useMemo(() => parseView(new URLSearchParams(text)), [text]);
  const set = useCallback((next: CompareView) => setQuery(writeView(next), { replace: true }), [setQuery]);
  return [view, set];
}

/** The contract's query of a view; it keeps still while it means the same. */
export function useCompareQuery(view: CompareView): CompareQuery | null {
  const minute = useNow(view.filter.since === '' ? null : 60_000);
  const text = JSON.stringify(queryOf(view, minute));
  return useMemo(() => JSON.parse(text) as CompareQuery | null, [text]);
}

export function useSources(): readonly SourceInfo[] {
  const { orpc } = useApi();
  return useQuery(orpc.sources.list.queryOptions()).data ?? [];
}

export function useMeasures(sources: readonly string[]): readonly MeasureInfo[] {
  const { orpc } = useApi();
  const options = orpc.compare.measures.queryOptions({ input: { sources: [...sources] }, staleTime: 30_000 });
  return useQuery({ ...options, placeholderData: keepPreviousData }).data ?? [];
}

export function useFigures(query: CompareQuery | null): UseQueryResult<CompareResult> {
  const { orpc } = useApi();
  const options = orpc.compare.run.queryOptions({
    input: query ?? { sources: [] },
    enabled: query !== null,
    staleTime: 10_000,
  });
  return useQuery({
    ...options,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.complete === false ? INDEXING_MS : false),
  });
}

/** Median generation speed by group, beside another measure. */
export function useSpeeds(query: CompareQuery | null): ReadonlyMap<string, number | null> | null {
  const { orpc } = useApi();
  const options = orpc.compare.run.queryOptions({
    input: { ...(query ?? { sources: [] }), measure: 'generation_speed' },
    enabled: query !== null,
    staleTime: 30_000,
  });
  const { data } = useQuery({ ...options, placeholderData: keepPreviousData });
  return useMemo(
    () => (data === undefined ? null : new Map(data.groups.map(({ key, median }) => [key, median]))),
    [data],
  );
}

export interface Verdicts {
  readonly progress: VerdictProgress | null;
  readonly failure: ShownFailure | null;
  readonly retry: () => void;
}

/** The verdicts of figures that stand: asked for after them, and again when the figures change. */
export function useVerdicts(query: CompareQuery | null, figures: CompareResult | null): Verdicts {
  const { client } = useApi();
  const [attempt, setAttempt] = useState(0);
  // Figures that are still being indexed have verdicts only when they stand; took_ms is no difference.
  const wanted = query === null || figures === null || !figures.complete || figures.groups.length < 2;
  const key = wanted
    ? null
    : JSON.stringify([
        query,
        attempt,
        figures.groups.map(({ key, n, failures, median }) => [key, n, failures, median]),
      ]);
  const [state, setState] = useState<{
    readonly key: string | null;
    readonly progress: VerdictProgress | null;
    readonly failure: ShownFailure | null;
  }>({ key: null, progress: null, failure: null });
  useEffect(() => {
    if (key === null || query === null) return;
    const stop = new AbortController();
    const follow = async (): Promise<void> => {
      try {
        const stream = await client.compare.verdicts(query, { signal: stop.signal });
        for await (const progress of stream) {
          if (stop.signal.aborted) return;
          setState({ key, progress, failure: null });
        }
      } catch (error) {
        if (!stop.signal.aborted) setState({ key, progress: null, failure: shownFailure(error) });
      }
    };
    void follow();
    return () => stop.abort();
  }, [client, key, query]);
  const retry = useCallback(() => setAttempt((now) => now + 1), []);
  const current = state.key === key && key !== null;
  return {
    progress: current ? state.progress : null,
    failure: current ? state.failure : null,
    retry,
  };
}
