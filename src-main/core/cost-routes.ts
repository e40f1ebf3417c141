import type { ImplementerInternalWithMiddlewares } from '@orpc/server';
import type { costsContract } from '#shared/contract/costs.ts';
import { parseRequest } from '#shared/contract/requests.ts';
import type { Budget } from './costs/budget.ts';
import type { Estimator } from './costs/estimate.ts';
import type { Gate } from './costs/gate.ts';
import { planOf } from './costs/plan.ts';
import type { PriceBook } from './costs/prices/prices.ts';
import type { CostReports } from './costs/reports.ts';
import type { SettingsStore } from './settings/settings-store.ts';

export interface CostDeps {
  readonly settings: SettingsStore;
  readonly estimator: Estimator;
  readonly gate: Gate;
  readonly budget: Budget;
  readonly prices: PriceBook;
  readonly reports: CostReports;
  traced<T>(fn: () => Promise<T>): Promise<T>;
}

const NEVER = new AbortController().signal;
type NoContext = Record<never, never>;

/** The contract's costs over the cost engine. */
export function costRoutes(
  os: ImplementerInternalWithMiddlewares<typeof costsContract, NoContext, NoContext>,
  { settings, estimator, gate, budget, prices, reports, traced }: CostDeps,
) {
  return {
    estimate: os.estimate.handler(({ input, signal }) =>
      traced(async () =>
        estimator.estimate(
          planOf('cost-estimate', parseRequest('cost-estimate', input), settings.get()),
          signal ?? NEVER,
        ),
      ),
    ),
    gate: os.gate.handler(({ input: { kind, request }, signal }) =>
      traced(async () => gate.check(kind, parseRequest(kind, request), null, signal ?? NEVER)),
    ),
    budget: os.budget.handler(() => budget.status()),
    outcomes: os.outcomes.handler(({ input: { limit, ...query } }) => reports.outcomes(query, limit)),
    calibration: os.calibration.handler(({ input }) => reports.calibration(input)),
    spend: os.spend.handler(({ input }) => reports.spend(input)),
    simulate: os.simulate.handler(({ input, signal }) => reports.simulate(input, signal ?? NEVER)),
    prices: {
      list: os.prices.list.handler(() => prices.listPrices()),
      override: os.prices.override.handler(({ input }) => prices.override(input)),
      restore: os.prices.restore.handler(({ input }) => prices.restore(input.id)),
    },
  };
}
