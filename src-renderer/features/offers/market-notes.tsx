import type { ReactNode } from 'react';
import { paths } from '#renderer/client/routes.ts';
import { Banner } from '#renderer/widgets/notice.tsx';
import { formatCount } from '#shared/lib/format.ts';
import type { Market, OffersAnswer } from '#shared/model/offers.ts';
import { DemoTag } from './demo-tag.tsx';
import styles from './offers.module.css';
import type { OffersView } from './offers-url.ts';

/** What must be known of a market before its offers are read. */
export function MarketNotes(props: {
  readonly market: Market | null;
  readonly hasKey: boolean | null;
  readonly answer: OffersAnswer | undefined;
  readonly view: OffersView;
  readonly onView: (view: OffersView) => void;
}): ReactNode {
  const { market, hasKey, answer, view } = props;
  const nobodyKnows =
    answer !== undefined &&
    answer.job.model !== '' &&
    answer.offers.length > 0 &&
    answer.offers.every(({ fit }) => fit === null);
  return (
    <>
      {market === 'demo' && (
        <Banner tone="warning">
          <DemoTag /> These offers are made up; nothing is rented or paid.{' '}
          {hasKey === false && (
            <>
              For Vast.ai's, set <code>VAST_API_KEY</code> in the environment or in{' '}
              <a href={`#${paths.settings('secrets')}`}>Settings › Secrets</a>.
            </>
          )}
          {hasKey === true && (
            <button
              type="button"
              className={styles.link}
              onClick={() => props.onView({ ...view, market: null, offer: null, pins: [], compare: false })}
            >
              Show Vast.ai's
            </button>
          )}
        </Banner>
      )}
      {nobodyKnows && (
        <Banner tone="warning">
          Nobody knows how much memory {answer.job.model.slice(0, 60)} needs: its name tells no size, and no
          row of the table has it. Nothing can be predicted; add it in{' '}
          <a href={`#${paths.settings('offers')}`}>Settings › Offers</a>.
        </Banner>
      )}
      {answer?.truncated === true && (
        <Banner>The market has more offers than the {formatCount(answer.offers.length)} that it sent.</Banner>
      )}
    </>
  );
}
