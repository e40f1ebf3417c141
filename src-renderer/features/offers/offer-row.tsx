// biome-ignore-all lint/a11y/useSemanticElements: a virtual grid places its rows freely, which table layout cannot
// biome-ignore-all lint/a11y/useFocusableInteractive: focus stays on the grid, which names its active row
import { memo, type ReactNode } from 'react';
import { pinName, type Standing } from '#renderer/charts/offers-data.ts';
import type { PricedOffer } from '#shared/model/offers.ts';
import type { WhiskerScale } from './job-whisker.tsx';
import { type OfferColumn, REASON_COLUMN } from './offer-columns.tsx';
import styles from './table.module.css';

export interface OfferRowProps {
  readonly offer: PricedOffer;
  readonly standing: Standing;
  readonly index: number;
  readonly top: number;
  readonly columns: readonly OfferColumn[];
  readonly whisker: WhiskerScale;
  readonly selected: boolean;
  readonly hovered: boolean;
  /** Its place among the pinned; -1: it is none. */
  readonly pin: number;
  /** Why it is left out; null where it is not. */
  readonly reason: string | null;
  readonly onSelect: (id: number) => void;
  readonly onHover: (id: number | null) => void;
  readonly onPin: (id: number) => void;
}

const STANDINGS: Readonly<Record<Standing, string>> = {
  front: 'On the front: nothing beats it in both axes and reliability',
  dominated: 'Not on the front',
  out: 'Left out',
};

/** One offer; what is left out says why. */
export const OfferRow = memo(function OfferRow(props: OfferRowProps): ReactNode {
  const { offer, standing, index, columns, pin, reason } = props;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: j, k and p do it for the row under the cursor
    <div
      role="row"
      id={`offer-row-${index}`}
      aria-rowindex={index + 2}
      aria-selected={props.selected}
      data-offer={offer.id}
      data-standing={standing}
      data-hovered={props.hovered}
      className={styles.row}
      style={{ top: props.top }}
      onClick={() => props.onSelect(offer.id)}
      onPointerEnter={() => props.onHover(offer.id)}
      onPointerLeave={() => props.onHover(null)}
    >
      {columns.map((column, at) => (
        <div
          key={column.id}
          role="gridcell"
          className={`${styles.cell} ${at === 0 ? styles.sticky : ''} ${column.numeric ? styles.numeric : ''}`}
        >
          {at === 0 ? (
            <>
              <button
                type="button"
                className={styles.pin}
                tabIndex={-1}
                aria-pressed={pin >= 0}
                aria-label={`${pin >= 0 ? 'Unpin' : 'Pin'} offer ${offer.id}`}
                title={pin >= 0 ? `Pinned as ${pinName(pin)}  p` : 'Pin to compare  p'}
                onClick={(event) => {
                  event.stopPropagation();
                  props.onPin(offer.id);
                }}
              >
                {pin >= 0 ? pinName(pin) : '+'}
              </button>
              <span className={styles.mark} data-standing={standing} title={STANDINGS[standing]}>
                <span className="visually-hidden">{STANDINGS[standing]}</span>
              </span>
              {column.cell(offer, props.whisker)}
            </>
          ) : column.id === REASON_COLUMN.id ? (
            reason !== null && (
              <span className={styles.reason} title={reason}>
                {reason}
              </span>
            )
          ) : (
            column.cell(offer, props.whisker)
          )}
        </div>
      ))}
    </div>
  );
});
