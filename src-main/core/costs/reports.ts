import type { OutcomeQuery, SimulateQuery, SpendQuery } from '#shared/contract/costs.ts';
import type { Calibration, SpendReport } from '#shared/model/costs.ts';
import { calibrate } from './calibration.ts';
import { createOutcomeList, type OutcomeList } from './outcome-list.ts';
import { createSimulator, type Simulator, type SimulatorDeps } from './simulate.ts';
import { spendReport } from './spend.ts';

/** What the cost tables say afterwards, and what they say of runs to come. */
export interface CostReports extends Pick<OutcomeList, 'outcomes'>, Simulator {
  calibration(query: OutcomeQuery): Calibration;
  spend(query: SpendQuery): SpendReport;
}

export function createCostReports(deps: SimulatorDeps): CostReports {
  const list = createOutcomeList(deps.db);
  const simulator = createSimulator(deps);
  return {
    outcomes: (query, limit) => list.outcomes(query, limit),
    calibration: (query) => {
      const { claims, leftOut } = list.claims(query);
      return calibrate(claims, leftOut);
    },
    spend: (query: SpendQuery) => spendReport(deps.db, query),
    simulate: (query: SimulateQuery, signal) => simulator.simulate(query, signal),
  };
}
