import { formatDuration, formatUsd } from '#shared/lib/format.ts';
import { paretoFront } from '#shared/lib/pareto.ts';
import { figureText, numberOf, type OfferFieldKey, offerField } from './offer-fields.ts';
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

const lessIsBetter = (key: OfferFieldKey): boolean => offerField(key).better === 'less';

/** Values in which less is better; NaN: unknown, or not to be chosen. */
function costs(offers: readonly PricedOffer[], key: OfferFieldKey): Float64Array {
  const sign = lessIsBetter(key) ? 1 : -1;
  const found = new Float64Array(offers.length);
  for (const [i, offer] of offers.entries()) {
    const value = isEligible(offer) ? numberOf(offer, key) : null;
    // Zeros of both signs are one value, and sorting tells them apart.
    found[i] = value === null ? Number.NaN : sign * value || 0;
  }
  return found;
}

/**
 * Those that no other beats in x, y and reliability. After one sort by x, a point is beaten exactly if an earlier one is
 * as good in the other two: of these, the staircase of the best is kept (Kung, Luccio & Preparata 1975).
 */
export function offerFront(offers: readonly PricedOffer[], axes: FrontAxes): OfferFront {
  const [x, y, z] = [costs(offers, axes.x), costs(offers, axes.y), costs(offers, 'reliability')];
  const at = (values: Float64Array, i: number): number => values[i] as number;
  const order = Uint32Array.from(offers.keys())
    .filter((i) => !Number.isNaN(at(x, i) + at(y, i) + at(z, i)))
    .sort((i, j) => at(x, i) - at(x, j) || at(y, i) - at(y, j) || at(z, i) - at(z, j));
  const same = (i: number, j: number): boolean =>
    at(x, i) === at(x, j) && at(y, i) === at(y, j) && at(z, i) === at(z, j);

  // Ascending in y, and so descending in z.
  const stairs: number[] = [];
  const front: number[] = [];
  const beaten: number[] = [];
  for (const i of order) {
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
      if (last !== undefined && same(last, i)) front.push(i);
      else beaten.push(i);
      continue;
    }
    front.push(i);
    const from = before !== undefined && at(y, before) === at(y, i) ? low - 1 : low;
    let until = from;
    while (until < stairs.length && at(z, stairs[until] as number) >= at(z, i)) until++;
    stairs.splice(from, until - from, i);
  }

  const dominatedBy = new Int32Array(offers.length).fill(-1);
  const [fy, fz] = [Float64Array.from(front, (i) => at(y, i)), Float64Array.from(front, (i) => at(z, i))];
  for (const i of beaten) {
    const [yi, zi] = [at(y, i), at(z, i)];
    let k = 0;
    while (at(fy, k) > yi || at(fz, k) > zi) k++;
    dominatedBy[i] = front[k] as number;
  }
  return { front: Uint32Array.from(front), dominatedBy };
}

/** The front of the two axes alone, best x first: what a line is drawn through. */
export const frontLine = (offers: readonly PricedOffer[], axes: FrontAxes): Uint32Array =>
  paretoFront(costs(offers, axes.x), costs(offers, axes.y), { x: 'min', y: 'min' }).front;

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
    if (by === 0) return `as reliable (${better.toFixed(3)})`;
    const digits = value.toFixed(3) === better.toFixed(3) ? 5 : 3;
    return `more reliable (${better.toFixed(digits)} against ${value.toFixed(digits)})`;
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
