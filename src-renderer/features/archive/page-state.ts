import { useSyncExternalStore } from 'react';
import type { Client } from '#renderer/client/connection.ts';
import { useApi } from '#renderer/client/query.tsx';
import { Listing, type ListingSnapshot } from './listing.ts';
import { type Task, TaskRunner } from './tasks.ts';

/** What goes on in the archive while its view is not shown. */
interface PageState {
  readonly listings: Map<string, Listing>;
  readonly tasks: TaskRunner;
}
const states = new WeakMap<Client, PageState>();

function stateOf(client: Client): PageState {
  let state = states.get(client);
  if (state === undefined) {
    state = { listings: new Map(), tasks: new TaskRunner() };
    states.set(client, state);
  }
  return state;
}

/** The target's listing. */
export function useListing(target: string): readonly [ListingSnapshot, Listing] {
  const { client } = useApi();
  const { listings } = stateOf(client);
  let listing = listings.get(target);
  if (listing === undefined) {
    listing = new Listing((signal) => client.archive.refresh({ target }, { signal }));
    listings.set(target, listing);
  }
  return [useSyncExternalStore(listing.subscribe, listing.state), listing];
}

export function useTask(): readonly [Task | null, TaskRunner] {
  const { client } = useApi();
  const { tasks } = stateOf(client);
  return [useSyncExternalStore(tasks.subscribe, tasks.state), tasks];
}
