import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo } from 'react';
import { ChartFrame, type ChartOutlets } from '#renderer/charts/chart-frame.tsx';
import { CostChart } from '#renderer/charts/cost-chart.tsx';
import { costNote, costPlot, costTable, costTitle } from '#renderer/charts/cost-data.ts';
import { EcdfChart } from '#renderer/charts/ecdf-chart.tsx';
import { ecdfNote, ecdfTable, ecdfTitle } from '#renderer/charts/ecdf-data.ts';
import { EffectsChart } from '#renderer/charts/effects-chart.tsx';
import { drawnTogether, effectsTable, effectsTitle } from '#renderer/charts/effects-data.ts';
import { PhasesChart } from '#renderer/charts/phases-chart.tsx';
import { barWords, phaseBars, phasesTable, phasesTitle } from '#renderer/charts/phases-data.ts';
import { PointsChart } from '#renderer/charts/points-chart.tsx';
import { pointsNote, pointsTable } from '#renderer/charts/points-data.ts';
import { RatesChart } from '#renderer/charts/rates-chart.tsx';
import { ratesTable, ratesTitle, rateWords } from '#renderer/charts/rates-data.ts';
import { spansMuch } from '#renderer/charts/scale.ts';
import { groupName } from '#renderer/charts/series.ts';
import { TimeChart } from '#renderer/charts/time-chart.tsx';
import {
  bucketsFor,
  outsideNote,
  seriesNote,
  type TimePoint,
  timeTable,
  trendSeries,
  trendTitle,
} from '#renderer/charts/time-data.ts';
import { intervalText, inUnit } from '#renderer/charts/units.ts';
import { shownFailure } from '#renderer/client/failure.ts';
import { navigate } from '#renderer/client/hash-location.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import type { CompareQuery } from '#shared/contract/compare.ts';
import type { CompareResult, ComparisonVerdict } from '#shared/model/compare.ts';
import styles from './compare.module.css';
import type { ChartName } from './compare-url.ts';

export interface ChartPanelProps {
  readonly chart: ChartName;
  readonly result: CompareResult;
  readonly query: CompareQuery;
  /** Null while they are worked out. */
  readonly verdicts: readonly ComparisonVerdict[] | null;
  readonly log: boolean | null;
  readonly onLog: (log: boolean) => void;
  readonly outlets: ChartOutlets;
  readonly onJobs: (key: string | null, bucket?: TimePoint) => void;
}

/** The chart that is chosen. */
export function ChartPanel(props: ChartPanelProps): ReactNode {
  switch (props.chart) {
    case 'distribution':
      return <Distribution {...props} />;
    case 'jobs':
      return <Points {...props} />;
    case 'effects':
      return <Effects {...props} />;
    case 'success':
      return <Rates {...props} />;
    case 'phases':
      return <Phases {...props} />;
    case 'cost':
      return <Cost {...props} />;
    case 'trend':
      return <TrendLines {...props} />;
  }
}

/** A log scale where it is offered: as chosen, else on where the values span much. */
function logOf(values: readonly (number | null)[], { log, onLog }: ChartPanelProps) {
  if (!spansMuch(values)) return { on: false, switch: undefined };
  const on = log ?? true;
  return { on, switch: { on, onChange: onLog } };
}

const medianWords = ({ groups, measure }: CompareResult): string =>
  groups
    .map(
      ({ key, n, median, median_low, median_high }) =>
        `${groupName(key)}: median ${inUnit(median, measure.unit)}${median_low === null ? '' : `, interval ${intervalText(median_low, median_high, measure.unit)}`}, n ${n}`,
    )
    .join('; ');

function Distribution(props: ChartPanelProps): ReactNode {
  const { result, outlets } = props;
  const { groups, measure } = result;
  const log = logOf(
    groups.flatMap(({ ecdf }) => ecdf.x),
    props,
  );
  return (
    <ChartFrame
      title={ecdfTitle(groups, measure)}
      note={ecdfNote(groups)}
      summary={`Share of jobs up to each ${measure.title}. ${medianWords(result)}.`}
      table={ecdfTable(groups, measure)}
      outlets={outlets}
      log={log.switch}
    >
      {(width) => (
        <EcdfChart groups={groups} measure={measure} log={log.on} width={width} onGroup={props.onJobs} />
      )}
    </ChartFrame>
  );
}

function Points(props: ChartPanelProps): ReactNode {
  const { result, outlets } = props;
  const { groups, measure } = result;
  const log = logOf(
    groups.flatMap(({ points }) => points.map(({ value }) => value)),
    props,
  );
  return (
    <ChartFrame
      title={`Which jobs stand out in ${measure.title}?`}
      note={pointsNote(groups)}
      summary={medianWords(result)}
      table={pointsTable(groups, measure, ({ source, job_id }) => `#${paths.job(source, job_id)}`)}
      outlets={outlets}
      log={log.switch}
    >
      {(width) => (
        <PointsChart
          groups={groups}
          measure={measure}
          log={log.on}
          width={width}
          onJob={({ source, job_id }) => navigate(paths.job(source, job_id))}
          onGroup={props.onJobs}
        />
      )}
    </ChartFrame>
  );
}

function Effects(props: ChartPanelProps): ReactNode {
  const { result, verdicts, outlets } = props;
  const all = verdicts ?? [];
  const left = all.length - drawnTogether(all).length;
  return (
    <ChartFrame
      title={effectsTitle(verdicts)}
      note={`${all.length} ${all.length === 1 ? 'comparison' : 'comparisons'}, n ${result.groups.reduce((sum, { n }) => sum + n, 0).toLocaleString('en-US')}; whiskers: 95 % interval, corrected over all (Hodges-Lehmann)${left > 0 ? `; ${left} without an effect` : ''}`}
      summary={all.map(({ sentence }) => sentence).join(' ')}
      table={effectsTable(all, result.measure)}
      outlets={outlets}
    >
      {(width) =>
        verdicts === null ? (
          <p className="dim">The effects come with the verdicts.</p>
        ) : (
          <EffectsChart verdicts={all} measure={result.measure} width={width} />
        )
      }
    </ChartFrame>
  );
}

function Rates(props: ChartPanelProps): ReactNode {
  const { result, outlets } = props;
  const { groups } = result;
  const finished = groups.reduce((sum, { succeeded, failures }) => sum + succeeded + failures, 0);
  return (
    <ChartFrame
      title={ratesTitle(groups)}
      note={`n ${finished.toLocaleString('en-US')} finished jobs; cancelled and unfinished ones are not in it`}
      summary={groups.map(rateWords).join(' ')}
      table={ratesTable(groups)}
      outlets={outlets}
    >
      {(width) => <RatesChart groups={groups} width={width} onGroup={props.onJobs} />}
    </ChartFrame>
  );
}

function Cost(props: ChartPanelProps): ReactNode {
  const { result, outlets } = props;
  const plot = useMemo(() => costPlot(result.groups, result.measure), [result]);
  const isMuch = spansMuch(plot.points.map(({ y }) => y)) || spansMuch(plot.points.map(({ x }) => x));
  const log = props.log ?? isMuch;
  return (
    <ChartFrame
      title={costTitle(plot)}
      note={costNote(plot)}
      summary={plot.points
        .map(
          ({ group, x, y, onFront }) =>
            `${groupName(group.key)}: median ${inUnit(x, result.measure.unit)}, ${inUnit(y, 'usd')} per success${onFront ? ', not beaten in both' : ''}`,
        )
        .join('; ')}
      table={costTable(plot, result.measure)}
      outlets={outlets}
      log={isMuch ? { on: log, onChange: props.onLog } : undefined}
    >
      {(width) => (
        <CostChart
          plot={plot}
          measure={result.measure}
          log={isMuch && log}
          width={width}
          onGroup={props.onJobs}
        />
      )}
    </ChartFrame>
  );
}

function Phases(props: ChartPanelProps): ReactNode {
  const { orpc } = useApi();
  const phases = useQuery(orpc.compare.phases.queryOptions({ input: props.query, staleTime: 30_000 }));
  const found = useMemo(() => (phases.data === undefined ? null : phaseBars(phases.data)), [phases.data]);
  if (found === null || phases.data === undefined)
    return <Pending error={phases.error} onRetry={() => void phases.refetch()} />;
  return (
    <ChartFrame
      title={phasesTitle(found)}
      note={`n ${found.bars.map(({ key, n }) => `${groupName(key)} ${n.toLocaleString('en-US')}`).join(', ')}; a span's own time: without what its children took.${phases.data.note === null ? '' : ` ${phases.data.note}`}`}
      summary={found.bars.map(barWords).join(' ')}
      table={phasesTable(phases.data)}
      outlets={props.outlets}
    >
      {(width) => (
        <PhasesChart phases={found.phases} bars={found.bars} width={width} onGroup={props.onJobs} />
      )}
    </ChartFrame>
  );
}

function TrendLines(props: ChartPanelProps): ReactNode {
  const { orpc } = useApi();
  const { measure } = props.result;
  const buckets = bucketsFor(
    props.result.groups.map(({ n }) => n),
    0.5,
  );
  const trend = useQuery(
    orpc.compare.trend.queryOptions({ input: { ...props.query, buckets }, staleTime: 30_000 }),
  );
  const series = useMemo(() => (trend.data === undefined ? null : trendSeries(trend.data)), [trend.data]);
  if (series === null) return <Pending error={trend.error} onRetry={() => void trend.refetch()} />;
  const log = logOf(
    series.flatMap(({ points }) => points.map(({ value }) => value)),
    props,
  );
  return (
    <ChartFrame
      title={trendTitle(series, measure)}
      note={`${seriesNote(series, 'n')}; line: median, band: its interval where n allows one${outsideNote(trend.data?.outside ?? null)}`}
      summary={medianWords(props.result)}
      table={timeTable(series, `Median ${measure.title}`, measure.unit)}
      outlets={props.outlets}
      log={log.switch}
    >
      {(width) => (
        <TimeChart
          series={series}
          unit={measure.unit}
          axis={`median ${measure.title}`}
          kind="lines"
          log={log.on}
          width={width}
          onBucket={(bucket, key) => props.onJobs(key, bucket)}
        />
      )}
    </ChartFrame>
  );
}

function Pending(props: { readonly error: Error | null; readonly onRetry: () => void }): ReactNode {
  if (props.error !== null) {
    return (
      <FailureNotice
        failure={shownFailure(props.error)}
        what="The chart's figures could not be read."
        onRetry={props.onRetry}
      />
    );
  }
  return (
    <div className={styles.chartRoom}>
      <Delayed>
        <p className="dim">Reading…</p>
      </Delayed>
    </div>
  );
}
