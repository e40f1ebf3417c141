import { useCallback, useMemo, useSyncExternalStore } from 'react';
import type { BaseLocationHook } from 'wouter';

/** `#/s/own/jobs?status=failed` is path and query; the server never sees either. */
export function splitHash(hash: string): { readonly path: string; readonly query: string } {
  const bare = hash.replace(/^#?\/?/, '/');
  const at = bare.indexOf('?');
  return at === -1 ? { path: bare, query: '' } : { path: bare.slice(0, at), query: bare.slice(at + 1) };
}

const listeners = new Set<() => void>();
const notify = (): void => {
  for (const listener of listeners) listener();
};

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    window.addEventListener('hashchange', notify);
    window.addEventListener('popstate', notify);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    window.removeEventListener('hashchange', notify);
    window.removeEventListener('popstate', notify);
  };
}

const currentPath = (): string => splitHash(window.location.hash).path;
const currentQuery = (): string => splitHash(window.location.hash).query;

/** Goes to `/path?query` inside the hash; `replace` leaves no trace in the history. */
export function navigate(to: string, options: { readonly replace?: boolean } = {}): void {
  const { path, query } = splitHash(to);
  const hash = `#${path}${query === '' ? '' : `?${query}`}`;
  if (hash === window.location.hash) return;
  if (options.replace === true) window.history.replaceState(null, '', hash);
  else window.history.pushState(null, '', hash);
  notify();
}

/** wouter decodes what it is given, and would decode the percent sign of an id a second time. */
export const undecoded = (path: string): string => path.replaceAll('%', '%25');

/** wouter's location for hash routes whose query stays inside the hash. */
export const useHashPath: BaseLocationHook = () => [
  undecoded(useSyncExternalStore(subscribe, currentPath)),
  navigate,
];
useHashPath.hrefs = (href: string): string => `#${href}`;

/** The hash's query, and how to replace it on the same path. */
export function useHashQuery(): readonly [
  URLSearchParams,
  (query: URLSearchParams, options?: { readonly replace?: boolean }) => void,
] {
  const query = useSyncExternalStore(subscribe, currentQuery);
  const set = useCallback((next: URLSearchParams, options: { readonly replace?: boolean } = {}) => {
    navigate(`${currentPath()}?${next.toString()}`, options);
  }, []);
  return useMemo(() => [new URLSearchParams(query), set], [query, set]);
}
