import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useCallback, useMemo, useRef, useState } from 'react';
import { navigate, useHashQuery } from '#renderer/client/hash-location.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { copyText } from '#renderer/widgets/copy.tsx';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { EmptyState, FailureNotice } from '#renderer/widgets/notice.tsx';
import { saveFile } from '#renderer/widgets/save-file.ts';
import { View } from '#renderer/widgets/view.tsx';
import { formatCount } from '#shared/lib/format.ts';
import type { LogLine } from '#shared/model/logs.ts';
import { OWN } from '#shared/model/source.ts';
import { LineDetail } from './line-detail.tsx';
import { LogFilters } from './log-filters.tsx';
import { indexOfSeq, toJsonLines } from './log-lines.ts';
import { LogTable } from './log-table.tsx';
import styles from './logs.module.css';
import { isNarrowed, type LogsView, NO_FILTERS, parseView, wantedOf, writeView } from './logs-url.ts';
import { type LogLines, useLogLines } from './use-log-lines.ts';
import { useLogsActions } from './use-logs-actions.ts';

/** Everything the engine logged: searched, narrowed, followed, and from each line the way to its job and span. */
export function LogsPage(): ReactNode {
  const [query, setQuery] = useHashQuery();
  const view = useMemo(() => parseView(query), [query]);
  const onView = useCallback((next: LogsView) => setQuery(writeView(next), { replace: true }), [setQuery]);
  const wanted = useMemo(() => wantedOf(view), [view]);
  const log = useLogLines(wanted, view.follow);
  const scroller = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const [note, setNote] = useState('');
  const line = usePicked(log.lines, view.line);
  const pick = useCallback((one: LogLine) => onView({ ...view, line: one.seq }), [onView, view]);

  const { lines } = log;
  const toEnd = (): void => {
    onView({ ...view, line: null });
    requestAnimationFrame(() => scroller.current?.scrollTo({ top: scroller.current.scrollHeight }));
  };
  useLogsActions({
    hasLine: view.line !== null,
    hasJob: line?.job_id != null,
    follow: view.follow,
    page: Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 600) - 28) / 24) - 1),
    move: (by) => {
      const at = view.line === null ? lines.length : indexOfSeq(lines, view.line);
      const next = by === 'first' ? 0 : Math.max(0, Math.min(lines.length - 1, at + by));
      const one = lines[next];
      if (one !== undefined) pick(one);
    },
    toEnd,
    open: () => {
      if (line?.job_id != null) navigate(paths.job(OWN, line.job_id, line.span_id ?? undefined));
    },
    close: () => onView({ ...view, line: null }),
    copy: () => {
      if (line === undefined) return;
      void copyText(JSON.stringify(line)).then((done) =>
        setNote(done ? 'Copied the line' : 'The clipboard is not available'),
      );
    },
    save: () =>
      saveFile('runescope-log.jsonl', new Blob([toJsonLines(lines)], { type: 'application/x-ndjson' })),
    search: () => search.current?.select(),
    toggleFollow: () => onView({ ...view, follow: !view.follow }),
    level: (level) => onView({ ...view, level }),
    clear: () => onView({ ...NO_FILTERS, follow: view.follow }),
    reload: log.reload,
  });

  return (
    <View
      title={<h1>Logs</h1>}
      filter={<LogFilters view={view} search={search} onView={onView} />}
      actions={
        <Button
          variant={view.follow ? 'light' : 'default'}
          aria-pressed={view.follow}
          title={view.follow ? 'New lines come by themselves  F' : 'Let new lines come by themselves  F'}
          onClick={() => onView({ ...view, follow: !view.follow })}
        >
          {view.follow ? 'Following' : 'Follow'}
        </Button>
      }
    >
      <div className={styles.body}>
        <Lines
          log={log}
          view={view}
          onClear={() => onView({ ...NO_FILTERS, follow: view.follow })}
          table={
            <LogTable
              log={log}
              ofJob={false}
              picked={view.line}
              follow={view.follow}
              scroller={scroller}
              onPick={pick}
            />
          }
        />
        {line !== undefined && <LineDetail line={line} view={view} onView={onView} />}
      </div>
      <Footer log={log} view={view} picked={line} note={note} />
    </View>
  );
}

/** The table, or why there is none. */
function Lines(props: {
  readonly log: LogLines;
  readonly view: LogsView;
  readonly table: ReactNode;
  readonly onClear: () => void;
}): ReactNode {
  const { log } = props;
  if (log.failure !== null) {
    return (
      <div className={styles.none}>
        <FailureNotice failure={log.failure} what="The log could not be read." onRetry={log.reload} />
      </div>
    );
  }
  if (log.first) {
    return (
      <div className={styles.none}>
        <Delayed>Reading the log…</Delayed>
      </div>
    );
  }
  if (log.lines.length > 0 || log.stale) return props.table;
  return isNarrowed(props.view) ? (
    <EmptyState title="No line matches" action={<Button onClick={props.onClear}>Clear the filters</Button>}>
      {props.view.follow
        ? 'Lines that match will stand here as they come.'
        : 'There may be lines, but none with these filters.'}
    </EmptyState>
  ) : (
    <EmptyState
      title="Nothing was logged yet"
      action={
        <Button component="a" href={`#${paths.newJob()}`}>
          New job
        </Button>
      }
    >
      What the engine does stands here: jobs, requests, rentals, archive, and whatever fails.
    </EmptyState>
  );
}

function Footer(props: {
  readonly log: LogLines;
  readonly view: LogsView;
  readonly picked: LogLine | undefined;
  readonly note: string;
}): ReactNode {
  const { log, view, picked } = props;
  const { lines } = log;
  const hidden = view.line !== null && picked !== undefined && indexOfSeq(lines, view.line) === -1;
  return (
    <footer className={styles.footer}>
      <span>
        <span className="figure">{log.first ? '–' : formatCount(lines.length)}</span>{' '}
        {lines.length === 1 ? 'line' : 'lines'}
      </span>
      {log.isLoadingOlder ? (
        <span>reading older ones…</span>
      ) : log.isFull ? (
        <span>no more are held at once: narrow the filters to see older ones</span>
      ) : (
        log.more && <span>older ones match: scroll up</span>
      )}
      {hidden && <span>the line beside is not among those that match, or older</span>}
      {log.tailFailure !== null && (
        <span className={styles.warning} role="status" title={log.tailFailure.code}>
          ! not up to date: {log.tailFailure.message}
        </span>
      )}
      <span className={styles.spring} />
      <span aria-live="polite">{props.note}</span>
    </footer>
  );
}

/** The picked line, from what is held or, for a link to an older one, from the engine. */
function usePicked(lines: readonly LogLine[], seq: number | null): LogLine | undefined {
  const { orpc } = useApi();
  const held = seq === null ? undefined : lines[indexOfSeq(lines, seq)];
  const asked = useQuery(
    orpc.logs.list.queryOptions({
      input: { after_seq: (seq ?? 1) - 1, before_seq: (seq ?? 1) + 1, limit: 1 },
      enabled: seq !== null && held === undefined && lines.length > 0,
      staleTime: Infinity,
    }),
  );
  return held ?? (seq === null ? undefined : asked.data?.lines.find((one) => one.seq === seq));
}
