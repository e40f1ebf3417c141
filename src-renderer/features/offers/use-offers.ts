import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useHashQuery } from '#renderer/client/hash-location.ts';
import { useApi } from '#renderer/client/query.tsx';
import type { OffersQuery } from '#shared/contract/offers.ts';
import type { Settings } from '#shared/contract/settings.ts';
import { NO_DEFAULTS } from '#shared/model/offer-filter.ts';
import type { Market, OffersAnswer } from '#shared/model/offers.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import { type OffersView, parseView, writeView } from './offers-url.ts';

/** A slider moves more often than a browser lets the address change. */
const WRITE_MS: Milliseconds = 200;
const FRESH_S = 30;

/** The view answers at once; the address follows. */
export function useOffersView(): readonly [OffersView, (view: OffersView) => void] {
  const [query, setQuery] = useHashQuery();
  const text = query.toString();
  const [draft, setDraft] = useState<{ readonly view: OffersView; readonly over: string } | null>(null);
  const written = useMemo(() => parseView(new URLSearchParams(text)), [text]);
  const pending = draft !== null && draft.over === text ? draft.view : null;
  useEffect(() => {
    if (pending === null) return;
    const timer = setTimeout(() => setQuery(writeView(pending), { replace: true }), WRITE_MS);
    return () => clearTimeout(timer);
  }, [pending, setQuery]);
  const set = useCallback((view: OffersView) => setDraft({ view, over: text }), [text]);
  return [pending ?? written, set];
}

export function useMarket() {
  const { orpc } = useApi();
  return useQuery(orpc.offers.market.queryOptions({ staleTime: 10_000 }));
}

export interface OffersAccess {
  readonly answer: OffersAnswer | undefined;
  /** What is shown was asked with another model, agent or market. */
  readonly stale: boolean;
  readonly error: Error | null;
  readonly asking: boolean;
  readonly retry: () => void;
  /** Asks the market, however fresh what is known. */
  readonly refresh: () => void;
}

/** All offers of a market for one job: nothing hidden, no ranges. The page filters by itself. */
export function useOffers(view: OffersView): OffersAccess {
  const { client, orpc } = useApi();
  const cache = useQueryClient();
  const input: OffersQuery = {
    ...(view.market === null ? {} : { market: view.market }),
    filter: { type: view.type, defaults: NO_DEFAULTS },
    model: view.model,
    backend_type: 'ollama',
    agent: view.agent,
    max_age_s: FRESH_S,
  };
  const search = useQuery({
    ...orpc.offers.search.queryOptions({ input, staleTime: Number.POSITIVE_INFINITY }),
    placeholderData: keepPreviousData,
  });
  const again = useMutation({
    mutationFn: (wanted: OffersQuery) => client.offers.search({ ...wanted, max_age_s: 0 }),
    onSuccess: (answer, wanted) => {
      cache.setQueryData(orpc.offers.search.queryKey({ input: wanted }), answer);
      void cache.invalidateQueries({ queryKey: orpc.offers.history.key() });
    },
  });
  const refresh = (): void => {
    if (!again.isPending) again.mutate(input);
  };
  // A refresh that failed says nothing of what was asked since.
  const refused = JSON.stringify(again.variables) === JSON.stringify(input) ? again.error : null;
  return {
    answer: search.data,
    stale: search.isPlaceholderData,
    error: search.error ?? refused,
    asking: search.isFetching || again.isPending,
    retry: search.error === null ? refresh : () => void search.refetch(),
    refresh,
  };
}

export function useFitModels() {
  const { orpc } = useApi();
  return useQuery(orpc.offers.models.queryOptions({ staleTime: 60_000 })).data ?? [];
}

export function useAgentNames(): readonly string[] {
  const { orpc } = useApi();
  const agents = useQuery(orpc.agents.list.queryOptions({ staleTime: 60_000 })).data ?? [];
  return agents.map(({ name }) => name);
}

export function useGpuHistory(market: Market, gpu: string) {
  const { orpc } = useApi();
  return useQuery(
    orpc.offers.history.queryOptions({ input: { market, gpu_name: [gpu], days: 30 }, staleTime: 30_000 }),
  );
}

export interface Blocks {
  readonly settings: Settings['offers'] | undefined;
  readonly error: Error | null;
  readonly toggle: (kind: 'host' | 'machine', id: number) => void;
}

/** Hosts and machines that are never rented, kept in the settings. */
export function useBlocks(): Blocks {
  const { client, orpc } = useApi();
  const cache = useQueryClient();
  const settings = useQuery(orpc.settings.get.queryOptions({ staleTime: 10_000 }));
  const change = useMutation({
    mutationFn: async ({ kind, id }: { readonly kind: 'host' | 'machine'; readonly id: number }) => {
      // What another window has changed in the meantime is not undone.
      const now = await client.settings.get();
      const name = kind === 'host' ? 'blocked_hosts' : 'blocked_machines';
      const before = now.offers[name];
      const after = before.includes(id) ? before.filter((one) => one !== id) : [...before, id];
      return client.settings.set({ ...now, offers: { ...now.offers, [name]: after } });
    },
    onSuccess: (saved) => cache.setQueryData(orpc.settings.get.queryKey(), saved),
  });
  return {
    settings: settings.data?.offers,
    error: change.error,
    toggle: (kind, id) => change.mutate({ kind, id }),
  };
}
