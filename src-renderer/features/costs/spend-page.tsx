import { SegmentedControl, Select } from '@mantine/core';
import { lazy, type ReactNode, Suspense } from 'react';
import { paths } from '#renderer/client/routes.ts';
import { Money } from '#renderer/widgets/money.tsx';
import { Banner, EmptyState } from '#renderer/widgets/notice.tsx';
import { useNow } from '#renderer/widgets/now.ts';
import { View } from '#renderer/widgets/view.tsx';
import { UNKNOWN } from '#shared/lib/format.ts';
import type { SpendReport } from '#shared/model/costs.ts';
import { COST_BASES, type CostBasis } from '#shared/model/estimate.ts';
import { Answered } from './answered.tsx';
import { BudgetLine } from './budget-line.tsx';
import { CostFilters } from './cost-filters.tsx';
import styles from './costs.module.css';
import { type CostsView, PERIOD_NAMES, type Period, periodStart, SPEND_BY } from './costs-url.ts';
import { boardOf } from './drill.ts';
import { useSpend } from './use-costs.ts';
import { BASES, BY_TITLES, jobsWords, PERIOD_TITLES, unknownWords } from './words.ts';

// Recharts weighs more than the rest of the page; it comes with the first chart.
const SpendCharts = lazy(async () => ({ default: (await import('./spend-charts.tsx')).SpendCharts }));

export interface PageProps {
  readonly title: ReactNode;
  readonly view: CostsView;
  readonly onView: (view: CostsView) => void;
}

/** What was spent, by day, on which basis; what is paid for stands apart from own hardware. */
export function SpendPage(props: PageProps): ReactNode {
  const { view, onView } = props;
  const spend = useSpend(view);
  return (
    <View title={props.title} filter={<CostFilters view={view} onView={onView} only={['tenant']} />}>
      <div className={styles.toolbar}>
        <PeriodPicker period={view.period} onChange={(period) => onView({ ...view, period })} />
        <span className="dim">by</span>
        <Select
          className={styles.by}
          aria-label="Spending by"
          value={view.by}
          allowDeselect={false}
          data={SPEND_BY.map((by) => ({ value: by, label: BY_TITLES[by] }))}
          onChange={(by) => onView({ ...view, by: SPEND_BY.find((one) => one === by) ?? view.by })}
        />
        <span className={styles.grow} />
        <BudgetLine />
      </div>
      <Answered query={spend} what="What was spent could not be read." bones={[96, 260, 260]}>
        {(report) =>
          report.rows.length === 0 && report.unknown_jobs === 0 ? (
            <NothingSpent view={view} onView={onView} />
          ) : (
            <Spending view={view} onView={onView} report={report} stale={spend.isPlaceholderData} />
          )
        }
      </Answered>
    </View>
  );
}

export function PeriodPicker(props: {
  readonly period: Period;
  readonly onChange: (period: Period) => void;
}): ReactNode {
  return (
    <SegmentedControl
      aria-label="Period"
      className={styles.period}
      value={props.period}
      data={PERIOD_NAMES.map((value) => ({ value, label: PERIOD_TITLES[value] }))}
      onChange={(value) => props.onChange(PERIOD_NAMES.find((one) => one === value) ?? '30d')}
    />
  );
}

function Spending(props: {
  readonly view: CostsView;
  readonly onView: (view: CostsView) => void;
  readonly report: SpendReport;
  readonly stale: boolean;
}): ReactNode {
  const { view, report } = props;
  return (
    <div className={styles.page} data-stale={props.stale}>
      <Totals report={report} view={view} />
      <Suspense fallback={<div className={styles.bone} style={{ height: 260 }} />}>
        <SpendCharts view={view} onView={props.onView} report={report} />
      </Suspense>
    </div>
  );
}

/** A line per basis; no line adds them up. */
function Totals(props: { readonly report: SpendReport; readonly view: CostsView }): ReactNode {
  const { report } = props;
  const minute = useNow(60_000);
  const all = boardOf({ from: periodStart(props.view.period, minute), to: null });
  const line = (basis: CostBasis): ReactNode => {
    const total = report.totals.find((one) => one.basis === basis);
    if (total === undefined) return null;
    const { title, about, paid } = BASES[basis];
    return (
      <tr key={basis} data-basis={basis}>
        <th scope="row">{title}</th>
        <td>
          <Money usd={total.usd} />
        </td>
        <td className="figure">{jobsWords(total.jobs)}</td>
        <td className={styles.aboutCell}>
          {basis !== 'unknown' && <span className={styles.tag}>{paid ? 'paid' : 'not paid to anybody'}</span>}{' '}
          <span className="dim">{about}</span>
        </td>
      </tr>
    );
  };
  return (
    <section className={styles.section} aria-label="Totals">
      <table className={styles.totals} data-testid="totals">
        <tbody>
          {COST_BASES.map(line)}
          {report.unknown_jobs > 0 && (
            <tr data-basis="nobody">
              <th scope="row">Unknown</th>
              <td>
                <span className="figure faint" title="Nobody knows: it is not nothing">
                  {UNKNOWN}
                </span>
              </td>
              <td className="figure">{jobsWords(report.unknown_jobs)}</td>
              <td className={styles.aboutCell}>
                <span className="dim">{unknownWords(report.unknown_jobs)}</span>
              </td>
            </tr>
          )}
        </tbody>
      </table>
      <p className={`faint ${styles.small}`}>
        Bases are never added up: a bill and a reckoning are not the same dollars.{' '}
        <a href={`#${all}`}>The jobs of this time</a>
      </p>
    </section>
  );
}

function NothingSpent(props: {
  readonly view: CostsView;
  readonly onView: (view: CostsView) => void;
}): ReactNode {
  const { view, onView } = props;
  if (view.period !== 'all' || view.tenant.length > 0) {
    return (
      <>
        <Banner>Jobs of the demo backend are never in here.</Banner>
        <EmptyState
          title="No job with a cost in this time"
          action={
            <button
              type="button"
              className={styles.link}
              onClick={() => onView({ ...view, period: 'all', tenant: [] })}
            >
              Show all time
            </button>
          }
        >
          No job of these {PERIOD_TITLES[view.period]} {view.tenant.length > 0 ? 'and tenants ' : ''}has
          ended, other than demo jobs, which cost nothing.
        </EmptyState>
      </>
    );
  }
  return (
    <EmptyState title="Nothing was spent yet" action={<a href={`#${paths.newJob()}`}>New job</a>}>
      Run a job on a model service, a rented machine or your own hardware: what it cost stands here by day,
      with how that is known. Demo jobs cost nothing and are left out.
    </EmptyState>
  );
}
