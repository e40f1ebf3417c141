import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { z } from 'zod';
import { useHashQuery } from '#renderer/client/hash-location.ts';
import { useApi } from '#renderer/client/query.tsx';
import { useNow } from '#renderer/widgets/now.ts';
import { OWN } from '#shared/model/source.ts';
import { type CostsView, outcomeQueryOf, parseView, spendQueryOf, writeView } from './costs-url.ts';

/** Jobs end all the time: what was spent is read again this often. */
const AGAIN_MS = 30_000;
const MINUTE_MS = 60_000;

export function useCostsView(): readonly [CostsView, (view: CostsView) => void] {
  const [query, setQuery] = useHashQuery();
  const text = query.toString();
  const view = useMemo(() => parseView(new URLSearchParams(text)), [text]);
  const set = useCallback((next: CostsView) => setQuery(writeView(next), { replace: true }), [setQuery]);
  return [view, set];
}

export function useSpend(view: CostsView) {
  const { orpc } = useApi();
  const input = spendQueryOf(view, useNow(MINUTE_MS));
  return useQuery({
    ...orpc.costs.spend.queryOptions({ input, refetchInterval: AGAIN_MS }),
    placeholderData: keepPreviousData,
  });
}

export function useBudget() {
  const { orpc } = useApi();
  return useQuery(orpc.costs.budget.queryOptions({ refetchInterval: AGAIN_MS }));
}

export function useOutcomes(view: CostsView) {
  const { orpc } = useApi();
  const input = outcomeQueryOf(view, useNow(MINUTE_MS));
  return useQuery({
    ...orpc.costs.outcomes.queryOptions({ input, refetchInterval: AGAIN_MS }),
    placeholderData: keepPreviousData,
  });
}

export function useCalibration(view: CostsView) {
  const { orpc } = useApi();
  const input = outcomeQueryOf(view, useNow(MINUTE_MS));
  return useQuery({
    ...orpc.costs.calibration.queryOptions({ input, refetchInterval: AGAIN_MS }),
    placeholderData: keepPreviousData,
  });
}

export function usePrices() {
  const { orpc } = useApi();
  return useQuery(orpc.costs.prices.list.queryOptions({ staleTime: AGAIN_MS }));
}

/** Values that jobs have, to choose from. */
export function useFacets() {
  const { orpc } = useApi();
  return useQuery(orpc.jobs.facets.queryOptions({ input: { source: OWN }, staleTime: AGAIN_MS })).data;
}

const kept = z.object({
  basis: z.string(),
  drivers: z.array(z.object({ name: z.string(), log_sigma: z.number() })),
});
export type KeptEstimate = z.infer<typeof kept>;

/** What an estimate was kept with its job; null where it is of before estimates were explained. */
export function useKeptEstimate(jobId: string | null) {
  const { orpc } = useApi();
  const options = orpc.jobs.get.queryOptions({
    input: { source: OWN, job_id: jobId ?? '' },
    enabled: jobId !== null,
    staleTime: AGAIN_MS,
  });
  return useQuery({
    ...options,
    select: ({ estimate }): KeptEstimate | null => kept.safeParse(estimate).data ?? null,
  });
}
