import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useApi } from '#renderer/client/query.tsx';
import type { Settings } from '#shared/contract/contract.ts';

export interface SettingsAccess {
  readonly settings: Settings | undefined;
  readonly loadError: Error | null;
  readonly reload: () => void;
  /** Replaces the settings; rejects with what the engine refused. */
  readonly save: (settings: Settings) => Promise<unknown>;
  readonly saving: boolean;
  readonly saveError: Error | null;
}

/** The engine's settings and how to replace them. What was saved is what the engine answered, not what was sent. */
export function useSettings(): SettingsAccess {
  const { client, orpc } = useApi();
  const cache = useQueryClient();
  const settings = useQuery(orpc.settings.get.queryOptions());
  const save = useMutation({
    mutationFn: (next: Settings) => client.settings.set(next),
    onSuccess: (saved) => {
      cache.setQueryData(orpc.settings.get.queryKey(), saved);
      void cache.invalidateQueries({ queryKey: orpc.agents.key() });
    },
  });
  return {
    settings: settings.data,
    loadError: settings.error,
    reload: () => void settings.refetch(),
    save: save.mutateAsync,
    saving: save.isPending,
    saveError: save.error,
  };
}
