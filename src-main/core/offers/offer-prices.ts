import type { Prices, Quote } from '#core/costs/seams.ts';
import { Z_80 } from '#shared/lib/statistics/normal.ts';
import type { Market, PricedOffer } from '#shared/model/offers.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import type { Offers } from './seams.ts';

/** Prices, with one more source: who wants one offer of a market gets its price there, now. */
export function offerPrices(prices: Prices, offers: Pick<Offers, 'quote'>): Prices {
  return {
    async quote(wanted, signal) {
      if (wanted.kind !== 'rental' || wanted.offer === undefined) return await prices.quote(wanted, signal);
      const { offer, quoted_at } = await offers.quote(wanted.offer, signal);
      return quoteOf(offer, wanted.offer.market, quoted_at);
    },
  };
}

const MARKET_TITLES: Readonly<Record<Market, string>> = { vastai: 'Vast.ai', demo: 'the demo market' };

function quoteOf(offer: PricedOffer, market: Market, as_of: EpochSeconds): Quote {
  const { parts, seconds_per_job: seconds, fit } = offer;
  return {
    price: {
      rate: { per: 'hour', usd: offer.dph_total, fixed_usd: parts?.bandwidth_usd },
      source: 'live',
      as_of,
      title: `offer ${offer.id} of ${MARKET_TITLES[market]}, ${offer.num_gpus} x ${offer.gpu_name}`,
      log_sigma: 0,
    },
    warning:
      fit === null || fit.because === null
        ? null
        : `${fit.model} does not fit this offer: it ${fit.because}.`,
    duration:
      parts === null || seconds === null
        ? undefined
        : {
            seconds: seconds.p50,
            // Half the distance of p10 and p90 in standard deviations.
            log_sigma: Math.log(seconds.p90 / seconds.p10) / (2 * Z_80),
            basis: parts.basis,
          },
  };
}
