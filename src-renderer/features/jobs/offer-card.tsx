import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { paths } from '#renderer/client/routes.ts';
import { Ago, Figure } from '#renderer/widgets/figure.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import { MarketTag } from '#renderer/widgets/rental-mark.tsx';
import { gpuWords, hourWords } from '#renderer/widgets/rental-words.ts';
import { formatDuration, formatPercent, formatUsd, formatUsdUp } from '#shared/lib/format.ts';
import type { PricedOffer } from '#shared/model/offers.ts';
import styles from './rental.module.css';
import { mostPerHour } from './rental-form.ts';
import type { OfferQuote } from './use-offer-quote.ts';

/** Why an offer is not rented by a job; null where it may be. */
export function refusalOf(offer: PricedOffer): string | null {
  if (offer.is_bid)
    return 'It is interruptible: whoever bids more takes it away. Jobs rent machines on demand only.';
  if (offer.blocked !== null) return `Its ${offer.blocked} is on your list of those that are never rented.`;
  if (offer.fit !== null && !offer.fit.fits)
    return `${offer.fit.model} ${offer.fit.because ?? 'does not fit'}.`;
  return null;
}

/** The machine that was chosen in Offers: what it is, what this job would cost on it, and how old that is. */
export function OfferCard(props: {
  readonly offerId: number;
  readonly quote: OfferQuote;
  /** Rents by limits instead. */
  readonly onLeave: () => void;
}): ReactNode {
  const { quote, offerId } = props;
  const { offer, failure } = quote;
  const isGone = failure?.code === 'vastai.offer_taken';
  return (
    <section className={styles.card} aria-label="Offer" data-stale={quote.stale || quote.asking}>
      <div className={styles.head}>
        {offer === undefined ? (
          <strong>Offer {offerId}</strong>
        ) : (
          <strong>{gpuWords(offer.gpu_name, offer.num_gpus)}</strong>
        )}
        <MarketTag market={quote.market} />
        {offer !== undefined && <span className="figure">{hourWords(offer.dph_total)}</span>}
        <span className={styles.grow} />
        {quote.quoted_at !== undefined && offer !== undefined && (
          <span className="dim">
            quoted <Ago at={quote.quoted_at} />
          </span>
        )}
        <Button variant="default" loading={quote.asking} onClick={quote.again}>
          Quote again
        </Button>
      </div>
      {quote.before !== null && offer !== undefined && (
        <p className={offer.dph_total > quote.before ? styles.warning : styles.better} role="status">
          {quote.rose
            ? `The price rose from ${hourWords(quote.before)} to ${hourWords(offer.dph_total)} since it was quoted. Nothing was rented: start again to agree to it.`
            : `The price changed: it was ${hourWords(quote.before)}, and is ${hourWords(offer.dph_total)}.`}
        </p>
      )}
      {failure !== null ? (
        <FailureNotice
          failure={failure}
          what={isGone ? 'This offer is gone.' : 'The offer could not be quoted.'}
          {...(isGone ? {} : { onRetry: quote.again })}
        >
          <Button component="a" href={`#${paths.offers()}`} variant={isGone ? 'filled' : 'default'}>
            Back to Offers
          </Button>
        </FailureNotice>
      ) : offer === undefined ? (
        <p className="faint">Asking the market for its price…</p>
      ) : (
        <Facts offer={offer} demo={quote.market === 'demo'} />
      )}
      <div className={styles.ways}>
        <a href={`#${paths.offers()}`}>Choose another offer</a>
        <button type="button" className={styles.link} onClick={props.onLeave}>
          Rent by limits instead
        </button>
      </div>
    </section>
  );
}

function Facts(props: { readonly offer: PricedOffer; readonly demo: boolean }): ReactNode {
  const { offer } = props;
  const refusal = refusalOf(offer);
  return (
    <>
      <dl className={styles.facts}>
        <Fact name="This job">
          {offer.usd_per_job === null ? (
            <Figure text="–" unknown="The model's size or the machine's speed is not known" />
          ) : (
            <>
              <Figure text={formatUsd(offer.usd_per_job.p50)} exact={`$${offer.usd_per_job.p50}`} />
              <span className="dim">
                {' '}
                ({formatUsd(offer.usd_per_job.p10)} to {formatUsdUp(offer.usd_per_job.p90)} in 8 of 10)
              </span>
            </>
          )}
        </Fact>
        <Fact name="It takes">
          {offer.seconds_per_job === null ? (
            <Figure text="–" unknown="The model's size or the machine's speed is not known" />
          ) : (
            <>
              <Figure text={formatDuration(offer.seconds_per_job.p50 * 1000)} />
              <span className="dim">
                {' '}
                ({formatDuration(offer.seconds_per_job.p10 * 1000)} to{' '}
                {formatDuration(offer.seconds_per_job.p90 * 1000)})
              </span>
            </>
          )}
        </Fact>
        <Fact name="At most">
          <span
            className="figure"
            title="What is agreed to: 5 % above the quote. If it is dearer when it is rented, it is not."
          >
            {formatUsdUp(mostPerHour(offer.dph_total))}/h
          </span>
        </Fact>
        <Fact name="Lost">
          <Figure
            text={formatPercent(offer.interruption)}
            exact="Chance that the machine is lost while the job runs"
            unknown="Its reliability is not known"
          />
        </Fact>
        <Fact name="Machine">
          <span className="figure">
            {offer.machine_id ?? '–'} of host {offer.host_id ?? '–'}
          </span>
          <span className="dim">
            {offer.geolocation === null ? '' : `, ${offer.geolocation}`}, {offer.verification ?? 'unverified'}
          </span>
        </Fact>
        <Fact name="Offer">
          <span className="figure">{offer.id}</span>
        </Fact>
      </dl>
      {refusal !== null && (
        <p className={styles.warning} role="alert">
          {refusal}
        </p>
      )}
      <p className={props.demo ? 'dim' : styles.warning}>
        {props.demo
          ? 'The demo market sells nothing: its machines are made up and run in this app, and nothing is paid.'
          : 'While it runs, its model server answers anybody who finds its address, without a password.'}
      </p>
    </>
  );
}

const Fact = (props: { readonly name: string; readonly children: ReactNode }): ReactNode => (
  <div>
    <dt>{props.name}</dt>
    <dd>{props.children}</dd>
  </div>
);
