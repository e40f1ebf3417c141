import { planOf } from '#core/costs/plan.ts';
import type { JobOutcome, RunOf, Workflows } from '#core/jobs/workflow.ts';
import { withProvision } from '#core/providers/provision.ts';
import type { RentalRequest } from '#shared/contract/requests.ts';
import { askAgent, estimated, noBackend } from './ask.ts';
import { requireAttestable } from './attestation.ts';
import { runChain } from './chain/chain.ts';
import { withRental } from './rental.ts';
import type { Services } from './services.ts';

/** The kinds of job; benchmark and llm-instance on an existing backend or on a machine that is rented. */
export function createWorkflows(services: Services): Workflows {
  return {
    'agentic-agent': async (run) =>
      (await askAgent('agentic-agent', run, services, { needsBackend: false, rental: null })).outcome,

    benchmark: async (run) => {
      requireAttestable(run.request.attestation_required, services.attestation);
      const rental = run.request.provisioning?.vastai ?? null;
      const { outcome, model, endpoint, contract_id } = await askAgent('benchmark', run, services, {
        needsBackend: true,
        rental,
      });
      return {
        ...outcome,
        result: {
          ...outcome.result,
          model_name: model,
          backend_url: endpoint?.base_url ?? null,
          contract_id,
        },
      };
    },

    'llm-instance': async (run) => {
      const rental = run.request.provisioning?.vastai ?? null;
      if (rental !== null) return await rentInstance(run, services, rental);
      const endpoint = await services.endpoint(run.request, true);
      if (endpoint === null) throw noBackend(run.request.backend_type);
      const backend_url = await withProvision(services.provider(endpoint), run.signal, async (ready) => {
        await services.backend(ready).listModels(run.signal);
        return ready.base_url;
      });
      return { result: { mode: 'existing', backend_url }, cost_usd: null, artifacts: [] };
    },

    chain: (run) => runChain(run, services),

    'cost-estimate': async (run) => {
      const plan = planOf('cost-estimate', run.request, services.settings());
      const estimate = await services.estimator.estimate(plan, run.signal);
      // What is only asked about never comes true, and is not held against the estimates.
      run.estimated(estimate, null);
      return { result: estimate, cost_usd: null, artifacts: [] };
    },
  };
}

/** A machine with a model server that answers, left running until `offers.keep_hours` are over. */
async function rentInstance(
  run: RunOf<'llm-instance'>,
  services: Services,
  rental: RentalRequest,
): Promise<JobOutcome> {
  await estimated('llm-instance', run, services);
  const { backend_type } = run.request;
  const { value, usd } = await withRental(
    run,
    services,
    { backend_type, model: '', agent: '', rental },
    async (provider) => {
      await withProvision(provider, run.signal, (ready) => services.backend(ready).listModels(run.signal));
      run.signal.throwIfAborted();
      provider.keep();
      return provider.rented();
    },
  );
  const { endpoint, model, contract_id } = value;
  run.chose(model);
  return {
    result: { mode: 'vastai', backend_url: endpoint.base_url, model_name: model, contract_id },
    cost_usd: usd,
    cost_basis: 'metered',
    artifacts: [],
  };
}
