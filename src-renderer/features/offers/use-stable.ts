import { useCallback, useLayoutEffect, useRef } from 'react';

/** Stays the same from render to render and does what the last one says: for parts that are drawn only when they change. */
export function useStable<A extends readonly unknown[]>(run: (...args: A) => void): (...args: A) => void {
  const latest = useRef(run);
  useLayoutEffect(() => {
    latest.current = run;
  });
  return useCallback((...args: A) => latest.current(...args), []);
}
