import { useCallback, useMemo } from 'react';
import { useHashQuery } from '#renderer/client/hash-location.ts';

/** What the ledger's page shows, as the URL holds it. */
export interface RentalsView {
  readonly open: boolean;
  /** Only this job's; null: all. */
  readonly job: string | null;
  /** A rental whose details are shown. */
  readonly rental: string | null;
}

export function parseView(query: URLSearchParams): RentalsView {
  const id = (name: string, most: number): string | null => {
    const value = query.get(name);
    return value === null || value === '' || value.length > most ? null : value;
  };
  return { open: query.get('show') === 'open', job: id('job', 128), rental: id('rental', 64) };
}

export function writeView({ open, job, rental }: RentalsView): URLSearchParams {
  const query = new URLSearchParams();
  if (open) query.set('show', 'open');
  if (job !== null) query.set('job', job);
  if (rental !== null) query.set('rental', rental);
  return query;
}

export function useRentalsView(): readonly [RentalsView, (view: RentalsView) => void] {
  const [query, setQuery] = useHashQuery();
  const text = query.toString();
  const view = useMemo(() => parseView(new URLSearchParams(text)), [text]);
  const set = useCallback((next: RentalsView) => setQuery(writeView(next), { replace: true }), [setQuery]);
  return [view, set];
}
