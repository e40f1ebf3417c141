import { findModel, fitOf, modelsThatFit, modelTable } from '#shared/model/model-fit.ts';
import { becauseOf, JOB_AXES, offerFront } from '#shared/model/offer-front.ts';
import type { GpuPrice, Offer, OffersAnswer, PricedOffer } from '#shared/model/offers.ts';
import { syntheticOffers } from '#shared/model/testing.ts';
import type { EpochSeconds } from '#shared/model/units.ts';

const TABLE = modelTable([]);
const around = (p50: number): { readonly p10: number; readonly p50: number; readonly p90: number } => ({
  p10: p50 * 0.62,
  p50,
  p90: p50 * 1.8,
});

/** What an engine would say of offers: a plain reckoning, so that figures in tests can be told. */
export function pricedOffers(offers: readonly Offer[], model = ''): readonly PricedOffer[] {
  const asked = model === '' ? null : findModel(model, TABLE);
  const priced = offers.map((offer): PricedOffer => {
    const fitting = modelsThatFit(offer, TABLE);
    const taken = model === '' ? (fitting[0] ?? null) : asked;
    const fit = taken === null ? null : fitOf(offer, taken);
    const download_s = (40 * 8000) / (offer.inet_down ?? 500) / 10;
    const run_s = 60_000 / ((offer.gpu_mem_bw ?? 500) * offer.num_gpus ** 0.85);
    const seconds = 80 + download_s + run_s;
    const hours_usd = (offer.dph_total * seconds) / 3600;
    const predicted = fit?.fits === true;
    return {
      ...offer,
      usd_per_job: predicted ? around(hours_usd + 0.01) : null,
      seconds_per_job: predicted ? around(seconds) : null,
      parts: predicted
        ? {
            boot_s: 60,
            download_s,
            load_s: 20,
            run_s,
            hours_usd,
            bandwidth_usd: 0.01,
            download_gb: 4,
            tokens_per_s: 3072 / run_s,
            basis: 'Run: by memory bandwidth and model size; boot: median of all.',
          }
        : null,
      interruption: predicted ? 0.004 : null,
      fit,
      models: fitting.map((one) => one.model),
      violations: [],
      blocked: null,
      pareto: false,
      dominated_by: null,
    };
  });
  const { front, dominatedBy } = offerFront(priced, JOB_AXES);
  const best = new Set(front);
  return priced.map((offer, i) => {
    const by = priced[dominatedBy[i] ?? -1];
    return {
      ...offer,
      pareto: best.has(i),
      dominated_by: by === undefined ? null : { id: by.id, because: becauseOf(offer, by, JOB_AXES) },
    };
  });
}

/** An answer of the demo market. */
export const madeAnswer = (
  at: EpochSeconds,
  changes: Partial<OffersAnswer> & { readonly n?: number; readonly model?: string } = {},
): OffersAnswer => {
  const { n = 120, model = '', ...others } = changes;
  return {
    market: 'demo',
    searched_at: at,
    offers: pricedOffers(syntheticOffers(n), model),
    hidden_by_defaults: 0,
    truncated: false,
    unreadable: [],
    job: { model, tokens_in: 8192, tokens_out: 2048, basis: 'Tokens: the median of 31 jobs of prompt.' },
    ...others,
  };
};

/** Searches of ten days, twice a day, dearer every time. */
export const madeHistory = (now: EpochSeconds, gpu_name: string): readonly GpuPrice[] =>
  Array.from({ length: 20 }, (_, i) => ({
    at: now - (20 - i) * 43_200,
    gpu_name,
    n: 12,
    low: 0.2 + i * 0.002,
    p25: 0.26 + i * 0.003,
    median: 0.3 + i * 0.004,
    p75: 0.38 + i * 0.004,
  }));
