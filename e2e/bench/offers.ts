import { performance } from 'node:perf_hooks';
import { offerMarket, queryOf } from '#core/testing/offer-market.ts';
import { becauseOf, type FrontAxes, frontLine, JOB_AXES, offerFront } from '#shared/model/offer-front.ts';
import { matcherOf } from '#shared/model/offer-match.ts';
import type { OfferFilter, PricedOffer } from '#shared/model/offers.ts';
import { syntheticOffers } from '#shared/model/testing.ts';
import { type BenchFigure, figure } from './figure.ts';
import { benchOffersScreen } from './offers-screen.ts';

const OFFERS = 5000;
const ROUNDS = 300;
const LIMIT_MS = 16;
const SEARCHES = 15;
const PRICING_LIMIT_MS = 300;

/** Filter, front and prices of a market larger than Vast.ai's. */
export async function benchOffers(): Promise<readonly BenchFigure[]> {
  const { offers, pricing } = await priced();
  return [...pricing, ...choosing(offers), hostile(offers), ...(await benchOffersScreen())];
}

/** A search whose answer has come and is judged anew: the part that is ours. */
async function priced(): Promise<{
  readonly offers: readonly PricedOffer[];
  readonly pricing: readonly BenchFigure[];
}> {
  const market = offerMarket(syntheticOffers(OFFERS));
  const query = queryOf({
    model: 'llama3.1:8b',
    filter: { defaults: { verified: false } },
    max_age_s: 3600,
  });
  const { signal } = new AbortController();
  const { offers } = await market.offers.search(query, signal);
  const runs: number[] = [];
  for (let i = 0; i < SEARCHES; i++) {
    const start = performance.now();
    await market.offers.search(query, signal);
    runs.push(performance.now() - start);
  }
  market.close();
  const pricing = figure('offers: 5,000 judged for a job, front and reasons, p50', at(runs, 0.5), 'ms', {
    target: `< ${PRICING_LIMIT_MS} ms`,
    met: at(runs, 0.5) < PRICING_LIMIT_MS,
  });
  return { offers, pricing: [pricing] };
}

/** What a view does at each step of a slider, on axes of both kinds. */
function choosing(offers: readonly PricedOffer[]): readonly BenchFigure[] {
  const dearest = Math.max(...offers.map(({ dph_total }) => dph_total));
  const filterAt = (step: number): OfferFilter => ({
    type: 'ondemand',
    country: ['FI', 'CA', 'US', 'DE'],
    ranges: {
      dph_total: { max: dearest * (1 - step / (2 * ROUNDS)) },
      reliability: { min: 0.85 },
      gpu_total_ram: { min: 8000 },
    },
    defaults: { verified: false, not_external: true, rentable: true, not_rented: true },
  });
  const figures = [JOB_AXES, { x: 'dph_total', y: 'dlperf' } as const].map((axes: FrontAxes) => {
    const runs: number[] = [];
    let kept = 0;
    for (let i = 0; i < ROUNDS; i++) {
      const start = performance.now();
      const shown = offers.filter(matcherOf(filterAt(i)));
      offerFront(shown, axes);
      frontLine(shown, axes);
      runs.push(performance.now() - start);
      kept += shown.length;
    }
    const of = `${axes.x} and ${axes.y}, ${Math.round(kept / ROUNDS)} of 5,000 shown`;
    return figure(`offers: filter and front of ${of}, p95`, at(runs, 0.95), 'ms', {
      target: `< ${LIMIT_MS} ms`,
      met: at(runs, 0.95) < LIMIT_MS,
    });
  });
  const [first, second] = offers;
  if (first === undefined || second === undefined) return figures;
  const start = performance.now();
  for (let i = 0; i < ROUNDS; i++) becauseOf(first, second, JOB_AXES);
  const each = ((performance.now() - start) / ROUNDS) * 1000;
  return [...figures, figure('offers: one sentence on who dominates whom', each, 'µs')];
}

/** Every second offer is on the front, and each of the others is beaten by one far down on it. */
function hostile(offers: readonly PricedOffer[]): BenchFigure {
  const half = OFFERS / 2;
  const middle = (p50: number) => ({ p10: p50, p50, p90: p50 });
  const traded = offers.map((offer, i) => ({
    ...offer,
    reliability: 0.99,
    usd_per_job: middle(i % half),
    seconds_per_job: middle(half - (i % half) + (i < half ? 0 : 0.5)),
  }));
  const runs: number[] = [];
  for (let i = 0; i < ROUNDS / 3; i++) {
    const start = performance.now();
    offerFront(traded, JOB_AXES);
    runs.push(performance.now() - start);
  }
  return figure('offers: front of a market half of which is on it, p95', at(runs, 0.95), 'ms', {
    target: `< ${LIMIT_MS} ms`,
    met: at(runs, 0.95) < LIMIT_MS,
  });
}

const at = (runs: readonly number[], p: number): number =>
  runs.toSorted((a, b) => a - b)[Math.ceil(p * runs.length) - 1] ?? Number.NaN;
