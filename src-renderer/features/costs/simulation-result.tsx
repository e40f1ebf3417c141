import type { ReactNode } from 'react';
import { paths } from '#renderer/client/routes.ts';
import { Figure } from '#renderer/widgets/figure.tsx';
import { Money } from '#renderer/widgets/money.tsx';
import type { SimulateQuery } from '#shared/contract/costs.ts';
import {
  formatCount,
  formatDay,
  formatDuration,
  formatPercent,
  formatUsd,
  UNKNOWN,
} from '#shared/lib/format.ts';
import type { Simulation } from '#shared/model/costs.ts';
import styles from './costs.module.css';
import { factorBar } from './factor-bar.tsx';
import { jobsWords, PROVIDER_TITLES, SOURCE_TITLES } from './words.ts';

/** Low, probable and high for a run and for all of them; then what that rests on. */
export function SimulationResult(props: {
  readonly what: SimulateQuery;
  readonly simulation: Simulation;
}): ReactNode {
  const { what, simulation: one } = props;
  const isNamed = what.gpu !== '' || what.model !== '';
  const runs = one.runs_per_period * one.period_days;
  const level = Math.round((one.coverage ?? 0.8) * 100);
  const between = `The cost lies between low and high ${level} times of 100`;
  const isKnown = one.total_cost_usd !== null;
  return (
    <>
      <p className={styles.headline} data-testid="total">
        {isKnown
          ? `${campaignWords(one)} would cost about ${formatUsd(one.total_cost_usd)}`
          : isNamed
            ? 'Nobody knows the price of this'
            : 'Name a model or a GPU'}
      </p>
      {!isKnown && (
        <p className="dim">
          {isNamed
            ? 'Something of it has no price here, so the whole has none. Choose what the prices have, or add a price of your own: '
            : 'What somebody sends a bill for decides what runs cost: '}
          <a href={`#${paths.costs('prices')}`}>Prices</a>
        </p>
      )}
      {one.warning != null && <p className={styles.old}>{one.warning}</p>}
      <table className={styles.totals} aria-label="Costs">
        <thead>
          <tr>
            <th scope="col" aria-label="What" />
            <th scope="col" title={between}>
              Low
            </th>
            <th scope="col">Probable</th>
            <th scope="col" title={between}>
              High
            </th>
            <th scope="col">{level} % interval</th>
          </tr>
        </thead>
        <tbody>
          <Range
            title="One run"
            low={one.single_low_usd}
            mid={one.single_cost_usd}
            high={one.single_high_usd}
          />
          <Range
            title={`All ${runs.toLocaleString('en-US')} runs`}
            low={one.total_low_usd}
            mid={one.total_cost_usd}
            high={one.total_high_usd}
          />
        </tbody>
      </table>
      <div className={styles.twoColumns}>
        <section aria-label="What it consists of">
          <h2>One run consists of</h2>
          <dl className={styles.facts}>
            <dt>GPU</dt>
            <dd>
              <Money
                usd={one.components_usd.gpu_compute}
                unknown={what.gpu === '' ? 'No GPU is named' : 'Nobody is known to rent this GPU out'}
              />
            </dd>
            <dt>Tokens</dt>
            <dd>
              {one.components_usd.llm_tokens === 0 ? (
                <span className="dim">no bill of their own</span>
              ) : (
                <Money
                  usd={one.components_usd.llm_tokens}
                  unknown={what.model === '' ? 'No model is named' : 'Nobody is known to price this model'}
                />
              )}
            </dd>
          </dl>
        </section>
        <section aria-label="What it rests on">
          <h2>It rests on</h2>
          <dl className={styles.facts}>
            <dt>History</dt>
            <dd>
              {one.historical_basis === 'from_history'
                ? `${jobsWords(one.historical_sample_count)} like it, ${formatCount(one.token_samples_from_history)} with tokens`
                : "no job like it yet: guessed by the agent's scope"}
            </dd>
            <dt>Duration</dt>
            <dd>
              <Figure text={formatDuration(one.duration_seconds.mid * 1000)} />{' '}
              <span className="dim">
                {formatDuration(one.duration_seconds.low * 1000)} to{' '}
                {formatDuration(one.duration_seconds.high * 1000)}
              </span>
            </dd>
            <dt>Tokens</dt>
            <dd className="figure">
              {formatCount(Math.round(one.llm_input_tokens_assumed))} in,{' '}
              {formatCount(Math.round(one.llm_output_tokens_assumed))} out
            </dd>
            <dt>Price</dt>
            <dd>
              <PriceWords price={one.price} />
            </dd>
            <dt title="Estimated chance that one run costs within a factor of 1.25 of the probable amount">
              Confidence
            </dt>
            <dd className="figure">{formatPercent(one.confidence_score)}</dd>
          </dl>
        </section>
      </div>
      {one.differences.length > 0 && (
        <section aria-label="Where this differs from RUNE">
          <h2>Where RUNE would answer differently</h2>
          <ul className={styles.differences}>
            {one.differences.map((difference) => (
              <li key={difference}>{difference}</li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

/** `2 runs a day for 7 days`. */
function campaignWords({ runs_per_period: runs, period_days: days }: Simulation): string {
  const count = (n: number, unit: string): string =>
    `${n.toLocaleString('en-US')} ${unit}${n === 1 ? '' : 's'}`;
  return `${count(runs, 'run')} a day for ${count(days, 'day')}`;
}

function Range(props: {
  readonly title: string;
  readonly low: number | null;
  readonly mid: number | null;
  readonly high: number | null;
}): ReactNode {
  const { title, low, mid, high } = props;
  return (
    <tr>
      <th scope="row">{title}</th>
      {[low, mid, high].map((usd, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: low, probable and high never change places
        <td key={at} data-probable={at === 1}>
          <Money usd={usd} unknown="Nobody knows the price" />
        </td>
      ))}
      <td>{factorBar({ low, mid, high })}</td>
    </tr>
  );
}

function PriceWords(props: { readonly price: Simulation['price'] }): ReactNode {
  const { price } = props;
  if (price === null) return <Figure text={UNKNOWN} unknown="Nothing that is named has a price" />;
  const rate =
    price.usd_hour === null
      ? `${formatUsd(price.usd_million_in)} in, ${formatUsd(price.usd_million_out)} out per million tokens`
      : `${formatUsd(price.usd_hour)} an hour${price.gpu_count > 1 ? ` for ${price.gpu_count} GPUs` : ''}`;
  return (
    <span title={price.origin}>
      {PROVIDER_TITLES[price.provider]} {price.name}: {rate}{' '}
      <span className="dim">
        {SOURCE_TITLES[price.source].title}, {formatDay(price.as_of)}
      </span>
    </span>
  );
}
