import { type ReactNode, useMemo } from 'react';
import { ChartFrame } from '#renderer/charts/chart-frame.tsx';
import { groupName } from '#renderer/charts/series.ts';
import {
  localDay,
  type SpendPanel,
  spendPanels,
  spendSummary,
  spendTable,
} from '#renderer/charts/spend-data.ts';
import { TimeChart } from '#renderer/charts/time-chart.tsx';
import type { TimePoint } from '#renderer/charts/time-data.ts';
import { navigate } from '#renderer/client/hash-location.ts';
import { useNow } from '#renderer/widgets/now.ts';
import { formatUsd } from '#shared/lib/format.ts';
import type { SpendReport } from '#shared/model/costs.ts';
import styles from './costs.module.css';
import { type CostsView, periodStart } from './costs-url.ts';
import { boardOf } from './drill.ts';
import { outletsOf } from './outlets.ts';
import { BASES, BY_TITLES, jobsWords } from './words.ts';

const HEIGHT = 210;

/** A panel per basis, each with its own axis. */
export function SpendCharts(props: {
  readonly view: CostsView;
  readonly onView: (view: CostsView) => void;
  readonly report: SpendReport;
}): ReactNode {
  const { view, report } = props;
  const now = useNow(60_000);
  const today = localDay(now);
  const from = periodStart(view.period, now);
  const first = from === null ? null : localDay(from);
  const panels = useMemo(() => spendPanels(report, { first, last: today }), [report, first, today]);
  const part = (paid: boolean): readonly SpendPanel[] =>
    panels.filter(({ basis }) => BASES[basis].paid === paid);
  const [bills, own] = [part(true), part(false)];
  const longest = Math.max(
    0,
    ...panels.flatMap(({ series }) => series.map(({ key }) => groupName(key).length)),
  );
  return (
    <>
      {bills.length > 0 && (
        <section className={styles.section} aria-label="Paid">
          <h2 className={styles.heading}>Paid to somebody</h2>
          {bills.map((panel) => (
            <Panel key={panel.basis} panel={panel} longest={longest} {...props} />
          ))}
        </section>
      )}
      {own.length > 0 && (
        <section className={styles.section} aria-label="Own hardware">
          <h2 className={styles.heading}>
            Own hardware <span className="faint">reckoned, not paid to anybody</span>
          </h2>
          {own.map((panel) => (
            <Panel key={panel.basis} panel={panel} longest={longest} {...props} />
          ))}
        </section>
      )}
    </>
  );
}

function Panel(props: {
  readonly panel: SpendPanel;
  readonly longest: number;
  readonly view: CostsView;
  readonly onView: (view: CostsView) => void;
  readonly report: SpendReport;
}): ReactNode {
  const { panel, view, report } = props;
  const { basis, series } = panel;
  const most = mostExpensive(panel);
  const step = series[0]?.points[0];
  const weekly = step !== undefined && step.to - step.from > 100_000;
  const open = ({ from, to }: TimePoint): void => {
    const only = series.length === 1 ? series[0]?.key : undefined;
    navigate(boardOf({ from, to, by: view.by, key: only ?? null }));
  };
  return (
    <ChartFrame
      title={`${BASES[basis].title}: ${formatUsd(panel.usd)}${most === null ? '' : `, ${most}`}`}
      note={`n ${jobsWords(panel.jobs)}, ${weekly ? 'by week' : 'by day'} and ${BY_TITLES[view.by]}; ${BASES[basis].about}`}
      summary={spendSummary(panel)}
      table={spendTable(report.rows, basis, BY_TITLES[view.by])}
      outlets={outletsOf(view, props.onView)}
    >
      {(width) => (
        <TimeChart
          series={series}
          unit="usd"
          axis="US dollars"
          kind="bars"
          log={false}
          width={width}
          height={HEIGHT}
          longest={props.longest}
          when="when jobs ended, local time"
          onBucket={open}
        />
      )}
    </ChartFrame>
  );
}

/** `openai 62 %`: who takes the largest part; null where there is only one. */
function mostExpensive({ series, usd }: SpendPanel): string | null {
  if (series.length < 2 || usd <= 0) return null;
  const sums = series.map(({ key, points }) => ({
    key,
    part: points.reduce((sum, { value }) => sum + (value ?? 0), 0) / usd,
  }));
  const first = sums.toSorted((a, b) => b.part - a.part)[0];
  return first === undefined ? null : `${Math.round(first.part * 100)} % of it ${groupName(first.key)}`;
}
