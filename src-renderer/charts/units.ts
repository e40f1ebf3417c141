import {
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
  formatSignificant,
  formatUsd,
  UNKNOWN,
} from '#shared/lib/format.ts';

export type ChartUnit = 'ms' | 'usd' | 'tokens' | 'tokens_per_second' | 'ratio' | 'share' | 'count' | 'rate';

/** A figure as axes, labels and tables write it. */
export function inUnit(value: number | null, unit: ChartUnit): string {
  if (value === null || Number.isNaN(value)) return UNKNOWN;
  switch (unit) {
    case 'ms':
      return formatDuration(value);
    case 'usd':
      return formatUsd(value);
    case 'tokens':
      return `${formatCount(value < 100 ? Number(formatSignificant(value)) : Math.round(value))} tok`;
    case 'tokens_per_second':
      return formatRate(value, 'tok/s');
    case 'ratio':
      return `${trimmed(formatSignificant(value))}×`;
    case 'share':
      return formatPercent(value);
    case 'count':
      return formatCount(value);
    case 'rate':
      return formatRate(value, '/ h');
  }
}

/** A figure beside its axis: without the zeros that only a measurement needs. */
export const onAxis = (value: number, unit: ChartUnit): string =>
  value === 0
    ? '0'
    : inUnit(value, unit)
        .replace(/ 00 [smh]$/, '')
        .replace(/(\.\d*?)0+(?=\D|$)/, '$1')
        .replace(/\.(?=\D|$)/, '');

const trimmed = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);

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
