import { formatDuration, formatRate } from '#shared/lib/format.ts';
import { modelSizeGb } from '#shared/model/model-fit.ts';
import type { FitModel, JobParts, Offer, Spread } from '#shared/model/offers.ts';
import type { Seconds, Usd } from '#shared/model/units.ts';
import type { Delivered, Known } from './delivered.ts';
import type { JobMedians, JobSpread } from './job-cost.ts';
import type { MarketFigures } from './market-figures.ts';

/** The rules of ADR 0008, where no history says it better. */
const BOOT_S = 60;
const IMAGE_GB = 2;
const OF_PROMISED = 0.7;
const DISK_AT_MOST_MBPS = 2000;
const DISK_UNKNOWN_MBPS = 1000;
const OF_MEMORY_BANDWIDTH = 0.6;
const GPUS_ADD_UP = 0.85;
const READING_IS_FASTER = 10;
const FAILURES_OVER = 25;
/** Where nobody tells anything. */
const INET_UNKNOWN_MBPS = 100;
const RELIABILITY_UNKNOWN = 0.95;
/** A machine that has never failed says little of forever. */
const RELIABILITY_AT_MOST = 1 - 1e-6;
const RELIABILITY_AT_LEAST = 1e-6;

/** Nobody knows what others will bid. */
const OUTBID = ' That somebody bids more, which ends it, is not in this.';

const DAY_S = 86_400;
/** The market's storage prices are per month of as many hours. */
const MONTH_H = 730;

export interface Prediction {
  readonly usd_per_job: Spread;
  readonly seconds_per_job: Spread;
  readonly parts: JobParts;
  readonly interruption: number | null;
}

export interface PredictDeps {
  readonly delivered: Delivered;
  readonly figures: MarketFigures;
  /** With how much storage the prices were asked for, in GB. */
  readonly allocated_storage: number;
  /** The disk that has been chosen; else what the model needs. */
  readonly disk_gb?: number | undefined;
  readonly tokens: { readonly tokens_in: number; readonly tokens_out: number };
  readonly boot_timeout: Seconds;
  spread(job: JobMedians): JobSpread;
}

/** The price per hour with another disk than was asked for. */
export const usdHourWith = (
  { dph_total, storage_cost }: Pick<Offer, 'dph_total' | 'storage_cost'>,
  allocatedGb: number,
  diskGb: number,
): Usd => Math.max(0, dph_total + ((storage_cost ?? 0) * (diskGb - allocatedGb)) / MONTH_H);

/** What one job with `model` means on an offer it fits; null where its speed cannot be said. */
export function predict(offer: Offer, model: FitModel, deps: PredictDeps): Prediction | null {
  const { delivered, figures, tokens } = deps;
  const sizeGb = modelSizeGb(model);
  const speed = speedOf(offer, model.model, sizeGb, deps);
  if (speed === null) return null;
  const boot = delivered.boot(offer.machine_id);
  const share = delivered.download(offer.machine_id);
  const mbps = measured(offer.inet_down) ?? measured(figures.inet_down) ?? INET_UNKNOWN_MBPS;
  const download_gb = IMAGE_GB + sizeGb;
  const disk = Math.min(DISK_AT_MOST_MBPS, measured(offer.disk_bw) ?? DISK_UNKNOWN_MBPS);
  const usd_hour = usdHourWith(offer, deps.allocated_storage, deps.disk_gb ?? model.required_disk_gb);
  const bandwidth_usd = download_gb * (offer.inet_down_cost ?? figures.inet_down_cost ?? 0);
  const { rentals, failed } = delivered.failures(offer.machine_id);
  const hazard = -Math.log(believable(offer.reliability ?? RELIABILITY_UNKNOWN)) / DAY_S;
  const medians: JobMedians = {
    boot_s: boot?.value ?? BOOT_S,
    download_s: (download_gb * 8000) / (mbps * (share?.value ?? OF_PROMISED)),
    load_s: (sizeGb * 1000) / disk,
    run_s: (tokens.tokens_out + tokens.tokens_in / READING_IS_FASTER) / speed.value,
    usd_hour,
    download_usd: bandwidth_usd,
    hazard,
    no_answer: (1 + failed) / (FAILURES_OVER + rentals),
    no_answer_s: deps.boot_timeout,
  };
  const { seconds, usd } = deps.spread(medians);
  return {
    usd_per_job: usd,
    seconds_per_job: seconds,
    interruption: offer.reliability === null ? null : -Math.expm1(-hazard * seconds.p50),
    parts: {
      boot_s: medians.boot_s,
      download_s: medians.download_s,
      load_s: medians.load_s,
      run_s: medians.run_s,
      hours_usd: (usd_hour * seconds.p50) / 3600,
      bandwidth_usd,
      download_gb,
      tokens_per_s: speed.value,
      basis: `${speed.words}; ${bootWords(boot)}; ${downloadWords(share, offer)}.${offer.is_bid ? OUTBID : ''}`,
    },
  };
}

/** Markets write 0 for what they have not measured. */
const measured = (value: number | null): number | null => (value !== null && value > 0 ? value : null);

const believable = (reliability: number): number =>
  Math.min(RELIABILITY_AT_MOST, Math.max(RELIABILITY_AT_LEAST, reliability));

/** Tokens per second: as measured, else each token reads the weights once. */
function speedOf(
  offer: Offer,
  model: string,
  sizeGb: number,
  { delivered, figures }: PredictDeps,
): { readonly value: number; readonly words: string } | null {
  const seen = delivered.tokensPerSecond(offer.gpu_name, offer.num_gpus, model);
  if (seen !== null) {
    const words = `Run: ${formatRate(seen.value, 'tok/s')}, ${medianOf(seen.n)} of ${model} on this GPU`;
    return { value: seen.value, words };
  }
  const own = measured(offer.gpu_mem_bw);
  const bandwidth = own ?? measured(figures.memoryBandwidth(offer.gpu_name));
  if (bandwidth === null) return null;
  const value = (OF_MEMORY_BANDWIDTH * bandwidth * offer.num_gpus ** GPUS_ADD_UP) / sizeGb;
  const whose = own === null ? "this type's memory bandwidth" : 'memory bandwidth';
  return { value, words: `Run: ${formatRate(value, 'tok/s')} by ${whose} and the model's size` };
}

const medianOf = (n: number): string => (n === 1 ? 'as one rental' : `median of ${n} rentals`);
const whoseWords = ({ n, of }: Known<unknown>): string =>
  `${medianOf(n)} of ${of === 'machine' ? 'this machine' : 'other machines'}`;

const bootWords = (boot: Known<Seconds> | null): string =>
  boot === null
    ? `boot: ${BOOT_S} s, as is usual`
    : `boot: ${formatDuration(boot.value * 1000)}, ${whoseWords(boot)}`;

function downloadWords(share: Known<number> | null, { inet_down }: Offer): string {
  const promised =
    measured(inet_down) === null ? 'of a bandwidth that is not told' : 'of the promised bandwidth';
  const percent = `${Math.round(100 * (share?.value ?? OF_PROMISED))} %`;
  return `download: ${percent} ${promised}, ${share === null ? 'as is usual' : whoseWords(share)}`;
}
