import { SegmentedControl } from '@mantine/core';
import { type ReactNode, useMemo } from 'react';
import { ChartFrame } from '#renderer/charts/chart-frame.tsx';
import { ErrorChart } from '#renderer/charts/error-chart.tsx';
import { EstimatesChart } from '#renderer/charts/estimates-chart.tsx';
import {
  errorTitle,
  estimatePlot,
  estimatesNote,
  estimatesSummary,
  estimatesTable,
  estimatesTitle,
  MEDIAN_WINDOW,
  ratioOf,
} from '#renderer/charts/estimates-data.ts';
import { navigate } from '#renderer/client/hash-location.ts';
import { paths } from '#renderer/client/routes.ts';
import { EmptyState } from '#renderer/widgets/notice.tsx';
import { View } from '#renderer/widgets/view.tsx';
import { formatCount } from '#shared/lib/format.ts';
import type { EstimateOutcome } from '#shared/model/costs.ts';
import { OWN } from '#shared/model/source.ts';
import { Answered } from './answered.tsx';
import { CostFilters } from './cost-filters.tsx';
import styles from './costs.module.css';
import { type CostsView, isNarrowed } from './costs-url.ts';
import { EstimateDetail } from './estimate-detail.tsx';
import { EstimatesList } from './estimates-list.tsx';
import { outletsOf } from './outlets.ts';
import { type PageProps, PeriodPicker } from './spend-page.tsx';
import { useOutcomes } from './use-costs.ts';
import { PERIOD_TITLES } from './words.ts';

const LISTED = 100;

const jobHref = (jobId: string): string => `#${paths.job(OWN, jobId)}`;
const openJob = (jobId: string): void => navigate(paths.job(OWN, jobId));

/** What was projected against what it came to, and why an estimate was as wide as it was. */
export function EstimatesPage(props: PageProps): ReactNode {
  const { view, onView } = props;
  const outcomes = useOutcomes(view);
  const providers = new Map<string, number>();
  for (const { provider } of outcomes.data?.outcomes ?? [])
    providers.set(provider, (providers.get(provider) ?? 0) + 1);
  return (
    <View title={props.title} filter={<CostFilters view={view} onView={onView} providers={providers} />}>
      <div className={styles.toolbar}>
        <PeriodPicker period={view.period} onChange={(period) => onView({ ...view, period, job: null })} />
        <span className={styles.grow} />
        {outcomes.data !== undefined && outcomes.data.total > outcomes.data.outcomes.length && (
          <span className="dim">
            the newest {formatCount(outcomes.data.outcomes.length)} of {formatCount(outcomes.data.total)}{' '}
            estimates
          </span>
        )}
      </div>
      <Answered query={outcomes} what="The estimates could not be read." bones={[340, 200]}>
        {({ outcomes: all }) =>
          all.length === 0 ? (
            <NoEstimates view={view} onView={onView} />
          ) : (
            <Estimates outcomes={all} stale={outcomes.isPlaceholderData} {...props} />
          )
        }
      </Answered>
    </View>
  );
}

/** By how much a job missed its estimate, either way; what cannot be judged comes last. */
const miss = (one: EstimateOutcome): number => {
  const ratio = one.status === 'succeeded' ? ratioOf(one) : null;
  return ratio === null || ratio <= 0 ? -1 : Math.abs(Math.log(ratio));
};

function Estimates(
  props: PageProps & { readonly outcomes: readonly EstimateOutcome[]; readonly stale: boolean },
): ReactNode {
  const { outcomes, view, onView } = props;
  const plot = useMemo(() => estimatePlot(outcomes), [outcomes]);
  const table = useMemo(() => estimatesTable(outcomes, jobHref), [outcomes]);
  const listed = useMemo(
    () =>
      outcomes
        .toSorted((a, b) => (view.order === 'off' ? miss(b) - miss(a) : 0) || b.estimated_at - a.estimated_at)
        .slice(0, LISTED),
    [outcomes, view.order],
  );
  const chosen = outcomes.find(({ job_id }) => job_id === view.job) ?? listed[0] ?? null;
  const outlets = outletsOf(view, onView);
  const note = estimatesNote(plot);
  const none = <p className="dim">No job with an estimate has succeeded at a known cost in this time.</p>;
  return (
    <div className={styles.page} data-stale={props.stale}>
      <div className={styles.pair}>
        <ChartFrame
          title={estimatesTitle(plot)}
          note={note}
          summary={estimatesSummary(plot)}
          table={table}
          outlets={outlets}
        >
          {(width) =>
            plot.judged.length === 0 ? (
              none
            ) : (
              <EstimatesChart plot={plot} width={width} chosen={chosen?.job_id ?? null} onJob={openJob} />
            )
          }
        </ChartFrame>
        {!view.table && (
          <ChartFrame
            title={errorTitle(plot)}
            note={`n ${plot.judged.length.toLocaleString('en-US')}; line: median of the latest ${MEDIAN_WINDOW}, band: within a factor of 1.25`}
            summary={errorTitle(plot)}
            table={table}
            outlets={outlets}
          >
            {(width) =>
              plot.judged.length === 0 ? (
                none
              ) : (
                <ErrorChart plot={plot} width={width} chosen={chosen?.job_id ?? null} onJob={openJob} />
              )
            }
          </ChartFrame>
        )}
      </div>
      <div className={styles.split}>
        <section className={styles.list} aria-label="Estimates">
          <div className={styles.listHead}>
            <h2>{view.order === 'off' ? 'Furthest off' : 'Newest'}</h2>
            <span className="dim">
              {listed.length < outcomes.length
                ? `${formatCount(listed.length)} of ${formatCount(outcomes.length)}; all stand in the table behind the chart`
                : formatCount(listed.length)}
            </span>
            <span className={styles.grow} />
            <SegmentedControl
              aria-label="Order"
              value={view.order}
              data={[
                { value: 'off', label: 'Furthest off' },
                { value: 'newest', label: 'Newest' },
              ]}
              onChange={(order) =>
                onView({ ...view, order: order === 'newest' ? 'newest' : 'off', job: null })
              }
            />
          </div>
          <EstimatesList
            outcomes={listed}
            chosen={chosen?.job_id ?? null}
            onChoose={(job) => onView({ ...view, job })}
            onOpen={openJob}
          />
        </section>
        {chosen !== null && <EstimateDetail key={chosen.job_id} outcome={chosen} outlets={outlets} />}
      </div>
    </div>
  );
}

function NoEstimates(props: {
  readonly view: CostsView;
  readonly onView: (view: CostsView) => void;
}): ReactNode {
  const { view, onView } = props;
  const isCut = view.period !== 'all' || isNarrowed(view);
  return (
    <EmptyState
      title={isCut ? 'No estimate matches' : 'No job was estimated yet'}
      action={
        isCut ? (
          <button
            type="button"
            className={styles.link}
            onClick={() => onView({ ...view, period: 'all', provider: [], backend: [], tenant: [] })}
          >
            Show all estimates
          </button>
        ) : (
          <a href={`#${paths.newJob()}`}>New job</a>
        )
      }
    >
      {isCut
        ? `None of the ${PERIOD_TITLES[view.period] === 'All' ? 'estimates' : `last ${PERIOD_TITLES[view.period]}`} has these filters. Demo jobs are never in here.`
        : 'Every job is estimated before it runs. When it has ended, the estimate stands here beside what it came to. Demo jobs are left out.'}
    </EmptyState>
  );
}
