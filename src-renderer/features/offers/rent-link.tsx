import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { paths } from '#renderer/client/routes.ts';
import { formatUsd } from '#shared/lib/format.ts';
import { isEligible } from '#shared/model/offer-front.ts';
import type { Market, PricedOffer } from '#shared/model/offers.ts';

/** Leads to the New job form on this machine: filters do not bind who chooses one; what nobody could rent says why. */
export function RentLink(props: {
  readonly offer: PricedOffer;
  readonly market: Market;
  readonly model: string;
  /** Why it may not be rented; empty where it may. */
  readonly reasons: readonly string[];
}): ReactNode {
  const { offer, market, reasons } = props;
  const price = `${formatUsd(offer.dph_total)}/h`;
  if (!isEligible(offer) || offer.rentable === false || offer.rented === true) {
    return (
      <Button disabled title={`It cannot be rented: ${reasons.join('; ')}`}>
        Rent and run… {price}
      </Button>
    );
  }
  // What was asked for as "the largest that fits" is, on one machine, that model.
  const model = props.model === '' ? (offer.fit?.model ?? '') : props.model;
  return (
    <Button
      component="a"
      href={`#${paths.newJobOnOffer({ offer: offer.id, market, model })}`}
      title={`A job on this machine${model === '' ? '' : ` with ${model}`}, through the spend gate; asked for its price again first`}
    >
      Rent and run… {price}
    </Button>
  );
}
