import { useCallback, useEffect, useRef, useState } from 'react';
import { type ShownFailure, shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import type { LogQuery } from '#shared/contract/http.ts';
import type { Milliseconds, Seconds } from '#shared/model/units.ts';
import {
  firstSeq,
  type HeldLines,
  lastSeq,
  MOST_LINES,
  NO_LINES,
  withNewer,
  withOlder,
} from './log-lines.ts';

/** Which lines; `since_s` moves with the clock. */
export type Wanted = Partial<
  Pick<LogQuery, 'level' | 'event' | 'text' | 'job_id' | 'tenant_id' | 'from' | 'to'>
> & {
  readonly since_s?: Seconds;
};

const FIRST_PAGE = 500;
const MORE_LINES = 2000;
const TAIL_MS: Milliseconds = 1_000;
/** A filter that matches little makes the engine look through much: then it is asked more rarely. */
const REST = 20;

export interface LogLines extends HeldLines {
  /** Nothing was read yet. */
  readonly first: boolean;
  /** What is shown is of other filters. */
  readonly stale: boolean;
  readonly failure: ShownFailure | null;
  /** Why the newest may be missing although they are followed. */
  readonly tailFailure: ShownFailure | null;
  readonly isLoadingOlder: boolean;
  /** No more are held: narrow the filters to see older ones. */
  readonly isFull: boolean;
  readonly loadOlder: () => void;
  readonly reload: () => void;
}

interface State {
  readonly key: string;
  readonly held: HeldLines;
  readonly failure: ShownFailure | null;
}

/** The lines that match, from the newest back as far as was asked for; while they are followed, those that come, too. */
export function useLogLines(wanted: Wanted, follow: boolean): LogLines {
  const { client } = useApi();
  const key = JSON.stringify(wanted);
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<State | null>(null);
  const [tailFailure, setTailFailure] = useState<ShownFailure | null>(null);
  const [isLoadingOlder, setLoadingOlder] = useState(false);
  const latest = useRef(state);
  latest.current = state;

  // biome-ignore lint/correctness/useExhaustiveDependencies: an attempt is made because it was asked for
  useEffect(() => {
    const abort = new AbortController();
    const read = async (): Promise<void> => {
      try {
        const page = await client.logs.list({ ...queryOf(key), limit: FIRST_PAGE }, { signal: abort.signal });
        if (!abort.signal.aborted) setState({ key, held: page, failure: null });
      } catch (error) {
        if (!abort.signal.aborted) setState({ key, held: NO_LINES, failure: shownFailure(error) });
      }
    };
    setTailFailure(null);
    setLoadingOlder(false);
    void read();
    return () => abort.abort();
  }, [client, key, attempt]);

  const canTail = follow && state !== null && state.key === key && state.failure === null;
  useEffect(() => {
    if (!canTail) return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = (ms: Milliseconds): void => {
      timer = setTimeout(() => void tail(), ms);
    };
    const tail = async (): Promise<void> => {
      const began = performance.now();
      try {
        const after_seq = lastSeq(latest.current?.held ?? NO_LINES) ?? 0;
        const page = await client.logs.list(
          { ...queryOf(key), after_seq, limit: MORE_LINES },
          { signal: abort.signal },
        );
        if (abort.signal.aborted) return;
        setState((now) =>
          now === null || now.key !== key || page.lines.length === 0
            ? now
            : { ...now, held: withNewer(now.held, page) },
        );
        setTailFailure(null);
      } catch (error) {
        if (abort.signal.aborted) return;
        setTailFailure(shownFailure(error));
      }
      again(Math.max(TAIL_MS, REST * (performance.now() - began)));
    };
    again(TAIL_MS);
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [client, key, canTail]);

  const loadOlder = useCallback(async () => {
    const now = latest.current;
    if (now === null || now.key !== key || !now.held.more || now.held.lines.length >= MOST_LINES) return;
    const before_seq = firstSeq(now.held);
    if (before_seq === null) return;
    setLoadingOlder(true);
    try {
      const page = await client.logs.list({ ...queryOf(key), before_seq, limit: MORE_LINES });
      setState((was) =>
        was === null || was.key !== key || firstSeq(was.held) !== before_seq
          ? was
          : { ...was, held: withOlder(was.held, page) },
      );
    } catch (error) {
      setTailFailure(shownFailure(error));
    } finally {
      setLoadingOlder(false);
    }
  }, [client, key]);

  const held = state?.held ?? NO_LINES;
  return {
    ...held,
    first: state === null,
    stale: state !== null && state.key !== key,
    failure: state?.key === key ? state.failure : null,
    tailFailure,
    isLoadingOlder,
    isFull: held.lines.length >= MOST_LINES,
    loadOlder: useCallback(() => void loadOlder(), [loadOlder]),
    reload: useCallback(() => setAttempt((n) => n + 1), []),
  };
}

/** As the contract takes it; a moving period begins so long before now. */
function queryOf(key: string): Partial<LogQuery> {
  const { since_s, ...query } = JSON.parse(key) as Wanted;
  return since_s === undefined ? query : { ...query, from: Date.now() / 1000 - since_s };
}
