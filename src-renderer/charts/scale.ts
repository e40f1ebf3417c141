import type { ChartUnit } from './units.ts';

export type Domain = readonly [low: number, high: number];

export interface Scale {
  readonly domain: Domain;
  readonly log: boolean;
  readonly ticks: readonly number[];
  /** Pixels; a value beyond the domain lies beyond the range. */
  at(value: number): number;
}

/** A log scale is offered from this ratio of largest to smallest on. */
const LOG_RATIO = 50;

const usable = (values: readonly (number | null)[]): readonly number[] =>
  values.filter((value): value is number => value !== null && Number.isFinite(value));

/** Whether the values span so much that only a log scale shows them all. */
export function spansMuch(values: readonly (number | null)[]): boolean {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const value of usable(values)) {
    if (value <= 0) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return high / low > LOG_RATIO;
}

/** From zero for a linear scale, around the positive values for a log one. */
export function domainOf(values: readonly (number | null)[], log: boolean): Domain {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of usable(values)) {
    if (log && value <= 0) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return log ? [1, 10] : [0, 1];
  if (!log) return low === 0 && high === 0 ? [0, 1] : [Math.min(0, low), Math.max(0, high)];
  return low === high ? [low / 2, high * 2] : [low / 1.05, high * 1.05];
}

/** A scale whose ends are ticks when linear. */
export function scaleOf(
  domain: Domain,
  range: Domain,
  { log = false, unit = 'count', count = 6 }: { log?: boolean; unit?: ChartUnit; count?: number } = {},
): Scale {
  const ticks = log ? logTicks(domain, unit, count) : linearTicks(domain, unit, count);
  const ends: Domain = log ? domain : [Math.min(domain[0], ticks[0] ?? domain[0]), ticks.at(-1) ?? domain[1]];
  const f = log ? Math.log : (value: number) => value;
  const [low, high] = [f(ends[0]), f(ends[1])];
  const [from, to] = range;
  return {
    domain: ends,
    log,
    ticks,
    at: (value) => from + ((f(value) - low) / (high - low || 1)) * (to - from),
  };
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Steps a clock has. */
const CLOCK = [
  15 * SECOND,
  30 * SECOND,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  6 * HOUR,
  12 * HOUR,
  24 * HOUR,
];

/** 1, 2 or 5 times a power of ten, or a clock's step, for about `count` steps. */
export function stepOf(span: number, unit: ChartUnit, count: number): number {
  const rough = span / count;
  if (unit === 'ms' && rough > 10 * SECOND && rough <= 24 * HOUR)
    return CLOCK.find((step) => step >= rough) ?? rough;
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5, 10].find((n) => n * power >= rough * 0.999_999) ?? 10) * power;
}

function linearTicks([low, high]: Domain, unit: ChartUnit, count: number): readonly number[] {
  if (!(high > low)) return [low, low + 1];
  const step = stepOf(high - low, unit, count);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Powers of ten; between few of them also 2 and 5, between fewer equal steps. */
function logTicks([low, high]: Domain, unit: ChartUnit, count: number): readonly number[] {
  const of = (factors: readonly number[]): readonly number[] => {
    const ticks: number[] = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
      for (const factor of factors) {
        const tick = Number((factor * 10 ** power).toPrecision(12));
        if (tick >= low && tick <= high) ticks.push(tick);
      }
    }
    return ticks;
  };
  const sets = [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 5, 7]];
  const found =
    sets.map(of).find((ticks) => ticks.length >= Math.min(4, count)) ??
    linearTicks([low, high], unit, count * 1.5).filter((tick) => tick >= low && tick <= high);
  if (found.length <= count * 1.5) return found;
  const every = Math.ceil(found.length / count);
  return found.filter((_, i) => i % every === 0);
}

/** Moves labels apart that would stand on one another, as little as may be, within the range. */
export function spread(wanted: readonly number[], gap: number, [low, high]: Domain): readonly number[] {
  const order = wanted.map((at, index) => ({ at, index })).sort((a, b) => a.at - b.at || a.index - b.index);
  const placed: number[] = [];
  for (const { at } of order)
    placed.push(Math.max(low, at, (placed.at(-1) ?? Number.NEGATIVE_INFINITY) + gap));
  let limit = high;
  for (let i = placed.length - 1; i >= 0; i--) {
    placed[i] = Math.min(placed[i] ?? 0, limit);
    limit = (placed[i] ?? 0) - gap;
  }
  const result = new Array<number>(wanted.length).fill(0);
  for (const [rank, { index }] of order.entries()) result[index] = placed[rank] ?? 0;
  return result;
}
