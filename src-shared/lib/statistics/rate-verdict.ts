import { betaQuantile } from './beta.ts';
import { holm, holmMultipliers } from './holm.ts';
import { type Interval, type Known, known, missing, requireProbability } from './known.ts';
import { normalCdf, normalQuantile } from './normal.ts';
import { fillUp, type MoreRuns } from './power.ts';
import { type Count, wilson } from './proportion.ts';
import type { Verdict, VerdictOptions } from './verdict.ts';

const ALPHA = 0.05;

/** The limit of Clopper and Pearson below `successes` of n that the truth falls short of with probability `tail`. */
const lowerLimit = (successes: number, n: number, tail: number): number =>
  successes === 0 ? 0 : betaQuantile(tail, successes, n - successes + 1);

/** How far a - b could be below what was seen: Newcombe's squaring and adding, of exact limits. */
function below(a: Count, b: Count, tail: number): number {
  const [x, y] = [a.successes / a.n, b.successes / b.n];
  return Math.hypot(x - lowerLimit(a.successes, a.n, tail), 1 - lowerLimit(b.n - b.successes, b.n, tail) - y);
}

/**
 * Difference a - b of two proportions like `proportionDifference`, with Clopper and Pearson's limits in place of
 * Wilson's. Held against zero those claim too much of a few runs (12 % at 2 against 2) and at the levels of many
 * comparisons; these never more than the level over 2 to 200 runs and rates of 2 to 99 %.
 */
export function exactDifference(a: Count, b: Count, level = 0.95): Known<Interval> {
  requireProbability('level', level);
  const [x, y] = [wilson(a).value, wilson(b).value];
  if (x === null || y === null) return missing('empty', 1);
  const estimate = x.estimate - y.estimate;
  const tail = (1 - level) / 2;
  return known({ estimate, low: estimate - below(a, b, tail), high: estimate + below(b, a, tail), level });
}

/** Beyond it p is below 1e-15, and says no more. */
const MAX_Z = 8;

/** The smallest alpha at which `exactDifference` leaves zero out, two-sided; null when a group is empty. */
export function rateDifferenceP(a: Count, b: Count): number | null {
  if (a.n === 0 || b.n === 0) return null;
  const difference = a.successes / a.n - b.successes / b.n;
  const [high, low] = difference > 0 ? [a, b] : [b, a];
  const room = (z: number): number => Math.abs(difference) - below(high, low, normalCdf(-z));
  let from = { z: 0, room: room(0) };
  let to = { z: MAX_Z, room: room(MAX_Z) };
  if (from.room <= 0) return 1;
  if (to.room >= 0) return 2 * normalCdf(-MAX_Z);
  // Regula falsi after Dowell and Jarratt ("Illinois"): nearly a straight line in z, so a few steps.
  for (let i = 0; i < 60 && Math.abs(to.z - from.z) > 1e-12; i++) {
    const z = (from.z * to.room - to.z * from.room) / (to.room - from.room);
    const next = { z, room: room(z) };
    if (next.room === 0) return 2 * normalCdf(-z);
    from = next.room * to.room < 0 ? to : { ...from, room: from.room / 2 };
    to = next;
  }
  return 2 * normalCdf(-to.z);
}

export interface RatePair {
  readonly a: Count;
  readonly b: Count;
}

export interface RateVerdict {
  /** About a, seen from the baseline b; more successes are better. */
  readonly verdict: Verdict;
  readonly n: { readonly a: number; readonly b: number };
  /** a - b, with the level at which Holm held its test. */
  readonly difference: Known<Interval>;
  readonly adjustedP: number | null;
  /** With `not_enough`: about how many runs each group still needs. */
  readonly more: MoreRuns | null;
}

/**
 * Verdicts on how often groups succeed, a family of their own (Holm). `smallest` is a difference of the proportions:
 * 0.05 is 5 percentage points. `p` where the tests were made before.
 */
export function rateVerdicts(
  pairs: readonly RatePair[],
  options: Omit<VerdictOptions, 'better'>,
  p: readonly (number | null)[] = pairs.map(({ a, b }) => rateDifferenceP(a, b)),
): readonly RateVerdict[] {
  const { alpha = ALPHA, smallest } = options;
  requireProbability('alpha', alpha);
  if (!(smallest > 0 && smallest < Infinity)) throw new RangeError(`smallest difference ${smallest}`);
  const tested = [...p.keys()].filter((index) => p[index] !== null);
  const values = tested.map((index) => p[index] ?? 1);
  const adjusted = new Map(holm(values).map((value, i) => [tested[i], value]));
  const shares = new Map(holmMultipliers(values, alpha).map((value, i) => [tested[i], value]));
  return pairs.map((pair, i) => judge(pair, options, adjusted.get(i) ?? null, alpha / (shares.get(i) ?? 1)));
}

function judge(
  { a, b }: RatePair,
  options: Omit<VerdictOptions, 'better'>,
  adjustedP: number | null,
  share: number,
): RateVerdict {
  const { alpha = ALPHA, smallest } = options;
  const difference = exactDifference(a, b, 1 - share);
  const base = { n: { a: a.n, b: b.n }, difference, adjustedP, more: null };
  if (difference.value !== null && adjustedP !== null) {
    const { estimate, low, high } = difference.value;
    if (low >= -smallest && high <= smallest) return { ...base, verdict: 'no_difference' };
    if (adjustedP < alpha) return { ...base, verdict: estimate > 0 ? 'better' : 'worse' };
  }
  return { ...base, verdict: 'not_enough', more: stillNeeded({ a, b }, options, difference, share) };
}

/**
 * To find the smallest difference at the rate seen so far (normal approximation with the correction of Casagrande, Pike
 * and Smith 1978); where there are as many, until the interval, its estimate unchanged, is on one side. None fewer
 * than with which any claim is possible.
 */
function stillNeeded(
  { a, b }: RatePair,
  { smallest, power = 0.8 }: Omit<VerdictOptions, 'better'>,
  difference: Known<Interval>,
  alpha: number,
): MoreRuns | null {
  // All against none leaves zero out from here on: each limit is then within 1 / sqrt 2 of its end.
  const fewest = Math.floor(Math.log(alpha / 2) / Math.log(1 - Math.SQRT1_2)) + 1;
  const minimum = { a: Math.max(0, fewest - a.n), b: Math.max(0, fewest - b.n) };
  const rate = (a.successes + b.successes + 1) / (a.n + b.n + 2);
  const z = normalQuantile(1 - alpha / 2) + normalQuantile(power);
  const each = (2 * z * z * rate * (1 - rate)) / smallest ** 2;
  const corrected = (each / 4) * (1 + Math.sqrt(1 + 4 / (each * smallest))) ** 2;
  const found = atLeast(fillUp(corrected / 2, a.n, b.n), minimum);
  if (found.a + found.b > 0) return isCountable(found) ? found : null;
  const { estimate, low, high } = difference.value ?? { estimate: 0, low: -1, high: 1 };
  const reach = Math.max(Math.abs(estimate), smallest - Math.abs(estimate));
  const growth = Math.max(1, Math.max(high - estimate, estimate - low) / reach) ** 2;
  const more = fillUp((growth * a.n * b.n) / (a.n + b.n), a.n, b.n);
  if (!isCountable(more)) return null;
  return more.a + more.b > 0 ? more : { a: 1, b: 1 };
}

const isCountable = ({ a, b }: MoreRuns): boolean => Number.isSafeInteger(a + b);
const atLeast = (x: MoreRuns, y: MoreRuns): MoreRuns => ({ a: Math.max(x.a, y.a), b: Math.max(x.b, y.b) });
