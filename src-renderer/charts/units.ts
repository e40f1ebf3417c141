import { type ChartUnit, inUnit } from '#shared/lib/figure-text.ts';
import { UNKNOWN } from '#shared/lib/format.ts';

export { type ChartUnit, inUnit } from '#shared/lib/figure-text.ts';

/** A figure beside its axis: without the zeros that only a measurement needs. */
export const onAxis = (value: number, unit: ChartUnit): string =>
  value === 0
    ? '0'
    : inUnit(value, unit)
        .replace(/ 00 [smh]$/, '')
        .replace(/(\.\d*?)0+(?=\D|$)/, '$1')
        .replace(/\.(?=\D|$)/, '');

const AXES: Readonly<Record<ChartUnit, string>> = {
  ms: 'time',
  usd: 'US dollars',
  tokens: 'tokens',
  tokens_per_second: 'tokens per second',
  ratio: 'ratio',
  share: 'share of jobs',
  count: 'count',
  rate: 'spans per hour',
};

/** What an axis counts, for its title. */
export const unitWord = (unit: ChartUnit): string => AXES[unit];

/** An interval: `12.1 s to 14.0 s`. */
export const intervalText = (low: number | null, high: number | null, unit: ChartUnit): string =>
  low === null || high === null ? UNKNOWN : `${inUnit(low, unit)} to ${inUnit(high, unit)}`;
