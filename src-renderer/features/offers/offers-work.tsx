import { Button } from '@mantine/core';
import { useViewportSize } from '@mantine/hooks';
import { type ReactNode, useMemo, useState } from 'react';
import { isWithin } from '#renderer/charts/offers-data.ts';
import { useActions } from '#renderer/widgets/actions/use-actions.tsx';
import { ColumnMenu } from '#renderer/widgets/table-columns/column-menu.tsx';
import { formatCount } from '#shared/lib/format.ts';
import type { FrontAxes } from '#shared/model/offer-front.ts';
import type { OffersAnswer } from '#shared/model/offers.ts';

import type { Listing } from './listing.ts';
import styles from './offers.module.css';
import { OffersPlot } from './offers-plot.tsx';
import { NoMatch } from './offers-states.tsx';
import { OffersTable } from './offers-table.tsx';
import type { OffersView } from './offers-url.ts';
import { PinBar } from './pin-bar.tsx';
import { withPin } from './pins.ts';
import { sortOffers } from './sort-offers.ts';
import { useOfferColumns } from './use-offer-columns.ts';
import { useStable } from './use-stable.ts';

/** The plot and its table, linked: what is pointed at, chosen or brushed in one is so in the other. */
export function OffersWork(props: {
  readonly listing: Listing;
  readonly answer: OffersAnswer;
  readonly axes: FrontAxes;
  readonly view: OffersView;
  readonly stale: boolean;
  readonly onView: (view: OffersView) => void;
}): ReactNode {
  const { listing, axes, view, onView } = props;
  const [hovered, setHovered] = useState<number | null>(null);
  const columns = useOfferColumns(view.all);
  const { height: windowHeight } = useViewportSize();
  const { brush, sort, all } = view;
  const rows = useMemo(() => {
    const within = (offers: Listing['all']): Listing['all'] =>
      brush === null ? offers : offers.filter((offer) => isWithin(offer, axes, brush));
    return sortOffers(within(all ? listing.all : listing.shown), sort);
  }, [listing, brush, sort, all, axes]);

  const onSelect = useStable((id: number) => onView({ ...view, offer: id }));
  const onPin = useStable((id: number) => onView(withPin(view, id)));

  const move = (by: number): void => {
    const at = view.offer === null ? -1 : rows.findIndex(({ id }) => id === view.offer);
    const next = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))];
    if (next !== undefined) onView({ ...view, offer: next.id });
  };
  const row = (id: string, title: string, keys: readonly string[], run: () => void) => ({
    id: `offers.${id}`,
    title,
    group: 'Offers',
    keys,
    keyOnly: true,
    run,
  });
  useActions(
    [
      row('next', 'Next offer', ['j', 'down'], () => move(1)),
      row('previous', 'Previous offer', ['k', 'up'], () => move(-1)),
      row('page-down', 'Ten offers on', ['pagedown'], () => move(10)),
      row('page-up', 'Ten offers back', ['pageup'], () => move(-10)),
    ],
    'part',
  );
  if (listing.shown.length === 0 && !all)
    return (
      <div className={styles.work}>
        <NoMatch listing={listing} view={view} onView={onView} />
      </div>
    );
  return (
    <div className={styles.work} data-stale={props.stale}>
      <div className={styles.plot} data-table={view.table}>
        <OffersPlot
          listing={listing}
          answer={props.answer}
          axes={axes}
          view={view}
          height={Math.round(Math.min(440, Math.max(210, windowHeight * 0.34)))}
          hovered={hovered}
          onView={onView}
          onHover={setHovered}
        />
      </div>
      {view.pins.length > 0 && <PinBar listing={listing} view={view} onView={onView} />}
      <OffersTable
        rows={rows}
        listing={listing}
        view={view}
        columns={columns}
        hovered={hovered}
        stale={props.stale}
        onSort={(next) => onView({ ...view, sort: next })}
        onSelect={onSelect}
        onHover={setHovered}
        onPin={onPin}
      />
      <Footer rows={rows.length} listing={listing} answer={props.answer} view={view} onView={onView}>
        <ColumnMenu columns={columns} />
      </Footer>
    </div>
  );
}

/** How many there are and where the others went. */
function Footer(props: {
  readonly rows: number;
  readonly listing: Listing;
  readonly answer: OffersAnswer;
  readonly view: OffersView;
  readonly onView: (view: OffersView) => void;
  readonly children: ReactNode;
}): ReactNode {
  const { rows, listing, view, onView } = props;
  const { filtered, hidden, blocked, unfit } = listing.leftOut;
  const parts = [
    [filtered, 'not as asked for'],
    [hidden, "hidden by the market's defaults"],
    [blocked, 'blocked'],
    [unfit, view.model === '' ? 'too small for any model' : 'too small for the model'],
  ] as const;
  const { unreadable } = props.answer;
  const lost = unreadable.reduce((sum, { n }) => sum + n, 0);
  const said = [
    ...parts.filter(([n]) => n > 0).map(([n, what]) => `${formatCount(n)} ${what}`),
    ...(lost === 0
      ? []
      : [
          `${formatCount(lost)} unreadable (${unreadable
            .slice(0, 5)
            .map(({ reason, n }) => `${reason.slice(0, 80)}: ${n}`)
            .join(', ')})`,
        ]),
  ];
  return (
    <div className={styles.footer}>
      <span role="status" data-testid="count">
        {view.brush !== null && (
          <>
            {formatCount(rows)} brushed{' '}
            <button type="button" className={styles.link} onClick={() => onView({ ...view, brush: null })}>
              clear
            </button>
            {' · '}
          </>
        )}
        {formatCount(listing.shown.length)} of {formatCount(listing.all.length)} offers
      </span>
      <span className={styles.ellipsis} title={said.join(', ')}>
        {said.length > 0 && `left out: ${said.join(', ')}`}
      </span>
      {listing.out.length > 0 && (
        <Button
          variant={view.all ? 'light' : 'subtle'}
          size="compact-xs"
          aria-pressed={view.all}
          title="What is left out, each with its reason  h"
          onClick={() => onView({ ...view, all: !view.all })}
        >
          {view.all ? 'Hide them' : 'Show them'}
        </Button>
      )}
      <span className={styles.grow} />
      {props.children}
    </div>
  );
}
