// biome-ignore-all lint/a11y/useSemanticElements: a virtual grid places its rows freely, which table layout cannot
import { useVirtualizer } from '@tanstack/react-virtual';
import { type CSSProperties, type ReactNode, useEffect, useMemo, useRef } from 'react';
import type { Standing } from '#renderer/charts/offers-data.ts';
import type { PricedOffer } from '#shared/model/offers.ts';
import { whiskerScale } from './job-whisker.tsx';
import { type Listing, reasonsOf } from './listing.ts';
import { OfferRow } from './offer-row.tsx';
import { OffersHeader } from './offers-header.tsx';
import type { OfferSort, OffersView } from './offers-url.ts';
import styles from './table.module.css';
import type { OfferColumns } from './use-offer-columns.ts';

/** Equal to --row-compact. */
const ROW_PX = 24;
const HEADER_PX = 28;

/** Offers in rows: only what is in view is in the page. */
export function OffersTable(props: {
  readonly rows: readonly PricedOffer[];
  readonly listing: Listing;
  readonly view: OffersView;
  readonly columns: OfferColumns;
  readonly hovered: number | null;
  readonly stale: boolean;
  readonly onSort: (sort: readonly OfferSort[]) => void;
  readonly onSelect: (id: number) => void;
  readonly onHover: (id: number | null) => void;
  readonly onPin: (id: number) => void;
}): ReactNode {
  const { rows, listing, view, columns } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    scrollMargin: HEADER_PX,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const whisker = useMemo(() => whiskerScale(listing.shown), [listing.shown]);
  const shown = useMemo(() => new Set(listing.shown), [listing.shown]);
  const standingOf = (offer: PricedOffer): Standing =>
    listing.front.has(offer.id) ? 'front' : shown.has(offer) ? 'dominated' : 'out';
  const pool = 2 ** Math.ceil(Math.log2(items.length + 1));
  const slots = items.toSorted((a, b) => (a.index % pool) - (b.index % pool));
  const cursor = view.offer === null ? -1 : rows.findIndex(({ id }) => id === view.offer);
  useEffect(() => {
    const element = scroller.current;
    if (element === null || cursor < 0) return;
    const top = cursor * ROW_PX;
    if (top < element.scrollTop) element.scrollTop = top;
    const bottom = top + ROW_PX + HEADER_PX - element.clientHeight;
    if (bottom > element.scrollTop) element.scrollTop = bottom;
  }, [cursor]);
  return (
    <div
      ref={scroller}
      role="grid"
      aria-label="Offers"
      aria-rowcount={rows.length + 1}
      aria-activedescendant={cursor < 0 ? undefined : `offer-row-${cursor}`}
      aria-busy={props.stale}
      tabIndex={0}
      className={styles.table}
      data-wide={columns.totalWidth > (virtual.scrollRect?.width ?? 0)}
      style={
        {
          '--offer-columns': columns.template,
          '--offer-width': `${columns.totalWidth}px`,
        } as CSSProperties
      }
    >
      <OffersHeader columns={columns} sort={view.sort} onSort={props.onSort} />
      <div className={styles.sizer} style={{ height: virtual.getTotalSize(), width: columns.totalWidth }}>
        {slots.map(({ index }) => {
          const offer = rows[index];
          if (offer === undefined) return null;
          const standing = standingOf(offer);
          return (
            <OfferRow
              key={index % pool}
              offer={offer}
              standing={standing}
              index={index}
              top={index * ROW_PX}
              columns={columns.visible}
              whisker={whisker}
              selected={offer.id === view.offer}
              hovered={offer.id === props.hovered}
              pin={view.pins.indexOf(offer.id)}
              reason={standing === 'out' ? reasonsOf(offer, view).join('; ') : null}
              onSelect={props.onSelect}
              onHover={props.onHover}
              onPin={props.onPin}
            />
          );
        })}
      </div>
    </div>
  );
}
