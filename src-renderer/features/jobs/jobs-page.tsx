import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type MouseEvent, type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { navigate, useHashQuery } from '#renderer/client/hash-location.ts';
import { useApi, useLive } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { isRemote, newJobAt } from '#renderer/client/sources.ts';
import { MAX_BAND_JOBS } from '#renderer/client/trace-links.ts';
import { copyText } from '#renderer/widgets/copy.tsx';
import { Figure } from '#renderer/widgets/figure.tsx';
import {
  type BoardFilter,
  isNarrowed,
  NO_FILTER,
  parseFilter,
  toQuery,
  writeFilter,
} from '#renderer/widgets/job-filter/filter-codec.ts';
import { EmptyState, FailureNotice } from '#renderer/widgets/notice.tsx';
import { useNow } from '#renderer/widgets/now.ts';
import { readStored, storedText, writeStored } from '#renderer/widgets/stored.ts';
import { ColumnMenu } from '#renderer/widgets/table-columns/column-menu.tsx';
import { View } from '#renderer/widgets/view.tsx';
import type { JobRow } from '#shared/contract/types.ts';
import { formatCount } from '#shared/lib/format.ts';
import { OWN } from '#shared/model/source.ts';
import styles from './board.module.css';
import { toTsv } from './board-columns.tsx';
import { indexOfJob, rowAt } from './board-pages.ts';
import { BoardTable } from './board-table.tsx';

import { FilterBar } from './filter-bar.tsx';
import { FirstRun } from './first-run.tsx';
import { NoJobs } from './no-jobs.tsx';
import { clearMarks, moveTo, NOTHING_SELECTED, targets, toggleMark } from './selection.ts';
import { useBoard } from './use-board.ts';
import { useBoardActions } from './use-board-actions.ts';
import { useColumns } from './use-columns.ts';
import { useCompareSide } from './use-compare-side.ts';
import { useJobActions } from './use-job-actions.tsx';

const FILTER_KEY = 'board.filter';

/** The live board of one source. */
export function JobsPage(props: { readonly source: string }): ReactNode {
  const { source } = props;
  const [filter, setFilter] = useBoardFilter();
  const minute = useNow(60_000);
  const query = useMemo(() => toQuery(filter, source, minute), [filter, source, minute]);
  const columns = useColumns();
  const scroller = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const [view, setView] = useState({ first: 0, last: 0, atTop: true });
  const board = useBoard(query, view, view.atTop);
  const [selection, setSelection] = useState(NOTHING_SELECTED);
  const [note, setNote] = useState('');
  const actions = useJobActions();
  const side = useCompareSide(source);
  useFreshFacets(source);

  const { loaded } = board;
  const at = useCallback((index: number) => rowAt(loaded, index), [loaded]);
  // The cursor stays on its job when rows come in above it; on a new board it takes the first.
  const found = selection.cursorId === null ? -1 : indexOfJob(loaded, selection.cursorId);
  if (found !== -1 && found !== selection.cursorIndex) setSelection({ ...selection, cursorIndex: found });
  const boardKey = JSON.stringify(query);
  const [selectedOn, setSelectedOn] = useState(boardKey);
  if (selectedOn !== boardKey) {
    setSelectedOn(boardKey);
    setSelection(NOTHING_SELECTED);
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: another board starts at its top
  useEffect(() => {
    if (scroller.current !== null) scroller.current.scrollTop = 0;
  }, [boardKey]);

  const open = useCallback(
    (index: number) => {
      const job = at(index);
      if (job !== undefined) navigate(paths.job(source, job.job_id));
    },
    [at, source],
  );
  const pick = useCallback(
    (index: number, event: MouseEvent) => {
      if (window.getSelection()?.isCollapsed === false && !event.shiftKey) return;
      if (event.metaKey || event.ctrlKey) setSelection((now) => toggleMark(now, index, at));
      else if (event.shiftKey) setSelection((now) => moveTo(now, index, loaded.total, at, true));
      else open(index);
    },
    [at, loaded.total, open],
  );
  const mark = useCallback((index: number) => setSelection((now) => toggleMark(now, index, at)), [at]);
  const chosen = targets(selection, at);
  const page = Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 600) - 28) / 24) - 1);

  const place = (job: JobRow) => ({ source, job_id: job.job_id });
  const compareTraces = (a: JobRow, b: JobRow): void => navigate(paths.diff(place(a), place(b)));
  const percentiles = (jobs: readonly JobRow[]): void => navigate(paths.bands({ jobs: jobs.map(place) }));
  const [first, second] = selection.marked.values();

  useBoardActions({
    source,
    chosen,
    jobs: actions,
    move: (by, extend) =>
      setSelection((now) =>
        moveTo(
          now,
          by === 'first' ? 0 : by === 'last' ? loaded.total - 1 : now.cursorIndex + by,
          loaded.total,
          at,
          extend,
        ),
      ),
    page,
    open: () => open(selection.cursorIndex),
    mark: () => mark(selection.cursorIndex),
    clear: () => setSelection(clearMarks),
    search: () => search.current?.select(),
    refresh: board.refresh,
    copy: (text, what) =>
      void copyText(text).then((done) => setNote(done ? `Copied ${what}` : 'The clipboard is not available')),
    tsv: () => toTsv(chosen, columns.visible),
    side: {
      ...side,
      keep: (jobs) => {
        side.keep(jobs);
        setNote(`Kept ${jobs.length} as A: choose others and compare with Shift B`);
      },
    },
    compareShown: () => side.compareShown(filter),
    compareTraces,
    percentiles,
  });

  const isEmpty = !board.first && loaded.total === 0 && !board.stale;
  return (
    <View
      title={<h1>Jobs</h1>}
      filter={<FilterBar source={source} filter={filter} search={search} onChange={setFilter} />}
      actions={
        <Button component="a" href={`#${newJobAt(source)}`} title="New job  n">
          New job
        </Button>
      }
    >
      {actions.strip}
      {board.failure !== null ? (
        <div className={styles.none}>
          <FailureNotice failure={board.failure} what="The jobs could not be listed." onRetry={board.refresh}>
            {isRemote(source) && (
              <Button variant="default" component="a" href={`#${paths.settings('remotes')}`}>
                Remotes
              </Button>
            )}
          </FailureNotice>
        </div>
      ) : isEmpty && !isNarrowed(filter) ? (
        source === OWN ? (
          <FirstRun />
        ) : (
          <NoJobs source={source} />
        )
      ) : isEmpty ? (
        <EmptyState
          title="No job matches"
          action={
            <Button onClick={() => setFilter({ ...NO_FILTER, sort: filter.sort })}>Clear the filters</Button>
          }
        >
          There are jobs, but none with these filters.
        </EmptyState>
      ) : (
        <div className={styles.frame}>
          <BoardTable
            source={source}
            board={board}
            columns={columns}
            sort={filter.sort}
            selection={selection}
            scroller={scroller}
            onSort={(sort) => setFilter({ ...filter, sort })}
            onView={setView}
            onPick={pick}
            onMark={mark}
          />
          {board.waiting > 0 && !view.atTop && (
            <Button
              className={styles.pill}
              onClick={() => {
                board.refresh();
                scroller.current?.scrollTo({ top: 0 });
              }}
            >
              {board.waiting} new {board.waiting === 1 ? 'job' : 'jobs'} ↑
            </Button>
          )}
        </div>
      )}
      <footer className={styles.footer}>
        <span>
          <Figure
            text={formatCount(board.first ? null : loaded.total)}
            exact={String(loaded.total)}
            unknown="Not read yet"
          />{' '}
          {loaded.total === 1 ? 'job' : 'jobs'}
          {isNarrowed(filter) ? ' match' : ''}
        </span>
        {selection.marked.size > 0 && <span>{selection.marked.size} selected</span>}
        {first !== undefined && second !== undefined && selection.marked.size === 2 && (
          <Button
            variant="default"
            size="compact-xs"
            title="Compare traces  T"
            onClick={() => compareTraces(first, second)}
          >
            Compare traces
          </Button>
        )}
        {selection.marked.size > 1 && selection.marked.size <= MAX_BAND_JOBS && (
          <Button
            variant="default"
            size="compact-xs"
            title="Percentile waterfall  Shift T"
            onClick={() => percentiles([...selection.marked.values()])}
          >
            Percentile waterfall
          </Button>
        )}
        {selection.marked.size > 0 && side.kept.length > 0 && (
          <Button
            variant="default"
            size="compact-xs"
            title="Compare A with the selected jobs  Shift B"
            onClick={() => side.compare(chosen)}
          >
            Compare with A ({side.kept.length})
          </Button>
        )}
        <span aria-live="polite">{note}</span>
        <span style={{ flex: 1 }} />
        <Button
          variant="subtle"
          size="compact-xs"
          title="Compare the jobs shown, side by side  Shift M"
          onClick={() => side.compareShown(filter)}
        >
          Compare
        </Button>
        <ColumnMenu columns={columns} />
      </footer>
    </View>
  );
}

/** The filter in the URL; a board opened without one takes up the last. */
function useBoardFilter(): readonly [BoardFilter, (filter: BoardFilter) => void] {
  const [query, setQuery] = useHashQuery();
  const text = query.toString();
  const filter = useMemo(() => parseFilter(new URLSearchParams(text)), [text]);
  const [restored, setRestored] = useState(false);
  useEffect(() => {
    if (restored) writeStored(FILTER_KEY, writeFilter(filter).toString());
    else {
      setRestored(true);
      const last = readStored(FILTER_KEY, storedText, '');
      if (text === '' && last !== '') setQuery(new URLSearchParams(last), { replace: true });
    }
  }, [restored, filter, text, setQuery]);
  const set = useCallback((next: BoardFilter) => setQuery(writeFilter(next), { replace: true }), [setQuery]);
  return [filter, set];
}

/** Counts beside the filters follow what happens, once a second at most. */
function useFreshFacets(source: string): void {
  const { orpc } = useApi();
  const cache = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const refresh = (): void => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void cache.invalidateQueries({ queryKey: orpc.jobs.facets.key({ input: { source } }) });
    }, 1_000);
  };
  useLive(source, undefined, {
    onBatch: (batch) => {
      if (batch.jobs.length > 0) refresh();
    },
    onGap: refresh,
  });
}
