import { Button, Checkbox } from '@mantine/core';
import type { ReactNode } from 'react';
import { z } from 'zod';
import { machineName, pinName, spreadText } from '#renderer/charts/offers-data.ts';
import { useStored } from '#renderer/widgets/stored.ts';
import { UNKNOWN } from '#shared/lib/format.ts';
import type { OfferField } from '#shared/model/offer-fields.ts';
import type { OffersAnswer, PricedOffer } from '#shared/model/offers.ts';
import styles from './compare.module.css';
import { compareRows } from './compare-rows.ts';
import { DemoTag } from './demo-tag.tsx';
import { type Listing, reasonsOf, whyNot } from './listing.ts';
import { FieldFigure } from './offer-columns.tsx';
import type { OffersView } from './offers-url.ts';
import { withPin } from './pins.ts';
import { RentLink } from './rent-link.tsx';

/** Two to four offers side by side: every field, what differs, and who is best in it. */
export function PinnedComparison(props: {
  readonly listing: Listing;
  readonly answer: OffersAnswer;
  readonly view: OffersView;
  readonly onView: (view: OffersView) => void;
}): ReactNode {
  const { listing, answer, view, onView } = props;
  const [only, setOnly] = useStored('offers.differences', z.boolean(), false);
  const offers = view.pins.map((id) => listing.byId.get(id));
  const rows = compareRows(offers).filter(({ differs }) => differs || !only);
  return (
    <section className={styles.compare} aria-label="Pinned offers side by side">
      <div className={styles.head}>
        <h2>{view.pins.length} offers side by side</h2>
        {answer.market === 'demo' && <DemoTag />}
        <Checkbox
          label="Only what differs"
          checked={only}
          onChange={(event) => setOnly(event.currentTarget.checked)}
        />
        <span className={styles.grow} />
        <Button
          variant="default"
          title="Back to the plot  Esc"
          onClick={() => onView({ ...view, compare: false })}
        >
          Back to the plot
        </Button>
      </div>
      <div className={styles.room}>
        <table className={styles.table} data-testid="comparison">
          <thead>
            <tr>
              <th scope="col">
                <span className="visually-hidden">Field</span>
              </th>
              {view.pins.map((id, at) => (
                <th key={id} scope="col">
                  <Head
                    id={id}
                    at={at}
                    offer={offers[at]}
                    answer={answer}
                    listing={listing}
                    view={view}
                    onView={onView}
                  />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ field, differs, best }) => (
              <tr key={field.key} data-field={field.key} data-differs={differs}>
                <th scope="row" title={field.about}>
                  {field.title}
                </th>
                {view.pins.map((id, at) => (
                  <td key={id} data-best={best.has(at)}>
                    <Value offer={offers[at]} field={field} best={best.has(at)} />
                  </td>
                ))}
              </tr>
            ))}
            <tr data-field="models">
              <th scope="row">Models that fit</th>
              {view.pins.map((id, at) => (
                <td key={id} className={styles.long}>
                  {offers[at]?.models.join(', ') || UNKNOWN}
                </td>
              ))}
            </tr>
            <tr data-field="basis">
              <th scope="row">Rests on</th>
              {view.pins.map((id, at) => (
                <td key={id} className={styles.long}>
                  {offers[at]?.parts?.basis ?? UNKNOWN}
                </td>
              ))}
            </tr>
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Head(props: {
  readonly id: number;
  readonly at: number;
  readonly offer: PricedOffer | undefined;
  readonly answer: OffersAnswer;
  readonly listing: Listing;
  readonly view: OffersView;
  readonly onView: (view: OffersView) => void;
}): ReactNode {
  const { id, at, offer, answer, listing, view, onView } = props;
  return (
    <div className={styles.offer}>
      <div className={styles.name}>
        <span className={styles.pin}>{pinName(at)}</span>
        <span className={styles.title} title={offer === undefined ? '' : machineName(offer)}>
          {offer === undefined ? 'No longer offered' : machineName(offer)}
        </span>
        <span className="figure dim">#{id}</span>
        <Button
          variant="subtle"
          size="compact-xs"
          aria-label={`Unpin ${pinName(at)}`}
          title="Unpin"
          onClick={() => onView(withPin(view, id))}
        >
          ✕
        </Button>
      </div>
      {offer !== undefined && (
        <>
          <RentLink
            offer={offer}
            market={answer.market}
            model={answer.job.model}
            reasons={reasonsOf(offer, view)}
          />
          <p className={styles.why}>{whyNot(offer, listing, view) ?? 'On the front.'}</p>
        </>
      )}
    </div>
  );
}

/** A value, with its interval where it is a median; the best says so in a word, too. */
function Value(props: {
  readonly offer: PricedOffer | undefined;
  readonly field: OfferField;
  readonly best: boolean;
}): ReactNode {
  const { offer, field, best } = props;
  if (offer === undefined) return <span className="faint">{UNKNOWN}</span>;
  const spread =
    field.key === 'usd_per_job'
      ? spreadText(offer.usd_per_job, 'usd')
      : field.key === 'seconds_per_job'
        ? spreadText(offer.seconds_per_job, 'seconds')
        : null;
  return (
    <>
      {spread === null || spread === UNKNOWN ? (
        <FieldFigure offer={offer} field={field} />
      ) : (
        <span className="figure">{spread}</span>
      )}
      {best && <span className={styles.best}> best</span>}
    </>
  );
}
