import type { ReactNode } from 'react';
import { ChartFrame, type ChartOutlets } from '#renderer/charts/chart-frame.tsx';
import { TornadoChart, tornadoSummary, tornadoTable } from '#renderer/charts/tornado-chart.tsx';
import { inUnit } from '#renderer/charts/units.ts';
import { paths } from '#renderer/client/routes.ts';
import { Money } from '#renderer/widgets/money.tsx';
import { formatId, formatPercent } from '#shared/lib/format.ts';
import type { EstimateOutcome } from '#shared/model/costs.ts';
import { OWN } from '#shared/model/source.ts';
import { Answered } from './answered.tsx';
import styles from './costs.module.css';
import { Ratio, unknownActual } from './estimates-list.tsx';
import { type KeptEstimate, useKeptEstimate } from './use-costs.ts';
import { BASES, PROVIDER_TITLES, rangeWords } from './words.ts';

/** One estimate: what it said, what it came to, what it rests on and what made it as wide as it was. */
export function EstimateDetail(props: {
  readonly outcome: EstimateOutcome;
  readonly outlets: ChartOutlets;
}): ReactNode {
  const { outcome } = props;
  const kept = useKeptEstimate(outcome.job_id);
  return (
    <aside className={styles.detail} aria-label={`Estimate of job ${outcome.job_id}`} data-testid="detail">
      <div className={styles.listHead}>
        <h2>
          Job <span className="figure">{formatId(outcome.job_id)}</span>
        </h2>
        <span className="dim">{outcome.status}</span>
        <span className={styles.grow} />
        <a href={`#${paths.job(OWN, outcome.job_id)}`}>Open the job</a>
      </div>
      <dl className={styles.facts}>
        <dt>Projected</dt>
        <dd>
          <Money usd={outcome.projected_usd} unknown="Nobody could say" />{' '}
          <span className="dim">{rangeWords(outcome.low_usd, outcome.high_usd)}</span>
        </dd>
        <dt>Actual</dt>
        <dd>
          <Money usd={outcome.actual_usd} unknown={unknownActual(outcome)} />{' '}
          {outcome.actual_usd !== null && (
            <span className="dim" title={BASES[outcome.actual_basis].about}>
              {BASES[outcome.actual_basis].title.toLowerCase()}, <Ratio outcome={outcome} /> the estimate
            </span>
          )}
        </dd>
        <dt title="Estimated chance that the actual cost lies within a factor of 1.25 of the projected one">
          Confidence
        </dt>
        <dd className="figure">{formatPercent(outcome.confidence_score)}</dd>
        <dt>Paid to</dt>
        <dd>{outcome.provider === 'local' ? 'nobody: own hardware' : PROVIDER_TITLES[outcome.provider]}</dd>
      </dl>
      <p className={styles.basis}>{outcome.basis}</p>
      <Answered query={kept} what="The job could not be read." bones={[140]}>
        {(estimate) =>
          estimate === null || estimate.drivers.length === 0 ? (
            <p className="dim">
              {outcome.projected_usd === null
                ? 'Without a price there is nothing that could be off by a little.'
                : 'What widens this estimate was not kept with it.'}
            </p>
          ) : (
            <ChartFrame
              title={`Most doubt: ${widest(estimate.drivers)}`}
              note={`how far each alone lets the cost be off, 80 times of 100${together(outcome)}`}
              summary={tornadoSummary(estimate.drivers)}
              table={tornadoTable(estimate.drivers)}
              outlets={props.outlets}
            >
              {(width) => <TornadoChart drivers={estimate.drivers} width={width} />}
            </ChartFrame>
          )
        }
      </Answered>
    </aside>
  );
}

const widest = (drivers: KeptEstimate['drivers']): string =>
  drivers.toSorted((a, b) => b.log_sigma - a.log_sigma)[0]?.name ?? '';

/** `; together 0.7× to 1.6×`: the whole interval by the projected cost. */
function together({ low_usd, high_usd, projected_usd }: EstimateOutcome): string {
  if (low_usd === null || high_usd === null || projected_usd === null || projected_usd === 0) return '';
  return `; together ${inUnit(low_usd / projected_usd, 'ratio')} to ${inUnit(high_usd / projected_usd, 'ratio')}`;
}
