import { useSyncExternalStore } from 'react';

/** As the stylesheets have it: below, the filters lie over the plot. */
const WIDE = '(min-width: 1201px)';

function subscribe(changed: () => void): () => void {
  const query = window.matchMedia(WIDE);
  query.addEventListener('change', changed);
  return () => query.removeEventListener('change', changed);
}

/** Whether there is room for the filters beside the plot. */
export const useWide = (): boolean => useSyncExternalStore(subscribe, () => window.matchMedia(WIDE).matches);
