import { formatCount, formatUsd, formatUsdUp } from '#shared/lib/format.ts';
import type { Calibration } from '#shared/model/costs.ts';
import type { CostBasis, CostProvider, PriceSource } from '#shared/model/estimate.ts';
import type { Period, SpendBy } from './costs-url.ts';

export const PERIOD_TITLES: Readonly<Record<Period, string>> = {
  '7d': '7 days',
  '30d': '30 days',
  '90d': '90 days',
  all: 'All',
};

export const BY_TITLES: Readonly<Record<SpendBy, string>> = {
  backend_type: 'backend',
  kind: 'kind',
  model: 'model',
  tenant_id: 'tenant',
};

export const PROVIDER_TITLES: Readonly<Record<CostProvider, string>> = {
  local: 'Own hardware',
  vastai: 'Vast.ai',
  aws: 'AWS',
  gcp: 'Google Cloud',
  azure: 'Azure',
  api: 'API',
};

/** What a basis means for whoever pays, the surest first. */
export const BASES: Readonly<
  Record<CostBasis, { readonly title: string; readonly about: string; readonly paid: boolean }>
> = {
  metered: { title: 'Metered', about: 'seconds rented times the price, or a bill', paid: true },
  'reported-tokens': {
    title: 'Reported tokens',
    about: 'tokens as the service reported them, times its price',
    paid: true,
  },
  'counted-tokens': {
    title: 'Counted tokens',
    about: 'tokens as they were counted here, times the price',
    paid: true,
  },
  'hardware-derived': {
    title: 'Own hardware',
    about: 'seconds times watts times the price of energy, and wear; nobody sends a bill',
    paid: false,
  },
  unknown: {
    title: 'No known basis',
    about: 'an amount of which nobody knows how it was reckoned',
    paid: false,
  },
};

export const SOURCE_TITLES: Readonly<
  Record<PriceSource, { readonly title: string; readonly about: string }>
> = {
  given: { title: 'given', about: 'Given with the request' },
  override: { title: 'yours', about: 'Your own price; it wins over every other' },
  live: { title: 'live', about: 'As the price API said it just now' },
  cached: { title: 'cached', about: 'As the price API said it the last time' },
  book: { title: 'book', about: 'From the price list that comes with the app' },
  assumed: { title: 'assumed', about: 'Nobody sells exactly this; a stand-in' },
};

const jobs = (n: number): string => `${formatCount(n)} ${n === 1 ? 'job' : 'jobs'}`;
export const jobsWords = jobs;

/** Ended jobs without a cost, in words. */
export const unknownWords = (n: number): string =>
  `${jobs(n)} whose cost nobody knows; ${n === 1 ? 'it is' : 'they are'} in no sum`;

/** Which estimates cannot be judged, and why; null where all can. */
export function leftOutWords({
  demo,
  not_ended,
  unsuccessful,
  cost_unknown,
  free,
}: Calibration['left_out']): string | null {
  const parts = [
    [not_ended, 'not ended yet'],
    [unsuccessful, 'failed or cancelled (an estimate is of the job done)'],
    [cost_unknown, 'without a known cost'],
    [free ?? 0, 'projected to cost nothing'],
    [demo, 'of the demo backend'],
  ] as const;
  const said = parts.filter(([n]) => n > 0).map(([n, why]) => `${formatCount(n)} ${why}`);
  return said.length === 0 ? null : `Left out: ${said.join(', ')}.`;
}

/** `12 % above`: where the middle job lies from its estimate; log_bias 0 is unbiased. */
export function biasWords(logBias: number): string {
  const ratio = Math.exp(logBias);
  const percent = Math.round(Math.abs(ratio - 1) * 100);
  return percent === 0 ? 'none' : `${percent} % ${ratio > 1 ? 'above' : 'below'}`;
}

/** `$1.20 to $3.40`; a dash where one end is unknown. */
export const rangeWords = (low: number | null, high: number | null): string =>
  low === null || high === null ? formatUsd(null) : `${formatUsd(low)} to ${formatUsdUp(high)}`;
