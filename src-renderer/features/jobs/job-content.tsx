import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { useHashQuery } from '#renderer/client/hash-location.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import type { TraceStore } from '#renderer/job-view/trace-store.ts';
import { Waterfall } from '#renderer/job-view/waterfall.tsx';
import { copyText, Id } from '#renderer/widgets/copy.tsx';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { Banner, EmptyState, FailureNotice } from '#renderer/widgets/notice.tsx';
import { DemoTag, StatusMark, SuspectTag } from '#renderer/widgets/status-mark.tsx';
import { storedFlags, storedNumbers, useStored } from '#renderer/widgets/stored.ts';
import { View } from '#renderer/widgets/view.tsx';
import type { JobDetail, JobRow } from '#shared/contract/types.ts';
import { isTerminal } from '#shared/model/job.ts';
import { OWN } from '#shared/model/source.ts';
import { AnswerPane } from './answer-pane.tsx';
import { ArchiveFact } from './archive-fact.tsx';
import { ArchivedBanner } from './archived-banner.tsx';
import { ArtifactsPane } from './artifacts-pane.tsx';
import { ChainGraph } from './chain-graph.tsx';
import { CompareWith } from './compare-with.tsx';
import { ExportMenu } from './export-menu.tsx';
import { Inspector } from './inspector.tsx';
import { JobFacts } from './job-facts.tsx';
import styles from './job-page.module.css';
import { type JobPlace, type JobTab, parsePlace, writePlace } from './job-url.ts';
import { JsonPane } from './json-pane.tsx';
import { RentalStrip } from './rental-strip.tsx';
import { SpanPane } from './span-pane.tsx';
import type { Archived } from './use-archived.ts';
import { useArchivedActions } from './use-archived-actions.ts';
import { isCancellable, isRepeatable, useJobActions } from './use-job-actions.tsx';
import { useJobPageActions } from './use-job-page-actions.ts';
import { useTrace } from './use-trace.ts';

/** What was logged of a job. It comes from outside: features do not know one another. */
export type LogsPanel = (props: {
  readonly jobId: string;
  readonly store: TraceStore;
  readonly spanId: string | null;
  /** More may come. */
  readonly live: boolean;
  readonly shown: boolean;
  readonly onShown: (shown: boolean) => void;
  readonly onSpan: (spanId: string) => void;
}) => ReactNode;

/** One job: its waterfall, live while it runs, and everything known about it beside it. */
export function JobContent(props: {
  readonly source: string;
  readonly jobId: string;
  /** Set when this is an archived result: it has a banner, and nothing of it is live. */
  readonly archived?: Archived;
  readonly Logs: LogsPanel;
}): ReactNode {
  const { source, jobId, archived, Logs } = props;
  const { orpc } = useApi();
  const cache = useQueryClient();
  // Even of an ended job something changes while nobody looks: the bill of what it rented comes later.
  const detail = useQuery(orpc.jobs.get.queryOptions({ input: { source, job_id: jobId }, staleTime: 0 }));
  const job = detail.data;
  const [said, setSaid] = useState('');

  const onJob = useCallback(
    (row: JobRow) => {
      const key = orpc.jobs.get.queryKey({ input: { source, job_id: jobId } });
      cache.setQueryData<JobDetail>(key, (known) => (known === undefined ? known : { ...known, ...row }));
      setSaid(`Job ${row.status}`);
      if (isTerminal(row.status)) void cache.invalidateQueries({ queryKey: key });
    },
    [cache, orpc, source, jobId],
  );
  const onMissed = useCallback(
    () =>
      void cache.invalidateQueries({
        queryKey: orpc.jobs.get.queryKey({ input: { source, job_id: jobId } }),
      }),
    [cache, orpc, source, jobId],
  );
  const ended = archived !== undefined ? true : job === undefined ? null : isTerminal(job.status);
  const trace = useTrace(source, jobId, ended, onJob, onMissed);
  const [place, setPlace] = usePlace();
  const actions = useJobActions();
  const [shown, setShown] = useStored('inspector.shown', storedFlags, { inspector: true });
  const [logs, setLogs] = useStored('job-logs.shown', storedFlags, { shown: false });
  const [failure, setFailure] = useState<unknown>(null);
  const grid = useRef<HTMLDivElement>(null);
  const [note, setNote] = useState('');
  const [comparing, setComparing] = useState(false);

  const noSpans = trace.store.trace.count === 0 ? whyNoSpans(job) : null;
  const drawn = trace.state === 'ready' && noSpans === null;
  useEffect(() => {
    if (drawn) grid.current?.querySelector<HTMLElement>('[role="treegrid"]')?.focus();
  }, [drawn]);

  const back =
    archived === undefined
      ? { title: 'All jobs', crumb: 'Jobs', path: paths.jobs(source) }
      : {
          title: 'Back to the archive',
          crumb: 'Archive',
          path: paths.archive(archived.opened.target, archived.opened.key),
        };
  const copy = (text: string, what: string): void =>
    void copyText(text).then((done) => setNote(done ? `Copied ${what}` : 'The clipboard is not available'));
  useArchivedActions(archived, copy);
  useJobPageActions({
    source,
    job,
    back,
    jobs: actions,
    tab: (tab) => {
      setShown({ inspector: true });
      setPlace({ ...place, tab });
    },
    compareWith: () => setComparing(true),
    toggleLogs: () => setLogs({ shown: logs.shown !== true }),
    toggleInspector: () => setShown({ inspector: shown.inspector === false }),
    copy,
  });

  const tab = place.tab ?? defaultTab(place, job);
  // Where an archived result comes from is said by its own banner.
  const notes = (job?.notes ?? []).filter(
    (note) => archived === undefined || !note.includes(archived.opened.uri),
  );
  const title = (
    <>
      <a className={styles.crumb} href={`#${back.path}`} title={`${back.title}  U`}>
        {back.crumb}
      </a>
      <span className="faint">/</span>
      <h1>
        <Id id={jobId} />
      </h1>
      {job !== undefined && (
        <>
          <StatusMark status={job.status} />
          {job.demo && <DemoTag />}
          {job.suspected_failure && <SuspectTag />}
        </>
      )}
      <span className="visually-hidden" aria-live="polite">
        {said}
      </span>
      <span className="dim" aria-live="polite">
        {note}
      </span>
    </>
  );

  if (detail.error !== null && job === undefined) {
    return (
      <View title={title}>
        <div className={styles.centre}>
          <FailureNotice
            failure={shownFailure(detail.error)}
            what="The job could not be read."
            onRetry={() => void detail.refetch()}
          >
            <Button variant="default" component="a" href={`#${back.path}`}>
              {back.title}
            </Button>
          </FailureNotice>
        </div>
      </View>
    );
  }
  const pane = (wanted: JobTab): ReactNode => {
    if (wanted === 'span') {
      return <SpanPane source={source} jobId={jobId} store={trace.store} spanId={place.span} />;
    }
    if (job === undefined) return null;
    switch (wanted) {
      case 'answer':
        return <AnswerPane job={job} />;
      case 'request':
        return (
          <JsonPane
            value={job.request}
            name="request"
            empty="The request of this job is not a JSON object."
          />
        );
      case 'result':
        return <JsonPane value={job.result} name="result" empty="There is no result yet." />;
      case 'artifacts':
        return <ArtifactsPane source={source} jobId={jobId} artifacts={job.artifacts} />;
    }
  };
  return (
    <View
      title={title}
      actions={
        job !== undefined && (
          <>
            {isCancellable(source, job) && (
              <Button
                variant="default"
                color="red"
                title="Cancel  Shift X"
                onClick={() => actions.askCancel(source, [job])}
              >
                Cancel job
              </Button>
            )}
            {isRepeatable(job) && (
              <>
                <Button variant="default" title="Re-run  Shift R" onClick={() => actions.rerun(source, job)}>
                  Re-run
                </Button>
                <Button
                  variant="default"
                  title="Edit and re-run  Shift D"
                  onClick={() => actions.editAndRerun(source, job)}
                >
                  Edit and re-run
                </Button>
              </>
            )}
            <CompareWith source={source} job={job} opened={comparing} onOpened={setComparing} />
            <ExportMenu source={source} jobId={jobId} onFailure={setFailure} />
          </>
        )
      }
    >
      {archived !== undefined && <ArchivedBanner archived={archived} copy={copy} />}
      {actions.strip}
      {failure !== null && (
        <FailureNotice failure={shownFailure(failure)} what="The trace was not exported." />
      )}
      {job !== undefined && (
        <JobFacts job={job}>{source === OWN && isTerminal(job.status) && <ArchiveFact job={job} />}</JobFacts>
      )}
      {job !== undefined && source === OWN && archived === undefined && <RentalStrip job={job} />}
      {job?.kind === 'chain' && (
        <ChainGraph
          source={source}
          jobId={jobId}
          live={ended !== true}
          store={trace.store}
          spanId={place.span}
          onSpan={(span) => setPlace({ ...place, span, tab: 'span' })}
        />
      )}
      {notes.length > 0 && <Banner>{notes.join(' · ')}</Banner>}
      <div className={styles.body}>
        <div ref={grid} className={styles.waterfall}>
          {trace.failure !== null ? (
            <div className={styles.centre}>
              <FailureNotice
                failure={trace.failure}
                what="The spans could not be read."
                onRetry={trace.reload}
              />
            </div>
          ) : trace.state === 'loading' ? (
            <div>
              <Delayed>
                <p className={`${styles.pad} dim`}>Reading spans…</p>
              </Delayed>
            </div>
          ) : noSpans !== null ? (
            <EmptyState title={noSpans.title}>{noSpans.why}</EmptyState>
          ) : (
            <Waterfall
              trace={trace.store}
              selectedSpanId={place.span}
              onSelect={(span) => setPlace({ ...place, span, ...(span === null ? {} : { tab: 'span' }) })}
              viewState={place.view}
              onViewStateChange={(view) => setPlace({ ...place, view })}
              live={ended !== true}
              label={`Spans of job ${jobId.slice(0, 8)}`}
            />
          )}
          <Logs
            jobId={jobId}
            store={trace.store}
            spanId={place.span}
            live={ended !== true}
            shown={logs.shown === true}
            onShown={(now) => setLogs({ shown: now })}
            onSpan={(span) => setPlace({ ...place, span, tab: 'span' })}
          />
        </div>
        {shown.inspector !== false && (
          <Inspector
            tab={tab}
            counts={{ artifacts: job?.artifacts.length ?? 0 }}
            onTab={(next) => setPlace({ ...place, tab: next })}
            pane={pane}
          />
        )}
      </div>
    </View>
  );
}

/** What a reader most likely came for: the span of the link, then what the job came to. */
function defaultTab(place: JobPlace, job: JobDetail | undefined): JobTab {
  if (place.span !== null || job === undefined || !isTerminal(job.status)) return 'span';
  return job.error === null && job.result !== null && typeof job.result.answer !== 'string'
    ? 'result'
    : 'answer';
}

/** Why there is nothing to draw; null while spans may come at any moment. */
function whyNoSpans(job: JobDetail | undefined): { readonly title: string; readonly why: string } | null {
  if (job === undefined) return null;
  if (!job.spans_recorded) {
    return {
      title: 'Not recorded',
      why: 'This job ran with a collector that keeps no spans. Its row and its result are whole.',
    };
  }
  if (job.status === 'queued') {
    return { title: 'In the queue', why: 'Its spans stand here from the moment it starts.' };
  }
  if (!isTerminal(job.status)) return null;
  return {
    title: 'No spans',
    why:
      job.started_at === null
        ? 'The job ended before it started: nothing of it ran.'
        : 'No span of this job is in the store.',
  };
}

/** Selection, tab and zoom as the URL holds them; the tree's width as this browser does. */
function usePlace(): readonly [JobPlace, (place: JobPlace) => void] {
  const [query, setQuery] = useHashQuery();
  const [share, setShare] = useStored('waterfall.tree', storedNumbers, { share: 0.38 });
  const text = query.toString();
  const place = useMemo(() => {
    const parsed = parsePlace(new URLSearchParams(text));
    return { ...parsed, view: { ...parsed.view, treeShare: share.share ?? 0.38 } };
  }, [text, share]);
  const latest = useRef(place);
  latest.current = place;
  const set = useCallback(
    (next: JobPlace) => {
      if (next.view.treeShare !== latest.current.view.treeShare) setShare({ share: next.view.treeShare });
      setQuery(writePlace(next), { replace: next.span === latest.current.span });
    },
    [setQuery, setShare],
  );
  return [place, set];
}
