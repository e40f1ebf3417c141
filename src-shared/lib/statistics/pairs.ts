import { at, type Sample } from './sample.ts';

/** How two samples lie to each other over all n x m pairs, found in one merge. */
export interface PairCounts {
  /** Pairs with a > b. */
  readonly above: number;
  readonly equal: number;
  /** Sum of t^3 - t over the groups of t equal values in both samples together. */
  readonly ties: number;
}

/** For each value of `values` (ascending): how many of `pool` lie below it, and how many at or below it. */
export function ranksIn(values: Float64Array, pool: Float64Array): { below: Uint32Array; upTo: Uint32Array } {
  const below = new Uint32Array(values.length);
  const upTo = new Uint32Array(values.length);
  let low = 0;
  let high = 0;
  for (let i = 0; i < values.length; i++) {
    const value = at(values, i);
    while (low < pool.length && at(pool, low) < value) low++;
    while (high < pool.length && at(pool, high) <= value) high++;
    below[i] = low;
    upTo[i] = high;
  }
  return { below, upTo };
}

export function pairCounts(a: Sample, b: Sample): PairCounts {
  const { below, upTo } = ranksIn(a.ascending, b.ascending);
  let above = 0;
  let equal = 0;
  for (let i = 0; i < a.n; i++) {
    above += at(below, i);
    equal += at(upTo, i) - at(below, i);
  }
  return { above, equal, ties: tieSum(a.ascending, b.ascending) };
}

function tieSum(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const value = Math.min(i < a.length ? at(a, i) : Infinity, j < b.length ? at(b, j) : Infinity);
    const before = i + j;
    while (i < a.length && at(a, i) === value) i++;
    while (j < b.length && at(b, j) === value) j++;
    const tied = i + j - before;
    sum += tied ** 3 - tied;
  }
  return sum;
}

/**
 * The k-th smallest (from 1) of all differences a_i - b_j, without forming them: bisection on the value, each step
 * counting in O(n + m), until so few candidates are left that they can be sorted. Needs 1 <= k <= n m.
 */
export function kthDifference(a: Sample, b: Sample, k: number): number {
  const [x, y] = [a.ascending, b.ascending];
  let low = at(x, 0) - at(y, b.n - 1);
  let high = at(x, a.n - 1) - at(y, 0);
  const first = split(x, y, low);
  if (first.count >= k) return low;
  let [countLow, countHigh] = [first.count, a.n * b.n];
  while (countHigh - countLow > a.n + b.n) {
    const halfway = low + (high - low) / 2;
    const middle = halfway < high ? halfway : low;
    const { count, largestUpTo, smallestAbove } = split(x, y, middle);
    if (count >= k) {
      high = largestUpTo;
      countHigh = count;
    } else {
      // Nothing lies between the middle and the upper end: ties fill the rest.
      if (smallestAbove >= high) return high;
      low = middle;
      countLow = count;
    }
  }
  return at(differencesWithin(x, y, low, high).sort(), k - countLow - 1);
}

/** Counts the differences up to a limit, and names the two nearest to it on either side. The hot loop of the library. */
function split(x: Float64Array, y: Float64Array, limit: number) {
  let count = 0;
  let largestUpTo = -Infinity;
  let smallestAbove = Infinity;
  for (let i = 0, j = 0; i < x.length; i++) {
    const value = x[i] as number;
    while (j < y.length && value - (y[j] as number) > limit) j++;
    count += y.length - j;
    if (j < y.length) largestUpTo = Math.max(largestUpTo, value - (y[j] as number));
    if (j > 0) smallestAbove = Math.min(smallestAbove, value - (y[j - 1] as number));
  }
  return { count, largestUpTo, smallestAbove };
}

/** All differences in (low, high]. */
function differencesWithin(x: Float64Array, y: Float64Array, low: number, high: number): Float64Array {
  const found: number[] = [];
  for (let i = 0, from = 0, to = 0; i < x.length; i++) {
    const value = x[i] as number;
    while (from < y.length && value - (y[from] as number) > high) from++;
    while (to < y.length && value - (y[to] as number) > low) to++;
    for (let j = from; j < to; j++) found.push(value - (y[j] as number));
  }
  return Float64Array.from(found);
}
