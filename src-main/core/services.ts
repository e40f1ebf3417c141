import { savedBackend } from '#shared/contract/settings.ts';
import { CodedError } from '#shared/model/failure.ts';
import { toEpochSeconds } from '#shared/model/units.ts';
import type { AgentRegistry } from './agents/registry.ts';
import type { BackendEndpoint } from './backends/backend.ts';
import { ollamaUrl } from './backends/base-url.ts';
import { createBackend } from './backends/registry.ts';
import type { Budget } from './costs/budget.ts';
import { createEstimator } from './costs/estimate.ts';
import { createGate } from './costs/gate.ts';
import { planOf } from './costs/plan.ts';
import type { CostHistory, Prices } from './costs/seams.ts';
import { attestationDriver } from './jobs/kinds/attestation.ts';
import type { Services } from './jobs/kinds/services.ts';
import { offerPrices } from './offers/offer-prices.ts';
import type { Offers } from './offers/seams.ts';
import type { Ports } from './ports/ports.ts';
import { existingProvider, rentedProvider } from './providers/registry.ts';
import type { VastaiDeps } from './providers/vastai/want.ts';
import type { SettingsStore } from './settings/settings-store.ts';
import type { Rentals } from './vastai/seams.ts';

/** The layers below the job engine, wired to settings and secrets. */
export function createServices(deps: {
  readonly ports: Ports;
  readonly settings: SettingsStore;
  readonly agents: AgentRegistry;
  readonly prices: Prices;
  readonly history: CostHistory;
  readonly budget: Budget;
  readonly rentals: Rentals;
  readonly offers: Offers;
  demoUrl(): Promise<string>;
}): Services {
  const { ports, settings, agents } = deps;
  const endpoint: Services['endpoint'] = async ({ backend_type, backend_url, api_key_secret }, orDefault) => {
    const region = backend_type === 'bedrock' ? awsRegion(ports) : null;
    const known = savedBackend(settings.get(), { backend_type, backend_url });
    const base_url =
      known?.base_url ??
      backend_url ??
      (backend_type === 'demo'
        ? await deps.demoUrl()
        : orDefault && backend_type === 'ollama'
          ? ollamaUrl(ports.env.OLLAMA_HOST ?? null)
          : orDefault && backend_type === 'bedrock'
            ? region
            : null);
    if (base_url === null) return null;
    const key = api_key_secret === undefined ? (known?.api_key_secret ?? null) : api_key_secret;
    return { backend_type, base_url, api_key: await apiKey(ports, key), region };
  };
  const estimator = createEstimator({
    prices: offerPrices(deps.prices, deps.offers),
    history: deps.history,
    settings: () => settings.get(),
    scopeOf: (name) => agents.scopeOf(name),
  });
  const vastai: VastaiDeps = {
    rentals: deps.rentals,
    clock: ports.clock,
    settings: () => settings.get(),
    backend: (at) => createBackend(at),
    rank: (offers, job) => deps.offers.rank(offers, job),
  };
  const plan: Services['planOf'] = (kind, request) => planOf(kind, request, settings.get(), agents.serviceOf);
  return {
    clock: ports.clock,
    settings: () => settings.get(),
    endpoint,
    backend: (at: BackendEndpoint) => createBackend(at),
    provider: existingProvider,
    rent: (want) => rentedProvider(vastai, want),
    rentalCost: (jobId) => deps.rentals.ledger.costOf(jobId, toEpochSeconds(ports.clock.nowUs())),
    agent: (name) => agents.get(name),
    attestation: attestationDriver(ports.env),
    estimator,
    planOf: plan,
    gate: createGate({
      ...ports,
      planOf: plan,
      estimator,
      budget: deps.budget,
      settings: () => settings.get(),
    }),
    capOf: (jobId) => deps.budget.capOf(jobId),
  };
}

const awsRegion = ({ env }: Ports): string | null =>
  env.AWS_REGION?.trim() || env.AWS_DEFAULT_REGION?.trim() || null;

async function apiKey(ports: Ports, name: string | null): Promise<string | null> {
  if (name === null) return null;
  const key = await ports.secrets.get(name);
  if (key === null) {
    throw new CodedError(
      'secret.not_found',
      `The secret "${name}" is not set. Add it in Settings or as an environment variable.`,
    );
  }
  return key;
}
