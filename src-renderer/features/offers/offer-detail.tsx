import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { machineName } from '#renderer/charts/offers-data.ts';
import { shownFailure } from '#renderer/client/failure.ts';
import { CopyButton } from '#renderer/widgets/copy.tsx';
import { EmptyState, FailureNotice } from '#renderer/widgets/notice.tsx';
import { OFFER_FIELDS } from '#shared/model/offer-fields.ts';
import type { OffersAnswer, PricedOffer } from '#shared/model/offers.ts';
import { DemoTag } from './demo-tag.tsx';
import styles from './detail.module.css';
import { GpuHistory } from './gpu-history.tsx';
import { JobOnOffer } from './job-on-offer.tsx';
import { type Listing, reasonsOf, whyNot } from './listing.ts';
import { FieldFigure } from './offer-columns.tsx';
import { MOST_PINS, type OffersView } from './offers-url.ts';
import { withPin } from './pins.ts';
import { RentLink } from './rent-link.tsx';
import { Requote } from './requote.tsx';
import type { Blocks } from './use-offers.ts';

/** Above: what is said of it at the head, or by the sections on the job. */
const ELSEWHERE: readonly string[] = [
  'gpu_name',
  'num_gpus',
  'id',
  'usd_per_job',
  'seconds_per_job',
  'interruption',
  'tokens_per_s',
];

/** Everything that is known of one offer, and what can be done with it. */
export function OfferDetail(props: {
  readonly id: number;
  readonly offer: PricedOffer | undefined;
  readonly listing: Listing;
  readonly answer: OffersAnswer;
  readonly blocks: Blocks;
  readonly view: OffersView;
  readonly onView: (view: OffersView) => void;
}): ReactNode {
  const { offer, listing, answer, view, onView } = props;
  const close = (
    <Button
      variant="subtle"
      title="Close  Esc"
      aria-label="Close"
      onClick={() => onView({ ...view, offer: null })}
    >
      ✕
    </Button>
  );
  if (offer === undefined) {
    return (
      <aside className={styles.detail} aria-label={`Offer ${props.id}`}>
        <div className={styles.head}>
          <h2>Offer {props.id}</h2>
          {close}
        </div>
        <EmptyState title="It is gone">
          The market does not offer {props.id} any more, or not{' '}
          {view.type === 'bid' ? 'interruptible' : 'on demand'}.
        </EmptyState>
      </aside>
    );
  }
  const reasons = reasonsOf(offer, view);
  const pinned = view.pins.includes(offer.id);
  const why = whyNot(offer, listing, view);
  return (
    <aside className={styles.detail} data-testid="detail" aria-label={`Offer ${offer.id}`}>
      <div className={styles.head}>
        <h2 title={machineName(offer)}>{machineName(offer)}</h2>
        <CopyButton text={String(offer.id)} label={`Copy ${offer.id}`}>
          <span className="figure">#{offer.id}</span>
        </CopyButton>
        {answer.market === 'demo' && <DemoTag />}
        <span className={styles.grow} />
        {close}
      </div>
      <p
        className={why === null ? styles.front : reasons.length > 0 ? styles.warning : 'dim'}
        data-testid="why"
      >
        {why ?? 'On the front: no other is as good in both axes and reliability.'}{' '}
        {listing.better.get(offer.id) !== undefined && (
          <button
            type="button"
            className={styles.link}
            onClick={() => onView({ ...view, offer: listing.better.get(offer.id)?.id ?? null })}
          >
            Show #{listing.better.get(offer.id)?.id}
          </button>
        )}
      </p>
      <div className={styles.buttons}>
        <RentLink offer={offer} market={answer.market} model={answer.job.model} reasons={reasons} />
        <Button
          variant={pinned ? 'light' : 'default'}
          aria-pressed={pinned}
          disabled={!pinned && view.pins.length >= MOST_PINS}
          title={
            !pinned && view.pins.length >= MOST_PINS ? 'Four are pinned: unpin one first' : 'To compare  p'
          }
          onClick={() => onView(withPin(view, offer.id))}
        >
          {pinned ? 'Unpin' : 'Pin'}
        </Button>
      </div>
      <Requote offer={offer} answer={answer} view={view} />
      <JobOnOffer offer={offer} />
      <section aria-label="Models that fit">
        <h3>
          {offer.models.length === 0
            ? 'No model of the table fits'
            : `${offer.models.length} ${offer.models.length === 1 ? 'model fits' : 'models fit'}`}
        </h3>
        <p className={styles.models}>{offer.models.join(', ')}</p>
      </section>
      <GpuHistory market={answer.market} gpu={offer.gpu_name} />
      <section aria-label="Fields">
        <h3>The machine</h3>
        <dl className={styles.facts}>
          {OFFER_FIELDS.filter(({ key }) => !ELSEWHERE.includes(key)).map((field) => [
            <dt key={field.key} title={field.about}>
              {field.title}
            </dt>,
            <dd key={`${field.key} is`}>
              <FieldFigure offer={offer} field={field} />
            </dd>,
          ])}
        </dl>
      </section>
      <BlockButtons offer={offer} blocks={props.blocks} />
    </aside>
  );
}

/** A machine, or all of a host, never to be rented. */
function BlockButtons(props: { readonly offer: PricedOffer; readonly blocks: Blocks }): ReactNode {
  const { offer, blocks } = props;
  const one = (
    kind: 'host' | 'machine',
    id: number | null,
    list: readonly number[] | undefined,
  ): ReactNode => {
    if (id === null || list === undefined) return null;
    const isBlocked = list.includes(id);
    return (
      <Button
        key={kind}
        variant="default"
        title={
          isBlocked
            ? `Jobs may rent ${kind} ${id} again`
            : `No job rents ${kind} ${id} from now on; what runs there is left alone`
        }
        onClick={() => blocks.toggle(kind, id)}
      >
        {isBlocked ? 'Unblock' : 'Block'} {kind} {id}
      </Button>
    );
  };
  return (
    <section aria-label="Block">
      <div className={styles.buttons}>
        {one('machine', offer.machine_id, blocks.settings?.blocked_machines)}
        {one('host', offer.host_id, blocks.settings?.blocked_hosts)}
      </div>
      {blocks.error !== null && (
        <FailureNotice failure={shownFailure(blocks.error)} what="The block was not saved." />
      )}
    </section>
  );
}
