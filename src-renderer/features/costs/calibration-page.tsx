import type { ReactNode } from 'react';
import {
  binWords,
  coverageTable,
  coverageTitle,
  coverageWords,
  reliabilityTable,
  reliabilityTitle,
} from '#renderer/charts/calibration-data.ts';
import { ChartFrame } from '#renderer/charts/chart-frame.tsx';
import { CoverageChart } from '#renderer/charts/coverage-chart.tsx';
import { ReliabilityChart } from '#renderer/charts/reliability-chart.tsx';
import { paths } from '#renderer/client/routes.ts';
import { EmptyState } from '#renderer/widgets/notice.tsx';
import { View } from '#renderer/widgets/view.tsx';
import type { Calibration } from '#shared/model/costs.ts';
import { Answered } from './answered.tsx';
import { CalibrationTable, groupTitle } from './calibration-table.tsx';
import { CostFilters } from './cost-filters.tsx';
import styles from './costs.module.css';
import { isNarrowed } from './costs-url.ts';
import { outletsOf } from './outlets.ts';
import { type PageProps, PeriodPicker } from './spend-page.tsx';
import { useCalibration } from './use-costs.ts';
import { leftOutWords } from './words.ts';

/** Do intervals and confidences hold what they claim? */
export function CalibrationPage(props: PageProps): ReactNode {
  const { view, onView } = props;
  const calibration = useCalibration(view);
  const providers = new Map<string, number>();
  for (const { provider, backend_type, n } of calibration.data?.groups ?? [])
    if (provider !== null && backend_type === null) providers.set(provider, n);
  return (
    <View title={props.title} filter={<CostFilters view={view} onView={onView} providers={providers} />}>
      <div className={styles.toolbar}>
        <PeriodPicker period={view.period} onChange={(period) => onView({ ...view, period })} />
        <span className={styles.grow} />
        <span className={`dim ${styles.ellipsis}`}>
          What earlier estimates claimed, against what came true
        </span>
      </div>
      <Answered query={calibration} what="The calibration could not be worked out." bones={[120, 300]}>
        {(answer) =>
          answer.groups.every(({ n }) => n === 0) ? (
            <NothingToJudge calibration={answer} {...props} />
          ) : (
            <Judged calibration={answer} stale={calibration.isPlaceholderData} {...props} />
          )
        }
      </Answered>
    </View>
  );
}

function Judged(
  props: PageProps & { readonly calibration: Calibration; readonly stale: boolean },
): ReactNode {
  const { view, onView, calibration } = props;
  const { groups, needed } = calibration;
  const group = groups.find((one) => one.group === view.group) ?? groups[0];
  const outlets = outletsOf(view, onView);
  const out = leftOutWords(calibration.left_out);
  return (
    <div className={styles.page} data-stale={props.stale}>
      <section className={styles.section} aria-label="Groups">
        <CalibrationTable
          calibration={calibration}
          chosen={group?.group ?? null}
          onChoose={(one) => onView({ ...view, group: one })}
        />
        {out !== null && (
          <p className="dim" data-testid="left-out">
            {out}
          </p>
        )}
      </section>
      {group !== undefined && (
        <div className={styles.pair}>
          <ChartFrame
            title={`${groupTitle(group)}: ${lowerFirst(coverageTitle(group, needed))}`}
            note={`n ${group.n.toLocaleString('en-US')}; line: claimed, dot: came true, band: 95 % if the claim is true`}
            summary={group.coverage.map(coverageWords).join(' ')}
            table={coverageTable(group)}
            outlets={outlets}
          >
            {(width) => <CoverageChart rows={group.coverage} width={width} />}
          </ChartFrame>
          <ChartFrame
            title={reliabilityTitle(group, needed)}
            note={`n ${group.n.toLocaleString('en-US')}; figures: estimates in a bin, bands: 95 % if the claim is true`}
            summary={group.reliability.map(binWords).join(' ')}
            table={reliabilityTable(group)}
            outlets={outlets}
          >
            {(width) => <ReliabilityChart bins={group.reliability} width={width} />}
          </ChartFrame>
        </div>
      )}
    </div>
  );
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

function NothingToJudge(props: PageProps & { readonly calibration: Calibration }): ReactNode {
  const { view, onView, calibration } = props;
  const isCut = view.period !== 'all' || isNarrowed(view);
  return (
    <EmptyState
      title={`Not yet calibrated (0 of ${calibration.needed})`}
      action={
        isCut ? (
          <button
            type="button"
            className={styles.link}
            onClick={() => onView({ ...view, period: 'all', provider: [], backend: [], tenant: [] })}
          >
            Judge all estimates
          </button>
        ) : (
          <a href={`#${paths.newJob()}`}>New job</a>
        )
      }
    >
      An estimate is judged when its job has succeeded and its cost is known. From {calibration.needed} such
      jobs on, this page says whether intervals and confidences hold what they claim.{' '}
      {leftOutWords(calibration.left_out)}
    </EmptyState>
  );
}
