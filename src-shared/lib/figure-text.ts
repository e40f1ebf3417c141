import {
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
  formatSignificant,
  formatUsd,
  UNKNOWN,
} from './format.ts';

/** What a success costs: `$0.02`, or `≥ $0.02` where that is only what is known of it. */
export const costText = (group: {
  readonly cost_per_success: number | null;
  readonly cost_at_least: number | null;
}): string =>
  group.cost_per_success === null && group.cost_at_least !== null
    ? `≥ ${formatUsd(group.cost_at_least)}`
    : formatUsd(group.cost_per_success);

export type ChartUnit = 'ms' | 'usd' | 'tokens' | 'tokens_per_second' | 'ratio' | 'share' | 'count' | 'rate';

/** A figure as sentences, axes, labels and tables write it. */
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

const trimmed = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
