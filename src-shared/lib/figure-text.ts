import { formatUsd } from './format.ts';

/** What a success costs: `$0.02`, or `≥ $0.02` where that is only what is known of it. */
export const costText = (group: {
  readonly cost_per_success: number | null;
  readonly cost_at_least: number | null;
}): string =>
  group.cost_per_success === null && group.cost_at_least !== null
    ? `≥ ${formatUsd(group.cost_at_least)}`
    : formatUsd(group.cost_per_success);
