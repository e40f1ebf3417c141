import { hodgesLehmann, runsForShift } from './hodges-lehmann.ts';
import { holm, holmMultipliers } from './holm.ts';
import { type Interval, type Known, missing, requireProbability } from './known.ts';
import { type MannWhitney, mannWhitney } from './mann-whitney.ts';
import { fillUp, type MoreRuns, moreRuns } from './power.ts';
import { median } from './quantile.ts';
import { logsOf, mean, type Sample, standardDeviation } from './sample.ts';

/** `no_difference`: none larger than the smallest difference of interest. `not_enough`: these runs cannot say. */
export type Verdict = 'better' | 'worse' | 'no_difference' | 'not_enough';

export interface VerdictOptions {
  readonly better: 'lower' | 'higher';
  /** Smallest difference of interest as a fraction: 0.05 is 5 %, read as a ratio between 1 / 1.05 and 1.05. */
  readonly smallest: number;
  readonly alpha?: number;
  /** Power at which `more` is reckoned. */
  readonly power?: number;
}

export interface VerdictResult {
  /** About a, seen from the baseline b. */
  readonly verdict: Verdict;
  readonly n: { readonly a: number; readonly b: number };
  /** Hodges-Lehmann ratio a / b (a shift of logarithms); only for values above zero. */
  readonly ratio: Known<Interval>;
  /** Hodges-Lehmann shift a - b in the values' unit. */
  readonly shift: Known<Interval>;
  /** Mann-Whitney, two-sided; null when a group is empty. `adjusted` is for all comparisons of the family. */
  readonly p: number | null;
  readonly adjustedP: number | null;
  /**
   * Better or worse although the typical difference is smaller than that of interest: the groups are mixtures, and one has
   * more of the slow runs (or the fast ones).
   */
  readonly isTypicallyAlike: boolean;
  /** With `not_enough`: about how many runs each group still needs; null where that cannot be reckoned. */
  readonly more: (MoreRuns & { readonly basis: MoreBasis }) | null;
}

/**
 * What `more` rests on: `power`, to find a difference of the smallest size at the spread seen so far; `precision`, until
 * the interval, its effect unchanged, is on one side; `minimum`, the fewest runs with which any claim is possible.
 */
export type MoreBasis = 'power' | 'precision' | 'minimum';

const ALPHA = 0.05;

export interface Pair {
  readonly a: Sample;
  readonly b: Sample;
}

/** One comparison out of `comparisons` (Bonferroni: alpha is divided by their number). */
export function verdict({ a, b }: Pair, options: VerdictOptions, comparisons = 1): VerdictResult {
  if (!(comparisons >= 1)) throw new RangeError(`${comparisons} comparisons`);
  const test = mannWhitney(a, b).value;
  return judge({ a, b }, options, test, comparisons, Math.min(1, (test?.p ?? 1) * comparisons));
}

/**
 * A family of comparisons with Holm's correction. Each interval has the level at which Holm held its own test, so
 * interval and verdict agree; pairs with an empty group are no test and cost the others nothing.
 */
export function verdicts(pairs: readonly Pair[], options: VerdictOptions): readonly VerdictResult[] {
  return [...eachVerdict(pairs, options)];
}

/** The same one by one, so that a caller can do other work in between: the tests at once, the intervals as asked for. */
export function* eachVerdict(
  pairs: readonly Pair[],
  options: VerdictOptions,
): Generator<VerdictResult, void, undefined> {
  const tests = pairs.map(({ a, b }) => mannWhitney(a, b).value);
  const tested = [...tests.keys()].filter((index) => tests[index] !== null);
  const p = tested.map((index) => tests[index]?.p ?? 1);
  const adjusted = new Map(holm(p).map((value, i) => [tested[i], value]));
  const shares = holmMultipliers(p, options.alpha ?? ALPHA);
  const multipliers = new Map(shares.map((value, i) => [tested[i], value]));
  for (const [i, pair] of pairs.entries())
    yield judge(pair, options, tests[i] ?? null, multipliers.get(i) ?? 1, adjusted.get(i) ?? 1);
}

function judge(
  { a, b }: Pair,
  options: VerdictOptions,
  test: MannWhitney | null,
  multiplier: number,
  adjustedP: number,
): VerdictResult {
  const { alpha = ALPHA, smallest, better } = options;
  requireProbability('alpha', alpha);
  if (!(smallest > 0 && smallest < Infinity)) throw new RangeError(`smallest difference ${smallest}`);
  const level = 1 - alpha / multiplier;
  const shift = hodgesLehmann(a, b, level);
  const logs = logShift({ a, b }, level);
  // On the scale of the decision: logarithms where there are any, else the unit with x % of the smaller median, so that
  // it holds from either side.
  const effect = logs.reason === 'not_positive' ? shift : logs;
  const margin = effect === logs ? Math.log1p(smallest) : smallest * smallerMedian(a, b);
  const base = {
    n: { a: a.n, b: b.n },
    ratio: ratioOf(logs),
    shift,
    p: test?.p ?? null,
    adjustedP: test && adjustedP,
    isTypicallyAlike: false,
  };
  if (test !== null && effect.value !== null) {
    const isLower = test.u < (a.n * b.n) / 2;
    const isWithin = effect.value.low >= -margin && effect.value.high <= margin;
    const isFound = adjustedP < alpha;
    const isMixture = isWithin && isFound && (isLower ? -1 : 1) * meanDifference({ a, b }) > margin;
    if (isWithin && !isMixture) return { ...base, verdict: 'no_difference', more: null };
    if (isFound) {
      const word = isLower === (better === 'lower') ? 'better' : 'worse';
      return { ...base, verdict: word, isTypicallyAlike: isMixture, more: null };
    }
  }
  return { ...base, verdict: 'not_enough', more: stillNeeded({ a, b }, options, effect, margin, level) };
}

const smallerMedian = (a: Sample, b: Sample): number =>
  Math.min(Math.abs(median(a).value ?? 0), Math.abs(median(b).value ?? 0));

/** On the scale of the decision. */
function meanDifference({ a, b }: Pair): number {
  const [x, y] = [logsOf(a).value, logsOf(b).value];
  const [of, against] = x === null || y === null ? [a, b] : [x, y];
  return (mean(of.ascending).value ?? 0) - (mean(against.ascending).value ?? 0);
}

function logShift({ a, b }: Pair, level: number): Known<Interval> {
  const [x, y] = [logsOf(a), logsOf(b)];
  if (x.value === null || y.value === null) return missing('not_positive');
  return hodgesLehmann(x.value, y.value, level);
}

function ratioOf(logs: Known<Interval>): Known<Interval> {
  if (logs.value === null) return logs;
  const { estimate, low, high, level } = logs.value;
  const value = { estimate: Math.exp(estimate), low: Math.exp(low), high: Math.exp(high), level };
  return { ...logs, value };
}

function stillNeeded(
  { a, b }: Pair,
  { smallest, power = 0.8 }: VerdictOptions,
  effect: Known<Interval>,
  margin: number,
  level: number,
): VerdictResult['more'] {
  const fewest = runsForShift(level);
  const minimum = { a: Math.max(0, fewest - a.n), b: Math.max(0, fewest - b.n) };
  const logSd = pooledLogSd(a, b);
  // A difference that a number cannot hold beside 1 is found by no number of runs.
  if (1 + smallest === 1) return null;
  if (logSd !== null) {
    const found = moreRuns({ ratio: 1 + smallest, logSd, alpha: 1 - level }, a.n, b.n, power);
    const more = { a: Math.max(found.a, minimum.a), b: Math.max(found.b, minimum.b) };
    if (!Number.isSafeInteger(more.a + more.b)) return null;
    if (more.a + more.b > minimum.a + minimum.b) return { ...more, basis: 'power' };
  }
  if (effect.value === null) {
    const none = minimum.a + minimum.b === 0;
    return { a: none ? 1 : minimum.a, b: none ? 1 : minimum.b, basis: 'minimum' };
  }
  if (margin === 0) return null;
  const { estimate, low, high } = effect.value;
  const reach = Math.max(Math.abs(estimate), margin - Math.abs(estimate));
  // Widths shrink with the root of the effective size; at least one more run, or the verdict would be there.
  const growth = Math.max(1, Math.max(high - estimate, estimate - low) / reach) ** 2;
  const more = fillUp((growth * a.n * b.n) / (a.n + b.n), a.n, b.n);
  if (!Number.isSafeInteger(more.a + more.b)) return null;
  return more.a + more.b > 0 ? { ...more, basis: 'precision' } : { a: 1, b: 1, basis: 'precision' };
}

/** Standard deviation of the logarithms within the groups; null for values at or below zero or too few of them. */
function pooledLogSd(a: Sample, b: Sample): number | null {
  let squares = 0;
  let freedom = 0;
  for (const sample of [a, b]) {
    const logs = logsOf(sample).value;
    if (logs === null) return null;
    const sd = standardDeviation(logs.ascending).value;
    if (sd === null) continue;
    squares += sd * sd * (sample.n - 1);
    freedom += sample.n - 1;
  }
  return freedom === 0 ? null : Math.sqrt(squares / freedom);
}
