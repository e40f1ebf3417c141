import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { z } from 'zod';
import { shownFailure } from '#renderer/client/failure.ts';
import { navigate } from '#renderer/client/hash-location.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { copyText } from '#renderer/widgets/copy.tsx';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import { useStored } from '#renderer/widgets/stored.ts';
import { View } from '#renderer/widgets/view.tsx';
import { formatClock } from '#shared/lib/format.ts';
import type { ArchiveTargetInfo, ListingState } from '#shared/model/archive.ts';
import { archivedSource } from '#shared/model/source.ts';
import styles from './archive.module.css';
import { NothingArchived, NothingMatches, NotListed } from './archive-empty.tsx';
import { ArchiveFilters } from './archive-filters.tsx';
import { type ArchiveView, clearedFilter, isNarrowed, prefixOf, toQuery } from './archive-url.ts';
import { FindStrip } from './find-strip.tsx';
import { nameOf, readJump, uriOf } from './jump.ts';
import { JumpField } from './jump-field.tsx';
import { newestState } from './listing.ts';
import { ObjectInspector } from './object-inspector.tsx';
import { HEADER_PX, ObjectTable, ROW_PX } from './object-table.tsx';
import { Overview, useFacets } from './overview.tsx';
import { useListing, useTask } from './page-state.ts';
import { clearMarks, markAll } from './selection.ts';
import { TargetPicker } from './target-picker.tsx';
import { TaskStrip } from './task-strip.tsx';
import { TruthBar } from './truth-bar.tsx';
import { counted } from './truth-line.ts';
import { useArchiveActions } from './use-archive-actions.ts';
import { useArchiveTasks } from './use-archive-tasks.ts';
import { useArchiveView, usePreview } from './use-archive-view.ts';
import { useCursor } from './use-cursor.ts';
import { useFind } from './use-find.ts';
import { useObjects } from './use-objects.ts';
import { useSelectedKey } from './use-selected-key.ts';

/** One archive: its days, its keys, and what the selected one says. */
export function TargetView(props: {
  readonly target: ArchiveTargetInfo;
  readonly targets: readonly ArchiveTargetInfo[];
}): ReactNode {
  const { target, targets } = props;
  const name = target.target;
  const { client } = useApi();
  const [view, setView] = useArchiveView();
  const query = useMemo(() => toQuery(name, view), [name, view]);
  const [listing, lister] = useListing(name);
  const [rowsInView, setRowsInView] = useState({ first: 0, last: 0 });
  const objects = useObjects(query, rowsInView, listing);
  const facets = useFacets(name, view);
  // By itself once per visit, behind the first rows: what is in the index shows before anything is asked of the target.
  const answered = !objects.first || objects.failure !== null;
  useEffect(() => {
    if (answered) lister.visit();
  }, [answered, lister]);
  const [task, runner] = useTask();
  const tasks = useArchiveTasks(name, runner);
  const [note, setNote] = useState('');
  const [showsOverview, setShowsOverview] = useStored('archive.overview', z.boolean(), true);
  const [daysAsTable, setDaysAsTable] = useStored('archive.days-as-table', z.boolean(), false);
  const [showsInspector, setShowsInspector] = useStored('archive.inspector', z.boolean(), true);
  const scroller = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const jump = useRef<HTMLInputElement>(null);

  const latest = useRef(view);
  latest.current = view;
  const writeKey = useCallback((key: string) => setView({ ...latest.current, key }), [setView]);
  const [key, setKey] = useSelectedKey(view.key, writeKey);
  const change = useCallback((next: ArchiveView) => setView({ ...next, key }), [setView, key]);

  const { loaded } = objects;
  const listKey = JSON.stringify(query);
  const { selection, setSelection, row, at, move, mark, pick } = useCursor(objects, listKey, key, setKey);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list starts at its top
  useEffect(() => {
    if (scroller.current !== null) scroller.current.scrollTop = 0;
  }, [listKey]);

  const preview = usePreview(name, key, row?.etag ?? null);
  const verification = useMutation({
    mutationFn: (one: string) => client.archive.verify.one({ target: name, key: one }),
  });
  const ofThis = verification.variables === key;

  /** A key that names no job is read to learn whose it is. */
  const opening = useMutation({
    mutationFn: (one: string) => client.archive.open({ target: name, key: one }),
    onSuccess: (opened) => navigate(paths.job(opened.source, opened.job_id)),
  });
  const open = useCallback(
    (one: string, jobId: string | null) => {
      if (one === '') return;
      if (jobId === null) opening.mutate(one);
      else navigate(paths.job(archivedSource(name, one), jobId));
    },
    [name, opening.mutate],
  );
  const onFound = useCallback(
    (one: string) => {
      setKey(one);
      setShowsInspector(true);
    },
    [setKey, setShowsInspector],
  );
  const find = useFind(name, onFound);
  const say = (text: string): void => setNote(`${text}  ${formatClock(Date.now() / 1000)}`);
  const copy = (text: string, what: string): void =>
    void copyText(text).then((done) => say(done ? `Copied ${what}` : 'The clipboard is not available'));

  function onJump(typed: string): void {
    const wanted = readJump(typed, target, targets);
    if (wanted.kind === 'elsewhere') say(wanted.message);
    if (wanted.kind === 'id') {
      if (find.search?.progress?.found != null && find.search.jobId === wanted.jobId) {
        open(find.search.progress.found.key, wanted.jobId);
      } else find.start(wanted.jobId);
    }
    if (wanted.kind !== 'key') return;
    find.dismiss();
    if (wanted.target !== name) navigate(paths.archive(wanted.target, wanted.key));
    else if (wanted.key === key) open(key, row?.job_id ?? null);
    else onFound(wanted.key);
  }

  const openRow = useCallback(
    (index: number) => {
      const one = at(index);
      if (one !== undefined) open(one.key, one.job_id);
    },
    [at, open],
  );

  const { marked } = selection;
  const chosen = marked.size > 0 ? [...marked.keys()] : key === '' ? [] : [key];
  const prefix = prefixOf(target.prefix, view);
  const presign = useMutation({
    mutationFn: (one: string) => client.archive.presign({ target: name, key: one }),
    onSuccess: ({ url, expires_at }) => copy(url, `a link that works until ${formatClock(expires_at)}`),
  });
  const verifyChosen = (): void => {
    const [only] = chosen;
    if (only === undefined) return;
    if (marked.size > 0) tasks.verify({ keys: chosen });
    else {
      setShowsInspector(true);
      verification.mutate(only);
    }
  };
  const refresh = (): void => {
    if (listing.isRunning) lister.stop();
    else void lister.start();
  };
  const page = Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 600) - HEADER_PX) / ROW_PX) - 1);
  const commands = {
    chosen: chosen.length,
    hasSelected: key !== '',
    isListing: listing.isRunning,
    presigns: target.presigns,
    prefix,
    page,
    move,
    open: () =>
      open(key, row?.job_id ?? (find.search?.progress?.found?.key === key ? find.search.jobId : null)),
    mark: () => mark(selection.cursor),
    markAll: () => tasks.collect(objects.all, (all) => setSelection((now) => markAll(now, all))),
    clear: () => setSelection(clearMarks),
    search: () => search.current?.select(),
    jump: () => jump.current?.select(),
    refresh,
    verify: verifyChosen,
    verifyPrefix: () => tasks.verify({ prefix }),
    zip: () => tasks.zip(chosen),
    importAll: () => tasks.importAll(chosen),
    download: () => tasks.download(key),
    copyKeys: () => copy(chosen.join('\n'), counted(chosen.length, 'key')),
    copyUris: () => copy(chosen.map((one) => uriOf(target, one)).join('\n'), counted(chosen.length, 'URI')),
    presign: () => presign.mutate(key),
    toggleNew: () => change({ ...view, onlyNew: !view.onlyNew }),
    toggleOverview: () => setShowsOverview(!showsOverview),
    toggleTable: () => {
      setShowsOverview(true);
      setDaysAsTable(!daysAsTable);
    },
    toggleInspector: () => setShowsInspector(!showsInspector),
  };
  useArchiveActions(commands);

  const state = newestState(listing, objects.state);
  const narrowed = isNarrowed(view);
  const failed = opening.error ?? presign.error;
  return (
    <View
      title={
        <>
          <h1>Archive</h1>
          <TargetPicker targets={targets} current={target} />
        </>
      }
      filter={
        <>
          <JumpField field={jump} onJump={onJump} />
          <ArchiveFilters
            view={view}
            search={search}
            newCount={facets?.newCount ?? 0}
            otherCount={facets?.other ?? 0}
            onChange={change}
          />
        </>
      }
      actions={
        <Button
          variant={listing.isRunning ? 'default' : 'filled'}
          title={listing.isRunning ? 'Stop listing  R' : 'List the archive again  R'}
          onClick={refresh}
        >
          {listing.isRunning ? 'Stop' : listing.ended === 'stopped' ? 'Resume' : 'Refresh'}
        </Button>
      }
    >
      <FindStrip find={find} onOpen={open} />
      <TaskStrip task={task} runner={runner} />
      {failed !== null && (
        <div className={styles.notice}>
          <FailureNotice
            failure={shownFailure(failed)}
            what={opening.error === null ? 'No link could be made.' : `${nameOf(key)} could not be opened.`}
          >
            <Button
              variant="default"
              onClick={() => {
                opening.reset();
                presign.reset();
              }}
            >
              Dismiss
            </Button>
          </FailureNotice>
        </div>
      )}
      {listing.failure !== null && (
        <div className={styles.notice}>
          <FailureNotice
            failure={listing.failure}
            what="The archive could not be listed to its end. What was loaded stays; a result can still be opened by its job id or key."
            onRetry={refresh}
          />
        </div>
      )}
      {showsOverview && (
        <Overview
          view={view}
          facets={facets}
          asTable={daysAsTable}
          onTable={setDaysAsTable}
          onChange={change}
        />
      )}
      <TruthBar
        state={state}
        counted={objects.state?.state ?? null}
        listing={listing}
        total={loaded.total}
        isNarrowed={narrowed}
        marks={marked}
        note={note}
        prefix={prefix}
        commands={commands}
      />
      <div className={styles.body}>
        <div className={styles.list}>
          {objects.failure !== null ? (
            <div className={styles.notice}>
              <FailureNotice
                failure={objects.failure}
                what="The local index could not be read."
                onRetry={objects.retry}
              />
            </div>
          ) : !objects.first && !objects.stale && loaded.total === 0 ? (
            <Nothing
              target={target}
              isNarrowed={narrowed}
              state={state}
              isRunning={listing.isRunning}
              onClear={() => change(clearedFilter(view))}
              onList={refresh}
            />
          ) : (
            <ObjectTable
              target={name}
              objects={objects}
              sort={view.sort}
              selection={selection}
              scroller={scroller}
              onSort={(sort) => change({ ...view, sort })}
              onView={setRowsInView}
              onPick={pick}
              onOpen={openRow}
              onMark={mark}
            />
          )}
        </div>
        {showsInspector && (
          <ObjectInspector
            objectKey={key}
            uri={key === '' ? '' : uriOf(target, key)}
            preview={preview}
            verification={{
              data: ofThis ? verification.data : undefined,
              error: ofThis ? verification.error : null,
              isPending: ofThis && verification.isPending,
            }}
            actions={{
              open: commands.open,
              verify: () => verification.mutate(key),
              download: commands.download,
              copyKey: () => copy(key, 'the key'),
              copyUri: () => copy(uriOf(target, key), 'the URI'),
              presign: target.presigns ? commands.presign : null,
            }}
          />
        )}
      </div>
    </View>
  );
}

/** Why the list is empty. */
function Nothing(props: {
  readonly target: ArchiveTargetInfo;
  readonly isNarrowed: boolean;
  readonly state: ListingState | null;
  readonly isRunning: boolean;
  readonly onClear: () => void;
  readonly onList: () => void;
}): ReactNode {
  const { state } = props;
  if (props.isNarrowed && (state?.loaded ?? 0) > 0) {
    return <NothingMatches isWhole={state?.complete === true} onClear={props.onClear} />;
  }
  if (props.isRunning) {
    return (
      <Delayed>
        <p className={`dim ${styles.notice}`}>Listing… the first keys appear as they come.</p>
      </Delayed>
    );
  }
  if (state?.complete === true) return <NothingArchived target={props.target} />;
  return <NotListed target={props.target} onList={props.onList} />;
}
