import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useHashQuery } from '#renderer/client/hash-location.ts';
import { useApi } from '#renderer/client/query.tsx';
import type { ArchivePreview } from '#shared/model/archive.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import { type ArchiveView, parseView, writeView } from './archive-url.ts';

/** Filter, order and selection in the URL. */
export function useArchiveView(): readonly [ArchiveView, (view: ArchiveView) => void] {
  const [query, setQuery] = useHashQuery();
  const text = query.toString();
  const view = useMemo(() => parseView(new URLSearchParams(text)), [text]);
  const set = useCallback((next: ArchiveView) => setQuery(writeView(next), { replace: true }), [setQuery]);
  return [view, set];
}

/** Rows that the cursor only passes are not read. */
const SETTLE_MS: Milliseconds = 120;

/** What the selected result says; read anew when the listing saw it change. */
export function usePreview(target: string, key: string, etag: string | null): UseQueryResult<ArchivePreview> {
  const { orpc } = useApi();
  const [settled, setSettled] = useState(key);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(key), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [key]);
  const options = orpc.archive.preview.queryOptions({
    input: { target, key: settled },
    enabled: settled !== '' && settled === key,
    staleTime: 60_000,
  });
  // Another key shows nothing of the one before it; the same key under a new etag may, while it is read.
  return useQuery({
    ...options,
    queryKey: [...options.queryKey, etag],
    placeholderData: (before, query) =>
      JSON.stringify(query?.queryKey.slice(0, -1)) === JSON.stringify(options.queryKey)
        ? keepPreviousData(before)
        : undefined,
  });
}
