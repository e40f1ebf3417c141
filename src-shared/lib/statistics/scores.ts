import { type Known, known, missing, requireProbability } from './known.ts';
import type { Count } from './proportion.ts';

/** An interval that was claimed, and what came. */
export interface Claimed {
  readonly low: number;
  readonly high: number;
  readonly actual: number;
}

const isWhole = ({ low, high, actual }: Claimed): boolean =>
  Number.isFinite(low) && Number.isFinite(high) && Number.isFinite(actual);

/**
 * Mean interval score of central intervals at the given coverage (Winkler 1972; Gneiting & Raftery 2007, eq. 43): the
 * width, plus 2 / (1 - coverage) times the distance by which the actual value missed. In the values' unit; less is better.
 */
export function intervalScore(claims: readonly Claimed[], coverage: number): Known<number> {
  requireProbability('coverage', coverage);
  if (claims.length === 0) return missing('empty', 1);
  if (!claims.every(isWhole)) return missing('not_finite');
  const penalty = 2 / (1 - coverage);
  const score = ({ low, high, actual }: Claimed): number =>
    high - low + penalty * (Math.max(0, low - actual) + Math.max(0, actual - high));
  return known(claims.reduce((sum, claim) => sum + score(claim), 0) / claims.length);
}

/** How many intervals held what came, ends included: feed it to clopperPearson for its doubt. */
export function empiricalCoverage(claims: readonly Claimed[]): Known<Count & { readonly share: number }> {
  if (claims.length === 0) return missing('empty', 1);
  if (!claims.every(isWhole)) return missing('not_finite');
  const successes = claims.filter(({ low, high, actual }) => low <= actual && actual <= high).length;
  return known({ successes, n: claims.length, share: successes / claims.length });
}

/** A probability that was claimed, and whether the event came. */
export interface Forecast {
  readonly probability: number;
  readonly happened: boolean;
}

/** Mean squared error of probabilities (Brier 1950): 0 is perfect, a constant 1/2 earns 0.25. */
export function brierScore(forecasts: readonly Forecast[]): Known<number> {
  if (forecasts.length === 0) return missing('empty', 1);
  for (const { probability } of forecasts)
    if (!(probability >= 0 && probability <= 1)) throw new RangeError(`${probability} is not a probability`);
  const loss = ({ probability, happened }: Forecast): number => (probability - (happened ? 1 : 0)) ** 2;
  return known(forecasts.reduce((sum, forecast) => sum + loss(forecast), 0) / forecasts.length);
}

/** What the best constant forecast would earn on the same events: the bar a calibrated one must beat. */
export function bestConstantBrier(forecasts: readonly Forecast[]): Known<number> {
  if (forecasts.length === 0) return missing('empty', 1);
  const share = forecasts.filter(({ happened }) => happened).length / forecasts.length;
  return known(share * (1 - share));
}
