import { Button, SegmentedControl } from '@mantine/core';
import { type ReactNode, useMemo, useRef, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { navigate, useHashQuery } from '#renderer/client/hash-location.ts';
import { type Place, paths } from '#renderer/client/routes.ts';
import { parseDiffPlace } from '#renderer/client/trace-links.ts';
import { StepGrid } from '#renderer/job-view/steps/step-grid.tsx';
import type { StepOrder } from '#renderer/job-view/steps/step-model.ts';
import type { StepView } from '#renderer/job-view/steps/step-view.ts';
import { useActions } from '#renderer/widgets/actions/use-actions.tsx';
import { copyText } from '#renderer/widgets/copy.tsx';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { Banner, EmptyState, FailureNotice } from '#renderer/widgets/notice.tsx';
import { storedNumbers, useStored } from '#renderer/widgets/stored.ts';
import { View } from '#renderer/widgets/view.tsx';
import type { JobDetail } from '#shared/contract/types.ts';
import { formatId } from '#shared/lib/format.ts';
import { isTerminal } from '#shared/model/job.ts';
import { spanIdAt } from '#shared/model/trace-columns.ts';
import { DiffSummary } from './diff-summary.tsx';
import { DiffTip } from './diff-tip.tsx';
import { STEP_KEYS } from './step-keys.ts';
import styles from './trace-diff.module.css';
import { useDiff } from './use-diff.ts';

/** `#/diff?a=<source>/<id>&b=<source>/<id>`: two traces laid over one another. */
export function DiffPage(): ReactNode {
  const [query] = useHashQuery();
  const text = query.toString();
  const { a, b } = useMemo(() => parseDiffPlace(new URLSearchParams(text)), [text]);
  if (a === null || b === null) {
    return (
      <View title={<h1>Trace diff</h1>}>
        <EmptyState title="Two jobs are needed" action={<a href={`#${paths.jobs()}`}>Go to Jobs</a>}>
          Select two jobs on the board with X, then press T.
        </EmptyState>
      </View>
    );
  }
  return <Diff key={`${a.source} ${a.job_id} ${b.source} ${b.job_id}`} a={a} b={b} order={orderOf(query)} />;
}

const orderOf = (query: URLSearchParams): StepOrder => (query.get('sort') === 'share' ? 'ranked' : 'tree');

function Diff(props: { readonly a: Place; readonly b: Place; readonly order: StepOrder }): ReactNode {
  const { a, b, order } = props;
  const diffed = useDiff(a, b);
  const { steps } = diffed;
  const view = useRef<StepView | null>(null);
  const [share, setShare] = useStored('diff.tree', storedNumbers, { share: 0.42 });
  const [note, setNote] = useState('');
  const [query, setQuery] = useHashQuery();

  const setOrder = (next: StepOrder): void => {
    const changed = new URLSearchParams(query);
    if (next === 'ranked') changed.set('sort', 'share');
    else changed.delete('sort');
    setQuery(changed, { replace: true });
  };
  const swap = (): void =>
    navigate(`${paths.diff(b, a)}${order === 'ranked' ? '&sort=share' : ''}`, { replace: true });
  const open = (row: number, wanted: 'a' | 'b' | null): void => {
    if (steps === null) return;
    const inB = (steps.diff.b[row] as number) >= 0;
    const inA = (steps.diff.a[row] as number) >= 0;
    const which = wanted === 'a' && inA ? 'a' : wanted === 'b' && inB ? 'b' : inB ? 'b' : 'a';
    const place = which === 'a' ? a : b;
    const trace = which === 'a' ? steps.a : steps.b;
    navigate(paths.job(place.source, place.job_id, spanIdAt(trace, steps.diff[which][row] as number)));
  };
  const cursor = (): number => view.current?.model.cursor ?? 0;
  const copy = (text: string, what: string): void =>
    void copyText(text).then((done) => setNote(done ? `Copied ${what}` : 'The clipboard is not available'));
  useActions([
    { id: 'diff.swap', title: 'Swap A and B', group: 'Trace diff', keys: ['shift+s'], run: swap },
    {
      id: 'diff.order',
      title: 'Largest difference first, or tree order',
      group: 'Trace diff',
      keys: ['o'],
      run: () => setOrder(order === 'tree' ? 'ranked' : 'tree'),
    },
    {
      id: 'diff.open-a',
      title: 'Open this step in A',
      group: 'Trace diff',
      keys: ['1'],
      run: () => open(cursor(), 'a'),
    },
    {
      id: 'diff.open-b',
      title: 'Open this step in B',
      group: 'Trace diff',
      keys: ['2'],
      run: () => open(cursor(), 'b'),
    },
    {
      id: 'diff.copy-link',
      title: 'Copy link to this diff',
      group: 'Trace diff',
      keys: ['shift+l'],
      run: () => copy(window.location.href, 'the link'),
    },
    {
      id: 'diff.back',
      title: 'All jobs',
      group: 'Trace diff',
      keys: ['u'],
      run: () => navigate(paths.jobs()),
    },
    ...STEP_KEYS,
  ]);

  const title = (
    <>
      <h1>Trace diff</h1>
      <JobChip letter="A" place={a} job={diffed.a} />
      <JobChip letter="B" place={b} job={diffed.b} />
      <span className="dim" aria-live="polite">
        {note}
      </span>
    </>
  );
  const running = [diffed.a, diffed.b].some((job) => job !== undefined && !isTerminal(job.status));
  return (
    <View
      title={title}
      actions={
        <>
          <SegmentedControl
            size="xs"
            aria-label="Order of the steps"
            value={order}
            onChange={(next) => setOrder(next === 'ranked' ? 'ranked' : 'tree')}
            data={[
              { value: 'tree', label: 'Tree' },
              { value: 'ranked', label: 'Largest first' },
            ]}
          />
          <Button variant="default" onClick={swap} title="Swap A and B  Shift S">
            Swap
          </Button>
        </>
      }
    >
      {diffed.failure !== null ? (
        <div className={styles.centre}>
          <FailureNotice
            failure={shownFailure(diffed.failure.error)}
            what={`Job ${diffed.failure.which} could not be read.`}
            onRetry={diffed.reload}
          />
        </div>
      ) : steps === null ? (
        <Delayed>
          <p className={`${styles.pad} dim`}>Reading spans…</p>
        </Delayed>
      ) : steps.a.count === 0 || steps.b.count === 0 ? (
        <EmptyState title={`No spans in ${steps.a.count === 0 ? 'A' : 'B'}`}>
          There is nothing to lay over the other job: none of its spans were recorded.
        </EmptyState>
      ) : (
        <>
          {running && (
            <Banner>
              A job is still running: shown is what was known when it was read.{' '}
              <Button variant="subtle" size="compact-xs" onClick={diffed.reload}>
                Read again
              </Button>
            </Banner>
          )}
          <DiffSummary
            diff={steps.diff}
            onStep={(row) => {
              const shown = view.current;
              if (shown === null) return;
              shown.model.reveal(row);
              shown.showCursor();
              shown.showCursorTime();
              shown.elements.grid.focus();
            }}
          />
          <div className={styles.grid}>
            <StepGrid
              steps={steps}
              order={order}
              label={`Trace diff of jobs ${formatId(a.job_id)} and ${formatId(b.job_id)}`}
              share={share.share ?? 0.42}
              onShare={(next) => setShare({ share: next })}
              onOpen={(row, lower) => open(row, lower === null ? null : lower ? 'b' : 'a')}
              onCopy={(row) => copy(steps.pathOf(row), 'the path of the step')}
              tooltip={(row) => <DiffTip steps={steps} row={row} />}
              legend={<DiffLegend />}
              onView={(made) => {
                view.current = made;
                made.elements.grid.focus();
              }}
            />
          </div>
        </>
      )}
    </View>
  );
}

function JobChip(props: {
  readonly letter: 'A' | 'B';
  readonly place: Place;
  readonly job: JobDetail | undefined;
}): ReactNode {
  const { letter, place, job } = props;
  const what = [job?.backend_type, job?.model].filter((part) => part != null && part !== '').join(' ');
  return (
    <a
      className={styles.chip}
      data-letter={letter}
      href={`#${paths.job(place.source, place.job_id)}`}
      title={`Job ${place.job_id}${job?.question == null ? '' : `: ${job.question}`}`}
    >
      <b>{letter}</b> <span className="figure">{formatId(place.job_id)}</span>{' '}
      <span className={styles.chipWhat}>{what}</span>
    </a>
  );
}

const DiffLegend = (): ReactNode => (
  <>
    <span className="st-sign">
      <span className="st-swatch st-a" /> A
    </span>
    <span className="st-sign">
      <span className="st-swatch st-b" /> B
    </span>
    <span>pale: its steps have rows of their own</span>
    <span>line between: what the longer one has more</span>
    <span>percent: explained by the step’s own time</span>
    <span>E next largest difference · Enter opens the span</span>
  </>
);
