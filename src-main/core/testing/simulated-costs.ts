import { normals, seeded } from '#shared/lib/random.ts';
import { centralProbability, normalCdf } from '#shared/lib/statistics/normal.ts';
import type { CostEstimate } from '#shared/model/estimate.ts';
import { type CostStore, FIXED_PRICE, pricedAt, rentalPlan } from './cost-store.ts';

/** A kind of job whose true duration is log-normal: its median is `median` s, times `factor` from job `from` on. */
export interface SimulatedGroup {
  readonly model: string;
  readonly median: number;
  readonly logSd: number;
}

export interface SimulatedJob {
  readonly estimate: CostEstimate;
  readonly actual_usd: number;
  /** The true probabilities that the actual lies in each of the estimate's intervals, and within a factor of 1.25. */
  readonly true_coverages: readonly number[];
  readonly true_confidence: number;
}

/** Estimates each job and lets it end, one after the other, at a price that is known. The same on every machine. */
export async function simulateCosts(
  store: CostStore,
  {
    seed,
    jobs,
    groups,
    shift,
  }: {
    readonly seed: number;
    readonly jobs: number;
    readonly groups: readonly SimulatedGroup[];
    readonly shift?: { readonly from: number; readonly factor: number };
  },
): Promise<readonly SimulatedJob[]> {
  const uniform = seeded(seed);
  const normal = normals(uniform);
  const estimator = store.estimator(pricedAt(FIXED_PRICE));
  const signal = new AbortController().signal;
  const usdPerSecond = FIXED_PRICE.rate.per === 'hour' ? FIXED_PRICE.rate.usd / 3600 : Number.NaN;
  const done: SimulatedJob[] = [];
  for (let i = 0; i < jobs; i++) {
    const group = groups[Math.floor(uniform() * groups.length)];
    if (group === undefined) throw new Error('There is no group to draw from.');
    const { model, logSd } = group;
    const median = group.median * (shift !== undefined && i >= shift.from ? shift.factor : 1);
    const plan = rentalPlan({ model });
    const estimate = await estimator.estimate(plan, signal);
    const duration_seconds = median * Math.exp(logSd * normal());
    const { usd } = store.end(plan, estimate, {
      at: 1_000_000 + i,
      used: { duration_seconds, tokens: null },
    });
    const centre = Math.log(median * usdPerSecond);
    const below = (cost: number | null): number => normalCdf((Math.log(cost ?? Number.NaN) - centre) / logSd);
    const projected = estimate.projected_cost_usd ?? Number.NaN;
    done.push({
      estimate,
      actual_usd: usd ?? Number.NaN,
      true_coverages: estimate.intervals.map(({ low_usd, high_usd }) => below(high_usd) - below(low_usd)),
      true_confidence: below(projected * 1.25) - below(projected / 1.25),
    });
  }
  return done;
}

/** The log-sds of the groups, whose root mean square is `rms`. */
export function heterogeneous(rms: number): readonly SimulatedGroup[] {
  const shape = [0.08, 0.2, 0.4, 0.8];
  const scale = rms / Math.sqrt(shape.reduce((sum, sd) => sum + sd * sd, 0) / shape.length);
  return shape.map((sd, i) => ({ model: `model-${i}`, median: 30 * (i + 1), logSd: sd * scale }));
}

export const claimsOf = (jobs: readonly SimulatedJob[]) =>
  jobs.map(({ estimate, actual_usd }) => ({
    low: estimate.cost_low_usd ?? Number.NaN,
    high: estimate.cost_high_usd ?? Number.NaN,
    actual: actual_usd,
  }));

export const forecastsOf = (jobs: readonly SimulatedJob[]) =>
  jobs.map(({ estimate, actual_usd }) => ({
    probability: estimate.confidence_score,
    happened: Math.abs(Math.log(actual_usd / (estimate.projected_cost_usd ?? Number.NaN))) <= Math.log(1.25),
  }));

/** What nobody can beat: the true probability around the true median. */
export const bestConfidence = (logSd: number): number => centralProbability(Math.log(1.25) / logSd);
