import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import { Ago } from '#renderer/widgets/figure.tsx';
import { formatUsd } from '#shared/lib/format.ts';
import type { OffersAnswer, PricedOffer } from '#shared/model/offers.ts';
import styles from './detail.module.css';
import type { OffersView } from './offers-url.ts';

/** How old the price is, and the same offer as it is now. */
export function Requote(props: {
  readonly offer: PricedOffer;
  readonly answer: OffersAnswer;
  readonly view: OffersView;
}): ReactNode {
  const { offer, answer, view } = props;
  const { client } = useApi();
  const quote = useMutation({
    mutationFn: () =>
      client.offers.quote({
        market: answer.market,
        offer_id: offer.id,
        model: view.model,
        backend_type: 'ollama',
        agent: view.agent,
      }),
  });
  const failure = quote.error === null ? null : shownFailure(quote.error);
  return (
    <div className={styles.quote}>
      <span>
        <span className="figure">{formatUsd(offer.dph_total)}</span> <span className="dim">/ h, quoted</span>{' '}
        <Ago at={answer.searched_at} />
      </span>
      <Button
        variant="default"
        size="compact-xs"
        loading={quote.isPending}
        title="Ask the market for this offer alone"
        onClick={() => quote.mutate()}
      >
        Quote again
      </Button>
      <span role="status" className={styles.quoted}>
        {failure !== null && (
          <span className={styles.warning}>
            {failure.message} <code>{failure.code}</code>
          </span>
        )}
        {quote.data !== undefined && <Change before={offer.dph_total} quoted={quote.data} />}
      </span>
    </div>
  );
}

function Change(props: {
  readonly before: number;
  readonly quoted: { readonly offer: PricedOffer; readonly quoted_at: number };
}): ReactNode {
  const { dph_total } = props.quoted.offer;
  const change = dph_total / props.before - 1;
  const words =
    Math.abs(change) < 0.0005
      ? 'unchanged'
      : `${change > 0 ? '+' : '−'}${Math.abs(change * 100).toFixed(1)} %`;
  return (
    <>
      <span className="figure">{formatUsd(dph_total)}</span> <span className="dim">/ h,</span>{' '}
      <span className={change > 0.0005 ? styles.warning : 'dim'}>{words}</span>,{' '}
      <Ago at={props.quoted.quoted_at} />
    </>
  );
}
