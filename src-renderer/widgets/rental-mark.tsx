import type { ReactNode } from 'react';
import type { Market } from '#shared/model/offers.ts';
import type { RentalState } from '#shared/model/rentals.ts';
import styles from './rental-mark.module.css';
import { MARKET_TITLES, STATE_MEANS } from './rental-words.ts';

/** A shape per state, in a 12 px box: an outline is not up yet, a filled one is paid for, a cross is over. */
function shapeOf(state: RentalState): ReactNode {
  switch (state) {
    case 'intent':
      return <circle cx="6" cy="6" r="4" strokeDasharray="2 2" />;
    case 'created':
      return <circle cx="6" cy="6" r="4" />;
    case 'running':
      return <path d="M3 2L10 6L3 10Z" />;
    case 'ready':
      return <path d="M3 2L10 6L3 10Z" fill="currentColor" />;
    case 'kept':
      return <path d="M3.5 2.5V9.5M8.5 2.5V9.5" strokeWidth="2.5" />;
    case 'closing':
      return <path d="M6 1.5L11 10.5H1ZM6 5V7.5" />;
    case 'gone':
      return <path d="M2 6.5L5 9.5L10.5 3" strokeWidth="2" />;
    case 'refused':
      return <path d="M2.5 2.5L9.5 9.5M9.5 2.5L2.5 9.5" strokeWidth="2" />;
  }
}

/** How far a rental has come, as shape, word and colour. */
export const RentalMark = (props: { readonly state: RentalState }): ReactNode => (
  <span className={styles.mark} data-state={props.state} title={STATE_MEANS[props.state]}>
    <svg viewBox="0 0 12 12" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      {shapeOf(props.state)}
    </svg>
    {props.state}
  </span>
);

/** Where it was rented. The market that sells nothing wears its label. */
export const MarketTag = (props: { readonly market: Market }): ReactNode =>
  props.market === 'demo' ? (
    <span
      className={styles.demo}
      title="The market inside the app: nothing is really rented, and nothing paid"
    >
      DEMO
    </span>
  ) : (
    <span>{MARKET_TITLES[props.market]}</span>
  );
