import { useCallback, useEffect, useRef, useState } from 'react';
import type { Milliseconds } from '#shared/model/units.ts';

/** Browsers refuse more than a few changes of the address per second: a held key must not write each row. */
const WRITE_MS: Milliseconds = 250;

/** The selected key, at once here and a moment later in the URL; what the URL says when it changes by itself wins. */
export function useSelectedKey(
  inUrl: string,
  write: (key: string) => void,
): readonly [string, (key: string) => void] {
  const [key, setKey] = useState(inUrl);
  const written = useRef(inUrl);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    if (inUrl === written.current) return;
    written.current = inUrl;
    clearTimeout(timer.current);
    setKey(inUrl);
  }, [inUrl]);
  const set = useCallback(
    (next: string) => {
      setKey(next);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        written.current = next;
        write(next);
      }, WRITE_MS);
    },
    [write],
  );
  return [key, set];
}
