import { firstTrue } from './beta.ts';
import { type Known, known, missing, requireProbability } from './known.ts';
import { at, type Sample } from './sample.ts';

/**
 * Split-conformal quantile: the ceil((n + 1) coverage)-th smallest residual. A new exchangeable residual lies at or
 * below it with probability at least `coverage`, in finite samples (Vovk et al. 2005; Lei et al. 2018).
 */
export function conformalQuantile(residuals: Sample, coverage: number): Known<number> {
  requireProbability('coverage', coverage);
  const rank = conformalRank(residuals.n, coverage);
  if (rank <= residuals.n) return known(at(residuals.ascending, rank - 1));
  return missing(residuals.n === 0 ? 'empty' : 'too_few', runsForConformal(coverage));
}

/** Signed residuals: both ends, each missed with probability at most (1 - coverage) / 2. */
export function conformalInterval(
  residuals: Sample,
  coverage: number,
): Known<{ readonly low: number; readonly high: number }> {
  requireProbability('coverage', coverage);
  const { n, ascending } = residuals;
  const upper = (1 + coverage) / 2;
  const rank = conformalRank(n, upper);
  if (rank > n) return missing(n === 0 ? 'empty' : 'too_few', runsForConformal(upper));
  return known({ low: at(ascending, n - rank), high: at(ascending, rank - 1) });
}

/** Residuals from which a conformal quantile exists: 4 for 80 %, 19 for 95 %. */
export const runsForConformal = (coverage: number): number => {
  requireProbability('coverage', coverage);
  const guess = Math.ceil(coverage / (1 - coverage)) + 2;
  return firstTrue(1, guess, (n) => conformalRank(n, coverage) <= n);
};

/** Which of n residuals bounds the coverage; above n there is none. Rounded at the 12th digit first: 0.95 x 20 must be 19 and not 19.000000000000004. */
export const conformalRank = (n: number, coverage: number): number =>
  Math.ceil(Number(((n + 1) * coverage).toPrecision(12)));
