import { useCallback, useMemo, useSyncExternalStore } from 'react';
import type { TraceStore } from '#renderer/job-view/trace-store.ts';
import type { LogLine } from '#shared/model/logs.ts';

/** Tells the lines that fell in the selected span, or in one below it. Null while no span of the trace is selected. */
export function useSpanLines(
  store: TraceStore,
  spanId: string | null,
): ((line: Pick<LogLine, 'span_id'>) => boolean) | null {
  const subscribe = useCallback((changed: () => void) => store.subscribe(changed), [store]);
  const trace = useSyncExternalStore(subscribe, () => store.trace);
  // biome-ignore lint/correctness/useExhaustiveDependencies: places change with the trace
  return useMemo(() => {
    const root = spanId === null ? -1 : store.find(spanId);
    if (root === -1) return null;
    const end = store.tree.subtreeEnd[root] ?? root + 1;
    return ({ span_id }) => {
      if (span_id === null) return false;
      const at = store.find(span_id);
      return at >= root && at < end;
    };
  }, [store, trace, spanId]);
}
