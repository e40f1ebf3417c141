import { span } from '#core/telemetry/span.ts';
import { type CostEstimateRequest, costProviderOf } from '#shared/contract/requests.ts';
import type { CostEstimate } from '#shared/model/estimate.ts';
import { CodedError } from '#shared/model/failure.ts';
import { type EstimateDefaults, estimateLocal } from './local.ts';

/** The CostEstimation boundary: one `cost.estimate` span per estimate, inside jobs and outside. */
export function estimateCost(request: CostEstimateRequest, defaults: EstimateDefaults): CostEstimate {
  const provider = costProviderOf(request);
  return span('cost.estimate', { provider, confidence_score: null }, (handle) => {
    if (provider === null) {
      throw new CodedError(
        'cost.no_provider',
        'No cost provider is chosen: set local_hardware, vastai, aws, gcp or azure.',
      );
    }
    if (provider !== 'local') {
      throw new CodedError(
        'cost.provider_unavailable',
        `This version estimates local hardware only, not ${provider}. The cost of the job is unknown, not zero.`,
      );
    }
    const estimate = estimateLocal(request, defaults);
    handle.set('confidence_score', estimate.confidence_score);
    handle.set('projected_cost_usd', estimate.projected_cost_usd);
    return estimate;
  });
}
