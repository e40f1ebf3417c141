import { type DriverConfig, driversInEnvironment, resolveDriver } from '#core/drivers/config.ts';
import { variableName } from '#core/drivers/environment.ts';
import { createTransport } from '#core/drivers/registry.ts';
import type { DriverTransport } from '#core/drivers/transport.ts';
import type { Env, Secrets } from '#core/ports/ports.ts';
import type { Settings } from '#shared/contract/settings.ts';
import type { AgentInfo, TestReport } from '#shared/contract/types.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { AgentRunner } from './agent.ts';
import { type AgentDefinition, CATALOGUE, customAgent } from './catalogue.ts';
import { createDriverAgent } from './driver-agent.ts';
import { instrumentAgent } from './instrumented.ts';
import { PROMPT, promptAgent } from './prompt.ts';
import { findRequirements, missingVariables } from './requirements.ts';
import { testAgent } from './test-agent.ts';

export interface AgentRegistry {
  /** The built-in one first, then by name. */
  list(): Promise<readonly AgentInfo[]>;
  /** Throws `agent.unknown`, `agent.not_configured` or `driver.mode_refused`. `scope:name` is accepted. */
  get(name: string): Promise<AgentRunner>;
  test(name: string): Promise<TestReport>;
  /** The catalogue's scope; null for a name that it does not hold. */
  scopeOf(name: string): string | null;
  /**
   * What its own service sends a bill for: the model that is named, or the agent's work. Null: it has none that we know
   * of, and asks the job's backend.
   */
  serviceOf(name: string): 'model' | 'agent' | null;
}

export interface AgentRegistryDeps {
  readonly env: Env;
  settings(): Settings;
  readonly secrets: Secrets;
  /** Where drivers may send their spans at the moment; null: nowhere. */
  readonly otlpEndpoint?: (() => string | null) | undefined;
}

/** Ids from older clients carry a scope ("sre:k8sgpt"). */
const bareName = (name: string): string =>
  name
    .slice(name.lastIndexOf(':') + 1)
    .trim()
    .toLowerCase();

/** Keys with which a driver asks a model service by itself. */
const MODEL_KEY =
  /^(?:OPENAI|AZURE_OPENAI|ANTHROPIC|GEMINI|GOOGLE|MISTRAL|GROQ|TOGETHER|TOGETHERAI|OPENROUTER|DEEPSEEK|XAI|COHERE|FIREWORKS|PERPLEXITY|CEREBRAS|NVIDIA)_API_KEY$|^AWS_(?:SECRET_ACCESS_KEY|BEARER_TOKEN_BEDROCK)$/;

const BUILTIN: AgentInfo = {
  name: PROMPT,
  title: 'Prompt (built in)',
  scope: 'Built-in',
  tier: null,
  builtin: true,
  configured_by: 'builtin',
  mode: 'builtin',
  missing: [],
};

/** RUNE's agents, the built-in one, and every name that has a driver in the environment or the settings. */
export function createAgentRegistry(deps: AgentRegistryDeps): AgentRegistry {
  const { env, secrets } = deps;
  const driverOf = (name: string): DriverConfig => resolveDriver(name, env, deps.settings().drivers);

  function names(): readonly string[] {
    const known = new Map<string, string>();
    const configured = [...deps.settings().drivers.map(({ agent }) => agent), ...driversInEnvironment(env)];
    for (const name of [...CATALOGUE.keys(), ...configured]) {
      const variable = variableName(name);
      if (name !== PROMPT && !known.has(variable)) known.set(variable, name);
    }
    return [...known.values()].sort();
  }

  /** The agent and how to reach it; a name outside the catalogue exists when somebody configured its driver. */
  function find(given: string): { readonly agent: AgentDefinition; readonly driver: DriverConfig } {
    const name = bareName(given);
    const driver = driverOf(name);
    const agent = CATALOGUE.get(name) ?? (driver.configured_by === 'default' ? undefined : customAgent(name));
    if (name !== '' && agent !== undefined) return { agent, driver };
    throw new CodedError(
      'agent.unknown',
      `There is no agent "${name.slice(0, 64)}". Available: ${[PROMPT, ...names()].join(', ')}.`,
    );
  }

  async function connect(given: string): Promise<{
    readonly agent: AgentDefinition;
    readonly transport: DriverTransport;
    readonly baseUrl: string | null;
    readonly required: boolean;
  }> {
    const { agent, driver } = find(given);
    // Whoever gives a driver of their own knows what it needs (decisions: Agents and drivers).
    const required = driver.configured_by === 'default';
    const { baseUrl, extraEnv } = await findRequirements(agent, env, secrets, required);
    const declared = [...agent.keyVariables, ...agent.urlVariables, ...agent.reads];
    const transport = await createTransport(driver, {
      env,
      secrets,
      declared,
      extraEnv,
      otlpEndpoint: deps.otlpEndpoint,
    });
    return { agent, transport, baseUrl, required };
  }

  return {
    async list() {
      const secretNames = new Set((await secrets.list()).map(({ name }) => name));
      return [BUILTIN, ...names().map((name) => describe(name, driverOf(name), env, secretNames))];
    },

    async get(name) {
      if (bareName(name) === PROMPT) return instrumentAgent(promptAgent);
      return instrumentAgent(createDriverAgent({ ...(await connect(name)), env }));
    },

    test: (name) => testAgent(bareName(name) === PROMPT ? null : async () => (await connect(name)).transport),

    serviceOf(name) {
      const bare = bareName(name);
      const agent = CATALOGUE.get(bare);
      if (agent?.needs.includes('api_key')) {
        return agent.keyVariables.some((variable) => MODEL_KEY.test(variable)) ? 'model' : 'agent';
      }
      const seen = deps.settings().drivers.find((driver) => driver.agent === bare)?.pass_env ?? [];
      return bare !== PROMPT && seen.some((variable) => MODEL_KEY.test(variable)) ? 'model' : null;
    },

    scopeOf(name) {
      const bare = bareName(name);
      return bare === PROMPT ? BUILTIN.scope : (CATALOGUE.get(bare)?.scope ?? null);
    },
  };
}

function describe(name: string, driver: DriverConfig, env: Env, secretNames: ReadonlySet<string>): AgentInfo {
  const agent = CATALOGUE.get(name) ?? customAgent(name);
  const { configured_by, mode } = driver;
  return {
    name,
    title: agent.title,
    scope: agent.scope,
    tier: agent.tier,
    builtin: false,
    configured_by,
    mode,
    missing: configured_by === 'default' ? missingVariables(agent, env, secretNames) : [],
  };
}
