import type { ReactNode } from 'react';
import { PriceHistory } from '#renderer/charts/price-history.tsx';
import { useWidth } from '#renderer/charts/use-width.ts';
import { shownFailure } from '#renderer/client/failure.ts';
import type { Market } from '#shared/model/offers.ts';
import styles from './detail.module.css';
import { useGpuHistory } from './use-offers.ts';

/** What the GPU has cost since it is looked at: every search here keeps its prices. */
export function GpuHistory(props: { readonly market: Market; readonly gpu: string }): ReactNode {
  const history = useGpuHistory(props.market, props.gpu);
  const [room, width] = useWidth<HTMLElement>();
  const prices = history.data ?? [];
  return (
    <section ref={room} aria-label="Price history">
      <h3>
        {props.gpu}: price per GPU and hour{' '}
        <span className="faint">{prices.length === 0 ? '' : `n ${prices.length} in 30 days`}</span>
      </h3>
      {history.error !== null ? (
        <p className={styles.warning}>
          {shownFailure(history.error).message} <code>{shownFailure(history.error).code}</code>
        </p>
      ) : prices.length === 0 ? (
        <p className="dim">
          {history.isPending ? 'Reading…' : 'No search is kept yet: it begins with the next.'}
        </p>
      ) : (
        width > 0 && (
          <>
            <PriceHistory prices={prices} width={width} />
            <p className="faint">line: median, band: middle half, dashes: lowest</p>
          </>
        )
      )}
    </section>
  );
}
