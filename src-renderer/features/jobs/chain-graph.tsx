import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import type { TraceStore } from '#renderer/job-view/trace-store.ts';
import { useActions } from '#renderer/widgets/actions/use-actions.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import { useNow } from '#renderer/widgets/now.ts';
import { StatusMark } from '#renderer/widgets/status-mark.tsx';
import { storedFlags, useStored } from '#renderer/widgets/stored.ts';
import { formatDuration } from '#shared/lib/format.ts';
import type { ChainNode, ChainNodeState, ChainState } from '#shared/model/chain.ts';
import { spanIdAt } from '#shared/model/trace-columns.ts';
import type { EpochSeconds, Milliseconds } from '#shared/model/units.ts';
import styles from './chain.module.css';
import { ChainDrawing } from './chain-drawing.tsx';

const FOLLOWS: Milliseconds = 700;

/** The steps of a chain and what needs what, live while it runs; a step leads to its span, a span marks its step. */
export function ChainGraph(props: {
  readonly source: string;
  readonly jobId: string;
  readonly live: boolean;
  readonly store: TraceStore;
  readonly spanId: string | null;
  readonly onSpan: (spanId: string) => void;
}): ReactNode {
  const { source, jobId, live, store } = props;
  const { orpc } = useApi();
  const input = { source, job_id: jobId };
  const query = useQuery({
    ...orpc.chains.state.queryOptions({ input, refetchInterval: live ? FOLLOWS : false }),
    // The last state is written as the job ends: then it is asked for once more.
    queryKey: [...orpc.chains.state.queryKey({ input }), live],
    placeholderData: keepPreviousData,
  });
  const spans = useStepSpans(store);
  const [picked, setPicked] = usePicked(props.spanId);
  const ofSpan = useStepOf(store, spans, props.spanId);
  const chosen = picked ?? ofSpan;
  const now = useNow(live ? 1000 : null);
  const [folded, setFolded] = useStored('job-steps.folded', storedFlags, { folded: false });
  const isOpen = folded.folded !== true;
  const toggle = (): void => setFolded({ folded: isOpen });
  useActions([
    { id: 'job.steps', title: 'Steps of the chain on or off', group: 'Job', keys: ['7'], run: toggle },
  ]);
  const state = query.data;
  if (state === undefined || state.nodes.length === 0) {
    if (query.error === null) return null;
    return (
      <FailureNotice
        failure={shownFailure(query.error)}
        what="The steps could not be read."
        onRetry={() => void query.refetch()}
      />
    );
  }
  // Of the step that is looked at, else of what went wrong first.
  const troubled = state.nodes.find(({ id, status, error }) =>
    chosen === null ? status === 'failed' : id === chosen && error !== null,
  );
  return (
    <section className={styles.chain} aria-label="Steps of this chain">
      <p className={styles.head}>
        <button
          type="button"
          className={styles.fold}
          aria-expanded={isOpen}
          title={`${isOpen ? 'Hide' : 'Show'} the steps  7`}
          onClick={toggle}
        >
          <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span> Steps
        </button>
        <span className="dim">{countWords(state)}</span>
        {troubled?.error != null && (
          <span className={styles.why} data-status={troubled.status} title={troubled.error}>
            {troubled.id}: {troubled.error}
          </span>
        )}
      </p>
      <div className={styles.scroll} hidden={!isOpen}>
        <ChainDrawing state={state}>
          {(node) => {
            const span = spans.get(node.id);
            return (
              <button
                type="button"
                className={styles.step}
                data-status={node.status}
                aria-pressed={chosen === node.id}
                aria-disabled={span === undefined && node.error === null}
                title={titleOf(node, state)}
                onClick={() => {
                  if (span !== undefined) props.onSpan(span);
                  // What was skipped has no span, but a reason.
                  else if (node.error !== null) setPicked(node.id);
                }}
              >
                <span className={styles.name}>{node.id}</span>
                <span className={styles.facts}>
                  <StatusMark status={node.status} />
                  <span className="figure">{tookWords(node, now)}</span>
                  <span className={styles.agent}>{node.agent_name}</span>
                </span>
              </button>
            );
          }}
        </ChainDrawing>
      </div>
    </section>
  );
}

/** A step that was picked though it has no span, until a span is selected. */
function usePicked(
  spanId: string | null,
): readonly [step: string | null, pick: (step: string | null) => void] {
  const [picked, setPicked] = useState<string | null>(null);
  const [at, setAt] = useState(spanId);
  if (at !== spanId) {
    setAt(spanId);
    setPicked(null);
  }
  return [picked, setPicked];
}

/** The span of each step that has begun, by the step's name. */
function useStepSpans(store: TraceStore): ReadonlyMap<string, string> {
  const [spans, setSpans] = useState(() => stepSpans(store));
  useEffect(() => {
    const read = (): void =>
      setSpans((known) => {
        const found = stepSpans(store);
        return found.size === known.size && [...found].every(([name, id]) => known.get(name) === id)
          ? known
          : found;
      });
    read();
    return store.subscribe(read);
  }, [store]);
  return spans;
}

function stepSpans({ trace }: TraceStore): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const wanted = trace.names.indexOf('chain.step');
  if (wanted === -1) return found;
  for (let i = 0; i < trace.count; i++) {
    const label = trace.labels[trace.label[i] ?? 0] ?? '';
    if (trace.name[i] === wanted && label !== '') found.set(label, spanIdAt(trace, i));
  }
  return found;
}

/** The step whose span is selected, or one within it. */
function useStepOf(
  store: TraceStore,
  spans: ReadonlyMap<string, string>,
  spanId: string | null,
): string | null {
  return useMemo(() => {
    const { trace } = store;
    const stepOf = new Map([...spans].map(([name, id]) => [id, name]));
    let at = spanId === null ? -1 : store.find(spanId);
    for (; at >= 0; at = trace.parent[at] ?? -1) {
      const name = stepOf.get(spanIdAt(trace, at));
      if (name !== undefined) return name;
    }
    return null;
  }, [store, spans, spanId]);
}

const ORDER: readonly ChainNodeState[] = ['failed', 'skipped', 'running', 'success', 'pending'];

/** "1 failed, 2 skipped, 3 success". */
function countWords({ nodes }: ChainState): string {
  return ORDER.flatMap((status) => {
    const count = nodes.filter((node) => node.status === status).length;
    return count === 0 ? [] : [`${count} ${status}`];
  }).join(', ');
}

function tookWords({ started_at, finished_at }: ChainNode, now: EpochSeconds): string {
  if (started_at === null) return '';
  return formatDuration(Math.max(0, (finished_at ?? now) - started_at) * 1000);
}

/** All of what may be cut off in the box. */
function titleOf(node: ChainNode, { edges }: ChainState): string {
  const needs = edges.flatMap(({ from, to }) => (to === node.id ? [from] : []));
  return [
    `${node.id}: ${node.status}, agent ${node.agent_name}`,
    needs.length === 0 ? 'needs no other step' : `after ${needs.join(', ')}`,
    ...(node.error === null ? [] : [node.error]),
  ].join('\n');
}
