import { betaQuantile, binomialQuantile } from './beta.ts';
import { type Interval, type Known, known, missing, requireProbability } from './known.ts';
import { normalQuantile } from './normal.ts';

/** `successes` of `n`; the rest failed. Unknown outcomes are not part of n. */
export interface Count {
  readonly successes: number;
  readonly n: number;
}

function requireCount({ successes, n }: Count): void {
  if (!(Number.isInteger(n) && Number.isInteger(successes) && successes >= 0 && successes <= n))
    throw new RangeError(`${successes} of ${n} is not a count of successes`);
}

/** Wilson's score interval of a proportion (Wilson 1927), without continuity correction. */
export function wilson(count: Count, level = 0.95): Known<Interval> {
  requireCount(count);
  requireProbability('level', level);
  const { successes, n } = count;
  if (n === 0) return missing('empty', 1);
  const z = normalQuantile((1 + level) / 2);
  const estimate = successes / n;
  const centre = (successes + (z * z) / 2) / (n + z * z);
  const half = (z / (n + z * z)) * Math.sqrt(n * estimate * (1 - estimate) + (z * z) / 4);
  return known({
    estimate,
    low: successes === 0 ? 0 : Math.max(0, centre - half),
    high: successes === n ? 1 : Math.min(1, centre + half),
    level,
  });
}

/** The exact interval of a proportion (Clopper & Pearson 1934): covers at least `level`, whatever the truth. */
export function clopperPearson(count: Count, level = 0.95): Known<Interval> {
  requireCount(count);
  requireProbability('level', level);
  const { successes, n } = count;
  if (n === 0) return missing('empty', 1);
  const tail = (1 - level) / 2;
  return known({
    estimate: successes / n,
    low: successes === 0 ? 0 : betaQuantile(tail, successes, n - successes + 1),
    high: successes === n ? 1 : betaQuantile(1 - tail, successes + 1, n - successes),
    level,
  });
}

/**
 * The band in which the observed share of n lies with probability >= `level` when the claimed probability is true
 * (binomial quantiles): what a calibration plot draws around its identity line.
 */
export function binomialBand(claimed: number, n: number, level = 0.95): Known<Interval> {
  requireProbability('claimed', claimed);
  requireProbability('level', level);
  requireCount({ successes: 0, n });
  if (n === 0) return missing('empty', 1);
  const tail = (1 - level) / 2;
  return known({
    estimate: claimed,
    low: binomialQuantile(tail, n, claimed) / n,
    high: binomialQuantile(1 - tail, n, claimed) / n,
    level,
  });
}

/** Difference a - b of two proportions with Newcombe's interval from two Wilson intervals (1998, method 10). */
export function proportionDifference(a: Count, b: Count, level = 0.95): Known<Interval> {
  const x = wilson(a, level).value;
  const y = wilson(b, level).value;
  if (x === null || y === null) return missing('empty', 1);
  const estimate = x.estimate - y.estimate;
  return known({
    estimate,
    low: estimate - Math.hypot(x.estimate - x.low, y.high - y.estimate),
    high: estimate + Math.hypot(x.high - x.estimate, y.estimate - y.low),
    level,
  });
}
