import { CodedError } from '#shared/model/failure.ts';
import type { Seconds } from '#shared/model/units.ts';
import type { AgentRegistry } from './agents/registry.ts';
import type { BackendEndpoint } from './backends/backend.ts';
import { ollamaUrl } from './backends/base-url.ts';
import { createBackend } from './backends/registry.ts';
import type { Services } from './jobs/kinds/services.ts';
import type { Ports } from './ports/ports.ts';
import { createProvider } from './providers/registry.ts';
import type { SettingsStore } from './settings/settings-store.ts';

/** Seconds a job takes when nothing is known, by the agent's scope: RUNE's table, and ours for what it lacks. */
const DURATION_BY_SCOPE: Readonly<Record<string, Seconds>> = {
  SRE: 300,
  Research: 600,
  Cybersec: 450,
  'Legal/Ops': 200,
  'Art/Creative': 120,
  'Built-in': 30,
};
const OTHER_SCOPE: Seconds = 180;
const DEMO_JOB: Seconds = 3;

/** The layers below the job engine, wired to settings and secrets. */
export function createServices(deps: {
  readonly ports: Ports;
  readonly settings: SettingsStore;
  readonly agents: AgentRegistry;
  demoUrl(): Promise<string>;
}): Services {
  const { ports, settings, agents } = deps;
  const endpoint: Services['endpoint'] = async ({ backend_type, backend_url, api_key_secret }, orDefault) => {
    const region = backend_type === 'bedrock' ? awsRegion(ports) : null;
    const known = settings
      .get()
      .backends.find(
        (backend) =>
          backend.backend_type === backend_type &&
          (backend_url === null || sameUrl(backend.base_url, backend_url)),
      );
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
  return {
    clock: ports.clock,
    settings: () => settings.get(),
    endpoint,
    backend: (at: BackendEndpoint) => createBackend(at),
    provider: (at) => createProvider('existing', at),
    agent: (name) => agents.get(name),
    durationPrior: (agent, backendType) =>
      backendType === 'demo' ? DEMO_JOB : (DURATION_BY_SCOPE[agents.scopeOf(agent) ?? ''] ?? OTHER_SCOPE),
  };
}

const awsRegion = ({ env }: Ports): string | null =>
  env.AWS_REGION?.trim() || env.AWS_DEFAULT_REGION?.trim() || null;

const sameUrl = (a: string, b: string): boolean => a.replace(/\/+$/, '') === b.replace(/\/+$/, '');

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
