import type { ReactNode } from 'react';
import { PartsBar } from '#renderer/charts/parts-bar.tsx';
import { useWidth } from '#renderer/charts/use-width.ts';
import { Figure } from '#renderer/widgets/figure.tsx';
import { formatBytes, formatDuration, formatUsd } from '#shared/lib/format.ts';
import { fieldText, figureText } from '#shared/model/offer-fields.ts';
import type { PricedOffer, Spread } from '#shared/model/offers.ts';
import styles from './detail.module.css';

/** What the job would cost and take there: the interval, what it is made of, and what that rests on. */
export function JobOnOffer(props: { readonly offer: PricedOffer }): ReactNode {
  const { offer } = props;
  const { fit, parts, usd_per_job, seconds_per_job } = offer;
  const [room, width] = useWidth<HTMLElement>();
  const seconds = (value: number): string => formatDuration(value * 1000);
  return (
    <section ref={room} aria-label="The job there">
      <h3>A finished job{fit === null ? '' : ` with ${fit.model}`}</h3>
      {fit !== null && (
        <p className={fit.fits ? 'dim' : styles.warning}>
          {fit.fits
            ? `Fits with ${figureText('megabytes', fit.headroom_mb)} of VRAM to spare; takes ${fit.required_disk_gb} GB of disk.`
            : `Does not fit: ${fit.because ?? ''}.`}
        </p>
      )}
      {usd_per_job === null || seconds_per_job === null || parts === null ? (
        <p className="dim">
          {fit === null
            ? 'Nothing can be predicted: the size of the model is not known, or none fits.'
            : fit.fits
              ? 'Nothing can be predicted: the memory bandwidth of this GPU is not known.'
              : 'Nothing is predicted for a model that does not fit.'}
        </p>
      ) : (
        <>
          <table className={styles.spread}>
            <thead>
              <tr>
                <th scope="col" aria-label="What" />
                <th scope="col">p10</th>
                <th scope="col">p50</th>
                <th scope="col">p90</th>
              </tr>
            </thead>
            <tbody>
              <SpreadRow title="Cost" spread={usd_per_job} text={formatUsd} />
              <SpreadRow title="Time" spread={seconds_per_job} text={seconds} />
            </tbody>
          </table>
          {width > 0 && (
            <>
              <PartsBar
                label="Where the time goes, medians"
                width={width}
                parts={[
                  { name: 'boot', value: parts.boot_s, text: seconds(parts.boot_s) },
                  { name: 'download', value: parts.download_s, text: seconds(parts.download_s) },
                  { name: 'load', value: parts.load_s, text: seconds(parts.load_s) },
                  { name: 'run', value: parts.run_s, text: seconds(parts.run_s) },
                ]}
              />
              <PartsBar
                label="Where the money goes, medians"
                width={width}
                parts={[
                  { name: 'hours', value: parts.hours_usd, text: formatUsd(parts.hours_usd) },
                  {
                    name: `${formatBytes(parts.download_gb * 1e9)} of bandwidth`,
                    value: parts.bandwidth_usd,
                    text: formatUsd(parts.bandwidth_usd),
                  },
                ]}
              />
            </>
          )}
          <dl className={styles.facts}>
            <dt title="That the machine is lost while the job runs">Interruption</dt>
            <dd>
              <Figure text={fieldText(offer, 'interruption')} unknown="The reliability is not known" />
            </dd>
            <dt>Speed</dt>
            <dd>
              <Figure text={fieldText(offer, 'tokens_per_s')} unknown="Neither measured nor reckoned" />
            </dd>
          </dl>
          <p className={styles.basis}>{parts.basis}</p>
        </>
      )}
    </section>
  );
}

function SpreadRow(props: {
  readonly title: string;
  readonly spread: Spread;
  readonly text: (value: number) => string;
}): ReactNode {
  const { spread, text } = props;
  return (
    <tr>
      <th scope="row">{props.title}</th>
      {(['p10', 'p50', 'p90'] as const).map((at) => (
        <td key={at} data-probable={at === 'p50'}>
          <Figure text={text(spread[at])} exact={String(spread[at])} />
        </td>
      ))}
    </tr>
  );
}
