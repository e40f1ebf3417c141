import { Button, SegmentedControl } from '@mantine/core';
import { type ReactNode, useMemo, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { navigate, useHashQuery } from '#renderer/client/hash-location.ts';
import { paths } from '#renderer/client/routes.ts';
import { parseBandsPlace } from '#renderer/client/trace-links.ts';
import { BandSteps } from '#renderer/job-view/steps/band-steps.ts';
import { StepGrid } from '#renderer/job-view/steps/step-grid.tsx';
import type { StepOrder } from '#renderer/job-view/steps/step-model.ts';
import { useActions } from '#renderer/widgets/actions/use-actions.tsx';
import { copyText } from '#renderer/widgets/copy.tsx';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { EmptyState, FailureNotice } from '#renderer/widgets/notice.tsx';
import { saveFile } from '#renderer/widgets/save-file.ts';
import { storedNumbers, useStored } from '#renderer/widgets/stored.ts';
import { View } from '#renderer/widgets/view.tsx';
import { BandTip } from './band-tip.tsx';
import { bandsCsv } from './bands-csv.ts';
import { BandsTable } from './bands-table.tsx';
import { bandsSentence, leftOutSentence } from './bands-words.ts';
import { STEP_KEYS } from './step-keys.ts';
import styles from './trace-diff.module.css';
import { useBands } from './use-bands.ts';

const SHOWN = ['tree', 'ranked', 'table'] as const;
type Shown = (typeof SHOWN)[number];

/** `#/bands?jobs=<source>/<id>,<id>` or a filter: many traces laid over one another, each step as percentiles. */
export function BandsPage(): ReactNode {
  const [query, setQuery] = useHashQuery();
  const place = useMemo(() => {
    const of = new URLSearchParams(query);
    of.delete('view');
    return parseBandsPlace(of);
  }, [query]);
  const shown: Shown = SHOWN.find((one) => one === query.get('view')) ?? 'tree';
  const show = (next: Shown): void => {
    const changed = new URLSearchParams(query);
    if (next === 'tree') changed.delete('view');
    else changed.set('view', next);
    setQuery(changed, { replace: true });
  };
  const found = useBands(place);
  const { data } = found;
  const steps = useMemo(
    () => (data === undefined || data === null ? null : new BandSteps(data.bands)),
    [data],
  );
  const [share, setShare] = useStored('bands.tree', storedNumbers, { share: 0.4 });
  const [note, setNote] = useState('');

  const open = (row: number): void => {
    const slowest = steps?.row(row).slowest;
    if (slowest !== undefined) navigate(paths.job(slowest.source, slowest.job_id, slowest.span_id));
  };
  const copy = (text: string, what: string): void =>
    void copyText(text).then((done) => setNote(done ? `Copied ${what}` : 'The clipboard is not available'));
  const save = (): void => {
    if (steps !== null)
      saveFile('percentile-waterfall.csv', new Blob([bandsCsv(steps.bands)], { type: 'text/csv' }));
  };
  useActions([
    {
      id: 'bands.order',
      title: 'Widest band first, or tree order',
      group: 'Percentile waterfall',
      keys: ['o'],
      run: () => show(shown === 'ranked' ? 'tree' : 'ranked'),
    },
    {
      id: 'bands.table',
      title: 'Table or waterfall',
      group: 'Percentile waterfall',
      keys: ['t'],
      run: () => show(shown === 'table' ? 'tree' : 'table'),
    },
    {
      id: 'bands.csv',
      title: 'Export as CSV',
      group: 'Percentile waterfall',
      keys: ['shift+e'],
      disabled: steps === null,
      run: save,
    },
    {
      id: 'bands.copy-link',
      title: 'Copy link to this view',
      group: 'Percentile waterfall',
      keys: ['shift+l'],
      run: () => copy(window.location.href, 'the link'),
    },
    {
      id: 'bands.back',
      title: 'All jobs',
      group: 'Percentile waterfall',
      keys: ['u'],
      run: () => navigate(paths.jobs()),
    },
    ...STEP_KEYS,
  ]);

  const order: StepOrder = shown === 'ranked' ? 'ranked' : 'tree';
  const leftOut = data === undefined || data === null ? '' : leftOutSentence(data.bands, data.wanted);
  return (
    <View
      title={
        <>
          <h1>Percentile waterfall</h1>
          {place.title !== undefined && <span className="dim">{place.title}</span>}
          <span className="dim" aria-live="polite">
            {note}
          </span>
        </>
      }
      actions={
        <>
          <SegmentedControl
            size="xs"
            aria-label="What is shown"
            value={shown}
            onChange={(next) => show(SHOWN.find((one) => one === next) ?? 'tree')}
            data={[
              { value: 'tree', label: 'Tree' },
              { value: 'ranked', label: 'Widest first' },
              { value: 'table', label: 'Table' },
            ]}
          />
          <Button variant="default" disabled={steps === null} onClick={save} title="Export as CSV  Shift E">
            CSV
          </Button>
        </>
      }
    >
      {found.error !== null ? (
        <div className={styles.centre}>
          <FailureNotice
            failure={shownFailure(found.error)}
            what="The jobs could not be laid over one another."
            onRetry={() => void found.refetch()}
          />
        </div>
      ) : data === undefined ? (
        <Delayed>
          <p className={`${styles.pad} dim`}>Reading the spans of the jobs…</p>
        </Delayed>
      ) : data === null || steps === null || steps.count === 0 ? (
        <EmptyState
          title="No spans to lay over one another"
          action={<a href={`#${paths.jobs()}`}>Go to Jobs</a>}
        >
          {data === null
            ? 'The link takes no job. Select jobs on the board with X, then press Shift T.'
            : leftOut}
        </EmptyState>
      ) : (
        <>
          <div className={styles.summary}>
            <p>
              <strong>{bandsSentence(data.bands)}</strong> <span className="dim">{leftOut}</span>
            </p>
          </div>
          {shown === 'table' ? (
            <BandsTable bands={data.bands} />
          ) : (
            <div className={styles.grid}>
              <StepGrid
                steps={steps}
                order={order}
                label={`Percentile waterfall of ${data.bands.jobs} jobs`}
                share={share.share ?? 0.4}
                onShare={(next) => setShare({ share: next })}
                onOpen={open}
                onCopy={(row) => copy(steps.row(row).path, 'the path of the step')}
                tooltip={(row) => <BandTip row={steps.row(row)} jobs={data.bands.jobs} />}
                legend={<BandsLegend />}
                onView={(made) => made.elements.grid.focus()}
              />
            </div>
          )}
        </>
      )}
    </View>
  );
}

const BandsLegend = (): ReactNode => (
  <>
    <span>solid: from the median start to duration p10</span>
    <span>pale: duration p10 to p90, tick at the median</span>
    <span>line below: start p10 to p90</span>
    <span>E next widest · Enter opens the slowest job</span>
  </>
);
