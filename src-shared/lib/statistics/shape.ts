import { type Known, known, missing } from './known.ts';
import { quantile } from './quantile.ts';
import { at, type Sample } from './sample.ts';

/** A step function: from x[i] on, the share of values at or below is y[i]. */
export interface Ecdf {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/**
 * Empirical distribution at its distinct values; more than `maxPoints` (at least 2) are thinned evenly by rank, the
 * smallest and the largest always kept, so that no drawn share is off by more than 1 / (maxPoints - 1).
 */
export function ecdf({ n, ascending }: Sample, maxPoints = 1000): Known<Ecdf> {
  if (!(maxPoints >= 2)) throw new RangeError(`an ECDF needs at least 2 points, got ${maxPoints}`);
  if (n === 0) return missing('empty', 1);
  const x: number[] = [];
  const y: number[] = [];
  // The last index of each run of equal values: there the step is complete.
  const ends: number[] = [];
  for (let i = 0; i < n; i++) if (i === n - 1 || at(ascending, i) !== at(ascending, i + 1)) ends.push(i);
  let bucket = -1;
  for (const end of ends) {
    const own = Math.floor(((end + 1) * (maxPoints - 1)) / n);
    if (ends.length > maxPoints && own === bucket) continue;
    bucket = own;
    x.push(at(ascending, end));
    y.push((end + 1) / n);
  }
  return known({ x: Float64Array.from(x), y: Float64Array.from(y) });
}

/** What a box plot draws. */
export interface Box {
  readonly n: number;
  readonly min: number;
  readonly whiskerLow: number;
  readonly q1: number;
  readonly median: number;
  readonly q3: number;
  readonly whiskerHigh: number;
  readonly max: number;
  /** Values beyond the fences, ascending. */
  readonly outliers: Float64Array;
}

/** Box by type 7 quartiles; whiskers end at the outermost values within 1.5 IQR of it (Tukey 1977). */
export function box(sample: Sample): Known<Box> {
  const { n, ascending } = sample;
  const [q1, middle, q3] = [0.25, 0.5, 0.75].map((p) => quantile(sample, p).value ?? null);
  if (q1 == null || middle == null || q3 == null) return missing('empty', 1);
  const reach = 1.5 * (q3 - q1);
  const inside = ascending.findIndex((value) => value >= q1 - reach);
  const last = ascending.findLastIndex((value) => value <= q3 + reach);
  const outliers = [...ascending.subarray(0, inside), ...ascending.subarray(last + 1)];
  return known({
    n,
    min: at(ascending, 0),
    whiskerLow: at(ascending, inside),
    q1,
    median: middle,
    q3,
    whiskerHigh: at(ascending, last),
    max: at(ascending, n - 1),
    outliers: Float64Array.from(outliers),
  });
}
