import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { type ShownFailure, shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import type { Market, PricedOffer } from '#shared/model/offers.ts';
import type { EpochSeconds, Usd } from '#shared/model/units.ts';
import type { NewJobForm } from './new-job-form.ts';
import { canRent, mostPerHour } from './rental-form.ts';

/** The offer a job is to run on, as it was last quoted. */
export interface OfferQuote {
  readonly market: Market;
  readonly offer: PricedOffer | undefined;
  readonly quoted_at: EpochSeconds | undefined;
  /** Of another model or agent than the form has by now. */
  readonly stale: boolean;
  readonly asking: boolean;
  readonly failure: ShownFailure | null;
  /** What it was quoted at before, where that differs. */
  readonly before: Usd | null;
  /** It had become dearer than was agreed to when the job was to start. */
  readonly rose: boolean;
  readonly again: () => void;
  /** Asks once more, right before it is rented: whether that is still what was shown. */
  readonly holds: () => Promise<boolean>;
}

export const marketOf = ({ backendType }: Pick<NewJobForm, 'backendType'>): Market =>
  backendType === 'demo' ? 'demo' : 'vastai';

/** The form with the price that its offer was quoted at as the most that an hour may cost. */
export const withQuote = (form: NewJobForm, { offer }: Pick<OfferQuote, 'offer'>): NewJobForm =>
  form.rental === null || form.rental.offerId === null || offer === undefined
    ? form
    : { ...form, rental: { ...form.rental, maxDph: String(mostPerHour(offer.dph_total)) } };

interface Quoted {
  readonly key: string;
  readonly usd: Usd;
  readonly rose: boolean;
}

/** The price of the offer that the form names; nothing is asked where it names none. */
export function useOfferQuote(form: NewJobForm): OfferQuote {
  const { client, orpc } = useApi();
  const cache = useQueryClient();
  const offerId = canRent(form.kind) ? (form.rental?.offerId ?? null) : null;
  const wanted = JSON.stringify({
    market: marketOf(form),
    offer_id: offerId ?? 1,
    backend_type: form.backendType,
    model: form.model.trim(),
    agent: form.agent.trim(),
  });
  const [settled] = useDebouncedValue(wanted, 400);
  const input = JSON.parse(settled) as { readonly market: Market; readonly offer_id: number };
  const [before, setBefore] = useState<Quoted | null>(null);
  const options = orpc.offers.quote.queryOptions({
    input,
    enabled: offerId !== null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const quote = useQuery({ ...options, placeholderData: keepPreviousData });
  const isShown = quote.data !== undefined && !quote.isPlaceholderData;
  const underWay = useRef(false);
  const [checking, setChecking] = useState(false);

  const remember = (rose: boolean): void => {
    if (isShown) setBefore({ key: settled, usd: quote.data.offer.dph_total, rose });
  };
  return {
    market: input.market,
    offer: offerId === null || quote.error !== null ? undefined : quote.data?.offer,
    quoted_at: quote.data?.quoted_at,
    stale: wanted !== settled || quote.isPlaceholderData,
    asking: quote.isFetching || checking,
    failure: offerId === null || quote.error === null ? null : shownFailure(quote.error),
    before:
      before !== null && before.key === settled && isShown && before.usd !== quote.data.offer.dph_total
        ? before.usd
        : null,
    rose: before?.rose === true && before.key === settled,
    again: () => {
      remember(false);
      void quote.refetch();
    },
    holds: async () => {
      if (offerId === null) return true;
      if (underWay.current || wanted !== settled || !isShown) return false;
      underWay.current = true;
      setChecking(true);
      try {
        const { offer, quoted_at } = await client.offers.quote(input);
        cache.setQueryData(options.queryKey, { offer, quoted_at });
        const holds = offer.dph_total <= mostPerHour(quote.data.offer.dph_total);
        remember(!holds);
        return holds;
      } catch {
        // The query asks once more and shows what is wrong.
        await quote.refetch();
        return false;
      } finally {
        underWay.current = false;
        setChecking(false);
      }
    },
  };
}
