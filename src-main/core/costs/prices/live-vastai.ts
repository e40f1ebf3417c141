import { z } from 'zod';
import { quantile } from '#shared/lib/statistics/quantile.ts';
import { sampleOf } from '#shared/lib/statistics/sample.ts';
import type { Usd } from '#shared/model/units.ts';
import type { Gpu } from './book.ts';
import { fetchJson } from './http-json.ts';
import type { LivePrice } from './live.ts';
import { plausibleUsd } from './trouble.ts';

export const VAST_API = "Vast.ai's list of offers";
const MAX_OFFERS = 200;
/** p75 - p25 of a normal distribution, in standard deviations. */
const QUARTILES_APART = 1.349;

const offer = z.object({
  gpu_name: z.string().max(256).catch(''),
  num_gpus: z.number().catch(0),
  gpu_ram: z.number().catch(0),
  dph_total: z.unknown().optional(),
  verification: z.string().max(64).catch(''),
  rentable: z.boolean().catch(true),
  is_bid: z.boolean().catch(false),
});
type Offer = z.infer<typeof offer>;
const answer = z.object({ offers: z.array(offer).max(10_000) });

export interface VastAsk {
  readonly base: string;
  readonly key: string;
  readonly gpu: Gpu;
  /** Per GPU. */
  readonly reference: Usd | null;
}

/** The median price per GPU of verified offers on demand; their spread is the doubt about the one that is taken. */
export async function askVast(ask: VastAsk, signal: AbortSignal): Promise<LivePrice | null> {
  const { vast } = ask.gpu;
  if (vast === null) return null;
  const body = JSON.stringify({
    gpu_name: { in: vast.names },
    gpu_ram: { gte: vast.min_ram_mb, lte: vast.max_ram_mb },
    verified: { eq: true },
    external: { eq: false },
    rentable: { eq: true },
    rented: { eq: false },
    type: 'ondemand',
    order: [['dph_total', 'asc']],
    limit: MAX_OFFERS,
  });
  const { offers } = await fetchJson(
    {
      api: VAST_API,
      url: `${ask.base}/bundles/`,
      headers: { authorization: `Bearer ${ask.key}` },
      body,
    },
    answer,
    signal,
  );
  const matching = offers.filter(
    (one) =>
      vast.names.includes(one.gpu_name) &&
      one.gpu_ram >= vast.min_ram_mb &&
      one.gpu_ram <= vast.max_ram_mb &&
      one.num_gpus >= 1 &&
      one.verification === 'verified' &&
      one.rentable &&
      !one.is_bid,
  );
  if (matching.length === 0) return null;
  const prices = matching.map(perGpu).filter((usd) => usd > 0);
  const sample = sampleOf(prices).value;
  const at = (p: number): Usd | null => (sample === null ? null : quantile(sample, p).value);
  const usd_hour = plausibleUsd(at(0.5) ?? perGpu(matching[0]), 'USD', ask.reference, VAST_API);
  const [low, high] = [at(0.25) ?? usd_hour, at(0.75) ?? usd_hour];
  return {
    usd_hour,
    origin: 'Vast.ai offers, verified, on demand',
    note: `median of ${prices.length} offers, half of them $${low.toFixed(3)} to $${high.toFixed(3)}`,
    log_sigma: Math.log(high / low) / QUARTILES_APART,
  };
}

const perGpu = (one: Offer | undefined): Usd =>
  typeof one?.dph_total === 'number' && Number.isFinite(one.dph_total)
    ? one.dph_total / one.num_gpus
    : Number.NaN;
