import { normalCdf, normalQuantile } from '#shared/lib/statistics/normal.ts';
import { AMOUNT_SIGMA, CONFIDENCE_FACTOR } from './doubt.ts';

/** Why a run's cost is not its mean, as standard deviations of log(cost). */
export interface CampaignDoubt {
  /** From run to run, each for itself: what many runs average out. */
  readonly scatter: number;
  /** The same for all of them, however many there are: the price, and where the mean lies. */
  readonly common: number;
}

/** Of one run against the next, where too few are known to say. */
export const SCATTER_PRIOR = AMOUNT_SIGMA.history;
/** What a default of ours is more in doubt than one run is: its mean, the same for all runs. */
export const DEFAULT_MEAN_SIGMA = Math.sqrt(AMOUNT_SIGMA.default ** 2 - AMOUNT_SIGMA.history ** 2);

/**
 * Interval of what `runs` runs come to. Each is log-normal around its mean; their sum is taken as log-normal with the
 * sum's own mean and variance (Fenton 1960), whose log-variance falls with the number of runs; the common doubt is added.
 */
export function campaignInterval(
  mean: number,
  runs: number,
  { scatter, common }: CampaignDoubt,
  coverage: number,
): { readonly low: number; readonly high: number } {
  const own = Math.log1p(Math.expm1(scatter ** 2) / runs);
  const reach = normalQuantile((1 + coverage) / 2) * Math.sqrt(own + common ** 2);
  const middle = mean * runs * Math.exp(-own / 2);
  return { low: middle * Math.exp(-reach), high: middle * Math.exp(reach) };
}

/** Probability that one run costs within a factor of 1.25 of the mean. */
export function runConfidence({ scatter, common }: CampaignDoubt): number {
  const sigma = Math.hypot(scatter, common);
  const within = Math.log(CONFIDENCE_FACTOR);
  const offset = scatter ** 2 / 2;
  if (sigma === 0) return 1;
  return normalCdf((within + offset) / sigma) - normalCdf((offset - within) / sigma);
}
