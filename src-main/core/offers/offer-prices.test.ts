import { describe, expect, it } from 'vitest';
import type { Prices } from '#core/costs/seams.ts';
import { FIXED_PRICE, pricedAt } from '#core/testing/cost-store.ts';
import { offerMarket } from '#core/testing/offer-market.ts';
import { offerWith } from '#shared/model/testing.ts';
import { offerPrices } from './offer-prices.ts';

const SIGNAL = new AbortController().signal;
const OFFER = {
  market: 'demo',
  offer_id: 7,
  backend_type: 'ollama',
  model: 'llama3.1:8b',
  agent: 'prompt',
} as const;
const RENTAL = { kind: 'rental', min_dph: 0, max_dph: 0 } as const;

describe('prices of offers', () => {
  it('are what the market says now, with the download and the duration of the job', async () => {
    const market = offerMarket([offerWith({ id: 7, dph_total: 0.42, inet_down_cost: 0.01 })]);
    const quote = await offerPrices(pricedAt(null), market.offers).quote({ ...RENTAL, offer: OFFER }, SIGNAL);
    expect(quote).toMatchObject({
      price: {
        rate: { per: 'hour', usd: 0.42, fixed_usd: 0.11 },
        source: 'live',
        as_of: market.now,
        title: 'offer 7 of the demo market, 1 x RTX 4090',
        log_sigma: 0,
      },
      warning: null,
    });
    const { offer } = await market.offers.quote(OFFER, SIGNAL);
    expect(quote?.duration?.seconds).toBe(offer.seconds_per_job?.p50);
    expect(quote?.duration?.log_sigma).toBeGreaterThan(0.1);
    expect(quote?.duration?.basis).toContain("by memory bandwidth and the model's size");
    market.close();
  });

  it('say that the model does not fit, and promise no duration then', async () => {
    const market = offerMarket([offerWith({ id: 7, gpu_total_ram: 4000 })]);
    const quote = await offerPrices(pricedAt(null), market.offers).quote({ ...RENTAL, offer: OFFER }, SIGNAL);
    expect(quote?.warning).toBe(
      'llama3.1:8b does not fit this offer: it needs 8000 MB of GPU memory, and there are 4000 MB.',
    );
    expect(quote?.duration).toBeUndefined();
    market.close();
  });

  it('are refused for an offer that is gone: another price would be of something else', async () => {
    const market = offerMarket([]);
    const prices = offerPrices(pricedAt(FIXED_PRICE), market.offers);
    await expect(prices.quote({ ...RENTAL, offer: OFFER }, SIGNAL)).rejects.toMatchObject({
      code: 'vastai.offer_taken',
    });
    market.close();
  });

  it('leave every other price to whoever had it before', async () => {
    const market = offerMarket([]);
    const asked: unknown[] = [];
    const before: Prices = {
      quote: async (wanted) => {
        asked.push(wanted);
        return { price: FIXED_PRICE, warning: null };
      },
    };
    const prices = offerPrices(before, market.offers);
    const wishes = [RENTAL, { kind: 'tokens', provider: 'aws', model: 'm' } as const];
    for (const wanted of wishes)
      expect(await prices.quote(wanted, SIGNAL)).toEqual({ price: FIXED_PRICE, warning: null });
    expect(asked).toEqual(wishes);
    expect(market.searches).toEqual([]);
    market.close();
  });
});
