/**
 * Why there is no figure: no value at all, too few of them, one that is not a usable number (NaN, infinite, beyond
 * 1e300), or one at or below zero where a logarithm is taken.
 */
export type MissingReason = 'empty' | 'too_few' | 'not_finite' | 'not_positive';

/** A figure, or why there is none; `needs` is the smallest n with which there would be one, where that is known. */
export type Known<T> =
  | { readonly value: T; readonly reason: null; readonly needs: null }
  | { readonly value: null; readonly reason: MissingReason; readonly needs: number | null };

export const known = <T>(value: T): Known<T> => ({ value, reason: null, needs: null });

export const missing = (reason: MissingReason, needs: number | null = null): Known<never> => ({
  value: null,
  reason,
  needs,
});

/** An estimate with the interval that covers the truth with the probability `level`. */
export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly level: number;
}

/** A probability that must lie strictly between 0 and 1 (a level, an alpha, a quantile): anything else is a bug. */
export function requireProbability(name: string, p: number): void {
  if (!(p > 0 && p < 1)) throw new RangeError(`${name} must lie between 0 and 1, got ${p}`);
}
