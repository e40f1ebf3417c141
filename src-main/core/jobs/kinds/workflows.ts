import { planOf } from '#core/costs/plan.ts';
import type { Workflows } from '#core/jobs/workflow.ts';
import { withProvision } from '#core/providers/provision.ts';
import { CodedError } from '#shared/model/failure.ts';
import { askAgent, noBackend } from './ask.ts';
import type { Services } from './services.ts';

/** The four kinds of job; benchmark and llm-instance on an existing backend. */
export function createWorkflows(services: Services): Workflows {
  const refuseRental = (provisioning: { readonly vastai?: unknown } | null | undefined): void => {
    if (provisioning?.vastai != null) {
      throw new CodedError(
        'provider.unsupported',
        'This version does not rent from Vast.ai. Give backend_url of a running server.',
      );
    }
  };
  return {
    'agentic-agent': async (run) => (await askAgent('agentic-agent', run, services, false)).outcome,

    benchmark: async (run) => {
      refuseRental(run.request.provisioning);
      if (run.request.attestation_required) {
        throw new CodedError(
          'provider.unsupported',
          'Attestation was required and no attestation driver is configured.',
        );
      }
      const { outcome, model, endpoint } = await askAgent('benchmark', run, services, true);
      return {
        ...outcome,
        result: {
          ...outcome.result,
          model_name: model,
          backend_url: endpoint?.base_url ?? null,
          contract_id: null,
        },
      };
    },

    'llm-instance': async (run) => {
      refuseRental(run.request.provisioning);
      const endpoint = await services.endpoint(run.request, true);
      if (endpoint === null) throw noBackend(run.request.backend_type);
      const backend_url = await withProvision(services.provider(endpoint), run.signal, async (ready) => {
        await services.backend(ready).listModels(run.signal);
        return ready.base_url;
      });
      return { result: { mode: 'existing', backend_url }, cost_usd: null, artifacts: [] };
    },

    'cost-estimate': async (run) => {
      const plan = planOf('cost-estimate', run.request, services.settings());
      const estimate = await services.estimator.estimate(plan, run.signal);
      // What is only asked about never comes true, and is not held against the estimates.
      run.estimated(estimate, null);
      return { result: estimate, cost_usd: null, artifacts: [] };
    },
  };
}
