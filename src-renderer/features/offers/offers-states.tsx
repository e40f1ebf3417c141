import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { paths } from '#renderer/client/routes.ts';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { Ago } from '#renderer/widgets/figure.tsx';
import { EmptyState, FailureNotice } from '#renderer/widgets/notice.tsx';
import { formatCount } from '#shared/lib/format.ts';
import type { OffersAnswer } from '#shared/model/offers.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import type { Listing } from './listing.ts';
import styles from './offers.module.css';
import { cleared, type OffersView } from './offers-url.ts';

/** The market did not answer: why, what to do, and what is known all the same. */
export function NoAnswer(props: {
  readonly error: Error;
  readonly onRetry: () => void;
  /** When what is shown below was asked. */
  readonly known?: EpochSeconds;
  /** Absent: it is the demo that does not answer. */
  readonly onDemo?: () => void;
}): ReactNode {
  const failure = shownFailure(props.error);
  const noKey = failure.code === 'vastai.bad_key' || failure.code === 'provider.no_credentials';
  return (
    <div className={styles.notice}>
      <FailureNotice
        failure={failure}
        what={noKey ? 'The market does not take the key.' : 'The market could not be asked.'}
        onRetry={props.onRetry}
      >
        {noKey && <a href={`#${paths.settings('secrets')}`}>Set VAST_API_KEY</a>}
        {props.onDemo !== undefined && (
          <Button variant="default" onClick={props.onDemo}>
            Look at the demo market
          </Button>
        )}
      </FailureNotice>
      {props.known !== undefined && (
        <p className="dim">
          Below is what it said <Ago at={props.known} />.
        </p>
      )}
    </div>
  );
}

/** No offer to show, or none yet. */
export function NoOffers(
  props:
    | { readonly state: 'asking' }
    | {
        readonly state: 'none';
        readonly answer: OffersAnswer;
        readonly view: OffersView;
        readonly onView: (view: OffersView) => void;
      },
): ReactNode {
  if (props.state === 'asking') {
    return (
      <Delayed>
        <div className={styles.bones} role="status" aria-label="Asking the market">
          <div className={styles.bone} style={{ height: 300 }} />
          <div className={styles.bone} style={{ height: 260 }} />
        </div>
      </Delayed>
    );
  }
  const { view, onView } = props;
  const other = view.type === 'bid' ? 'ondemand' : 'bid';
  return (
    <EmptyState
      title="The market has no offer"
      action={
        <Button variant="default" onClick={() => onView({ ...view, type: other })}>
          Look at {other === 'bid' ? 'interruptible' : 'on-demand'} offers
        </Button>
      }
    >
      It answered, and offers nothing {view.type === 'bid' ? 'interruptible' : 'on demand'}
      {props.answer.unreadable.length > 0 ? ' that could be read' : ''}. GPUs come and go by the minute:
      refresh to ask again.
    </EmptyState>
  );
}

/** Offers there are, and none of them is what was asked for: what takes most of them away. */
export function NoMatch(props: {
  readonly listing: Listing;
  readonly view: OffersView;
  readonly onView: (view: OffersView) => void;
}): ReactNode {
  const { listing, view, onView } = props;
  const { filtered, hidden, blocked, unfit } = listing.leftOut;
  const most = Math.max(filtered, hidden, blocked, unfit);
  const why = [
    filtered > 0 && `${formatCount(filtered)} do not meet the filters`,
    hidden > 0 && `${formatCount(hidden)} are hidden by the market's defaults`,
    blocked > 0 && `${formatCount(blocked)} are blocked`,
    unfit > 0 && `${formatCount(unfit)} are too small for ${view.model === '' ? 'any model' : view.model}`,
  ].filter(Boolean);
  return (
    <EmptyState
      title="No offer matches"
      action={
        <div className={styles.buttons}>
          {most === unfit && view.model !== '' ? (
            <Button onClick={() => onView({ ...view, model: '' })}>Take the largest model that fits</Button>
          ) : (
            <Button onClick={() => onView(cleared(view))}>Clear the filters</Button>
          )}
          <Button variant="default" onClick={() => onView({ ...view, all: true })}>
            Show them with the reasons
          </Button>
        </div>
      }
    >
      Of {formatCount(listing.all.length)} offers {why.join(', ')}.
    </EmptyState>
  );
}
