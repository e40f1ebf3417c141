import { normals, seeded } from '../random.ts';
import type { Known } from './known.ts';
import { type Sample, sampleOf } from './sample.ts';

/** For tests: the figure, or a failure that names why there is none. */
export function need<T>(result: Known<T>): T {
  if (result.value === null) throw new Error(`no figure: ${result.reason}`);
  return result.value;
}

/** For tests: a sample of values that are known to be good. */
export const sample = (values: Iterable<number>): Sample => need(sampleOf(Float64Array.from(values)));

/** For tests: seeded log-normal durations; `draw(n, median)`. */
export function logNormal(seed: number, logSd = 0.35): (n: number, median?: number) => Sample {
  const next = normals(seeded(seed));
  return (n, median = 100) => sample(Array.from({ length: n }, () => median * Math.exp(logSd * next())));
}
