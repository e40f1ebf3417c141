import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useApi } from '#renderer/client/query.tsx';
import type { Settings } from '#shared/contract/contract.ts';

export interface SettingsAccess {
  readonly settings: Settings | undefined;
  readonly loadError: Error | null;
  readonly reload: () => void;
  /** Replaces the settings; rejects with what the engine refused. */
  readonly save: (settings: Settings) => Promise<unknown>;
  /** The same for a switch or a number: what the engine refused is `changeError`. */
  readonly change: (settings: Settings) => void;
  readonly changeError: Error | null;
}

/** The engine's settings and how to replace them. What was saved is what the engine answered, not what was sent. */
export function useSettings(): SettingsAccess {
  const { client, orpc } = useApi();
  const cache = useQueryClient();
  const settings = useQuery(orpc.settings.get.queryOptions());
  const keep = async (next: Settings): Promise<Settings> => {
    const saved = await client.settings.set(next);
    cache.setQueryData(orpc.settings.get.queryKey(), saved);
    void cache.invalidateQueries({ queryKey: orpc.agents.key() });
    void cache.invalidateQueries({ queryKey: orpc.archive.key() });
    void cache.invalidateQueries({ queryKey: orpc.costs.key() });
    void cache.invalidateQueries({ queryKey: orpc.offers.key() });
    void cache.invalidateQueries({ queryKey: orpc.http.key() });
    void cache.invalidateQueries({ queryKey: orpc.sources.key() });
    return saved;
  };
  const change = useMutation({ mutationFn: keep });
  return {
    settings: settings.data,
    loadError: settings.error,
    reload: () => void settings.refetch(),
    save: keep,
    change: change.mutate,
    changeError: change.error,
  };
}
