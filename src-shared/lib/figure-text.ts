import type { GroupFigures } from '#shared/model/compare.ts';
import { formatUsd } from './format.ts';

/** What a success costs: `$0.02`, or `≥ $0.02` where that is only what is known of it. */
export const costText = ({
  cost_per_success,
  cost_at_least,
}: Pick<GroupFigures, 'cost_per_success' | 'cost_at_least'>): string =>
  cost_per_success === null && cost_at_least !== null
    ? `≥ ${formatUsd(cost_at_least)}`
    : formatUsd(cost_per_success);
