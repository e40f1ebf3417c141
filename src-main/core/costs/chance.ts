import { normalCdf, normalQuantile } from '#shared/lib/statistics/normal.ts';
import type { CostInterval } from '#shared/model/estimate.ts';
import type { Usd } from '#shared/model/units.ts';

interface Point {
  /** As a normal deviate: the ends of the 80 % interval lie at -1.28 and 1.28. */
  readonly z: number;
  readonly usd: Usd;
}

/**
 * Probability that a cost is above `usd`, from the intervals of its estimate. Their ends are quantiles; between two of
 * them log(cost) is taken as linear in the normal deviate, and beyond the outermost it goes on as steeply as before,
 * so that a log-normal cost has its exact probability everywhere. Null where nothing is known.
 */
export function chanceOver(intervals: readonly CostInterval[], usd: Usd): number | null {
  const points = pointsOf(intervals);
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined || !Number.isFinite(usd)) return null;
  if (last.usd <= 0) return usd < 0 ? 1 : 0;
  if (usd <= 0) return 1;
  const dearer = points.findIndex((point) => point.usd > usd);
  const at = dearer === -1 ? points.length - 2 : Math.max(0, dearer - 1);
  return chanceBy(points[at] ?? first, points[at + 1] ?? last, usd);
}

/** Ends of all intervals, cheapest first; none where one of them is unknown. */
function pointsOf(intervals: readonly CostInterval[]): readonly Point[] {
  const points = intervals.flatMap(({ coverage, low_usd, high_usd }): Point[] => {
    const z = normalQuantile((1 + coverage) / 2);
    return [
      { z: -z, usd: low_usd },
      { z, usd: high_usd },
    ];
  });
  const isKnown = points.every(({ z, usd }) => Number.isFinite(z) && Number.isFinite(usd) && usd >= 0);
  return isKnown ? points.toSorted((a, b) => a.z - b.z) : [];
}

function chanceBy(low: Point, high: Point, usd: Usd): number {
  const width = Math.log(high.usd) - Math.log(low.usd);
  // No slope to go on with: the cost is that amount.
  if (width === 0) return usd >= high.usd ? 0 : 1;
  // From nothing, no logarithm leads anywhere: the most that is left.
  if (!Number.isFinite(width)) return normalCdf(-low.z);
  const z = low.z + ((Math.log(usd) - Math.log(low.usd)) / width) * (high.z - low.z);
  return normalCdf(-z);
}
