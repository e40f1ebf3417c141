export type Aim = 'min' | 'max';

export interface ParetoFront {
  /** Indices of the points nothing dominates, best x first; equal points are all on it. */
  readonly front: Uint32Array;
  /** Per point: the index of a point on the front that dominates it, -1 on the front and for a point without place. */
  readonly dominatedBy: Int32Array;
  /** Indices of points with a coordinate that is not finite: neither on the front nor dominated. */
  readonly unplaced: Uint32Array;
}

/**
 * The points that no other beats: at least as good on both axes and better on one. One sort and one sweep
 * (Kung, Luccio & Preparata 1975), O(n log n).
 */
export function paretoFront(
  xs: Float64Array,
  ys: Float64Array,
  aims: { readonly x: Aim; readonly y: Aim },
): ParetoFront {
  if (xs.length !== ys.length) throw new RangeError(`${xs.length} x values for ${ys.length} y values`);
  const costs = (values: Float64Array, aim: Aim): Float64Array =>
    aim === 'min' ? values : values.map((v) => -v);
  const [x, y] = [costs(xs, aims.x), costs(ys, aims.y)];
  const cost = (values: Float64Array, index: number): number => values[index] as number;
  const isPlaced = (i: number): boolean => Number.isFinite(x[i]) && Number.isFinite(y[i]);
  const indices = Uint32Array.from(x.keys());
  const order = indices.filter(isPlaced).sort((i, j) => cost(x, i) - cost(x, j) || cost(y, i) - cost(y, j));
  const dominatedBy = new Int32Array(x.length).fill(-1);
  const front: number[] = [];
  let best: number | null = null;
  for (const i of order) {
    const beaten =
      best !== null &&
      (cost(y, best) < cost(y, i) || (cost(y, best) === cost(y, i) && cost(x, best) < cost(x, i)));
    if (best !== null && beaten) {
      dominatedBy[i] = best;
    } else {
      front.push(i);
      best = i;
    }
  }
  return {
    front: Uint32Array.from(front),
    dominatedBy,
    unplaced: indices.filter((i) => !isPlaced(i)),
  };
}
