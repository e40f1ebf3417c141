import { formatDuration, formatUsd } from '#shared/lib/format.ts';
import {
  fieldText,
  fieldValue,
  figureText,
  isNumeric,
  numberOf,
  OFFER_FIELDS,
  type OfferFieldKey,
  offerField,
} from '#shared/model/offer-fields.ts';
import type { FrontAxes } from '#shared/model/offer-front.ts';
import type { PricedOffer, Spread } from '#shared/model/offers.ts';
import type { ChartTable } from './chart-table.ts';
import { domainOf, type Scale, scaleOf, spansMuch } from './scale.ts';
import type { Shape } from './series.ts';
import type { ChartUnit } from './units.ts';

/** Where an offer stands among those that were asked for; `out` is none of them. */
export type Standing = 'front' | 'dominated' | 'out';

export interface OfferPoint {
  readonly offer: PricedOffer;
  readonly standing: Standing;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly alpha: number;
  readonly shape: Shape;
}
export interface OfferPlot {
  /** In the order in which they are painted: what matters most is on top. */
  readonly points: readonly OfferPoint[];
  readonly byId: ReadonlyMap<number, OfferPoint>;
  readonly x: Scale;
  readonly y: Scale;
  /** Offers that an axis has no value for. */
  readonly unplaced: number;
  /** A log scale would show more, on either axis. */
  readonly spansMuch: boolean;
}

export const OFFERS_MARGIN = { left: 66, right: 20, top: 40, bottom: 42 } as const;

const UNITS: Partial<Record<OfferFieldKey, { readonly unit: ChartUnit; readonly factor: number }>> = {
  usd_per_job: { unit: 'usd', factor: 1 },
  dph_total: { unit: 'usd', factor: 1 },
  seconds_per_job: { unit: 'ms', factor: 1000 },
};
export const axisUnit = (key: OfferFieldKey): ChartUnit => UNITS[key]?.unit ?? 'count';
const factorOf = (key: OfferFieldKey): number => UNITS[key]?.factor ?? 1;

const AXIS_TITLES: Partial<Record<OfferFieldKey, string>> = {
  usd_per_job: '$ per finished job, median',
  dph_total: '$ per hour, storage included',
  seconds_per_job: 'time to done, median',
  dlperf: 'DLPerf',
  gpu_mem_bw: 'memory bandwidth of a GPU, GB/s',
};
export const axisTitle = (key: OfferFieldKey): string => AXIS_TITLES[key] ?? offerField(key).title;

/** A field's value in the unit of its axis. */
export function axisValue(offer: PricedOffer, key: OfferFieldKey): number | null {
  const value = numberOf(offer, key);
  return value === null ? null : value * factorOf(key);
}

/** The 80 % interval where the axis shows a median of one. */
export function axisSpread(offer: PricedOffer, key: OfferFieldKey): Spread | null {
  const spread =
    key === 'usd_per_job' ? offer.usd_per_job : key === 'seconds_per_job' ? offer.seconds_per_job : null;
  const factor = factorOf(key);
  return spread && { p10: spread.p10 * factor, p50: spread.p50 * factor, p90: spread.p90 * factor };
}

const LEAST_RADIUS = 2.6;
const MOST_RADIUS = 7;
/** Beyond this much, more VRAM makes no larger mark. */
const FULL_HEADROOM_MB = 160_000;

/** By area, so that twice the headroom is twice the ink. */
const radiusOf = ({ fit }: PricedOffer): number =>
  LEAST_RADIUS +
  (MOST_RADIUS - LEAST_RADIUS) *
    Math.sqrt(Math.min(1, Math.max(0, (fit?.headroom_mb ?? 0) / FULL_HEADROOM_MB)));

/** By nines: 0.9, 0.99 and 0.999 are as far apart as they are for who rents. */
export function alphaOf(reliability: number | null): number {
  if (reliability === null) return 0.35;
  const nines = -Math.log10(Math.max(1e-4, 1 - reliability));
  return Math.min(0.95, Math.max(0.35, 0.35 + 0.2 * (nines - 0.5)));
}

export const shapeOf = ({ verification }: Pick<PricedOffer, 'verification'>): Shape =>
  verification === 'verified' ? 'circle' : verification === 'unverified' ? 'triangle' : 'cross';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const CLOCK: readonly number[] = [
  10_000,
  20_000,
  30_000,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  20 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  24 * HOUR,
  48 * HOUR,
  120 * HOUR,
  240 * HOUR,
];

/** On a logarithmic axis of time, whole minutes and hours where powers of ten are neither. */
function clockTicks({ domain: [low, high], ticks }: Scale, count: number): readonly number[] {
  const found = CLOCK.filter((tick) => tick >= low && tick <= high);
  if (found.length < 2) return ticks;
  const every = Math.ceil(found.length / Math.max(2, count));
  return found.filter((_, i) => i % every === 0);
}

/** Every offer at its pixels. Scales are those of what was asked for: what was left out may lie beyond them. */
export function plotOffers(of: {
  readonly shown: readonly PricedOffer[];
  readonly out: readonly PricedOffer[];
  readonly isFront: (offer: PricedOffer) => boolean;
  readonly axes: FrontAxes;
  /** Null: where the values span enough. */
  readonly log: boolean | null;
  readonly width: number;
  readonly height: number;
}): OfferPlot {
  const { shown, out, axes, width, height } = of;
  const { left, right, top, bottom } = OFFERS_MARGIN;
  const count = shown.length;
  const all = out.length === 0 ? shown : [...shown, ...out];
  const valuesOf = (key: OfferFieldKey): readonly (number | null)[] =>
    all.map((offer) => axisValue(offer, key));
  const [xs, ys] = [valuesOf(axes.x), valuesOf(axes.y)];
  let much = false;
  const scaleFor = (
    key: OfferFieldKey,
    values: readonly (number | null)[],
    range: readonly [number, number],
    ticks: number,
  ): Scale => {
    const base = count > 0 && count < all.length ? values.slice(0, count) : values;
    const isMuch = spansMuch(base);
    much ||= isMuch;
    const log = isMuch && (of.log ?? true);
    const scale = scaleOf(domainOf(base, log), range, { log, unit: axisUnit(key), count: ticks });
    return log && axisUnit(key) === 'ms' ? { ...scale, ticks: clockTicks(scale, ticks) } : scale;
  };
  const x = scaleFor(axes.x, xs, [left, width - right], Math.max(3, Math.min(9, width / 110)));
  const y = scaleFor(axes.y, ys, [height - bottom, top], Math.max(3, Math.min(7, height / 50)));
  const placed: Readonly<Record<Standing, OfferPoint[]>> = { out: [], dominated: [], front: [] };
  let unplaced = 0;
  for (const [i, offer] of all.entries()) {
    const standing: Standing = i >= count ? 'out' : of.isFront(offer) ? 'front' : 'dominated';
    const [vx, vy] = [xs[i] ?? null, ys[i] ?? null];
    if (vx === null || vy === null || (x.log && vx <= 0) || (y.log && vy <= 0)) {
      if (standing !== 'out') unplaced++;
      continue;
    }
    const [px, py] = [x.at(vx), y.at(vy)];
    if (px < left - 1 || px > width - right + 1 || py < top - 1 || py > height - bottom + 1) continue;
    placed[standing].push({
      offer,
      standing,
      x: px,
      y: py,
      radius: radiusOf(offer),
      alpha: alphaOf(offer.reliability),
      shape: shapeOf(offer),
    });
  }
  const points = [...placed.out, ...placed.dominated, ...placed.front];
  const byId = new Map(points.map((point) => [point.offer.id, point]));
  return { points, byId, x, y, unplaced, spansMuch: much };
}

/** The value at a pixel; beyond the ends it is the end's. */
export function valueAt(scale: Scale, px: number): number {
  const [low, high] = scale.domain;
  const [from, to] = [scale.at(low), scale.at(high)];
  const share = Math.min(1, Math.max(0, (px - from) / (to - from || 1)));
  return scale.log ? low * (high / low) ** share : low + (high - low) * share;
}

/** The point under the pointer: the nearest, what is on the front before what is not. */
export function offerNear(points: readonly OfferPoint[], x: number, y: number): OfferPoint | null {
  const REACH = 8;
  let best: OfferPoint | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const point of points) {
    const gap = Math.hypot(point.x - x, point.y - y);
    if (gap > REACH + point.radius - LEAST_RADIUS) continue;
    const far = gap - (point.standing === 'front' ? 4 : 0);
    if (far > least) continue;
    least = far;
    best = point;
  }
  return best;
}

/** Whether an offer lies in a brushed rectangle; one without a place lies in none. */
export function isWithin(
  offer: PricedOffer,
  axes: FrontAxes,
  brush: { readonly x: readonly [number, number]; readonly y: readonly [number, number] },
): boolean {
  const [x, y] = [axisValue(offer, axes.x), axisValue(offer, axes.y)];
  return x !== null && y !== null && x >= brush.x[0] && x <= brush.x[1] && y >= brush.y[0] && y <= brush.y[1];
}

/** `$0.12 (p10 $0.08, p90 $0.20)`: an interval wherever there is a summary. */
export function spreadText(spread: Spread | null, kind: 'usd' | 'seconds'): string {
  const text = (value: number): string => figureText(kind, value);
  return spread === null
    ? figureText(kind, null)
    : `${text(spread.p50)} (${text(spread.p10)} to ${text(spread.p90)})`;
}

/** Every field of every offer, with exact figures; read only when it is shown or saved, for a market's rows are many. */
export function offersTable(
  offers: readonly PricedOffer[],
  standingOf: (offer: PricedOffer) => string,
): ChartTable {
  const first: readonly OfferFieldKey[] = ['id', 'gpu_name', 'num_gpus', 'usd_per_job', 'seconds_per_job'];
  const rest = OFFER_FIELDS.filter(({ key }) => !first.includes(key));
  const fields = [...first.map(offerField), ...rest];
  const cell = (offer: PricedOffer, key: OfferFieldKey): string | number | null => {
    const value = fieldValue(offer, key);
    return typeof value === 'boolean' ? (value ? 'yes' : 'no') : value;
  };
  return {
    columns: [
      { id: 'standing', title: 'Front' },
      ...fields.map((field) => ({
        id: field.key,
        title: field.unit === '' ? field.title : `${field.title}, ${field.unit}`,
        ...(isNumeric(field) ? { format: (value: number) => figureText(field.kind, value) } : {}),
      })),
      { id: 'usd_per_job_p10', title: '$ per job, p10', format: formatUsd },
      { id: 'usd_per_job_p90', title: '$ per job, p90', format: formatUsd },
      { id: 'seconds_per_job_p10', title: 'Time, p10', format: (s: number) => formatDuration(s * 1000) },
      { id: 'seconds_per_job_p90', title: 'Time, p90', format: (s: number) => formatDuration(s * 1000) },
      { id: 'model', title: 'Model' },
    ],
    get rows() {
      return offers.map((offer) => [
        standingOf(offer),
        ...fields.map(({ key }) => cell(offer, key)),
        offer.usd_per_job?.p10 ?? null,
        offer.usd_per_job?.p90 ?? null,
        offer.seconds_per_job?.p10 ?? null,
        offer.seconds_per_job?.p90 ?? null,
        offer.fit?.model ?? null,
      ]);
    },
  };
}

/** `2 × RTX 4090`. */
export const machineName = ({ num_gpus, gpu_name }: PricedOffer): string =>
  num_gpus === 1 ? gpu_name : `${num_gpus} × ${gpu_name}`;

/** What a tip says of an offer, in rows. */
export function tipRows(offer: PricedOffer): readonly (readonly [title: string, text: string])[] {
  return [
    ['$ per job', spreadText(offer.usd_per_job, 'usd')],
    ['time to done', spreadText(offer.seconds_per_job, 'seconds')],
    ['price', fieldText(offer, 'dph_total')],
    ['GPU memory', fieldText(offer, 'gpu_total_ram')],
    ['headroom', fieldText(offer, 'headroom_mb')],
    ['reliability', fieldText(offer, 'reliability')],
    ['DLPerf', fieldText(offer, 'dlperf')],
  ];
}

/** A, B, C, D: the same in the chart, the table and the comparison. */
export const pinName = (at: number): string => 'ABCD'[at] ?? '';
