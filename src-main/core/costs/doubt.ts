import { conformalInterval, conformalRank } from '#shared/lib/statistics/conformal.ts';
import { centralProbability, normalCdf, normalQuantile } from '#shared/lib/statistics/normal.ts';
import { type Sample, sampleOf, standardDeviation } from '#shared/lib/statistics/sample.ts';
import type { Assumed, CostEstimate, PriceUsed } from '#shared/model/estimate.ts';
import type { Residuals } from './seams.ts';

/** Everything below is about log(actual / projected). */
export const LEVELS = [0.5, 0.8, 0.95] as const;
/** confidence_score: within this factor of the projected cost, either way. */
export const CONFIDENCE_FACTOR = 1.25;
const WITHIN = Math.log(CONFIDENCE_FACTOR);

/** The documented prior (docs/adr/0007). */
export const AMOUNT_SIGMA: Readonly<Record<Assumed<unknown>['source'], number>> = {
  default: 0.7,
  predicted: 0.7,
  history: 0.45,
  given: 0.25,
};
const POWER_DRAW = { name: 'power draw against the nameplate', log_sigma: 0.2 };
const LOSSES = { name: 'cooling and supply losses, idle draw', log_sigma: 0.1 };

export interface Doubted {
  readonly amount: {
    readonly name: 'duration' | 'tokens';
    readonly source: Assumed<unknown>['source'];
    /** Of a prediction, which knows it; else the prior's. */
    readonly log_sigma?: number | undefined;
  };
  readonly price: Pick<PriceUsed, 'source' | 'log_sigma'>;
  /** Watts by nameplate, without what cooling, supply and idling add. */
  readonly isLocal: boolean;
  readonly residuals: Residuals | null;
}

export interface Doubt {
  /** At LEVELS. */
  readonly intervals: readonly { readonly coverage: number; readonly low: number; readonly high: number }[];
  readonly confidence: number;
  readonly drivers: CostEstimate['drivers'];
  readonly from: 'history' | 'prior';
}

/** What is not known about a cost: from residuals where there are enough, else from the prior. */
export function doubtOf(doubted: Doubted): Doubt {
  const residuals = doubted.residuals === null ? null : sampleOf(doubted.residuals.values).value;
  return residuals === null || residuals.n === 0 ? priorDoubt(doubted) : doubtOfHistory(residuals, doubted);
}

function priorDoubt({ amount, price, isLocal }: Doubted): Doubt {
  const drivers = [
    {
      name: `${amount.name} (${SOURCE_WORDS[amount.source]})`,
      log_sigma: amount.log_sigma ?? AMOUNT_SIGMA[amount.source],
    },
    ...priceDriver(price),
    ...(isLocal ? [POWER_DRAW, LOSSES] : []),
  ];
  const sigma = Math.hypot(...drivers.map(({ log_sigma }) => log_sigma));
  return {
    intervals: LEVELS.map((coverage) => {
      const reach = sigma * normalQuantile((1 + coverage) / 2);
      return { coverage, low: -reach, high: reach };
    }),
    confidence: centralProbability(WITHIN / sigma),
    drivers: widestFirst(drivers),
    from: 'prior',
  };
}

const SOURCE_WORDS: Readonly<Record<Assumed<unknown>['source'], string>> = {
  default: 'our default',
  predicted: 'predicted for this machine',
  history: 'history, no residuals yet',
  given: 'given',
};

/**
 * Actual costs were computed with the price and the nameplate of their estimates, so that residuals know nothing of
 * their doubt: the price's is folded in; idle draw and losses, which no actual holds, widen the interval only.
 */
function doubtOfHistory(residuals: Sample, doubted: Doubted): Doubt {
  const { price, isLocal } = doubted;
  const losses = isLocal ? [LOSSES] : [];
  const widened = Math.hypot(price.log_sigma, ...losses.map(({ log_sigma }) => log_sigma));
  const spread = standardDeviation(residuals.ascending).value ?? 0;
  return {
    intervals: LEVELS.map((coverage) => ({ coverage, ...intervalOf(residuals, widened, coverage, doubted) })),
    confidence: (countWithin(residuals, price.log_sigma) + 1) / (residuals.n + 2),
    drivers: widestFirst([
      { name: `${doubted.amount.name} (scatter of earlier jobs)`, log_sigma: spread },
      ...priceDriver(price),
      ...losses,
    ]),
    from: 'history',
  };
}

function intervalOf(
  residuals: Sample,
  sigma: number,
  coverage: number,
  doubted: Doubted,
): { readonly low: number; readonly high: number } {
  const { n } = residuals;
  const rank = conformalRank(n, (1 + coverage) / 2);
  if (rank <= n) {
    const exact = conformalInterval(residuals, coverage).value;
    if (exact !== null && sigma === 0) return exact;
    // Half-way between two steps, so that a vanishing sigma gives the very residual.
    const p = (rank - 0.5) / n;
    return { low: mixtureQuantile(residuals, sigma, 1 - p), high: mixtureQuantile(residuals, sigma, p) };
  }
  // Fewer residuals than the level needs bound nothing: the prior does, unless they reach further themselves.
  const prior = normalQuantile((1 + coverage) / 2) * Math.hypot(AMOUNT_SIGMA[doubted.amount.source], sigma);
  return {
    low: Math.min(-prior, mixtureQuantile(residuals, sigma, 0.5 / n)),
    high: Math.max(prior, mixtureQuantile(residuals, sigma, 1 - 0.5 / n)),
  };
}

/** Expected number of residuals that the price's doubt leaves within the factor. */
function countWithin({ ascending }: Sample, sigma: number): number {
  let count = 0;
  for (const residual of ascending) {
    if (sigma === 0) count += Math.abs(residual) <= WITHIN ? 1 : 0;
    else count += normalCdf((WITHIN - residual) / sigma) - normalCdf((-WITHIN - residual) / sigma);
  }
  return count;
}

/** Further out, in standard deviations, a normal adds nothing to a double. */
const FAR = 8;
/** In log(cost): a ten-thousandth of a per cent. */
const PRECISE = 1e-6;

/** Quantile of the mixture of normals of one sigma around the residuals, by bisection of its distribution. */
export function mixtureQuantile({ n, ascending }: Sample, sigma: number, p: number): number {
  if (sigma === 0) return ascending[Math.min(n - 1, Math.max(0, Math.ceil(p * n) - 1))] ?? 0;
  let low = (ascending[0] ?? 0) - FAR * sigma;
  let high = (ascending[n - 1] ?? 0) + FAR * sigma;
  while (high - low > PRECISE) {
    const middle = (low + high) / 2;
    if (mixtureCdf(ascending, sigma, middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function mixtureCdf(centres: Float64Array, sigma: number, x: number): number {
  let sum = 0;
  for (const centre of centres) {
    const z = (x - centre) / sigma;
    sum += z > FAR ? 1 : z < -FAR ? 0 : normalCdf(z);
  }
  return sum / centres.length;
}

const priceDriver = ({ source, log_sigma }: Doubted['price']): CostEstimate['drivers'] =>
  log_sigma === 0 ? [] : [{ name: `price (${source})`, log_sigma }];

const widestFirst = (drivers: CostEstimate['drivers']): CostEstimate['drivers'] =>
  drivers.toSorted((a, b) => b.log_sigma - a.log_sigma);
