import { offerField } from '#shared/model/offer-fields.ts';
import type { Offer, RangeField } from '#shared/model/offers.ts';

/** How a range is typed: the field's value by this, in this unit. */
export interface RangeUnit {
  readonly per: number;
  readonly unit: string;
}
const GB: RangeUnit = { per: 1000, unit: 'GB' };
const UNITS: Partial<Record<RangeField, RangeUnit>> = {
  dph_total: { per: 1, unit: '$/h' },
  gpu_ram: GB,
  gpu_total_ram: GB,
  cpu_ram: GB,
  disk_space: { per: 1, unit: 'GB' },
  duration: { per: 86_400, unit: 'days' },
  compute_cap: { per: 100, unit: '' },
  inet_up_cost: { per: 1, unit: '$/GB' },
  inet_down_cost: { per: 1, unit: '$/GB' },
};
export const rangeUnit = (field: RangeField): RangeUnit =>
  UNITS[field] ?? { per: 1, unit: offerField(field).unit };

export const STEPS = 200;
const LOG_RATIO = 20;

export interface SliderScale {
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
}

/** From the least to the most there is; null where there is nothing to choose. */
export function sliderScale(offers: readonly Offer[], field: RangeField): SliderScale | null {
  let [low, high, leastAbove] = [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.POSITIVE_INFINITY,
  ];
  for (const offer of offers) {
    const value = offer[field];
    if (value === null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
    if (value > 0) leastAbove = Math.min(leastAbove, value);
  }
  if (!(high > low)) return null;
  const log = low > 0 && high / leastAbove > LOG_RATIO;
  return { low, high, log };
}

/** A step of the slider as a value. */
export function valueAtStep({ low, high, log }: SliderScale, step: number): number {
  const share = step / STEPS;
  return log ? low * (high / low) ** share : low + (high - low) * share;
}

/** The step nearest to a value; beyond the ends it is an end. */
export function stepAt({ low, high, log }: SliderScale, value: number): number {
  const share = log
    ? Math.log(Math.max(low, value) / low) / Math.log(high / low)
    : (value - low) / (high - low);
  return Math.round(Math.min(1, Math.max(0, share)) * STEPS);
}

/** As few digits as tell two steps apart, towards the outside: no offer falls out by rounding. */
export function rounded(value: number, towards: 'down' | 'up', scale: SliderScale): number {
  const finest = scale.log ? value / 50 : (scale.high - scale.low) / STEPS;
  if (!(finest > 0)) return value;
  const step = 10 ** Math.floor(Math.log10(finest));
  const steps = value / step;
  const whole = towards === 'down' ? Math.floor(steps + 1e-9) : Math.ceil(steps - 1e-9);
  return Number((whole * step).toPrecision(12));
}

/** What was typed as a limit: undefined for none, null for what is no number. */
export function parseLimit(text: string): number | undefined | null {
  const typed = text.trim().replace(',', '.');
  if (typed === '') return undefined;
  const value = Number(typed);
  return Number.isFinite(value) && value >= 0 ? value : null;
}
