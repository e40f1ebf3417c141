import { type Known, known, missing } from './known.ts';

/** Finite values in ascending order: sorted once, shared by every figure about them. May be empty. */
export interface Sample {
  readonly n: number;
  readonly ascending: Float64Array;
}

/** Beyond this, differences and squares of valid numbers could overflow. */
const LARGEST = 1e300;

/** Copies and sorts; refuses NaN and infinities, which are the caller's to exclude and to count. */
export function sampleOf(values: Float64Array | readonly number[]): Known<Sample> {
  for (const value of values) if (!(Math.abs(value) <= LARGEST)) return missing('not_finite');
  const ascending = Float64Array.from(values).sort();
  return known({ n: ascending.length, ascending });
}

/** Natural logarithms; the order stays. Needs every value above zero. */
export function logsOf({ n, ascending }: Sample): Known<Sample> {
  if (n > 0 && at(ascending, 0) <= 0) return missing('not_positive');
  return known({ n, ascending: ascending.map(Math.log) });
}

/** The value at an index the caller knows to be inside. */
export const at = (values: Float64Array | Uint32Array, index: number): number => values[index] as number;

/** Arithmetic mean, by running update so that large values do not overflow. */
export function mean(values: Float64Array): Known<number> {
  let result = 0;
  for (let i = 0; i < values.length; i++) result += (at(values, i) - result) / (i + 1);
  return values.length === 0 ? missing('empty', 1) : known(result);
}

/** Sample standard deviation (n - 1). */
export function standardDeviation(values: Float64Array): Known<number> {
  const centre = mean(values).value;
  if (centre === null || values.length < 2) return missing(values.length === 0 ? 'empty' : 'too_few', 2);
  let widest = 0;
  for (const value of values) widest = Math.max(widest, Math.abs(value - centre));
  if (widest === 0) return known(0);
  let sum = 0;
  for (const value of values) sum += ((value - centre) / widest) ** 2;
  return known(widest * Math.sqrt(sum / (values.length - 1)));
}
