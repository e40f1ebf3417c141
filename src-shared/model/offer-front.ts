import { formatDuration, formatUsd } from '#shared/lib/format.ts';
import { figureText, numberOf, type OfferFieldKey, offerField, probabilityText } from './offer-fields.ts';
import type { PricedOffer } from './offers.ts';

/** What a view draws; reliability counts beside both. x is the one that is paid. */
export interface FrontAxes {
  readonly x: OfferFieldKey;
  readonly y: OfferFieldKey;
}

/** What offers are judged by unless somebody looks at others. */
export const JOB_AXES: FrontAxes = { x: 'usd_per_job', y: 'seconds_per_job' };

export interface OfferFront {
  /** Indices of the offers that nothing beats, best x first; equal ones are all on it. */
  readonly front: Uint32Array;
  /** Per offer: the index of the one of the front that dominates it, -1 where none does or where it has no place. */
  readonly dominatedBy: Int32Array;
}

/** What was asked for, is not blocked, and the model fits. */
export const isEligible = ({ violations, blocked, fit, models }: PricedOffer): boolean =>
  violations.length === 0 && blocked === null && (fit === null ? models.length > 0 : fit.fits);

/** Values in which less is better; NaN: unknown, or not to be chosen. */
function costs(offers: readonly PricedOffer[], eligible: Uint8Array, key: OfferFieldKey): Float64Array {
  const sign = offerField(key).better === 'less' ? 1 : -1;
  const found = new Float64Array(offers.length).fill(Number.NaN);
  for (let i = 0; i < offers.length; i++) {
    if (eligible[i] === 0) continue;
    const value = numberOf(offers[i] as PricedOffer, key);
    // Zeros of both signs are one value, and sorting tells them apart.
    if (value !== null) found[i] = sign * value || 0;
  }
  return found;
}

function eligibleOf(offers: readonly PricedOffer[]): Uint8Array {
  const found = new Uint8Array(offers.length);
  for (let i = 0; i < offers.length; i++) found[i] = isEligible(offers[i] as PricedOffer) ? 1 : 0;
  return found;
}

type Columns = readonly [x: Float64Array, y: Float64Array, z: Float64Array];
const at = (values: Float64Array, i: number): number => values[i] as number;

/** Those that no other beats in x, y and reliability. */
export function offerFront(offers: readonly PricedOffer[], axes: FrontAxes): OfferFront {
  const eligible = eligibleOf(offers);
  const columns: Columns = [
    costs(offers, eligible, axes.x),
    costs(offers, eligible, axes.y),
    costs(offers, eligible, 'reliability'),
  ];
  const placed = placedIn(columns);
  const front = frontOf(columns, placed);
  return { front, dominatedBy: dominators(columns, placed, front) };
}

/** The front of the two axes alone, best x first: what a line is drawn through. */
export function frontLine(offers: readonly PricedOffer[], axes: FrontAxes): Uint32Array {
  const eligible = eligibleOf(offers);
  const columns: Columns = [
    costs(offers, eligible, axes.x),
    costs(offers, eligible, axes.y),
    new Float64Array(offers.length),
  ];
  return frontOf(columns, placedIn(columns));
}

function placedIn([x, y, z]: Columns): Uint32Array {
  const found = new Uint32Array(x.length);
  let n = 0;
  for (let i = 0; i < x.length; i++) if (!Number.isNaN(at(x, i) + at(y, i) + at(z, i))) found[n++] = i;
  return found.subarray(0, n);
}

/**
 * After one sort by x, a point is beaten exactly if an earlier one is as good in the other two: of these, the staircase
 * of the best is kept (Kung, Luccio & Preparata 1975).
 */
function frontOf(columns: Columns, placed: Uint32Array): Uint32Array {
  const [x, y, z] = columns;
  // Ascending in y, and so descending in z.
  const stairs: number[] = [];
  const front: number[] = [];
  for (const i of ordered(columns, placed)) {
    // The first step that is worse in y; what is as good in y and best in z stands before it.
    let [low, high] = [0, stairs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (at(y, stairs[middle] as number) <= at(y, i)) low = middle + 1;
      else high = middle;
    }
    const before = low === 0 ? undefined : stairs[low - 1];
    if (before !== undefined && at(z, before) <= at(z, i)) {
      // Who is equal to one of the front is on it: equals follow each other.
      const last = front.at(-1);
      if (
        last !== undefined &&
        at(x, last) === at(x, i) &&
        at(y, last) === at(y, i) &&
        at(z, last) === at(z, i)
      )
        front.push(i);
      continue;
    }
    front.push(i);
    const from = before !== undefined && at(y, before) === at(y, i) ? low - 1 : low;
    let until = from;
    while (until < stairs.length && at(z, stairs[until] as number) >= at(z, i)) until++;
    stairs.splice(from, until - from, i);
  }
  return Uint32Array.from(front);
}

/**
 * By x, then y, then z. Sorting numbers natively is ten times as quick as asking a function for each pair: so x in fine
 * steps and the place are packed into one number, and only what shares a step is compared.
 */
function ordered([x, y, z]: Columns, placed: Uint32Array): Uint32Array {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const i of placed) {
    low = Math.min(low, at(x, i));
    high = Math.max(high, at(x, i));
  }
  const size = 2 ** Math.ceil(Math.log2(placed.length + 1));
  const scale = high > low ? (MOST_EXACT / size - 1) / (high - low) : 0;
  const keys = new Float64Array(placed.length);
  for (let k = 0; k < keys.length; k++)
    keys[k] = Math.floor((at(x, placed[k] as number) - low) * scale) * size + k;
  keys.sort();
  const order = new Uint32Array(keys.length);
  const steps = new Float64Array(keys.length);
  for (let k = 0; k < keys.length; k++) {
    const step = Math.floor(at(keys, k) / size);
    steps[k] = step;
    order[k] = placed[at(keys, k) - step * size] as number;
  }
  for (let from = 0; from < order.length; ) {
    let until = from + 1;
    while (until < order.length && steps[until] === steps[from]) until++;
    if (until - from > 1)
      order
        .subarray(from, until)
        .sort((i, j) => at(x, i) - at(x, j) || at(y, i) - at(y, j) || at(z, i) - at(z, j));
    from = until;
  }
  return order;
}
/** Whole numbers below it are exact, and so are their halves. */
const MOST_EXACT = 2 ** 52;

/** For each that is not on the front the first of it that beats it: the front begins with the best x. */
function dominators([x, y, z]: Columns, placed: Uint32Array, front: Uint32Array): Int32Array {
  const found = new Int32Array(x.length).fill(-1);
  const best = new Uint8Array(x.length);
  for (const i of front) best[i] = 1;
  const [fy, fz] = [Float64Array.from(front, (i) => at(y, i)), Float64Array.from(front, (i) => at(z, i))];
  // No earlier one than where the best so far is as good can be it.
  const [bestY, bestZ] = [bestSoFar(fy), bestSoFar(fz)];
  for (const i of placed) {
    if (best[i] === 1) continue;
    const [yi, zi] = [at(y, i), at(z, i)];
    let k = Math.max(firstAtMost(bestY, yi), firstAtMost(bestZ, zi));
    while (at(fy, k) > yi || at(fz, k) > zi) k++;
    found[i] = front[k] as number;
  }
  return found;
}

function bestSoFar(values: Float64Array): Float64Array {
  let best = Number.POSITIVE_INFINITY;
  return values.map((value) => {
    best = Math.min(best, value);
    return best;
  });
}

/** Index of the first that is at most `limit`, of values that never rise. */
function firstAtMost(falling: Float64Array, limit: number): number {
  let [low, high] = [0, falling.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(falling, middle) <= limit) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Why `better` dominates `offer`, with figures: "$0.12 less per job, 40 s sooner, as reliable (0.998)". */
export function becauseOf(offer: PricedOffer, better: PricedOffer, axes: FrontAxes): string {
  const keys = [...new Set<OfferFieldKey>([axes.x, axes.y, 'reliability'])];
  return keys.map((key) => comparedBy(key, numberOf(offer, key), numberOf(better, key))).join(', ');
}

function comparedBy(key: OfferFieldKey, value: number | null, better: number | null): string {
  const { title, unit, kind } = offerField(key);
  if (value === null || better === null) return `${title} unknown`;
  const by = Math.abs(value - better);
  if (key === 'reliability') {
    if (by === 0) return `as reliable (${probabilityText(better)})`;
    const decimals = value.toFixed(3) === better.toFixed(3) ? 5 : 3;
    return `more reliable (${probabilityText(better, decimals)} against ${probabilityText(value, decimals)})`;
  }
  if (key === 'usd_per_job')
    return by === 0 ? `as cheap (${formatUsd(better)} per job)` : `${formatUsd(by)} less per job`;
  if (key === 'seconds_per_job')
    return by === 0 ? `as soon (${formatDuration(better * 1000)})` : `${formatDuration(by * 1000)} sooner`;
  if (key === 'dph_total')
    return by === 0 ? `as cheap (${formatUsd(better)} per hour)` : `${formatUsd(by)} less per hour`;
  const withUnit = (text: string): string => (unit === '' ? text : `${text} ${unit}`);
  const name = /^[A-Z][a-z]/.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title;
  if (by === 0) return `same ${name} (${withUnit(figureText(kind, better))})`;
  return `${withUnit(figureText(kind, by))} ${better < value ? 'less' : 'more'} ${name}`;
}
