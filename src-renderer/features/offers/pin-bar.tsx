import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { machineName, pinName } from '#renderer/charts/offers-data.ts';
import { fieldText } from '#shared/model/offer-fields.ts';
import type { Listing } from './listing.ts';
import styles from './offers.module.css';
import type { OffersView } from './offers-url.ts';
import { withPin } from './pins.ts';

/** The pinned offers in a line, and the way to lay them side by side. */
export function PinBar(props: {
  readonly listing: Listing;
  readonly view: OffersView;
  readonly onView: (view: OffersView) => void;
}): ReactNode {
  const { listing, view, onView } = props;
  return (
    <section className={styles.pins} aria-label="Pinned offers">
      {view.pins.map((id, at) => {
        const offer = listing.byId.get(id);
        return (
          <span key={id} className={styles.pinned}>
            <button
              type="button"
              className={styles.pinnedName}
              title={offer === undefined ? 'No longer offered' : `Offer ${id}`}
              onClick={() => onView({ ...view, offer: id })}
            >
              <strong>{pinName(at)}</strong>{' '}
              {offer === undefined
                ? `#${id}, gone`
                : `${machineName(offer)} ${fieldText(offer, 'usd_per_job')}`}
            </button>
            <button
              type="button"
              className={styles.unpin}
              aria-label={`Unpin ${pinName(at)}, offer ${id}`}
              onClick={() => onView(withPin(view, id))}
            >
              ✕
            </button>
          </span>
        );
      })}
      <span className={styles.grow} />
      <Button
        disabled={view.pins.length < 2}
        title={view.pins.length < 2 ? 'Pin another to compare' : 'Side by side  v'}
        onClick={() => onView({ ...view, compare: true })}
      >
        Compare {view.pins.length} offers
      </Button>
    </section>
  );
}
