import type { GateReport } from '#shared/model/costs.ts';
import type { CostEstimate } from '#shared/model/estimate.ts';
import type { Usd } from '#shared/model/units.ts';

/** Dates prices; 39 days before what tests take for now. */
export const PRICED_AT = 1_791_936_000;

/** An estimate by the token, from $4.10 to `high`, as an engine without history makes it. */
export function tokenEstimate(high: Usd = 12.4, part: Partial<CostEstimate> = {}): CostEstimate {
  return {
    projected_cost_usd: 8.2,
    cost_driver: 'aws',
    resource_impact: 'high',
    local_energy_kwh: null,
    confidence_score: 0.413,
    warning: null,
    cost_low_usd: 4.1,
    cost_high_usd: high,
    coverage: 0.8,
    basis: 'Tokens: our default, as there is no history yet (2,000 in, 500 out).',
    drivers: [{ name: 'tokens', log_sigma: 0.7 }],
    intervals: [{ coverage: 0.8, low_usd: 4.1, high_usd: high }],
    rests_on: {
      price: {
        rate: { per: 'million_tokens', usd_in: 3, usd_out: 15 },
        source: 'book',
        as_of: PRICED_AT,
        title: 'claude-3-haiku on Bedrock',
        log_sigma: 0.1,
      },
      duration_seconds: null,
      tokens: { value: { input: 2000, output: 500 }, source: 'default', n: 0, group: null },
      doubt: { from: 'prior', n: 0, group: null },
    },
    ...part,
  };
}

/** What the gate says of a job that costs more than $5.00 and may run if the user agrees. */
export const askingReport = (part: Partial<GateReport> = {}): GateReport => ({
  decision: 'ask',
  paid: true,
  estimate: tokenEstimate(),
  threshold_usd: 5,
  chance_over_threshold: 0.87,
  budget: { day_usd: 20, job_usd: null, spent_today_usd: 3.2, committed_usd: 1.2 },
  failure: { code: 'cost.approval_needed', message: 'It may cost more than $5.00.' },
  ...part,
});
