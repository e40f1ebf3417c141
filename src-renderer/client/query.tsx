import { createTanstackQueryUtils, type RouterUtils } from '@orpc/tanstack-query';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useEffectEvent,
  useMemo,
  useSyncExternalStore,
} from 'react';
import type { EngineStatus } from '#shared/contract/types.ts';
import { OWN } from '#shared/model/source.ts';
import { type Client, type Connection, ConnectionLost, type ConnectionState } from './connection.ts';
import { LiveHub, type LiveListener } from './live.ts';

export interface Api {
  readonly connection: Connection;
  readonly client: Client;
  /** Query and mutation options per procedure. */
  readonly orpc: RouterUtils<Client>;
  readonly live: LiveHub;
}

const ApiContext = createContext<Api | null>(null);

/** Expected failures are answers, not accidents: only a lost connection is worth asking again. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        retry: (count, error) => error instanceof ConnectionLost && count < 3,
        refetchOnWindowFocus: false,
        staleTime: 5_000,
        networkMode: 'always',
      },
      mutations: { retry: false, networkMode: 'always' },
    },
  });
}

export function ApiProvider(props: {
  readonly connection: Connection;
  readonly queryClient: QueryClient;
  readonly children: ReactNode;
}): ReactNode {
  const { connection, queryClient } = props;
  const api = useMemo<Api>(
    () => ({
      connection,
      client: connection.client,
      orpc: createTanstackQueryUtils(connection.client),
      live: new LiveHub(connection),
    }),
    [connection],
  );
  useEffect(() => {
    let opened = connection.state().phase === 'open';
    return connection.subscribe(() => {
      const isOpen = connection.state().phase === 'open';
      if (isOpen && !opened) void queryClient.invalidateQueries();
      opened = isOpen;
    });
  }, [connection, queryClient]);
  return (
    <ApiContext value={api}>
      <QueryClientProvider client={queryClient}>{props.children}</QueryClientProvider>
    </ApiContext>
  );
}

export function useApi(): Api {
  const api = useContext(ApiContext);
  if (api === null) throw new Error('useApi needs an ApiProvider above it.');
  return api;
}

export function useConnectionState(): ConnectionState {
  const { connection } = useApi();
  return useSyncExternalStore(connection.subscribe, connection.state);
}

/** Listens to a source's changes, and to one job's spans when `jobId` is given, while mounted. */
export function useLive(
  source: string,
  jobId: string | undefined,
  listener: LiveListener,
  enabled = true,
): void {
  const { live } = useApi();
  const onBatch = useEffectEvent(listener.onBatch);
  const onGap = useEffectEvent(listener.onGap);
  useEffect(() => {
    if (!enabled) return;
    return live.feed(source, jobId).subscribe({
      onBatch: (batch) => onBatch(batch),
      onGap: () => onGap(),
    });
  }, [live, source, jobId, enabled]);
}

/** The own engine's status as the last batch told it; null before the first. */
export function useEngineStatus(): EngineStatus | null {
  const { live } = useApi();
  const feed = live.feed(OWN);
  const subscribe = useMemo(
    () => (changed: () => void) => feed.subscribe({ onBatch: changed, onGap: () => {} }),
    [feed],
  );
  return useSyncExternalStore(subscribe, feed.lastStatus);
}
