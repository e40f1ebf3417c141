import { Button } from '@mantine/core';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { z } from 'zod';
import { paths } from '#renderer/client/routes.ts';
import type { TraceStore } from '#renderer/job-view/trace-store.ts';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { HeightEdge } from '#renderer/widgets/height-edge.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import { useStored } from '#renderer/widgets/stored.ts';
import { formatCount } from '#shared/lib/format.ts';
import type { LogLine } from '#shared/model/logs.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import { LogTable } from './log-table.tsx';
import styles from './logs.module.css';
import { useSpanLines } from './span-lines.ts';
import { useLogLines } from './use-log-lines.ts';

const LINGER_MS: Milliseconds = 5_000;
const HEIGHT = { least: 96, initial: 200, most: 900 };

/** The closed panel: one line that opens it. */
export const JobLogsClosed = (props: { readonly onOpen: () => void }): ReactNode => (
  <button type="button" className={styles.dockClosed} title="Show the log  6" onClick={props.onOpen}>
    <span aria-hidden="true">▸</span> Logs
  </button>
);

/** What was logged of a job, below its waterfall: the lines of the selected span are marked, a click on a line selects its span. */
export function JobLogs(props: {
  readonly jobId: string;
  readonly store: TraceStore;
  readonly spanId: string | null;
  /** More may come. */
  readonly live: boolean;
  readonly onSpan: (spanId: string) => void;
  readonly onClose: () => void;
}): ReactNode {
  const { jobId, store, spanId, live, onSpan } = props;
  const wanted = useMemo(() => ({ job_id: jobId }), [jobId]);
  const log = useLogLines(wanted, useLinger(live));
  const scroller = useRef<HTMLDivElement>(null);
  const isOfSpan = useSpanLines(store, spanId);
  const [picked, setPicked] = useState<number | null>(null);
  const [height, setHeight] = useStored('job-logs.height', z.number(), HEIGHT.initial);
  const marked = useMemo(() => (isOfSpan === null ? [] : log.lines.filter(isOfSpan)), [isOfSpan, log.lines]);
  // The line that was clicked stays in sight; else, of a span that was selected, its first.
  const shown = marked.some(({ seq }) => seq === picked) || isOfSpan === null ? picked : null;
  const pick = (line: LogLine): void => {
    setPicked(line.seq);
    if (line.span_id !== null && store.find(line.span_id) !== -1) onSpan(line.span_id);
  };
  return (
    <section className={styles.dock} style={{ height }} aria-label="Logs of this job">
      <HeightEdge
        label="Height of the log"
        at="top"
        height={height}
        limits={HEIGHT}
        onHeight={setHeight}
        onReset={() => setHeight(HEIGHT.initial)}
      />
      <header className={styles.dockHead}>
        <h2>Logs</h2>
        {!log.first && (
          <span>
            <span className="figure">{formatCount(log.lines.length)}</span>{' '}
            {log.lines.length === 1 ? 'line' : 'lines'}
          </span>
        )}
        {isOfSpan !== null && log.lines.length > 0 && (
          <span>{marked.length === 0 ? 'none' : formatCount(marked.length)} in the selected span</span>
        )}
        {log.tailFailure !== null && (
          <span className={styles.warning} role="status" title={log.tailFailure.message}>
            ! not up to date: {log.tailFailure.code}
          </span>
        )}
        <span className={styles.spring} />
        <a href={`#${paths.logs({ job: jobId })}`} title="With search and filters">
          Open in Logs
        </a>
        <Button
          variant="subtle"
          size="compact-xs"
          title="Hide the log  6"
          aria-label="Hide the log"
          onClick={props.onClose}
        >
          ✕
        </Button>
      </header>
      {log.failure !== null ? (
        <div className={styles.none}>
          <FailureNotice failure={log.failure} what="The log could not be read." onRetry={log.reload} />
        </div>
      ) : log.first ? (
        <Delayed>
          <p className={styles.dockNone}>Reading the log…</p>
        </Delayed>
      ) : log.lines.length === 0 ? (
        <p className={styles.dockNone}>
          {live
            ? 'Nothing was logged of this job yet.'
            : 'Nothing is kept of what was logged of this job: it ran elsewhere, or long ago.'}
        </p>
      ) : (
        <LogTable
          log={log}
          ofJob
          picked={shown}
          reveal={shown ?? marked[0]?.seq ?? null}
          isMarked={isOfSpan ?? undefined}
          follow={live}
          scroller={scroller}
          onPick={pick}
          ownKeys
        />
      )}
    </section>
  );
}

/** True until a moment after its end: the last lines of a job are kept a little later than the job. */
function useLinger(live: boolean): boolean {
  const [lingers, setLingers] = useState(live);
  useEffect(() => {
    if (live) setLingers(true);
    const timer = live ? undefined : setTimeout(() => setLingers(false), LINGER_MS);
    return () => clearTimeout(timer);
  }, [live]);
  return live || lingers;
}
