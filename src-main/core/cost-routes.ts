import type { ImplementerInternalWithMiddlewares } from '@orpc/server';
import type { costsContract } from '#shared/contract/costs.ts';
import { parseRequest } from '#shared/contract/requests.ts';
import { CodedError } from '#shared/model/failure.ts';
import { estimateCost } from './costs/estimate.ts';
import type { SettingsStore } from './settings/settings-store.ts';

export interface CostDeps {
  readonly settings: SettingsStore;
  traced<T>(fn: () => Promise<T>): Promise<T>;
}

type NoContext = Record<never, never>;

/** The contract's costs over the cost engine. */
export function costRoutes(
  os: ImplementerInternalWithMiddlewares<typeof costsContract, NoContext, NoContext>,
  { settings, traced }: CostDeps,
) {
  const notYet = (): never => {
    throw new CodedError('source.cannot_provide', 'This version keeps no such figures.');
  };
  return {
    estimate: os.estimate.handler(({ input }) =>
      traced(async () => {
        const { tdp_watts, energy_rate_kwh } = settings.get().local_cost;
        return estimateCost(parseRequest('cost-estimate', input), {
          tdp_watts,
          energy_rate_kwh,
          durationIsPrior: false,
        });
      }),
    ),
    gate: os.gate.handler(notYet),
    budget: os.budget.handler(notYet),
    outcomes: os.outcomes.handler(notYet),
    calibration: os.calibration.handler(notYet),
    spend: os.spend.handler(notYet),
    simulate: os.simulate.handler(notYet),
    prices: {
      list: os.prices.list.handler(notYet),
      override: os.prices.override.handler(notYet),
      restore: os.prices.restore.handler(notYet),
    },
  };
}
