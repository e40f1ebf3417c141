import { Button, Switch } from '@mantine/core';
import { lazy, type ReactNode, Suspense, useMemo, useRef, useState } from 'react';
import type { ChartOutlets } from '#renderer/charts/chart-frame.tsx';
import { groupName } from '#renderer/charts/series.ts';
import type { TimePoint } from '#renderer/charts/time-data.ts';
import { shownFailure } from '#renderer/client/failure.ts';
import { copyText } from '#renderer/widgets/copy.tsx';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import { saveFile } from '#renderer/widgets/save-file.ts';
import { View } from '#renderer/widgets/view.tsx';
import { formatDuration } from '#shared/lib/format.ts';
import { type CompareResult, JOB_MEASURES } from '#shared/model/compare.ts';
import { ChoiceTabs } from './choice-tabs.tsx';
import styles from './compare.module.css';
import { CompareFilterBar } from './compare-filter.tsx';
import { NothingCompared, OneGroup, Remarks, SideMissing } from './compare-states.tsx';
import { CompareTabs } from './compare-tabs.tsx';
import {
  CHARTS,
  type ChartName,
  type CompareView,
  groupedBy,
  toggleMatched,
  writeView,
} from './compare-url.ts';
import { ConditionsPanel } from './conditions-panel.tsx';
import { type Drill, drillDown, stepsOf } from './drill.ts';
import { GroupsTable } from './groups-table.tsx';
import { JobsBehind, openDrill } from './jobs-behind.tsx';
import { ByPicker, MeasurePicker, SourcesPicker } from './pickers.tsx';
import { SavedMenu } from './saved-menu.tsx';
import { useCompareActions } from './use-compare-actions.ts';
import {
  useCompareQuery,
  useCompareView,
  useFigures,
  useMeasures,
  useSources,
  useSpeeds,
  useVerdicts,
} from './use-comparison.ts';
import { VerdictPanel } from './verdict-panel.tsx';
import { dimensionTitle, matchedLine, summaryLine } from './words.ts';

// Recharts weighs more than the rest of the page; only who looks at a chart pays for it.
const ChartPanel = lazy(async () => ({ default: (await import('./chart-panel.tsx')).ChartPanel }));

const CHART_TITLES: Readonly<Record<ChartName, string>> = {
  distribution: 'Distribution',
  jobs: 'Every job',
  effects: 'Effects',
  success: 'Success',
  phases: 'Where time goes',
  cost: 'Cost and speed',
  trend: 'Over time',
};

/** Is this backend really better, and how sure are we? */
export function ComparePage(): ReactNode {
  const [view, setView] = useCompareView();
  const query = useCompareQuery(view);
  const sources = useSources();
  const measures = useMeasures(view.sources);
  const figures = useFigures(query);
  const speeds = useSpeeds(query);
  const result = query === null ? null : (figures.data ?? null);
  const current = result !== null && !figures.isPlaceholderData ? result : null;
  const verdicts = useVerdicts(query, current);
  const search = useRef<HTMLInputElement>(null);
  const [saving, setSaving] = useState(false);
  const [drill, setDrill] = useState<Drill | null>(null);
  const spans = measures.filter(({ measure }) => !(JOB_MEASURES as readonly string[]).includes(measure));
  useCompareActions({
    view,
    onView: setView,
    search: () => search.current?.select(),
    save: () => setSaving(true),
    refresh: () => void figures.refetch(),
  });
  const showJobs = (key: string | null, bucket?: TimePoint): void =>
    setDrill(
      openDrill(drillDown(view, { key, ...(bucket && { from: bucket.from, to: bucket.to }) }, sources)),
    );

  return (
    <View
      title={<CompareTabs current="groups" />}
      filter={
        view.pick === null ? (
          <CompareFilterBar
            sources={view.sources}
            filter={view.filter}
            search={search}
            onChange={(filter) => setView({ ...view, filter })}
          />
        ) : (
          <Picked view={view} onChange={setView} />
        )
      }
      actions={
        <SavedMenu
          query={writeView(view).toString()}
          suggestion={`${view.measure} by ${dimensionTitle(view.by)}`}
          saving={saving}
          onSaving={setSaving}
        />
      }
    >
      <div className={styles.toolbar}>
        <MeasurePicker
          measures={measures}
          measure={view.measure}
          onChange={(measure) => setView({ ...view, measure, log: null })}
        />
        {view.pick === null && (
          <>
            <span className="dim">by</span>
            <ByPicker
              by={view.by}
              spans={spans.map(({ measure }) => measure)}
              onChange={(by) => setView(groupedBy(view, by))}
            />
            <span className="dim">in</span>
            <SourcesPicker
              sources={sources}
              chosen={view.sources}
              onChange={(chosen) => setView({ ...view, sources: chosen })}
            />
          </>
        )}
        {view.baseline !== null && (
          <Button
            variant="light"
            className={styles.picker}
            title="Compare all pairs again"
            onClick={() => setView({ ...view, baseline: null })}
          >
            against {groupName(view.baseline)} ✕
          </Button>
        )}
        <Switch
          label="Demo jobs"
          checked={view.filter.demo === true}
          title="Jobs of the built-in demo backend measure no real model"
          onChange={(event) =>
            setView({ ...view, filter: { ...view.filter, demo: event.currentTarget.checked ? true : null } })
          }
        />
        <span className={styles.grow} />
        <span className={`faint ${styles.small}`} aria-live="off">
          {figures.isFetching ? '…' : result === null ? '' : formatDuration(result.took_ms)}
        </span>
      </div>
      {query === null ? (
        <SideMissing view={view} onChange={setView} />
      ) : figures.error !== null ? (
        <div className={styles.notice}>
          <FailureNotice
            failure={shownFailure(figures.error)}
            what="The figures could not be worked out."
            onRetry={() => void figures.refetch()}
          />
        </div>
      ) : result === null ? (
        <Delayed>
          <Skeleton />
        </Delayed>
      ) : result.groups.length === 0 || (result.jobs === 0 && view.matched.length === 0) ? (
        <NothingCompared view={view} result={result} onChange={setView} />
      ) : (
        <div className={styles.page} data-stale={figures.isPlaceholderData}>
          <Comparison
            view={view}
            result={result}
            query={query}
            verdicts={verdicts}
            speeds={speeds}
            onView={setView}
            onJobs={showJobs}
          />
        </div>
      )}
      {drill !== null && <JobsBehind drill={drill} onClose={() => setDrill(null)} />}
    </View>
  );
}

function Comparison(props: {
  readonly view: CompareView;
  readonly result: CompareResult;
  readonly query: NonNullable<ReturnType<typeof useCompareQuery>>;
  readonly verdicts: ReturnType<typeof useVerdicts>;
  readonly speeds: ReturnType<typeof useSpeeds>;
  readonly onView: (view: CompareView) => void;
  readonly onJobs: (key: string | null, bucket?: TimePoint) => void;
}): ReactNode {
  const { view, result, verdicts, onView } = props;
  const all = verdicts.progress?.conditions ?? null;
  const late = useMemo(
    () => (all ?? []).filter(({ name }) => !result.conditions.some((one) => one.name === name)),
    [all, result.conditions],
  );
  const outlets: ChartOutlets = {
    onSave: saveFile,
    onCopyLink: () => copyText(window.location.href),
    asTable: view.table,
    onTable: (table) => onView({ ...view, table }),
  };
  return (
    <>
      <Remarks view={view} result={result} onChange={onView} />
      {result.groups.length === 1 && <OneGroup view={view} onChange={onView} />}
      <p className={styles.summary} data-testid="summary">
        {summaryLine(view, result)}
      </p>
      {result.groups.length > 1 && (
        <>
          <ConditionsPanel
            conditions={result.conditions}
            late={late}
            waiting={all === null && verdicts.failure === null}
            matched={view.matched}
            matchedLine={matchedLine(view, result)}
            onMatch={(name) => onView(toggleMatched(view, name))}
          />
          <VerdictPanel
            result={result}
            verdicts={verdicts}
            guarded={result.conditions.length + late.length > 0}
          />
        </>
      )}
      <section className={styles.section} aria-label="Groups">
        <GroupsTable
          result={result}
          baseline={result.baseline}
          speeds={props.speeds}
          onJobs={props.onJobs}
          onBaseline={result.groups.length > 2 ? (baseline) => onView({ ...view, baseline }) : null}
          stepsOf={(group) => stepsOf(view, props.query.where, group)}
        />
      </section>
      <section className={styles.section} aria-label="Charts">
        <ChoiceTabs
          label="Charts"
          choices={CHARTS}
          titles={CHART_TITLES}
          chosen={view.chart}
          onChoose={(chart) => onView({ ...view, chart })}
        >
          <Suspense fallback={null}>
            <ChartPanel
              chart={view.chart}
              result={result}
              query={props.query}
              verdicts={result.groups.length < 2 ? [] : (verdicts.progress?.verdicts ?? null)}
              log={view.log}
              onLog={(log) => onView({ ...view, log })}
              outlets={outlets}
              onJobs={props.onJobs}
            />
          </Suspense>
        </ChoiceTabs>
      </section>
    </>
  );
}

function Picked(props: {
  readonly view: CompareView;
  readonly onChange: (view: CompareView) => void;
}): ReactNode {
  const { view, onChange } = props;
  return (
    <>
      <span>
        A: {view.pick?.a.length ?? 0} picked, B: {view.pick?.b.length ?? 0} picked
      </span>
      <Button
        variant="default"
        onClick={() => {
          if (view.pick !== null) onChange({ ...view, pick: { a: view.pick.b, b: view.pick.a } });
        }}
      >
        Swap
      </Button>
      <Button variant="subtle" onClick={() => onChange({ ...view, pick: null })}>
        Compare all jobs
      </Button>
    </>
  );
}

function Skeleton(): ReactNode {
  return (
    <div className={styles.page} role="status" aria-label="Reading the figures">
      {[20, 96, 140, 320].map((height) => (
        <div key={height} className={styles.bone} style={{ height }} />
      ))}
    </div>
  );
}
