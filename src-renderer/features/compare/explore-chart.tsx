import { type ReactNode, useMemo } from 'react';
import { ChartFrame } from '#renderer/charts/chart-frame.tsx';
import { spansMuch } from '#renderer/charts/scale.ts';
import { groupName } from '#renderer/charts/series.ts';
import { TimeChart } from '#renderer/charts/time-chart.tsx';
import {
  EXPLORE_MEASURES,
  EXPLORE_TITLES,
  exploreSeries,
  exploreUnit,
  outsideNote,
  seriesNote,
  type TimePoint,
  timeTable,
} from '#renderer/charts/time-data.ts';
import { unitWord } from '#renderer/charts/units.ts';
import { copyText } from '#renderer/widgets/copy.tsx';
import { Banner, EmptyState } from '#renderer/widgets/notice.tsx';
import { saveFile } from '#renderer/widgets/save-file.ts';
import { formatCount, formatPercent } from '#shared/lib/format.ts';
import type { ExploreResult } from '#shared/model/compare.ts';
import { ChoiceTabs } from './choice-tabs.tsx';
import styles from './compare.module.css';
import type { ExploreView } from './explore-url.ts';
import { dimensionTitle } from './words.ts';

/** One span name over time, as what is chosen. */
export function ExploreChart(props: {
  readonly view: ExploreView;
  readonly result: ExploreResult;
  readonly onView: (view: ExploreView) => void;
  readonly onJobs: (key: string | null, bucket?: TimePoint) => void;
}): ReactNode {
  const { view, result, onView, onJobs } = props;
  const { show } = view;
  const series = useMemo(() => exploreSeries(result, show), [result, show]);
  const unit = exploreUnit(show);
  const total = result.series.reduce((sum, one) => sum + one.total, 0);
  const errors = result.series.reduce(
    (sum, { buckets }) => sum + buckets.reduce((some, bucket) => some + bucket.errors, 0),
    0,
  );
  const isDuration = unit === 'ms';
  const isMuch = isDuration && spansMuch(series.flatMap(({ points }) => points.map(({ value }) => value)));
  const log = isMuch && (view.log ?? true);
  const by = view.by === '' ? '' : ` by ${dimensionTitle(view.by)}`;
  const title = `${EXPLORE_TITLES[show]} of ${result.event}${by}: ${formatCount(total)} spans${errors > 0 ? `, ${formatPercent(errors / (total || 1))} errors` : ', no error'}`;
  if (total === 0) {
    return (
      <EmptyState title={`No span ${result.event}`}>
        No job of these sources and filters has a span of this name. Choose another above.
      </EmptyState>
    );
  }
  return (
    <>
      {!result.complete && (
        <Banner tone="warning">A source is still being indexed: this is what is indexed so far.</Banner>
      )}
      <ChoiceTabs
        label="What is shown"
        choices={EXPLORE_MEASURES}
        titles={EXPLORE_TITLES}
        chosen={show}
        onChoose={(one) => onView({ ...view, show: one })}
      >
        <ChartFrame
          title={title}
          note={`${seriesNote(series, 'spans')}${isDuration ? "; of the jobs' mean time per span, where n allows it" : ''}${outsideNote(result.outside)}`}
          summary={result.series.map((one) => `${groupName(one.key)}: ${one.total} spans`).join('; ')}
          table={timeTable(series, EXPLORE_TITLES[show], unit)}
          outlets={{
            onSave: saveFile,
            onCopyLink: () => copyText(window.location.href),
            asTable: view.table,
            onTable: (table) => onView({ ...view, table }),
          }}
          log={isMuch ? { on: log, onChange: (on) => onView({ ...view, log: on }) } : undefined}
        >
          {(width) =>
            isDuration && !series.some(({ points }) => points.some(({ value }) => value !== null)) ? (
              <p className="dim">
                No part of this time has enough jobs for {EXPLORE_TITLES[show]}. Take a longer time, or a
                lower percentile.
              </p>
            ) : (
              <TimeChart
                series={series}
                unit={unit}
                axis={isDuration ? `${EXPLORE_TITLES[show]}, time` : unitWord(unit)}
                kind={show === 'count' || show === 'rate' ? 'bars' : 'lines'}
                log={log}
                width={width}
                onBucket={(bucket, key) => onJobs(view.by === '' ? null : key, bucket)}
              />
            )
          }
        </ChartFrame>
      </ChoiceTabs>
      <table className={styles.totals} aria-label="Totals">
        <tbody>
          {view.by !== '' &&
            result.series.map((one) => (
              <tr key={one.key}>
                <th scope="row">
                  <button type="button" className={styles.groupName} onClick={() => onJobs(one.key)}>
                    {groupName(one.key)}
                  </button>
                </th>
                <td className="figure">{formatCount(one.total)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </>
  );
}
